import type { Graph } from "../../core/graph.js";
import type { Vectors } from "../../core/vectors.js";
import { scanInto } from "../flat/flat-index.js";
import { TopSlots } from "../top-slots.js";
import type { VectorHits, VectorIndex, VectorSearchOptions } from "../vector-index.js";

/** Candidates rescored at least: with 40, recall equals that of a search on f32 up to .98. */
const RESCORE_MIN = 40;

/**
 * How many candidates of a search on codes are rescored in f32.
 *
 * @param limit  hits wanted
 */
export function rescoreCount(limit: number): number {
  return Math.max(RESCORE_MIN, Math.ceil(limit * 1.5));
}

/** Approximate search: a graph as far as it is linked, a scan of the slots behind it, and a rescore in f32. */
export class HnswIndex implements VectorIndex {
  constructor(
    private readonly vectors: Vectors,
    private readonly graph: Graph,
  ) {}

  get count(): number {
    return this.vectors.count;
  }

  add(vectors: Float32Array): number {
    const first = this.vectors.append(vectors);
    this.graph.append(vectors);
    this.graph.build();
    return first;
  }

  search(query: Float32Array, { limit, ef = Math.max(64, 2 * limit) }: VectorSearchOptions): VectorHits {
    const wanted = rescoreCount(limit);
    const { count, slots, indexed } = this.graph.search(query, Math.max(ef, wanted));
    const top = new TopSlots(limit);
    const candidates = Math.min(count, wanted);
    const distances = new Float32Array(candidates);
    this.vectors.distancesOf(this.vectors.prepare(query), slots, candidates, distances);
    for (let i = 0; i < candidates; i++) top.offer(slots[i]!, distances[i]!);
    scanInto(top, this.vectors, query, indexed, this.vectors.count);
    return top.hits(indexed > 0);
  }

  async settled(): Promise<void> {
    await this.graph.settled();
  }

  async release(): Promise<void> {
    await this.graph.release();
    this.vectors.release();
  }
}
