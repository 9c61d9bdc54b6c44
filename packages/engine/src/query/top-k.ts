import type { Metric } from "../model/namespace.js";
import type { Hit } from "./hydrate.js";
import type { SegmentView, View } from "./view.js";

/** The least and the greatest 1 - cos; f32 arithmetic passes them by a few units of the last place. */
const COSINE_DISTANCES = [0, 2] as const;
const ANY_DISTANCES = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

const boundsOf = (metric: Metric) => (metric === "cosine" ? COSINE_DISTANCES : ANY_DISTANCES);

/** A distance as it was computed, within what the metric can give. */
export function clampDistance(metric: Metric, computed: number): number {
  const [least, greatest] = boundsOf(metric);
  return Math.min(greatest, Math.max(least, computed));
}

/**
 * The k closest of the slots offered so far: a binary heap with the farthest on top. Equal distances are ordered by
 * id, so that an answer does not depend on where records lie.
 */
export class TopK {
  readonly #k: number;
  readonly #segments: readonly SegmentView[];
  readonly #least: number;
  readonly #greatest: number;
  /** By place in the heap. Not typed arrays: for a few results, making those costs more than the search of a small graph. */
  readonly #distances: number[] = [];
  readonly #segmentOf: number[] = [];
  readonly #slots: number[] = [];
  #count = 0;
  #withoutSegment = -1;
  #withoutSlot = -1;

  constructor(k: number, view: Pick<View, "segments" | "metric">) {
    this.#k = k;
    this.#segments = view.segments;
    [this.#least, this.#greatest] = boundsOf(view.metric);
  }

  get count(): number {
    return this.#count;
  }

  /** Never takes this slot in. */
  leaveOut({ segment, slot }: { readonly segment: number; readonly slot: number }): void {
    this.#withoutSegment = segment;
    this.#withoutSlot = slot;
  }

  /** A slot farther than this cannot enter; infinite until there are k. */
  get worst(): number {
    // At the greatest distance a slot enters by its id, and a rounding error beyond must not keep it out.
    const open = this.#count < this.#k || this.#distances[0]! >= this.#greatest;
    return open ? Number.POSITIVE_INFINITY : this.#distances[0]!;
  }

  /** Takes the slot in if it is among the k closest. */
  offer(computed: number, segment: number, slot: number): void {
    if (slot === this.#withoutSlot && segment === this.#withoutSegment) return;
    const distance = Math.min(this.#greatest, Math.max(this.#least, computed));
    if (this.#count < this.#k) {
      this.#set(this.#count, distance, segment, slot);
      this.#rise(this.#count++);
    } else if (this.#isFartherThan(0, distance, segment, slot)) {
      this.#set(0, distance, segment, slot);
      this.#sink(0, this.#count);
    }
  }

  /** The slots kept, closest first; the heap is empty afterwards. */
  drain(): Hit[] {
    const sorted = new Array<Hit>(this.#count);
    while (this.#count > 0) {
      this.#count--;
      sorted[this.#count] = {
        distance: this.#distances[0]!,
        segment: this.#segmentOf[0]!,
        slot: this.#slots[0]!,
      };
      this.#set(0, this.#distances[this.#count]!, this.#segmentOf[this.#count]!, this.#slots[this.#count]!);
      this.#sink(0, this.#count);
    }
    return sorted;
  }

  /** Puts the slots of `other` in place of those of one segment. */
  replaceSegment(segment: number, other: TopK): void {
    const kept = this.drain().filter((entry) => entry.segment !== segment);
    for (const entry of [...kept, ...other.drain()]) this.offer(entry.distance, entry.segment, entry.slot);
  }

  #set(at: number, distance: number, segment: number, slot: number): void {
    this.#distances[at] = distance;
    this.#segmentOf[at] = segment;
    this.#slots[at] = slot;
  }

  /** True when the entry at `at` comes after the given slot in an answer. */
  #isFartherThan(at: number, distance: number, segment: number, slot: number): boolean {
    const own = this.#distances[at]!;
    if (own !== distance) return own > distance;
    const mine = this.#segments[this.#segmentOf[at]!]!.segment;
    return mine.compareIds(this.#slots[at]!, this.#segments[segment]!.segment, slot) > 0;
  }

  #entryIsFarther(a: number, b: number): boolean {
    return this.#isFartherThan(a, this.#distances[b]!, this.#segmentOf[b]!, this.#slots[b]!);
  }

  #rise(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#entryIsFarther(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(start: number, end: number): void {
    let at = start;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= end) return;
      const right = left + 1;
      const child = right < end && this.#entryIsFarther(right, left) ? right : left;
      if (!this.#entryIsFarther(child, at)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #swap(a: number, b: number): void {
    const distance = this.#distances[a]!;
    const segment = this.#segmentOf[a]!;
    const slot = this.#slots[a]!;
    this.#set(a, this.#distances[b]!, this.#segmentOf[b]!, this.#slots[b]!);
    this.#set(b, distance, segment, slot);
  }
}
