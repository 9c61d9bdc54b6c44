import type { Metric, Quantization } from "../model/namespace.js";
import type { CodeBound } from "./code-bound.js";
import type { GraphTasks } from "./graph-tasks.js";
import type { SlotSet } from "./slot-set.js";

/** What a graph is built with; a saved graph can only be loaded with the same values (capacity apart). */
export interface GraphOptions {
  /** 1..LIMITS.dimensionMax */
  readonly dimension: number;
  readonly metric: Metric;
  /** Links per node and upper layer; layer 0 has twice as many. 2..LIMITS.mMax */
  readonly m: number;
  /** Candidates kept while a node is linked. 1..LIMITS.efConstructionMax */
  readonly efConstruction: number;
  /** Records; fixed for the life of the graph. See {@link graphCapacityFor}. */
  readonly capacity: number;
  /** Decides the layers of the nodes; u32. With at most one thread the same vectors and seed make the same graph. */
  readonly seed: number;
  /** f32[dimension], subtracted before coding; absent: zeros. For dot and euclidean pass the mean of a sample. */
  readonly mean?: Float32Array;
  /** Default int8. With `none` codes are the vectors themselves, there is no mean, and distances need no rescore; with `binary` bits. */
  readonly quantization?: Quantization;
  /** Bytes of the newest codes that `scanTail` can read. Default 64 MiB, more than may wait for the builder; tests lower it. */
  readonly tailBytesMax?: number;
}

/** Where a search ends before it has found `ef` candidates: it does not look behind one that is farther. */
export interface Reach {
  /** The candidate that the others are held against, 1..ef; 0 for no such end. */
  readonly rank: number;
  /** Factor of its distance, at least 1. */
  readonly stretch: number;
  /** Added to a distance before it is stretched, which is meant for distances from 0 up: 0 but under dot. */
  readonly offset: number;
}

/** A search for some slots only. */
export interface FilteredSearch {
  /** Candidates kept; clamped to 1..LIMITS.efMax. */
  readonly ef: number;
  /** The slots that may be found. Its limit is at most `count`, and those beyond it are not found. */
  readonly accept: SlotSet;
  /** Share of all slots that is in the set, 0..1. */
  readonly share: number;
  /** Twice the hits that are needed, 0..ef: the search tries harder where it would find less than half of them. */
  readonly wanted: number;
  /**
   * Share of the slots around the query that is in the set, 0..1, below which nothing is found: a walk is long where the set is rare, and
   * a scan of it may be shorter. 0: it walks in any case.
   */
  readonly leastShare: number;
  /** As in `Graph.search`. */
  readonly without?: number | undefined;
  /** Where the search ends before it has as many candidates; then four times `ef` are kept at most. Absent: at `ef`. */
  readonly reach?: FilteredReach | undefined;
}

/** `Reach` of a filtered search, whose rank counts slots of the set. */
export interface FilteredReach extends Reach {
  /** The factor where few of the slots around the query are in the set, `RARE_SHARE` of them. */
  readonly rareStretch: number;
}

/** The outcome of one search. The arrays are views into the graph's memory, valid until the next call on the graph. */
export interface GraphSearch {
  /** Hits, 0..ef; one more at most where a slot is searched around. */
  readonly count: number;
  /** u32[count] */
  readonly slots: Uint32Array;
  /** f32[count], ascending; computed on codes, so an estimate of what `Vectors` computes; without quantization that, bit for bit. */
  readonly distances: Float32Array;
  /** Standard deviation of `distances` against those of the vectors, for the closest hits. At most that, under euclidean; 0 without quantization. */
  readonly deviation: number;
  /** The search saw the slots below this, and none of the others: a scan of the rest begins here. */
  readonly indexed: number;
  /** Nodes expanded. */
  readonly visited: number;
  /** Distances computed. */
  readonly computed: number;
}

/**
 * One HNSW graph (Malkov and Yashunin, arXiv:1603.09320) over codes, whose distances callers rescore, or over f32 vectors of its own.
 *
 * Slots are appended at once and linked behind the write head by one or more builders, while any number of searches run.
 */
export interface Graph {
  readonly capacity: number;
  /** What its codes are. */
  readonly quantization: Quantization;
  /** Codes appended. */
  readonly count: number;
  /** Nodes linked, 0..count; grows while the builder works. */
  readonly indexed: number;
  /** Estimate of the bytes of memory in use. */
  readonly bytes: number;
  /** Has other threads search; undefined where there are no threads. */
  readonly elsewhere: GraphTasks | undefined;

  /**
   * Encodes the next slots; cheap, links nothing.
   *
   * @param vectors  f32[n * dimension]; n at most capacity - count
   */
  append(vectors: Float32Array): void;

