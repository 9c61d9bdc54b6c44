import type { QueryExplain, QueryStageName } from "./explain.js";

/** A stretch of time that one stage of a query took. Stages take turns: the search of each segment is followed by its rescore. */
export interface QueryStretch {
  /** What was done. */
  readonly stage: QueryStageName;
  /** Of a search: by the vectors of records, or by the lists of their terms and components. */
  readonly by?: "vectors" | "lists";
  /** Milliseconds, as `performance.now()` counts them. */
  readonly startedMs: number;
  /** The same clock. */
  readonly endedMs: number;
  /** Records that a search by vectors compared in f32, or put aside for the rescore. Absent elsewhere. */
  readonly candidates?: number;
}

/** Who watches a query from outside, as a server does for its traces and its log. The answer is the same with and without. */
export interface QueryObserver {
  /** Milliseconds. A query that took as long or longer is explained to `onExplain`. */
  readonly explainFromMs: number;
  /** Told how a slow query was answered, before its answer is there. It must not throw. */
  readonly onExplain: (explain: QueryExplain) => void;
  /** Told of each stretch when it ends, also of a query that fails. It must not throw. Costs a microsecond or two a query; nothing when absent. */
  readonly onStretch?: (stretch: QueryStretch) => void;
}
