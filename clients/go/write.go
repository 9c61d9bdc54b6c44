package vecstore

import (
	"context"
	"crypto/rand"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// WriteMode says what a write does with ids that exist and with ids that do not.
type WriteMode string

// The modes.
const (
	// ModeUpsert is the default: every record is written; one of the same id is replaced whole.
	ModeUpsert WriteMode = "upsert"
	// ModeInsertOnly refuses ids that exist: ReasonRecordExists.
	ModeInsertOnly WriteMode = "insert_only"
	// ModeUpdateOnly refuses ids that do not: ReasonRecordNotFound.
	ModeUpdateOnly WriteMode = "update_only"
)

// UpsertOption changes how a batch is written.
type UpsertOption interface{ applyToUpsert(options *upsertOptions) }

type upsertOptions struct {
	mode WriteMode
	key  *string
}

// ModeOption is WithMode.
type ModeOption WriteMode

// WithMode says what to do with ids that exist and with ids that do not. Default ModeUpsert.
func WithMode(mode WriteMode) ModeOption { return ModeOption(mode) }

func (o ModeOption) applyToUpsert(options *upsertOptions) { options.mode = WriteMode(o) }

// IdempotencyKeyOption is WithIdempotencyKey.
type IdempotencyKeyOption string

// WithIdempotencyKey names a write, in 1..128 bytes of UTF-8: a second one of the same key and content within 24 hours
// returns the outcome of the first and writes nothing. Default: a random key when retries are on, so that a repeated attempt
// cannot write twice.
//
// For UpsertAll it is what the keys of the batches begin with, at most 100 bytes: with the same one, the same records and
// batch size, a run that broke off is repeated, and what was written is not written again.
func WithIdempotencyKey(key string) IdempotencyKeyOption { return IdempotencyKeyOption(key) }

func (o IdempotencyKeyOption) applyToUpsert(options *upsertOptions) { options.key = Ptr(string(o)) }

// UpsertResult says what a batch did.
type UpsertResult struct {
	// Upserted is the number of records written: all.
	Upserted int
	// Inserted: of these, how many ids were not there before.
	Inserted int
	// Sequence of the namespace of this write.
	Sequence uint64
	// Versions of the records, in the order given.
	Versions []uint64
}

// Upsert writes records in one atomic batch: all or none. At most 1,000 of different ids, or as many as the server is
// configured for; more are refused and never split, for which there is UpsertAll.
func (n *NamespaceHandle) Upsert(ctx context.Context, records []Record, options ...UpsertOption) (UpsertResult, error) {
	var o upsertOptions
	for _, option := range options {
		option.applyToUpsert(&o)
	}
	messages, err := toRecords(records)
	if err != nil {
		return UpsertResult{}, err
	}
	if o.key == nil && n.session.retry.attempts > 1 {
		o.key = Ptr(rand.Text())
	}
	return n.upsert(ctx, messages, o, aWrite)
}

// upsert sends one batch.
func (n *NamespaceHandle) upsert(
	ctx context.Context, records []*pb.Record, options upsertOptions, rules rules,
) (UpsertResult, error) {
	mode, err := toMode(options.mode)
	if err != nil {
		return UpsertResult{}, err
	}
	request := &pb.UpsertRequest{Namespace: n.name, Records: records, Mode: mode}
	if options.key != nil {
		request.IdempotencyKey = *options.key
		if err := checkText(*options.key, "idempotency_key", ReasonInvalidArgument); err != nil {
			return UpsertResult{}, err
		}
	}
	if request.GetIdempotencyKey() != "" {
		rules |= repeatable
	}
	answer, err := unary(ctx, n.session, rules, n.session.records.Upsert, request)
	if err != nil {
		return UpsertResult{}, err
	}
	return UpsertResult{
		Upserted: int(answer.GetUpserted()),
		Inserted: int(answer.GetInserted()),
		Sequence: answer.GetSequence(),
		Versions: answer.GetVersions(),
	}, nil
}

func toMode(mode WriteMode) (pb.WriteMode, error) {
	return toEnum[pb.WriteMode](string(mode), "WRITE_MODE_", "mode", ReasonInvalidArgument)
}
