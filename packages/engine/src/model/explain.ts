import type { QueryStrategy } from "./query.js";

/** Bounds of a number that is not known yet, and what it is most likely. */
export interface Estimate {
  /** Hardly ever less. */
  readonly min: number;
  /** Most likely this. */
  readonly expected: number;
  /** Hardly ever more. */
  readonly max: number;
}

/** A way to answer a query, with what it is expected to cost. */
export interface QueryPlan {
  /** How records are found; that of the largest segment. */
  readonly strategy: QueryStrategy;
  /** Why it was chosen, or not: one sentence for people. */
  readonly reason: string;
  /** Candidates of the graph search, in the largest segment; 0 without one. */
  readonly efSearch: number;
  /** Distances to be computed, of codes and of vectors, in all segments; of a plan that was not chosen, in the largest. */
  readonly distances: Estimate;
  /** Share of the records that the filter lets through, 0..1: counted, so that all three are equal, or sampled. Absent without a filter. */
  readonly selectivity?: Estimate;
}

/** What a query is going to do. */
export interface QueryEstimate {
  /**
   * As it is decided, before anything is searched: `stats.strategy` says how a search ended. A query with `groupBy` may search again with
   * more candidates: its explanation tells of the last search, its estimate of the first.
   */
  readonly plan: QueryPlan;
  /** Other ways to search the largest segment, and why they are not taken. */
  readonly rejectedPlans: readonly QueryPlan[];
}

/** A part of the work on a query; `wait` is the time that others were given. */
export type QueryStageName =
  | "plan"
  | "filter"
  | "search"
  | "rescore"
  | "fuse"
  | "group"
  | "diversify"
  | "hydrate"
  | "wait";

/** How long a part of the work took. */
export interface QueryStage {
  /** What was done. */
  readonly name: QueryStageName;
  /** Milliseconds. */
  readonly durationMs: number;
}

/** Why the plan was chosen, and where the time went. */
export interface QueryExplain extends QueryEstimate {
  /** In the order they began. Together they take the time from the call to the end of the last one; of a stream, to its first chunk. */
  readonly stages: readonly QueryStage[];
}

/** Where one hit came from. */
export interface HitExplain {
  /** Of the vectors, as `distance`. Absent when the query has none, or the record is none of the candidates of that search. */
  readonly vectorDistance?: number;
  /** Dot product of the sparse vectors. Absent as `vectorDistance`. */
  readonly sparseScore?: number;
  /** BM25. Absent as `vectorDistance`. */
  readonly textScore?: number;
  /** What the filter says of the record: always true. Absent without a filter. */
  readonly filterMatched?: boolean;
}
