import type { GraphSearch } from "./graph.js";

/** What comparing vectors of one arena takes. */
interface CompareWork {
  readonly metric: number;
  /** f32[dimension], prepared. */
  readonly query: Float32Array;
  /** Index of the thread's buffers; see `laneOf`. */
  readonly lane: number;
  /** Vectors farther than this are of no use. */
  readonly bound: number;
}

/** Runs of vectors that stand one behind the other, their inverse norms likewise. */
export interface ScanWork extends CompareWork {
  readonly kind: "scan";
  /** u32[3n]: address of the first vector, of its inverse norm, and how many vectors there are; by descending slot */
  readonly runs: Uint32Array;
}

/** Vectors anywhere in the arena. */
export interface GatherWork extends CompareWork {
  readonly kind: "gather";
  /** u32[2n]: address of a vector, address of its inverse norm */
  readonly places: Uint32Array;
}

/** Where in a graph's memory a thread works. */
interface GraphPlace {
  readonly header: number;
  /** The thread's own. */
  readonly scratch: number;
}

/** Searches of a graph. */
interface Searches {
  readonly kind: "search";
  readonly dimension: number;
  /** f32[n * dimension] */
  readonly queries: Float32Array;
  readonly ef: number;
  /** As of `Reach`. */
  readonly rank: number;
  readonly stretch: number;
  /** f64[n] */
  readonly offsets: Float64Array;
}

/** Compares the codes of the slots [from, to) that are in a set. */
interface ScanOfSet {
  readonly kind: "scanSet";
  /** f32[dimension] */
  readonly query: Float32Array;
  /** The words of the set from that of slot `from` on. */
  readonly words: Uint32Array;
  readonly from: number;
  readonly to: number;
  readonly most: number;
}

/** Work in a graph, whichever thread does it. */
export type GraphWork = Searches | ScanOfSet;

/** Searches, and where. */
export type SearchWork = Searches & GraphPlace;

/** A scan of a set, and where. */
export type ScanSetWork = ScanOfSet & GraphPlace;

/** A piece of work for another thread: long enough to be worth a message, a millisecond or two at most. */
export type TaskWork = ScanWork | GatherWork | SearchWork | ScanSetWork;

/** Those of the vectors compared that are not farther than the bound, by their place in the work, ascending. */
export interface Near {
  /** u32[n] */
  readonly places: Uint32Array;
  /** f32[n] */
  readonly distances: Float32Array;
}

/** What a piece of work gives: the vectors that are near, or the outcome of each search, in arrays of their own. */
export type TaskResult = Near | readonly GraphSearch[];
