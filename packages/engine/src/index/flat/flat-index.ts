import type { Vectors } from "../../core/vectors.js";
import { TopSlots } from "../top-slots.js";
import type { VectorHits, VectorIndex, VectorSearchOptions } from "../vector-index.js";

/** Slots whose distances are computed together. */
const SCAN_SLOTS = 4096;

/** Offers the distances of every slot of [from, to) to `top`. */
export function scanInto(top: TopSlots, vectors: Vectors, query: Float32Array, from: number, to: number): void {
  const prepared = vectors.prepare(query);
  const distances = new Float32Array(Math.min(SCAN_SLOTS, Math.max(0, to - from)));
  for (let slot = from; slot < to; slot += SCAN_SLOTS) {
    const end = Math.min(to, slot + SCAN_SLOTS);
    vectors.distances(prepared, slot, end, distances);
    top.offerRange(slot, distances, end - slot);
  }
}

/** Exact search: every vector is compared. */
export class FlatIndex implements VectorIndex {
  constructor(private readonly vectors: Vectors) {}

  get count(): number {
    return this.vectors.count;
  }

  add(vectors: Float32Array): number {
    return this.vectors.append(vectors);
  }

  search(query: Float32Array, { limit }: VectorSearchOptions): VectorHits {
    const top = new TopSlots(limit);
    scanInto(top, this.vectors, query, 0, this.vectors.count);
    return top.hits(false);
  }

  async settled(): Promise<void> {}

  async release(): Promise<void> {
    this.vectors.release();
  }
}
