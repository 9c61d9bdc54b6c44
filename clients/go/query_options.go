package vecstore

import (
	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// QueryOption changes what a query looks for and how it is answered. What is not named is left to the server.
type QueryOption interface{ applyToQuery(options *queryOptions) }

// queryOptions are those of one query.
type queryOptions struct {
	projection
	filtered

	id           *string
	text         *string
	sparse       *SparseVector
	efSearch     *int
	recallTarget *float64
	exact        bool
	threshold    *float64
	offset       *int
	groupBy      *string
	groupSize    *int
	diversity    *Diversity
	fusion       *Fusion
	stats        *QueryStats
	explanation  *QueryExplanation
}

type queryOption func(*queryOptions)

func (o queryOption) applyToQuery(options *queryOptions) { o(options) }

// WithQueryID looks for what is close to the vector of a record, which is itself among the results. With a nil vector.
func WithQueryID(id string) QueryOption {
	return queryOption(func(o *queryOptions) { o.id = &id })
}

// WithQueryText searches the texts by BM25, for at most 1 MiB of UTF-8.
func WithQueryText(text string) QueryOption {
	return queryOption(func(o *queryOptions) { o.text = &text })
}

// WithQuerySparse searches the sparse vectors by dot product.
func WithQuerySparse(sparse SparseVector) QueryOption {
	return queryOption(func(o *queryOptions) { o.sparse = &sparse })
}

// WithRecallTarget has the server choose how many candidates find this share of the true nearest records, above 0 and at
// most 1. Not together with WithEfSearch.
func WithRecallTarget(recall float64) QueryOption {
	return queryOption(func(o *queryOptions) { o.recallTarget = &recall })
}

// WithExactSearch compares with every record that matches; recall is 1.
func WithExactSearch() QueryOption {
	return queryOption(func(o *queryOptions) { o.exact = true })
}

// WithScoreThreshold keeps results whose score is at least this.
func WithScoreThreshold(score float64) QueryOption {
	return queryOption(func(o *queryOptions) { o.threshold = &score })
}

// WithOffset skips results, or groups; offset + limit is at most 10,000. Default 0.
func WithOffset(offset int) QueryOption {
	return queryOption(func(o *queryOptions) { o.offset = &offset })
}

// WithGroupBy makes groups of the results that share the value of a dotted metadata path, in which a name that holds a dot
// stands in backticks. Limit and offset count groups. Not together with WithDiversity.
func WithGroupBy(path string) QueryOption {
	return queryOption(func(o *queryOptions) { o.groupBy = &path })
}

// WithGroupSize sets how many results of each group are kept, 1..100. Default 1. Only with WithGroupBy.
func WithGroupSize(results int) QueryOption {
	return queryOption(func(o *queryOptions) { o.groupSize = &results })
}

// Diversity says how much results may resemble each other: maximal marginal relevance.
type Diversity struct {
	// Lambda: 0 looks for difference only, 1 for closeness only. nil: 0.5.
	Lambda *float64
	// Candidates are the closest records to choose from, offset + limit..1,000. nil: max(50, 5 x (offset + limit)).
	Candidates *int
}

// WithDiversity chooses results that resemble each other less, by their vectors. Not together with WithGroupBy, a text or a
// sparse vector.
func WithDiversity(diversity Diversity) QueryOption {
	return queryOption(func(o *queryOptions) { o.diversity = &diversity })
}

// FusionMethod is the formula by which several ways of search become one list.
type FusionMethod string

// The formulas.
const (
	// FusionReciprocalRank is the default: sums 1 / (RankConstant + rank).
	FusionReciprocalRank FusionMethod = "reciprocal_rank"
	// FusionWeighted sums the scores of each way, scaled to 0..1, weighted by Alpha.
	FusionWeighted FusionMethod = "weighted"
)

// Fusion says how several ways of search become one list.
type Fusion struct {
	// Method: empty is FusionReciprocalRank.
	Method FusionMethod
	// RankConstant is k of reciprocal rank, 1..10,000. nil: 60.
	RankConstant *int
	// Alpha is the weight of the dense vector when weighted, 0..1. nil: 0.7.
	Alpha *float64
	// Candidates that each way gives, offset + limit..10,000. nil: the first of 128, 512, 2,048, 8,192 and so on that is
	// 3 x (offset + limit) or more. The order depends on it: set it when turning pages past the first 42 results.
	Candidates *int
}

// WithFusion says how several ways of search become one list; only with several.
func WithFusion(fusion Fusion) QueryOption {
	return queryOption(func(o *queryOptions) { o.fusion = &fusion })
}

// WithStats fills stats with what was counted while the query ran. A stream fills it at its end.
func WithStats(stats *QueryStats) QueryOption {
	return queryOption(func(o *queryOptions) { o.stats = stats })
}

// WithExplanation asks how the answer was found and what it cost, and fills explanation. A stream fills it at its end. Each
// result gets its own Explanation.
func WithExplanation(explanation *QueryExplanation) QueryOption {
	return queryOption(func(o *queryOptions) { o.explanation = explanation })
}

// EfSearchOption is WithEfSearch.
type EfSearchOption int

// WithEfSearch sets the candidates that a usual query keeps in the graph search, 1..2,048: more find more and take longer.
// Default: the namespace's, else max(64, 2 x limit).
func WithEfSearch(candidates int) EfSearchOption { return EfSearchOption(candidates) }

func (o EfSearchOption) applyToQuery(options *queryOptions) { options.efSearch = Ptr(int(o)) }

// projection says which parts of a record a read returns. nil is the server's default.
type projection struct{ metadata, vector, text *bool }

// ProjectionOption says whether records carry a part.
type ProjectionOption func(*projection)

// IncludeMetadata says whether records carry metadata. Default true.
func IncludeMetadata(include bool) ProjectionOption {
	return func(p *projection) { p.metadata = &include }
}

// IncludeVector says whether records carry vectors, dense and sparse. Default false; true for Export.
func IncludeVector(include bool) ProjectionOption {
	return func(p *projection) { p.vector = &include }
}

// IncludeText says whether records carry the text. Default false; true for Export.
func IncludeText(include bool) ProjectionOption {
	return func(p *projection) { p.text = &include }
}

func (o ProjectionOption) applyToQuery(options *queryOptions) { o(&options.projection) }

// toQuery turns a query into its message.
func toQuery(query Query) (convertedQuery, error) {
	var options queryOptions
	for _, option := range query.options {
		option.applyToQuery(&options)
	}
	m := &pb.QueryRequest{
		Id:              options.id,
		Text:            options.text,
		RecallTarget:    options.recallTarget,
		Exact:           options.exact,
		ScoreThreshold:  options.threshold,
		IncludeMetadata: options.metadata,
		IncludeVector:   options.vector,
		IncludeText:     options.projection.text,
		Explain:         options.explanation != nil,
	}
	converted := convertedQuery{m, options.stats, options.explanation}
	if err := options.setSource(m, query.vector); err != nil {
		return converted, err
	}
	return converted, options.setParameters(m, query.limit)
}

// setSource says what to look for.
func (o *queryOptions) setSource(m *pb.QueryRequest, vector []float32) (err error) {
	if o.id != nil {
		if err = checkText(*o.id, "id", ReasonInvalidID); err != nil {
			return err
		}
	}
	if o.text != nil {
		if err = checkText(*o.text, "text", ReasonInvalidArgument); err != nil {
			return err
		}
	}
	if m.Sparse, err = toSparse(o.sparse, "sparse"); err != nil {
		return err
	}
	m.VectorF32, err = toVectorBytes(vector)
	return err
}

// setParameters says how it is answered.
func (o *queryOptions) setParameters(m *pb.QueryRequest, limit int) (err error) {
	if o.groupBy != nil {
		m.GroupBy = *o.groupBy
		if err = checkText(*o.groupBy, "group_by", ReasonInvalidArgument); err != nil {
			return err
		}
	}
	if m.Fusion, err = toFusion(o.fusion); err != nil {
		return err
	}
	if m.Diversity, err = toDiversity(o.diversity); err != nil {
		return err
	}
	if m.Filter, m.FilterAst, err = o.fields(); err != nil {
		return err
	}
	if m.Limit, err = toUint32(&limit, "limit"); err != nil {
		return err
	}
	if m.EfSearch, err = toUint32(o.efSearch, "ef_search"); err != nil {
		return err
	}
	if m.GroupSize, err = toUint32(o.groupSize, "group_size"); err != nil {
		return err
	}
	offset, err := toUint32(o.offset, "offset")
	if offset != nil {
		m.Offset = *offset
	}
	return err
}

func toFusion(fusion *Fusion) (*pb.Fusion, error) {
	if fusion == nil {
		return nil, nil //nolint:nilnil // No fusion is no message.
	}
	method, err := toEnum[pb.FusionMethod](
		string(fusion.Method), "FUSION_METHOD_", "fusion.method", ReasonInvalidArgument)
	if err != nil {
		return nil, err
	}
	m := &pb.Fusion{Method: method, Alpha: fusion.Alpha}
	if m.RankConstant, err = toUint32(fusion.RankConstant, "fusion.rank_constant"); err != nil {
		return nil, err
	}
	m.Candidates, err = toUint32(fusion.Candidates, "fusion.candidates")
	return m, err
}

func toDiversity(diversity *Diversity) (*pb.Diversity, error) {
	if diversity == nil {
		return nil, nil //nolint:nilnil // No diversity is no message.
	}
	candidates, err := toUint32(diversity.Candidates, "diversity.candidates")
	return &pb.Diversity{Lambda: diversity.Lambda, Candidates: candidates}, err
}
