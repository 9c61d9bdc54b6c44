import type { Filter } from "./filter.js";

/** How recall is measured. */
export interface MeasureRecallRequest {
  /** Records taken as queries, 1..1,000; fewer when the namespace holds fewer. Default 100. */
  readonly samples?: number;
  /** k: results of each query, 1..1,000. Default 10. */
  readonly limit?: number;
  /** Candidates of the graph search, 1..2,048. Default the namespace's, else max(64, 2 x limit). */
  readonly efSearch?: number;
  /** A filter string or its AST, of the queries; the records taken as queries need not match. */
  readonly filter?: string | Filter;
  /** u32: another one takes other records. Default 1. */
  readonly seed?: number;
  /** Ends it with CANCELED. */
  readonly signal?: AbortSignal;
  /** Milliseconds since 1970 after which it stops with DEADLINE_EXCEEDED. */
  readonly deadlineMs?: number;
}

/** How good and how fast the index is. */
export interface RecallMeasurement {
  /** Mean share of the exact k results that the index found, 0..1; 1 when there was nothing to find. */
  readonly recall: number;
  /** Queries run. */
  readonly samples: number;
  /** Results of each query. */
  readonly limit: number;
  /** Time of a query with the index. */
  readonly indexed: Latency;
  /** Time of an exact query. */
  readonly exact: Latency;
}

/** Times of several queries, milliseconds. */
export interface Latency {
  /** Of all. */
  readonly meanMs: number;
  /** Half took no longer. */
  readonly p50Ms: number;
  /** 95 of 100 took no longer. */
  readonly p95Ms: number;
  /** 99 of 100 took no longer. */
  readonly p99Ms: number;
}
