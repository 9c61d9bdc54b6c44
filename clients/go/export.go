package vecstore

import (
	"context"
	"iter"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// ExportOption changes which records Export returns, and which of their parts.
type ExportOption interface{ applyToExport(options *exportOptions) }

type exportOptions struct {
	projection
	filtered

	prefix   string
	token    *string
	sequence *uint64
}

type exportOption func(*exportOptions)

func (o exportOption) applyToExport(options *exportOptions)     { o(options) }
func (o ProjectionOption) applyToExport(options *exportOptions) { o(&options.projection) }
func (o FilterOption) applyToExport(options *exportOptions)     { o(&options.filtered) }
func (o PrefixOption) applyToExport(options *exportOptions)     { options.prefix = string(o) }

// WithExportToken goes on behind token, unless it is empty, and keeps it up to date while the loop goes on: none of the records
// after it is left out, and those of a chunk that broke off come again. So a loop that ended by an error is begun again with the
// same variable, prefix and filter.
func WithExportToken(token *string) ExportOption {
	return exportOption(func(o *exportOptions) { o.token = token })
}

// WithExportSequence fills sequence with the sequence of the namespace that the records are of.
func WithExportSequence(sequence *uint64) ExportOption {
	return exportOption(func(o *exportOptions) { o.sequence = sequence })
}

// Export reads every record that matches, whole, vectors and texts too, by ascending id, as they are when the loop begins. It has
// no deadline but the context's; leaving the loop cancels it. An error is the last pair.
func (n *NamespaceHandle) Export(ctx context.Context, options ...ExportOption) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		var o exportOptions
		for _, option := range options {
			option.applyToExport(&o)
		}
		request, err := o.message(n.name)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for chunk, err := range stream(ctx, n.session, aLongRead, n.session.records.Export, request) {
			if err != nil {
				yield(Record{}, err)
				return
			}
			if o.sequence != nil {
				*o.sequence = chunk.GetSequence()
			}
			for _, record := range chunk.GetRecords() {
				if !yield(fromRecord(record), nil) {
					return
				}
			}
			if o.token != nil && chunk.GetResumeToken() != "" {
				*o.token = chunk.GetResumeToken()
			}
		}
	}
}

func (o *exportOptions) message(namespace string) (*pb.ExportRequest, error) {
	if err := checkText(o.prefix, "prefix", ReasonInvalidID); err != nil {
		return nil, err
	}
	filter, tree, err := o.fields()
	if err != nil {
		return nil, err
	}
	request := &pb.ExportRequest{
		Namespace:       namespace,
		Prefix:          o.prefix,
		Filter:          filter,
		FilterAst:       tree,
		IncludeMetadata: o.metadata,
		IncludeVector:   o.vector,
		IncludeText:     o.text,
	}
	if o.token != nil {
		request.ResumeToken = *o.token
	}
	return request, checkText(request.GetResumeToken(), "resume_token", ReasonInvalidPageToken)
}
