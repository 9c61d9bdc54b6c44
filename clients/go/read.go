package vecstore

import (
	"context"
	"fmt"
	"iter"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// GetOption changes what Get returns.
type GetOption interface{ applyToGet(options *projection) }

func (o ProjectionOption) applyToGet(options *projection) { o(options) }

// Get reads records by id, 1..1,000 of them. The records come in the order asked; ids that are not there are in missing.
func (n *NamespaceHandle) Get(
	ctx context.Context, ids []string, options ...GetOption,
) (records []Record, missing []string, err error) {
	var parts projection
	for _, option := range options {
		option.applyToGet(&parts)
	}
	if err := checkIDs(ids); err != nil {
		return nil, nil, err
	}
	answer, err := unary(ctx, n.session, aRead, n.session.records.Get, &pb.GetRequest{
		Namespace:       n.name,
		Ids:             ids,
		IncludeMetadata: parts.metadata,
		IncludeVector:   parts.vector,
		IncludeText:     parts.text,
	})
	if err != nil {
		return nil, nil, err
	}
	return fromRecords(answer.GetRecords()), answer.GetMissing(), nil
}

func checkIDs(ids []string) error {
	for at, id := range ids {
		if err := checkText(id, fmt.Sprintf("ids[%d]", at), ReasonInvalidID); err != nil {
			return err
		}
	}
	return nil
}

// ListOption changes which records List and ListPage return.
type ListOption interface{ applyToList(options *listOptions) }

type listOptions struct {
	projection
	filtered

	prefix   string
	pageSize *int
}

func (o ProjectionOption) applyToList(options *listOptions) { o(&options.projection) }
func (o FilterOption) applyToList(options *listOptions)     { o(&options.filtered) }

// PrefixOption is WithPrefix.
type PrefixOption string

// WithPrefix keeps what begins with a prefix: ids of records, or names of namespaces.
func WithPrefix(prefix string) PrefixOption { return PrefixOption(prefix) }

func (o PrefixOption) applyToList(options *listOptions) { options.prefix = string(o) }

// PageSizeOption is WithPageSize.
type PageSizeOption int

// WithPageSize sets the records of a page, 1..1,000. Default 100.
func WithPageSize(records int) PageSizeOption { return PageSizeOption(records) }

func (o PageSizeOption) applyToList(options *listOptions) { options.pageSize = Ptr(int(o)) }

// Page has records by ascending id, compared as UTF-8 bytes.
type Page struct {
	Records []Record
	// NextToken is empty on the last page.
	NextToken string
}

// List reads every record that matches, by ascending id, and fetches pages as the loop goes on. An error is the last pair.
func (n *NamespaceHandle) List(ctx context.Context, options ...ListOption) iter.Seq2[Record, error] {
	return pages(func(token string) ([]Record, string, error) {
		page, err := n.ListPage(ctx, token, options...)
		return page.Records, page.NextToken, err
	}, func(record Record) Record { return record })
}

// ListPage reads one page of records. The token is that of the previous page, of the same prefix and filter; empty for the
// first.
func (n *NamespaceHandle) ListPage(ctx context.Context, token string, options ...ListOption) (Page, error) {
	var o listOptions
	for _, option := range options {
		option.applyToList(&o)
	}
	request := &pb.ListRequest{
		Namespace:       n.name,
		Prefix:          o.prefix,
		PageToken:       token,
		IncludeMetadata: o.metadata,
		IncludeVector:   o.vector,
		IncludeText:     o.text,
	}
	err := checkText(o.prefix, "prefix", ReasonInvalidID)
	if err != nil {
		return Page{}, err
	}
	if request.PageSize, err = toUint32(o.pageSize, "page_size"); err != nil {
		return Page{}, err
	}
	if request.Filter, request.FilterAst, err = o.fields(); err != nil {
		return Page{}, err
	}
	answer, err := unary(ctx, n.session, aRead, n.session.records.List, request)
	if err != nil {
		return Page{}, err
	}
	return Page{fromRecords(answer.GetRecords()), answer.GetNextPageToken()}, nil
}

// CountOption changes which records Count counts.
type CountOption interface{ applyToCount(options *filtered) }

func (o FilterOption) applyToCount(options *filtered) { o(options) }

// Count counts records exactly.
func (n *NamespaceHandle) Count(ctx context.Context, options ...CountOption) (uint64, error) {
	var narrowed filtered
	for _, option := range options {
		option.applyToCount(&narrowed)
	}
	filter, tree, err := narrowed.fields()
	if err != nil {
		return 0, err
	}
	request := &pb.CountRequest{Namespace: n.name, Filter: filter, FilterAst: tree}
	answer, err := unary(ctx, n.session, aRead, n.session.records.Count, request)
	if err != nil {
		return 0, err
	}
	return answer.GetCount(), nil
}
