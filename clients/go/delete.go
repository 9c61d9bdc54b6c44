package vecstore

import (
	"context"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// Target says which records Delete, SoftDelete and Restore act on. Exactly one of its fields is set, as IDs, Matching,
// MatchingTree and Everything do; any other is ReasonMissingTarget.
type Target struct {
	// IDs are at most 1,000. One that is not there is not an error.
	IDs []string
	// Filter is a filter string, as WithFilter has it. Of many records the change is not atomic. nil: none.
	Filter *string
	// Tree is the same as a tree. nil: none.
	Tree *Filter
	// All is every record of the namespace.
	All bool
}

// IDs are records by id, at most 1,000. One that is not there is not an error.
func IDs(ids ...string) Target { return Target{IDs: ids} }

// Matching are records whose metadata match a filter string, as WithFilter has it. Of many records the change is not atomic.
func Matching(filter string) Target { return Target{Filter: &filter} }

// MatchingTree is Matching for a tree.
func MatchingTree(filter Filter) Target { return Target{Tree: &filter} }

// Everything is every record of the namespace.
func Everything() Target { return Target{All: true} }

// Affected says what Delete, SoftDelete or Restore did.
type Affected struct {
	// Records that changed; what is not there is not an error.
	Records uint64
	// Sequence of the namespace after the last of them.
	Sequence uint64
}

// Delete removes records for good.
func (n *NamespaceHandle) Delete(ctx context.Context, target Target) (Affected, error) {
	filter, tree, err := target.fields()
	if err != nil {
		return Affected{}, err
	}
	request := &pb.DeleteRequest{Namespace: n.name, Ids: target.IDs, Filter: filter, FilterAst: tree, All: target.All}
	answer, err := unary(ctx, n.session, aWrite, n.session.records.Delete, request)
	if err != nil {
		return Affected{}, err
	}
	return Affected{answer.GetDeleted(), answer.GetSequence()}, nil
}

// SoftDelete hides records until Restore or Delete.
func (n *NamespaceHandle) SoftDelete(ctx context.Context, target Target) (Affected, error) {
	filter, tree, err := target.fields()
	if err != nil {
		return Affected{}, err
	}
	request := &pb.SoftDeleteRequest{Namespace: n.name, Ids: target.IDs, Filter: filter, FilterAst: tree, All: target.All}
	answer, err := unary(ctx, n.session, aWrite, n.session.records.SoftDelete, request)
	if err != nil {
		return Affected{}, err
	}
	return Affected{answer.GetSoftDeleted(), answer.GetSequence()}, nil
}

// Restore brings hidden records back; the target is among these.
func (n *NamespaceHandle) Restore(ctx context.Context, target Target) (Affected, error) {
	filter, tree, err := target.fields()
	if err != nil {
		return Affected{}, err
	}
	request := &pb.RestoreRequest{Namespace: n.name, Ids: target.IDs, Filter: filter, FilterAst: tree, All: target.All}
	answer, err := unary(ctx, n.session, aWrite, n.session.records.Restore, request)
	if err != nil {
		return Affected{}, err
	}
	return Affected{answer.GetRestored(), answer.GetSequence()}, nil
}

func (t Target) fields() (string, *pb.Filter, error) {
	if err := checkIDs(t.IDs); err != nil {
		return "", nil, err
	}
	return filtered{t.Filter, t.Tree}.fields()
}
