import type { HitExplain, QueryExplain } from "./explain.js";
import type { Filter } from "./filter.js";
import type { Metadata } from "./metadata.js";
import type { QueryObserver } from "./observer.js";
import type { Projection, SparseInput, SparseVector, VectorInput } from "./record.js";

/** A search: by `vector` or `id`, by `sparse`, by `text`, or by several of them, whose results are fused. */
export interface QueryRequest extends Projection {
  /** f32[dimension] */
  readonly vector?: VectorInput;
  /** Use the vector of this record, which is itself among the results. RECORD_NOT_FOUND when it does not exist. Not together with `vector`. */
  readonly id?: string;
  /** Search the sparse vectors, by dot product. Finds records that share a component. */
  readonly sparse?: SparseInput;
  /** Search the texts, by BM25. Finds records that have a term; at most 1 MiB of UTF-8, of which the 1,024 rarest terms count. */
  readonly text?: string;
  /** How the results of several searches become one list. Only with two of vector (or id), sparse and text. */
  readonly fusion?: Fusion;
  /** Results, or groups: 1..1,000, of `maxQueryLimit`; 1..10,000 for streams. Default 10. */
  readonly limit?: number;
  /** A filter string or its AST. */
  readonly filter?: string | Filter;
  /** Candidates that a usual query keeps in the graph search, 1..2,048; an easy one keeps fewer, a hard one up to four times as many. Default the namespace's, else max(64, 2 x limit); at least offset + limit, up to 2,048. */
  readonly efSearch?: number;
  /**
   * Share of the true nearest records to find, above 0 and at most 1: each graph is searched with as many candidates as that takes by
   * a measure of its own, or scanned where no number is sure to be enough. The first query that names a target has graphs
   * measured in the background; until then a large number is assumed (512 for ten results at 0.95). `VecStore.calibrate` measures
   * at once. The measure is taken without a filter. Not together with `efSearch`.
   */
  readonly recallTarget?: number;
  /** Find the closest of all that match, for sure: recall is 1. What a code proves to be too far is not compared. Default false. */
  readonly exact?: boolean;
  /** Keep results whose score is at least this; finite, in the unit of `QueryHit.score`. Default all. */
  readonly scoreThreshold?: number;
  /** Results to skip, or groups; offset + limit is at most 10,000. Default 0. */
  readonly offset?: number;
  /**
   * Dotted path of a metadata field, a name that holds a dot in backticks. Results that share its value form a group, `limit` and
   * `offset` count groups, and there are as many groups as exist, up to `limit`. Records without the field, or where it is null, are
   * one group. Results still come by descending score. Not together with `diversity`.
   */
  readonly groupBy?: string;
  /** Results kept of one group, 1..100; (offset + limit) x groupSize is at most 10,000. Default 1. Only with `groupBy`. */
  readonly groupSize?: number;
  /**
   * Choose results that resemble each other less, by their vectors. They come in the order they were chosen. Not together with `groupBy`,
   * `sparse` or `text`.
   */
  readonly diversity?: Diversity;
  /** Whether the answer says how it was found, and what each stage took. Default false. */
  readonly explain?: boolean;
  /** Who is told how the query went, beside the answer. Default nobody. */
  readonly observer?: QueryObserver;
  /**
   * Leave it out of the namespace's count of queries, and of those that a batch may have: for probes and measures that nobody asked for.
   * Default false.
   */
  readonly uncounted?: boolean;
  /** Ends the query with CANCELED, at its next step of a millisecond or two. */
  readonly signal?: AbortSignal;
  /** Milliseconds since 1970 after which the query stops with DEADLINE_EXCEEDED. */
  readonly deadlineMs?: number;
}

/**
 * How several searches become one list. Each gives its best candidates, filtered; a record's score is the sum of what it gets
 * from each list it is in. Fused answers have a score and no distance.
 */
