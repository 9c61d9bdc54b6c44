package vecstore

import (
	"time"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// QueryStrategy is how records were found: empty, flat_scan, graph, exact_scan, filter_scan, filtered_graph, inverted_index,
// fused; unknown where a newer server says what this client does not know.
type QueryStrategy string

// QueryStats say how an answer was found and what it cost.
type QueryStats struct {
	// Strategy: several segments report that of the largest.
	Strategy QueryStrategy
	// Candidates are records whose f32 distance was computed, or whose text or sparse vector was scored whole.
	Candidates uint64
	// FilteredCount is how many records the filter let through; nil without a filter, or when it was not counted.
	FilteredCount *uint64
	// NodesVisited are those of the graph that were expanded or met.
	NodesVisited uint64
	// DistanceComputations, on codes and in f32.
	DistanceComputations uint64
	// Duration is the time in the engine.
	Duration time.Duration
	// CacheHit: the answer came from the cache; the other numbers are those of the run that filled it.
	CacheHit bool
	// Approximate: a closer record may have been missed.
	Approximate bool
	// Exhausted: fewer than limit records match.
	Exhausted bool
	// Segments searched.
	Segments uint32
}

// QueryExplanation says why a plan was chosen, and where the time went.
type QueryExplanation struct {
	// Plan is the one that ran.
	Plan QueryPlan
	// RejectedPlans are other ways to search the largest segment.
	RejectedPlans []QueryPlan
	// Stages stand in the order they began.
	Stages []QueryStage
}

// QueryPlan is a way to answer a query, with what it was expected to cost.
type QueryPlan struct {
	Strategy QueryStrategy
	// Reason is one sentence for people.
	Reason string
	// EfSearch is 0 without a graph.
	EfSearch uint32
	// Distances are how many were expected; hardly ever fewer than MinDistances or more than MaxDistances.
	Distances, MinDistances, MaxDistances float64
	// Selectivity is the share of records that the filter lets through; nil without a filter.
	Selectivity *Selectivity
}

// Selectivity has bounds of a share, each 0..1.
type Selectivity struct{ Min, Expected, Max float64 }

// QueryStage is one stage of a query.
type QueryStage struct {
	Name     string
	Duration time.Duration
}

// ResultExplanation says where one result came from. What does not belong to the query is nil.
type ResultExplanation struct {
	VectorDistance *float64
	SparseScore    *float64
	TextScore      *float64
	FilterMatched  *bool
}

func fromQueryStats(stats *pb.QueryStats) QueryStats {
	return QueryStats{
		Strategy:             fromStrategy(stats.GetStrategy()),
		Candidates:           stats.GetCandidates(),
		FilteredCount:        stats.FilteredCount,
		NodesVisited:         stats.GetNodesVisited(),
		DistanceComputations: stats.GetDistanceComputations(),
		Duration:             fromMilliseconds(stats.GetDurationMs()),
		CacheHit:             stats.GetCacheHit(),
		Approximate:          stats.GetApproximate(),
		Exhausted:            stats.GetExhausted(),
		Segments:             stats.GetSegments(),
	}
}

func fromQueryExplain(explain *pb.QueryExplain) QueryExplanation {
	explanation := QueryExplanation{
		Plan:          fromPlan(explain.GetPlan()),
		RejectedPlans: make([]QueryPlan, len(explain.GetRejectedPlans())),
		Stages:        make([]QueryStage, len(explain.GetStages())),
	}
	for at, plan := range explain.GetRejectedPlans() {
		explanation.RejectedPlans[at] = fromPlan(plan)
	}
	for at, stage := range explain.GetStages() {
		explanation.Stages[at] = QueryStage{stage.GetName(), fromMilliseconds(stage.GetDurationMs())}
	}
	return explanation
}

func fromPlan(plan *pb.QueryPlan) QueryPlan {
	converted := QueryPlan{
		Strategy:     fromStrategy(plan.GetStrategy()),
		Reason:       plan.GetReason(),
		EfSearch:     plan.GetEfSearch(),
		Distances:    plan.GetEstimatedDistanceComputations(),
		MinDistances: plan.GetMinDistanceComputations(),
		MaxDistances: plan.GetMaxDistanceComputations(),
	}
	if share := plan.GetSelectivity(); share != nil {
		converted.Selectivity = &Selectivity{share.GetMin(), share.GetExpected(), share.GetMax()}
	}
	return converted
}

func fromResultExplain(explain *pb.QueryResultExplain) *ResultExplanation {
	if explain == nil {
		return nil
	}
	//nolint:protogetter // What is absent stays absent.
	return &ResultExplanation{explain.VectorDistance, explain.SparseScore, explain.TextScore, explain.FilterMatched}
}

func fromStrategy(strategy pb.QueryStrategy) QueryStrategy {
	return QueryStrategy(fromEnum(strategy, "QUERY_STRATEGY_"))
}

func fromMilliseconds(milliseconds float64) time.Duration {
	return time.Duration(milliseconds * float64(time.Millisecond))
}
