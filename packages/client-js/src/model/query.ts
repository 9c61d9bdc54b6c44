import type { CallOptions } from "./call.js";
import type { Filtered } from "./filter.js";
import type { Metadata } from "./metadata.js";
import type { Projection, SparseVector, VectorInput } from "./record.js";

/** What a query looks for: at least one of these; several are fused. `vector` and `id` exclude each other. */
export interface QuerySource {
  /** f32[dimension] */
  readonly vector?: VectorInput;
  /** Use the vector of this record. */
  readonly id?: string;
  /** Search the sparse vectors by dot product. */
  readonly sparse?: SparseVector;
  /** Search the texts by BM25, at most 1 MiB of UTF-8. */
  readonly text?: string;
}

/** How several ways of search become one list. Only with several. */
export interface Fusion {
  /** Default `reciprocal_rank`. */
  readonly method?: "reciprocal_rank" | "weighted";
  /** k of reciprocal rank, 1..10,000. Default 60. */
  readonly rankConstant?: number;
  /** Weight of the dense vector when weighted, 0..1. Default 0.7. */
  readonly alpha?: number;
  /**
   * Candidates that each way gives, offset + limit..10,000. Default the first of 128, 512, 2,048, 8,192 and so on that is
   * 3 x (offset + limit) or more. The order depends on it: set it when turning pages past the first 42 results.
   */
  readonly candidates?: number;
}

/** How much results may resemble each other: maximal marginal relevance. */
export interface Diversity {
  /** 0 looks for difference only, 1 for closeness only. Default 0.5. */
  readonly lambda?: number;
  /** Closest records to choose from, offset + limit..1,000. Default max(50, 5 x (offset + limit)). */
  readonly candidates?: number;
}

/** How a query is answered. */
export interface QueryParameters extends Projection, Filtered {
  /** 1..1,000 (10,000 for streams). Default 10. */
  readonly limit?: number;
  /** Candidates of the graph search, 1..2,048. Default max(64, 2 x limit). */
  readonly efSearch?: number;
  /** Share of the true nearest records to find, above 0 and at most 1; the server chooses `efSearch`. */
  readonly recallTarget?: number;
  /** Compare with every record that matches. Recall is 1. */
  readonly exact?: boolean;
  /** Keep results whose score is at least this. */
  readonly scoreThreshold?: number;
  /** Results to skip; offset + limit is at most 10,000. Default 0. */
  readonly offset?: number;
  /**
   * Dotted metadata path, a name that holds a dot in backticks: results that share its value form a group; `limit` and `offset`
   * count groups. Not together with `diversity`.
   */
  readonly groupBy?: string;
  /** Results kept of one group, 1..100. Default 1. Only with `groupBy`. */
  readonly groupSize?: number;
  /** Choose results that resemble each other less, by their vectors. Not together with `groupBy`, `sparse` or `text`. */
  readonly diversity?: Diversity;
  /** Default reciprocal rank. */
  readonly fusion?: Fusion;
  /** Whether the answer says how it was found and what it cost. */
  readonly explain?: boolean;
}

/** Options of `query` and `queryStream`. */
export interface QueryOptions extends QueryParameters, CallOptions {}

/** One query of a batch. */
export interface BatchQueryItem extends QuerySource, QueryParameters {}

/** One answer of a query. */
export interface QueryHit<M extends object = Metadata> {
  /** The record's id. */
  readonly id: string;
  /** Larger is closer: cos, dot, or minus the euclidean distance; BM25 of a text, dot product of sparse vectors, or fused. */
  readonly score: number;
  /** Smaller is closer: 1 - cos, -dot, or the euclidean distance. Absent when the query has `sparse` or `text`. */
  readonly distance?: number;
  /** The record's version, 1 or more. */
  readonly version: number;
  /** Its metadata, unless the query left them out; absent when it has none. */
  readonly metadata?: M;
  /** f32[dimension], with `includeVector`; the caller owns it. */
  readonly vector?: Float32Array;
  /** With `includeVector`. */
  readonly sparse?: SparseVector;
  /** Its text, with `includeText`. */
  readonly text?: string;
  /** Only when the query asked to explain. */
  readonly explain?: HitExplanation;
}

/** How an answer was found. Mixed segments report the strategy of the largest one. */
export type QueryStrategy =
  | "empty"
  | "flat_scan"
  | "graph"
  | "exact_scan"
  | "filter_scan"
  | "filtered_graph"
  | "inverted_index"
  | "fused"
  | "unknown";

/** Counted while the query ran. */
export interface QueryStats {
  /** How the records were found. */
  readonly strategy: QueryStrategy;
  /** Records whose f32 distance was computed, or whose text or sparse vector was scored whole. */
  readonly candidates: number;
  /** Records that the filter let through; absent without a filter or when it was not counted. */
  readonly filteredCount?: number;
  /** Graph nodes expanded or met. */
  readonly nodesVisited: number;
  /** Distances computed, on codes and in f32. */
  readonly distanceComputations: number;
  /** Time in the engine. */
  readonly durationMs: number;
  /** Whether the answer was kept from an earlier query. */
  readonly cacheHit: boolean;
  /** True when a closer record may have been missed. */
  readonly approximate: boolean;
  /** True when fewer than `limit` records match. */
  readonly exhausted: boolean;
  /** Segments searched. */
  readonly segments: number;
}

/** Hits by descending score, ties by id: an ordinary array that also says how it was found. */
export type QueryResults<M extends object = Metadata> = QueryHit<M>[] & {
  readonly stats: QueryStats;
  /** Only when the query asked to explain. */
  readonly explain?: QueryExplanation;
};

/** Why the plan was chosen, and where the time went. */
export interface QueryExplanation {
  /** The plan that ran. */
  readonly plan: QueryPlan | undefined;
  /** Other ways to search the largest segment. */
  readonly rejectedPlans: readonly QueryPlan[];
  /** In the order they ran. */
  readonly stages: readonly { readonly name: string; readonly durationMs: number }[];
}

/** A way to answer the query, with what it was expected to cost. */
export interface QueryPlan {
  /** How records are found. */
  readonly strategy: QueryStrategy;
  /** One sentence for people. */
  readonly reason: string;
  /** 0 without a graph. */
  readonly efSearch: number;
  /** Distances expected. */
  readonly estimatedDistanceComputations: number;
  /** Hardly ever fewer. */
  readonly minDistanceComputations: number;
  /** Hardly ever more. */
  readonly maxDistanceComputations: number;
  /** Share of records that the filter lets through, each 0..1. Absent without a filter. */
  readonly selectivity?: { readonly min: number; readonly expected: number; readonly max: number };
}

/** Where one hit came from. */
export interface HitExplanation {
  /** Distance of the dense vectors in f32. Absent when the query has none, or the record is none of the candidates of that search. */
  readonly vectorDistance?: number;
  /** Dot product of the sparse vectors. Absent as `vectorDistance`. */
  readonly sparseScore?: number;
  /** BM25 of the text. Absent as `vectorDistance`. */
  readonly textScore?: number;
  /** What the filter said of the record. Absent without one. */
  readonly filterMatched?: boolean;
}