  /**
   * Finds the slots below `indexed` closest to `query`.
   *
   * @param query    f32[dimension]
   * @param ef       candidates kept; clamped to 1..LIMITS.efMax
   * @param without  a slot to search around, as though it had never been linked: so a record can stand for a query that is not
   *                 among the records. It leads to one of its neighbors only, which stands for what the others would be linked
   *                 with in its place. It may be among the hits, which are then one more than `ef` at most
   * @param reach    absent: the search ends when `ef` candidates were looked behind
   * Cost: one call into WASM, about ef * m distances.
   */
  search(query: Float32Array, ef: number, without?: number, reach?: Reach): GraphSearch;

  /**
   * Finds the slots of a set, below `indexed`, that are closest to `query`. It may give fewer than there are, also none: the caller
   * then scans the set.
   *
   * @param query  f32[dimension]
   * Cost: one call into WASM, at most about 2 x that of `search` where the set is as common around the query as elsewhere, 6 x
   *       where it is rarer there.
   */
  searchFiltered(query: Float32Array, search: FilteredSearch): GraphSearch;

  /**
   * Compares `query` with the codes of those of the slots [from, to) that are in a set, linked or not.
   *
   * @param to    at most `count`, and the limit of the set
   * @param most  hits kept, 1..LIMITS.efMax
   * Cost: one call into WASM; a distance for each slot of the set, half of what its f32 vector would cost.
   */
  scanSet(query: Float32Array, set: SlotSet, from: number, to: number, most: number): GraphSearch;

  /**
   * Compares `query` with the codes of the slots [from, to), linked or not: how the slots that wait for the builder are
   * searched. int8 codes are a quarter of the bytes of their f32 vectors.
   *
   * @param from  at least `tailStart`
   * @param most  hits kept, 1..LIMITS.efMax
   * Cost: one call into WASM, `to - from` distances read in the order of memory.
   */
  scanTail(query: Float32Array, from: number, to: number, most: number): GraphSearch;

  /** How far distances on codes can be from those of the vectors, for one query; for `scanBounds`. */
  bound(query: Float32Array): CodeBound;

  /**
   * Finds those of the slots [from, to), linked or not, that may be as close to `query` as `worst`. Of the others their codes prove that
   * `Vectors` gives them a larger distance.
   *
   * @param query  f32[dimension]
   * @param bound  of the query
   * @param to     at most `count`, and 2,048 behind `from`
   * @param worst  a distance as `Vectors` computes it, or infinite
   * @returns      u32[0..to - from], ascending: a view into the graph's memory, valid until the next call on the graph
   * Cost: one call into WASM, `to - from` distances of codes.
   */
  scanBounds(query: Float32Array, bound: CodeBound, from: number, to: number, worst: number): Uint32Array;

  /** The first slot whose code `scanTail` can still read: the newest 64 MiB of codes are kept for it. */
  readonly tailStart: number;

  /** Slots whose codes are kept for `scanTail`: with a longer unlinked tail, searches read the vectors of its oldest slots. */
  readonly tailSlots: number;

  /** Asks that every slot of [indexed, count) be linked, by worker threads, or inline in steps of about 1 ms. */
  build(): void;

  /**
   * Resolves when `indexed === count` at some moment after the call; asks for the build if nobody did.
   * Waits through a pause.
   *
   * @throws VecstoreError INTERNAL when the builder failed; building then goes on inline
   */
  settled(): Promise<void>;

  /** Once it resolves, no thread writes to the graph and it stands between two inserts, until `resume` was called for each pause. */
  pause(): Promise<void>;

  /** Ends one pause; call it as well for one that was rejected. */
  resume(): void;

  /**
   * The graph as bytes, while it is paused or idle: what `Core.loadGraph` reads. Chunks of at most 4 MiB,
   * each a view valid until the next one is asked for. Holds the slots below `indexed`.
   */
  save(): Iterable<Uint8Array>;

  /** Bytes that `save` would give now. */
  readonly savedBytes: number;

  /** Stops building and gives the memory back; nothing may be called afterwards. */
  release(): void | Promise<void>;
}

/** A graph that is being made of the nodes of another one; see `Core.consolidateGraph`. */
export interface Consolidation {
  /** u32[nodes of the old graph]: the new slot of each, GONE for those that go and for twins. */
  readonly slots: Uint32Array;
  /** Nodes that stay; they get the slots [0, kept), in their order. */
  readonly kept: number;
  /**
   * The graph, which holds these slots, linked.
   *
   * @throws VecstoreError INTERNAL when a thread died; CANCELED after `cancel`
   */
  readonly graph: Promise<Graph>;
  /** Gives up the graph, finished or not, and its memory. */
  cancel(): Promise<void>;
}

export { graphCapacityFor } from "./graph-layout.js";
