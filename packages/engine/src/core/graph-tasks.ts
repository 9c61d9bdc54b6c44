import { clampEf } from "./clamp-ef.js";
import type { GraphOptions, GraphSearch, Reach } from "./graph.js";
import type { SlotSet } from "./slot-set.js";
import type { GraphWork } from "./task-work.js";
import type { Tasks } from "./tasks.js";

/** Searches that one task does at most: a millisecond or two. */
export const SEARCHES_PER_TASK = 16;

/** Ends a search by its number of candidates alone. */
export const EVERYWHERE: Reach = { rank: 0, stretch: 1, offset: 0 };

/** What tasks need of a graph. */
export interface SearchedGraph {
  readonly options: GraphOptions;
  readonly memory: WebAssembly.Memory;
  readonly header: number;
  /** Addresses of the threads' scratches, by thread: a thread that has none cannot search. */
  readonly scratches: readonly number[];
}

/** Searches a graph in other threads, as `Graph` does in the calling one. What they find has arrays of its own. */
export class GraphTasks {
  readonly #tasks: Tasks;
  readonly #graph: SearchedGraph;

  constructor(tasks: Tasks, graph: SearchedGraph) {
    this.#tasks = tasks;
    this.#graph = graph;
  }

  /** Whether a thread has room for a task. */
  get isFree(): boolean {
    return this.#tasks.free(this.#graph.scratches.length) !== undefined;
  }

  /**
   * As `Graph.search`, for several queries.
   *
   * @param queries  1..SEARCHES_PER_TASK times f32[dimension]
   * @param reaches  of each query, of one rank and stretch; absent: none
   * @returns        undefined when no thread is free; resolves to undefined when the thread died
   */
  search(
    queries: readonly Float32Array[],
    ef: number,
    reaches?: readonly Reach[],
  ): Promise<readonly GraphSearch[] | undefined> | undefined {
    const { dimension } = this.#graph.options;
    const joined = new Float32Array(queries.length * dimension);
    queries.forEach((query, i) => {
      joined.set(query, i * dimension);
    });
    const { rank, stretch } = reaches?.[0] ?? EVERYWHERE;
    const offsets = Float64Array.from(queries, (_, i) => reaches?.[i]?.offset ?? 0);
    return this.#run({ kind: "search", dimension, queries: joined, ef: clampEf(ef), rank, stretch, offsets });
  }

  /** As `Graph.scanSet`. */
  scanSet(
    query: Float32Array,
    set: SlotSet,
    from: number,
    to: number,
    most: number,
  ): Promise<readonly GraphSearch[] | undefined> | undefined {
    // A message holds the whole array that a view is of, so it is copied out.
    const words = set.words.slice(from >>> 5, (to + 31) >>> 5);
    return this.#run({ kind: "scanSet", query, words, from, to, most: clampEf(most) });
  }

  #run(work: GraphWork): Promise<readonly GraphSearch[] | undefined> | undefined {
    const { memory, header, scratches } = this.#graph;
    const worker = this.#tasks.free(scratches.length);
    if (worker === undefined) return undefined;
    const done = this.#tasks.run(worker, memory, { ...work, header, scratch: scratches[worker]! });
    return done as Promise<readonly GraphSearch[] | undefined>;
  }
}
