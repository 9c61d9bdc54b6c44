import { type Column, createFloat64Column } from "../core/column.js";
import type { SlotSet } from "../core/slot-set.js";
import type { Deaths } from "./deaths.js";
import type { Moment } from "./moment.js";

/** Slots a heap begins with. */
const FIRST_LENGTH = 64;
/** When a larger share of the heap than this is due at once, what is left is put in order anew. */
const REBUILT_SHARE = 1 / 8;

/**
 * When the records of a segment expire. What has no time costs nothing.
 *
 * One f64 a slot, milliseconds since 1970, 0 for never; and a binary heap of u32 slots, the earliest time on top, so that
 * nothing is looked at before it is due. Slots that die otherwise stay in the heap until they come to its top. The heap is
 * made when it is first asked for: a segment that is read from files has its deaths by then.
 */
export class Expiry {
  readonly #times: Column<Float64Array> = createFloat64Column();
  readonly #deaths: Deaths;
  /** No slot has an earlier time. */
  #earliestMs = Number.POSITIVE_INFINITY;
  /** Behind the last slot with a time. */
  #end = 0;
  #heap = new Uint32Array(0);
  #size = 0;
  #isHeapMade = true;

  /** @param deaths  of the same segment */
  constructor(deaths: Deaths) {
    this.#deaths = deaths;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#times.bytes + this.#heap.byteLength;
  }

  /** Milliseconds since 1970; 0 for never. */
  of(slot: number): number {
    return this.#times.get(slot);
  }

