package vecstore

import (
	"context"
	"fmt"
	"time"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// RecordUpdate is a partial change of one record; its vector is kept.
type RecordUpdate struct {
	// ID of a record that exists.
	ID string
	// MergeMetadata are merged into the stored metadata key by key at the top level; a nil value removes its key. nil:
	// metadata stay.
	MergeMetadata map[string]any
	// ReplaceMetadata replace the stored metadata whole. Not together with MergeMetadata. nil: metadata stay.
	ReplaceMetadata map[string]any
	// Text replaces the text. nil: it stays.
	Text *string
	// ClearText removes the text. Not together with Text.
	ClearText bool
	// ExpiresAt replaces the time from which the record is invisible. Zero: it stays.
	ExpiresAt time.Time
	// ClearExpiresAt removes the expiry. Not together with ExpiresAt.
	ClearExpiresAt bool
	// IfVersion: only if the stored version is this, 1 or more. nil: in any case.
	IfVersion *uint64
}

// UpdateResult says what Update did.
type UpdateResult struct {
	// Updated is the number of records changed: all.
	Updated int
	// Sequence of the namespace of this write.
	Sequence uint64
	// Versions of the records, in the order given.
	Versions []uint64
}

// Update changes metadata, text or expiry of 1..1,000 records that exist, all or none; vectors are kept.
func (n *NamespaceHandle) Update(ctx context.Context, updates ...RecordUpdate) (UpdateResult, error) {
	messages := make([]*pb.RecordUpdate, len(updates))
	for at := range updates {
		var err error
		if messages[at], err = toUpdate(&updates[at]); err != nil {
			return UpdateResult{}, within(fmt.Sprintf("updates[%d]", at), err)
		}
	}
	request := &pb.UpdateRequest{Namespace: n.name, Updates: messages}
	answer, err := unary(ctx, n.session, aWrite, n.session.records.Update, request)
	if err != nil {
		return UpdateResult{}, err
	}
	return UpdateResult{int(answer.GetUpdated()), answer.GetSequence(), answer.GetVersions()}, nil
}

func toUpdate(update *RecordUpdate) (*pb.RecordUpdate, error) {
	message := &pb.RecordUpdate{
		Id:             update.ID,
		Text:           update.Text,
		ClearText:      update.ClearText,
		ClearExpiresAt: update.ClearExpiresAt,
		IfVersion:      update.IfVersion,
	}
	err := checkText(update.ID, "id", ReasonInvalidID)
	if err == nil && update.Text != nil {
		err = checkText(*update.Text, "text", ReasonInvalidArgument)
	}
	if err == nil {
		message.MergeMetadata, err = toMetadata(update.MergeMetadata, "merge_metadata")
	}
	if err == nil {
		message.ReplaceMetadata, err = toMetadata(update.ReplaceMetadata, "replace_metadata")
	}
	if err == nil {
		message.ExpiresAt, err = toTimestamp(update.ExpiresAt, "expires_at")
	}
	return message, err
}
