package vecstore

import (
	"context"
	"io"
	"iter"
	"time"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// Snapshot is a named copy of a namespace that never changes.
type Snapshot struct {
	Name, Namespace string
	CreatedAt       time.Time
	// Sequence of the namespace that it holds.
	Sequence uint64
	// VectorCount is that of the visible records that it holds.
	VectorCount uint64
	// Bytes are those of its files; those that it shares with the namespace count too.
	Bytes uint64
}

// CreateSnapshot makes a named copy of the namespace. It has no deadline but the context's.
func (n *NamespaceHandle) CreateSnapshot(ctx context.Context, name string) (Snapshot, error) {
	if err := checkText(name, "name", ReasonInvalidName); err != nil {
		return Snapshot{}, err
	}
	request := &pb.CreateSnapshotRequest{Namespace: n.name, Name: name}
	answer, err := unary(ctx, n.session, aLongWrite, n.session.records.CreateSnapshot, request)
	if err != nil {
		return Snapshot{}, err
	}
	return fromSnapshot(answer.GetSnapshot()), nil
}

// ListSnapshots lists the snapshots of the namespace by name, and fetches pages as the loop goes on.
func (n *NamespaceHandle) ListSnapshots(ctx context.Context) iter.Seq2[Snapshot, error] {
	return pages(func(token string) ([]*pb.Snapshot, string, error) {
		request := &pb.ListSnapshotsRequest{Namespace: n.name, PageSize: Ptr(uint32(maxPage)), PageToken: token}
		answer, err := unary(ctx, n.session, aRead, n.session.records.ListSnapshots, request)
		return answer.GetSnapshots(), answer.GetNextPageToken(), err
	}, fromSnapshot)
}

// Restoration says what RestoreSnapshot brought back.
type Restoration struct {
	// Namespace now holds the records.
	Namespace string
	// Sequence never goes back; Incarnation grew by one when restored in place.
	Sequence, Incarnation uint64
	// VectorCount is that of the visible records.
	VectorCount uint64
}

// RestoreOption changes where a snapshot is restored.
type RestoreOption func(*restoreOptions)

type restoreOptions struct{ target string }

// IntoNamespace restores as a new namespace of this name; one that exists is ReasonNamespaceExists. Default: in place, which
// replaces every record of the namespace.
func IntoNamespace(name string) RestoreOption {
	return func(o *restoreOptions) { o.target = name }
}

// RestoreSnapshot brings a snapshot back. It has no deadline but the context's.
func (n *NamespaceHandle) RestoreSnapshot(
	ctx context.Context, name string, options ...RestoreOption,
) (Restoration, error) {
	var o restoreOptions
	for _, option := range options {
		option(&o)
	}
	if err := checkText(name, "name", ReasonInvalidName); err != nil {
		return Restoration{}, err
	}
	if err := checkText(o.target, "target_namespace", ReasonInvalidName); err != nil {
		return Restoration{}, err
	}
	request := &pb.RestoreSnapshotRequest{Namespace: n.name, Name: name, TargetNamespace: o.target}
	answer, err := unary(ctx, n.session, aLongWrite, n.session.records.RestoreSnapshot, request)
	if err != nil {
		return Restoration{}, err
	}
	return Restoration{
		Namespace:   answer.GetNamespace(),
		Sequence:    answer.GetSequence(),
		Incarnation: answer.GetIncarnation(),
		VectorCount: answer.GetVectorCount(),
	}, nil
}

// DeleteSnapshot deletes a snapshot; the records of the namespace are untouched.
func (n *NamespaceHandle) DeleteSnapshot(ctx context.Context, name string) error {
	if err := checkText(name, "name", ReasonInvalidName); err != nil {
		return err
	}
	request := &pb.DeleteSnapshotRequest{Namespace: n.name, Name: name}
	_, err := unary(ctx, n.session, aWrite, n.session.records.DeleteSnapshot, request)
	return err
}

// SnapshotChunk is a piece of the archive of a snapshot, a POSIX tar file.
type SnapshotChunk struct {
	// Snapshot and TotalBytes, those of the whole archive, are the same in each chunk.
	Snapshot   Snapshot
	TotalBytes uint64
	// Data are the next bytes, at most 256 KiB.
	Data []byte
	// CRC32 is that of the archive from its first byte to the end of Data, whatever the offset is, as hash/crc32 has it by its
	// IEEE table.
	CRC32 uint32
}

// DownloadSnapshot fetches a snapshot as a tar file from a byte on, in chunks as the loop goes on; leaving the loop cancels it.
// The archive of one snapshot is always the same bytes, so a download that broke off goes on with the offset of what came. It
// has no deadline but the context's.
func (n *NamespaceHandle) DownloadSnapshot(
	ctx context.Context, name string, offset uint64,
) iter.Seq2[SnapshotChunk, error] {
	return func(yield func(SnapshotChunk, error) bool) {
		if err := checkText(name, "name", ReasonInvalidName); err != nil {
			yield(SnapshotChunk{}, err)
			return
		}
		request := &pb.DownloadSnapshotRequest{Namespace: n.name, Name: name, Offset: offset}
		var chunk SnapshotChunk
		for message, err := range stream(ctx, n.session, aLongRead, n.session.records.DownloadSnapshot, request) {
			if err != nil {
				yield(SnapshotChunk{}, err)
				return
			}
			if message.GetSnapshot() != nil {
				chunk.Snapshot, chunk.TotalBytes = fromSnapshot(message.GetSnapshot()), message.GetTotalBytes()
			}
			chunk.Data, chunk.CRC32 = message.GetData(), message.GetCrc32()
			if !yield(chunk, nil) {
				return
			}
		}
	}
}

// SaveSnapshot writes the archive of a snapshot to a writer, and returns how many bytes it wrote.
func (n *NamespaceHandle) SaveSnapshot(ctx context.Context, name string, to io.Writer) (int64, error) {
	var written int64
	for chunk, err := range n.DownloadSnapshot(ctx, name, 0) {
		if err != nil {
			return written, err
		}
		count, err := to.Write(chunk.Data)
		written += int64(count)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

func fromSnapshot(snapshot *pb.Snapshot) Snapshot {
	return Snapshot{
		Name:        snapshot.GetName(),
		Namespace:   snapshot.GetNamespace(),
		CreatedAt:   fromTimestamp(snapshot.GetCreatedAt()),
		Sequence:    snapshot.GetSequence(),
		VectorCount: snapshot.GetVectorCount(),
		Bytes:       snapshot.GetBytes(),
	}
}