  isExpired(slot: number, nowMs: number): boolean {
    if (nowMs < this.#earliestMs) return false;
    const time = this.#times.get(slot);
    return time !== 0 && time <= nowMs;
  }

  /** Gives a new slot its time, 1 or more. Cost: O(log n). */
  set(slot: number, timeMs: number): void {
    this.#times.set(slot, timeMs);
    this.#note(slot, timeMs);
    if (this.#isHeapMade) this.#push(slot);
  }

  /** Gives the slots from `from` on their times, 0 for never. */
  setAll(from: number, times: Float64Array): void {
    this.#times.setAll(from, times);
    times.forEach((time, i) => {
      if (time !== 0) this.#note(from + i, time);
    });
    this.#isHeapMade = false;
  }

  /** f64[to - from], a copy; undefined when none of the slots has a time. */
  times(from: number, to: number): Float64Array | undefined {
    if (from >= this.#end) return undefined;
    const times = this.#times.slice(from, to);
    return times.some((time) => time !== 0) ? times : undefined;
  }

  /** The earliest time of a slot that is not dead for good; infinite when there is none. */
  get nextMs(): number {
    this.#ensureHeap();
    while (this.#size > 0 && this.#deaths.isHard(this.#heap[0]!)) this.#pop();
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#times.get(this.#heap[0]!);
  }

  /**
   * No slot that is not dead for good has a time after `afterMs` and before this; infinite when none comes after it. A slot that
   * died otherwise may be the reason that it says too early.
   *
   * Cost: O(k) for k slots due at `afterMs`.
   */
  nextAfterMs(afterMs: number): number {
    this.#ensureHeap();
    return this.#firstAfter(0, afterMs);
  }

  /** The slots due at or before `untilMs` that are not dead for good, in no order. Cost: O(k) for k slots. */
  due(untilMs: number): number[] {
    const found: number[] = [];
    if (untilMs < this.#earliestMs) return found;
    this.#ensureHeap();
    this.#collectDue(0, untilMs, found);
    return found.filter((slot) => !this.#deaths.isHard(slot));
  }

  /**
   * Removes from a set of slots, which had not died by a moment, those whose time has passed by then.
   *
   * Cost: as `due`; where a slot died since the moment, one step for each slot of the set.
   */
  removeFrom(set: SlotSet, { sequence, nowMs }: Moment): void {
    if (nowMs < this.#earliestMs) return;
    if (this.#deaths.latest <= sequence) {
      for (const slot of this.due(nowMs)) if (slot < set.limit) set.remove(slot);
      return;
    }
    // What was removed as expired since then is not due any more, and not dead for this moment.
    set.forEach((slot) => {
      if (this.isExpired(slot, nowMs)) set.remove(slot);
    });
  }

  /** How many slots are `due`, by whether they are alive or soft-deleted. */
  countDue(untilMs: number): { readonly live: number; readonly soft: number } {
    const due = this.due(untilMs);
    let soft = 0;
    for (const slot of due) if (this.#deaths.isSoft(slot)) soft++;
    return { live: due.length - soft, soft };
  }

  /** As `due`, and forgets them: the caller kills them. Cost: O(k log n), or O(n) when that is less. */
  takeDue(untilMs: number): number[] {
    const due = this.due(untilMs);
    if (due.length > this.#size * REBUILT_SHARE) {
      let kept = 0;
      for (let i = 0; i < this.#size; i++) {
        const slot = this.#heap[i]!;
        if (this.#times.get(slot) > untilMs) this.#heap[kept++] = slot;
      }
      this.#size = kept;
      this.#heapify();
    } else {
      while (this.#size > 0 && this.#times.get(this.#heap[0]!) <= untilMs) this.#pop();
    }
    return due;
  }

  #note(slot: number, timeMs: number): void {
    this.#earliestMs = Math.min(this.#earliestMs, timeMs);
    this.#end = Math.max(this.#end, slot + 1);
  }

  /** Walks the part of the heap that is due: below a time that is later, all are. */
  #collectDue(index: number, untilMs: number, found: number[]): void {
    if (index >= this.#size) return;
    const slot = this.#heap[index]!;
    if (this.#times.get(slot) > untilMs) return;
    found.push(slot);
    this.#collectDue(2 * index + 1, untilMs, found);
    this.#collectDue(2 * index + 2, untilMs, found);
  }

  /** The earliest time after `afterMs` at a place of the heap or below it. */
  #firstAfter(index: number, afterMs: number): number {
    if (index >= this.#size) return Number.POSITIVE_INFINITY;
    const time = this.#timeAt(index);
    if (time > afterMs) return time;
    return Math.min(this.#firstAfter(2 * index + 1, afterMs), this.#firstAfter(2 * index + 2, afterMs));
  }

  #ensureHeap(): void {
    if (this.#isHeapMade) return;
    this.#isHeapMade = true;
    this.#size = 0;
    for (let slot = 0; slot < this.#end; slot++) {
      if (this.#times.get(slot) !== 0 && !this.#deaths.isHard(slot)) this.#append(slot);
    }
    this.#heapify();
  }

  #heapify(): void {
    for (let index = (this.#size >>> 1) - 1; index >= 0; index--) this.#siftDown(index);
  }

  #append(slot: number): void {
    if (this.#size === this.#heap.length) {
      const grown = new Uint32Array(Math.max(FIRST_LENGTH, 2 * this.#size));
      grown.set(this.#heap);
      this.#heap = grown;
    }
    this.#heap[this.#size++] = slot;
  }

  #push(slot: number): void {
    this.#append(slot);
    const time = this.#times.get(slot);
    let index = this.#size - 1;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (this.#times.get(this.#heap[parent]!) <= time) break;
      this.#heap[index] = this.#heap[parent]!;
      index = parent;
    }
    this.#heap[index] = slot;
  }

  #pop(): void {
    this.#heap[0] = this.#heap[--this.#size]!;
    if (this.#size > 1) this.#siftDown(0);
  }

  #siftDown(start: number): void {
    const slot = this.#heap[start]!;
    const time = this.#times.get(slot);
    let index = start;
    for (let child = 2 * index + 1; child < this.#size; child = 2 * index + 1) {
      if (child + 1 < this.#size && this.#timeAt(child + 1) < this.#timeAt(child)) child++;
      if (this.#timeAt(child) >= time) break;
      this.#heap[index] = this.#heap[child]!;
      index = child;
    }
    this.#heap[index] = slot;
  }

  #timeAt(index: number): number {
    return this.#times.get(this.#heap[index]!);
  }
}
