package vecstore

import (
	"fmt"
	"iter"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

const (
	// defaultBatchSize is half the server's limit.
	defaultBatchSize = 500
	// maxBatchBytes is a quarter of the server's limit of a message, so that a server configured for less takes them too.
	maxBatchBytes      = 8 << 20
	defaultConcurrency = 4
	defaultPatience    = 5 * time.Minute
)

// BulkOption changes how UpsertAll and Import send records.
type BulkOption interface {
	UpsertAllOption
	ImportOption
}

type bulkOption func(*bulkOptions)

func (o bulkOption) applyToUpsertAll(options *upsertAllOptions) { o(&options.bulkOptions) }
func (o bulkOption) applyToImport(options *importOptions)       { o(&options.bulkOptions) }

// bulkOptions are those that UpsertAll and Import share.
type bulkOptions struct {
	batchSize int
	patience  time.Duration
	mode      WriteMode
}

// WithBatchSize sets the records sent together, 1 or more; the server's limit is 1,000 unless it is raised. A batch also ends at
// 8 MiB. Default 500.
func WithBatchSize(records int) BulkOption {
	return bulkOption(func(o *bulkOptions) { o.batchSize = records })
}

// WithPatience bounds how long one batch of UpsertAll is repeated while the server refuses it or cannot be reached, and how long
// Import goes on while nothing gets done; above 0. Default 5 minutes.
func WithPatience(patience time.Duration) BulkOption {
	return bulkOption(func(o *bulkOptions) { o.patience = patience })
}

func (o ModeOption) applyToUpsertAll(options *upsertAllOptions) { options.mode = WriteMode(o) }
func (o ModeOption) applyToImport(options *importOptions)       { options.mode = WriteMode(o) }

func newBulkOptions() bulkOptions {
	return bulkOptions{batchSize: defaultBatchSize, patience: defaultPatience}
}

func (o *bulkOptions) check() error {
	if o.batchSize < 1 {
		return refuse(ReasonInvalidArgument, "the batch size is %d; it must be 1 or more", o.batchSize)
	}
	if o.patience <= 0 {
		return refuse(ReasonInvalidArgument, "the patience is %v; it must be above 0", o.patience)
	}
	_, err := toMode(o.mode)
	return err
}

// batch is what is sent together.
type batch struct {
	// number is its position, from 0, and first that of its first record in the input.
	number, first int
	records       []*pb.Record
	// ids of the records; only where they must differ.
	ids   map[string]bool
	bytes int
}

// batches cuts a source into batches of at most size records and maxBatchBytes. Where distinct is true no batch has an id twice.
// A source's own error, or that of a record which cannot be sent, is the last pair.
//
// Records are copied as they come, so a source may fill the same slices again.
func batches(source iter.Seq2[Record, error], size int, distinct bool) iter.Seq2[*batch, error] {
	return func(yield func(*batch, error) bool) {
		current := newBatch(nil, distinct)
		for record, err := range source {
			var message *pb.Record
			if err == nil {
				message, err = current.convert(&record)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !current.fits(message) {
				if !yield(current, nil) {
					return
				}
				current = newBatch(current, distinct)
			}
			current.add(message)
			if len(current.records) == size {
				if !yield(current, nil) {
					return
				}
				current = newBatch(current, distinct)
			}
		}
		if len(current.records) > 0 {
			yield(current, nil)
		}
	}
}

func newBatch(before *batch, distinct bool) *batch {
	next := &batch{}
	if before != nil {
		next.number, next.first = before.number+1, before.first+len(before.records)
	}
	if distinct {
		next.ids = map[string]bool{}
	}
	return next
}

// convert makes the message of the next record.
func (b *batch) convert(record *Record) (*pb.Record, error) {
	message, err := toRecord(record)
	if err != nil {
		return nil, within(fmt.Sprintf("records[%d]", b.first+len(b.records)), err)
	}
	return message, nil
}

// fits reports whether a record may be added; one alone always may.
func (b *batch) fits(record *pb.Record) bool {
	return len(b.records) == 0 || !b.ids[record.GetId()] && b.bytes+proto.Size(record) <= maxBatchBytes
}

func (b *batch) add(record *pb.Record) {
	b.records = append(b.records, record)
	b.bytes += proto.Size(record)
	if b.ids != nil {
		b.ids[record.GetId()] = true
	}
}

func (b *batch) sharesID(other *batch) bool {
	for id := range b.ids {
		if other.ids[id] {
			return true
		}
	}
	return false
}
