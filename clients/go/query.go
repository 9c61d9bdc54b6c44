package vecstore

import (
	"context"
	"fmt"
	"iter"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// DefaultLimit is how many results there are where a caller has no wish of its own.
const DefaultLimit = 10

// Result is one record of an answer.
type Result struct {
	ID string
	// Score: larger is closer. cosine: cos. dot: the dot product. euclidean: minus the distance. BM25 of a text, dot product
	// of sparse vectors, or what a fusion gives.
	Score float64
	// Distance: smaller is closer. nil when the query has a text or a sparse vector.
	Distance *float64
	// Version is that of the record, 1 or more.
	Version uint64
	// Metadata are nil when the query left them out, or there are none.
	Metadata map[string]any
	// Vector and Sparse are there with IncludeVector(true).
	Vector []float32
	Sparse *SparseVector
	// Text is there with IncludeText(true).
	Text string
	// Explanation is there with WithExplanation.
	Explanation *ResultExplanation
}

// Query is one query of a batch; NewQuery makes it.
type Query struct {
	vector  []float32
	limit   int
	options []QueryOption
}

// NewQuery says what to look for: what NamespaceHandle.Query takes.
func NewQuery(vector []float32, limit int, options ...QueryOption) Query {
	return Query{vector, limit, options}
}

// Query finds the records closest to a vector, limit of them at most: 1..1,000. The results come by descending score, ties by
// id.
//
// With a nil vector it finds records by WithQueryText, WithQuerySparse or WithQueryID; several of them, or one beside a vector,
// are fused.
func (n *NamespaceHandle) Query(
	ctx context.Context, vector []float32, limit int, options ...QueryOption,
) ([]Result, error) {
	query, err := toQuery(NewQuery(vector, limit, options...))
	if err != nil {
		return nil, err
	}
	query.message.Namespace = n.name
	answer, err := unary(ctx, n.session, aRead, n.session.query.CallUnary, query.message)
	if err != nil {
		return nil, err
	}
	query.readStats(answer)
	return answer.results, nil
}

// QueryStream finds the closest records and hands them out as they come, up to 10,000. The query starts with the loop over
// them; leaving the loop cancels it. It has no deadline but the context's. An error is the last pair.
func (n *NamespaceHandle) QueryStream(
	ctx context.Context, vector []float32, limit int, options ...QueryOption,
) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		query, err := toQuery(NewQuery(vector, limit, options...))
		if err != nil {
			yield(Result{}, err)
			return
		}
		request := &pb.QueryStreamRequest{Namespace: n.name, Query: query.message}
		for chunk, err := range stream(ctx, n.session, aLongRead, n.session.queryStream.CallServerStream, request) {
			if err != nil {
				yield(Result{}, err)
				return
			}
			query.readStats(chunk)
			for _, result := range chunk.results {
				if !yield(result, nil) {
					return
				}
			}
		}
	}
}

// BatchQuery runs 1..1,000 queries in one call; the answers come in the order given. One bad query refuses the batch.
func (n *NamespaceHandle) BatchQuery(ctx context.Context, queries ...Query) ([][]Result, error) {
	request := &pb.BatchQueryRequest{Namespace: n.name, Queries: make([]*pb.QueryRequest, len(queries))}
	converted := make([]convertedQuery, len(queries))
	for at, query := range queries {
		var err error
		if converted[at], err = toQuery(query); err != nil {
			return nil, within(fmt.Sprintf("queries[%d]", at), err)
		}
		request.Queries[at] = converted[at].message
	}
	answer, err := unary(ctx, n.session, aRead, n.session.batchQuery.CallUnary, request)
	if err != nil {
		return nil, err
	}
	if len(answer.answers) != len(queries) {
		return nil, &Error{
			Code: CodeInternal, Reason: ReasonInternal,
			Message: fmt.Sprintf("the server answered %d of %d queries", len(answer.answers), len(queries)),
		}
	}
	results := make([][]Result, len(queries))
	for at := range answer.answers {
		converted[at].readStats(&answer.answers[at])
		results[at] = answer.answers[at].results
	}
	return results, nil
}

// convertedQuery is a query as it travels, and where its stats go.
type convertedQuery struct {
	message *pb.QueryRequest
	stats   *QueryStats
	explain *QueryExplanation
}

// readStats fills what the caller asked for; chunks of a stream before the last have none.
func (q convertedQuery) readStats(answer *queryAnswer) {
	if q.stats != nil && answer.stats != nil {
		*q.stats = fromQueryStats(answer.stats)
	}
	if q.explain != nil && answer.explain != nil {
		*q.explain = fromQueryExplain(answer.explain)
	}
}