export interface Fusion {
  /**
   * `reciprocal_rank` (default): 1 / (rankConstant + rank), ranks from 1. `weighted`: the scores of each list scaled to 0..1, the dense one times
   * alpha, the others sharing 1 - alpha; without a dense one the others share 1.
   */
  readonly method?: "reciprocal_rank" | "weighted";
  /** 1..10,000. Default 60. */
  readonly rankConstant?: number;
  /** 0..1. Default 0.7. */
  readonly alpha?: number;
  /**
   * Candidates of each search, offset + limit..10,000. Default the first of 128, 512, 2,048, 8,192 and so on that is 3 x (offset + limit) or more. The
   * fused order depends on it: whoever turns pages past the first 42 results gives one number for all pages.
   */
  readonly candidates?: number;
}

/**
 * Maximal marginal relevance: each next result has the largest `lambda * score - (1 - lambda) * greatest score against one that
 * is chosen already`.
 */
export interface Diversity {
  /** 0 looks for difference only, 1 for closeness only. Default 0.5. */
  readonly lambda?: number;
  /** Closest records to choose from, offset + limit..1,000. Default max(50, 5 x (offset + limit)), at most 1,000. */
  readonly candidates?: number;
}

/** One answer of a query. */
export interface QueryHit {
  /** The record's. */
  readonly id: string;
  /** Larger is closer: cos, dot, or minus the euclidean distance; BM25 of a text, dot product of sparse vectors, or fused. */
  readonly score: number;
  /** Smaller is closer: 1 - cos, -dot, or the euclidean distance. Absent when the query has `sparse` or `text`. */
  readonly distance?: number;
  /** Sequence of the write that made this record. */
  readonly version: number;
  /** Absent when there is none, or `includeMetadata` is false. */
  readonly metadata?: Metadata;
  /** f32[dimension], with `includeVector`; a copy that the caller owns. */
  readonly vector?: Float32Array;
  /** With `includeVector`; a copy that the caller owns. */
  readonly sparse?: SparseVector;
  /** With `includeText`. */
  readonly text?: string;
  /** Only when the query asks to explain. */
  readonly explain?: HitExplain;
}

/** How an answer was found. Mixed segments report the strategy of the largest one. */
export type QueryStrategy =
  /** There was nothing to search. */
  | "empty"
  /** All records compared, where there is no graph, or one cannot hold as many results. */
  | "flat_scan"
  /** A graph, and a scan of what it lacks yet. */
  | "graph"
  /** All records, for an answer that is exact. */
  | "exact_scan"
  /** All records that match the filter, compared. */
  | "filter_scan"
  /** A graph with the filter inside. */
  | "filtered_graph"
  /** By the terms of texts or the components of sparse vectors. */
  | "inverted_index"
  /** By several ways, fused. */
  | "fused";

/** Counted while the query ran. */
export interface QueryStats {
  /** How the answer was found. */
  readonly strategy: QueryStrategy;
  /** Records whose f32 distance was computed, or whose text or sparse vector was scored whole. */
  readonly candidates: number;
  /** Records that the filter let through; absent without a filter or when it was not counted. */
  readonly filteredCount?: number;
  /** Share of the records that the filter let through, 0..1; absent as `filteredCount`. */
  readonly selectivity?: number;
  /** Graph nodes expanded or met. */
  readonly nodesVisited: number;
  /** Distances computed, of codes and of vectors. */
  readonly distanceComputations: number;
  /** Milliseconds from the call to the answer; of a batch, those of this search alone. */
  readonly durationMs: number;
  /** Always false in the engine, which keeps no answers; a server may. */
  readonly cacheHit: boolean;
  /** True when a closer record may have been missed. */
  readonly approximate: boolean;
  /** True when fewer than `limit` records match. */
  readonly exhausted: boolean;
  /** Segments searched. */
  readonly segments: number;
}

/** Hits by descending score, ties by id. */
export interface QueryAnswer {
  /** 0..limit, by descending score, ties by id. */
  readonly results: readonly QueryHit[];
  /** How they were found. */
  readonly stats: QueryStats;
  /** Only when the query asks to explain. */
  readonly explain?: QueryExplain;
}

/** One piece of a streamed answer; the last one carries the stats. */
export interface QueryChunk {
  /** The next ones, by descending score; may be empty in the last chunk. */
  readonly results: readonly QueryHit[];
  /** How they were found; in the last chunk only. */
  readonly stats?: QueryStats;
  /** In the last chunk only, when the query asks to explain. */
  readonly explain?: QueryExplain;
}
