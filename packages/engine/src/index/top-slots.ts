import type { VectorHits } from "./vector-index.js";

/** Collects the `limit` slots of smallest (distance, slot). */
export class TopSlots {
  private readonly slots: Uint32Array;
  private readonly distances: Float32Array;
  private count = 0;

  constructor(private readonly limit: number) {
    this.slots = new Uint32Array(limit);
    this.distances = new Float32Array(limit);
  }

  /** Offers f32[n] distances of the slots `firstSlot`..; in ascending order of slots, as ties go to the first seen. */
  offerRange(firstSlot: number, distances: Float32Array, n: number): void {
    for (let i = 0; i < n; i++) this.offer(firstSlot + i, distances[i]!);
  }

  /** A slot that is not closer than this cannot enter; infinite until there are `limit`. */
  get worst(): number {
    return this.count < this.limit ? Number.POSITIVE_INFINITY : this.distances[this.limit - 1]!;
  }

  offer(slot: number, distance: number): void {
    const { slots, distances, limit } = this;
    let place = this.count;
    while (place > 0 && isBefore(distance, slot, distances[place - 1]!, slots[place - 1]!)) place--;
    if (place >= limit) return;
    slots.copyWithin(place + 1, place, Math.min(this.count, limit - 1));
    distances.copyWithin(place + 1, place, Math.min(this.count, limit - 1));
    slots[place] = slot;
    distances[place] = distance;
    this.count = Math.min(this.count + 1, limit);
  }

  hits(approximate: VectorHits["approximate"]): VectorHits {
    return {
      slots: this.slots.slice(0, this.count),
      distances: this.distances.slice(0, this.count),
      approximate,
    };
  }
}

function isBefore(distance: number, slot: number, otherDistance: number, otherSlot: number): boolean {
  return distance < otherDistance || (distance === otherDistance && slot < otherSlot);
}
