package vecstore

import (
	"fmt"
	"iter"
	"time"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// Record is what is stored under one id. At least one of Vector, Sparse and Text is needed.
type Record struct {
	// ID is 1..512 bytes of UTF-8, unique in its namespace.
	ID string
	// Vector is dense. It comes back bit for bit as it was written. nil: none.
	Vector []float32
	// Sparse is a sparse vector. nil: none.
	Sparse *SparseVector
	// Text is at most 1 MiB of UTF-8. Empty: none.
	Text string
	// Metadata hold what JSON holds; numbers are read as float64. nil: none.
	Metadata map[string]any
	// ExpiresAt is when the record becomes invisible. Zero: never.
	ExpiresAt time.Time
	// IfVersion, for writing: only if the stored version is this; 0: only if there is no such record. nil: in any case.
	IfVersion *uint64
	// Version, where it was read: the sequence of the write that made this record, unique and growing in its namespace.
	// Writing ignores it.
	Version uint64
}

// Records makes a source for UpsertAll and Import of records at hand.
func Records(records ...Record) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, record := range records {
			if !yield(record, nil) {
				return
			}
		}
	}
}

// RecordSource makes a source for UpsertAll and Import of a sequence that cannot fail.
func RecordSource(records iter.Seq[Record]) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for record := range records {
			if !yield(record, nil) {
				return
			}
		}
	}
}

// toRecord copies a record into its message, so that the caller may use all of it anew.
func toRecord(record *Record) (*pb.Record, error) {
	if err := checkText(record.ID, "id", ReasonInvalidID); err != nil {
		return nil, err
	}
	vector, err := toVectorBytes(record.Vector)
	if err != nil {
		return nil, err
	}
	sparse, err := toSparse(record.Sparse, "sparse")
	if err != nil {
		return nil, err
	}
	text, err := toOptionalText(record.Text, "text")
	if err != nil {
		return nil, err
	}
	metadata, err := toMetadata(record.Metadata, "metadata")
	if err != nil {
		return nil, err
	}
	expiresAt, err := toTimestamp(record.ExpiresAt, "expires_at")
	if err != nil {
		return nil, err
	}
	return &pb.Record{
		Id:        record.ID,
		VectorF32: vector,
		Sparse:    sparse,
		Text:      text,
		Metadata:  metadata,
		ExpiresAt: expiresAt,
		IfVersion: record.IfVersion,
	}, nil
}

func toRecords(records []Record) ([]*pb.Record, error) {
	messages := make([]*pb.Record, len(records))
	for at := range records {
		var err error
		if messages[at], err = toRecord(&records[at]); err != nil {
			return nil, within(fmt.Sprintf("records[%d]", at), err)
		}
	}
	return messages, nil
}

// toOptionalText makes the field of a text; an empty one is none.
func toOptionalText(text, name string) (*string, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // No text is no field.
	}
	if err := checkText(text, name, ReasonInvalidArgument); err != nil {
		return nil, err
	}
	return &text, nil
}

func fromRecord(record *pb.Record) Record {
	return Record{
		ID:        record.GetId(),
		Vector:    fromVector(record.GetVector(), record.GetVectorF32()),
		Sparse:    fromSparse(record.GetSparse()),
		Text:      record.GetText(),
		Metadata:  fromMetadata(record.GetMetadata()),
		ExpiresAt: fromTimestamp(record.GetExpiresAt()),
		Version:   record.GetVersion(),
	}
}

func fromRecords(messages []*pb.Record) []Record {
	records := make([]Record, len(messages))
	for at, message := range messages {
		records[at] = fromRecord(message)
	}
	return records
}
