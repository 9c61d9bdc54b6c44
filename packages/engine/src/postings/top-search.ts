import type { SlotSet } from "../core/slot-set.js";
import { type ListCursor, NO_SLOT } from "./list-cursor.js";

/** What the postings of one list add to the score of their slots. */
export interface ListScorer {
  score(slot: number, payload: number): number;
  /** No less than the score of any posting whose keys are at most these, and no less than 0. */
  bound(high: number, low: number): number;
  /** By how much rounding may falsify a sum, for each list that takes part: 0 where sums are exact. */
  error(high: number, low: number): number;
}

/** One list of a search. */
export interface ScoredList {
  readonly cursor: ListCursor;
  readonly scorer: ListScorer;
}

/** Where a search puts what it finds. */
export interface ScoreSink {
  /** A slot that scores less is of no use; minus infinity until enough are found. Never falls. */
  readonly threshold: number;
  /** Takes a slot, which need not be visible, and its score. Slots come in ascending order, each once. */
  offer(slot: number, score: number): void;
}

/** What a search runs over. */
export interface TopSearchOptions {
  readonly lists: readonly ScoredList[];
  /** Slots below this are searched. */
  readonly limit: number;
  /** Only these are offered; absent: all. */
  readonly accept?: SlotSet | undefined;
  readonly sink: ScoreSink;
}

/** Slots whose sums are in the making: they and their marks stay in the first cache. */
const WINDOW_SLOTS = 4096;
/** An accepted slot costs as much as so many postings of each list: then lists are probed instead of walked. */
const PROBE_POSTINGS = 24;

/** Working arrays of one window: all zero between two, so that searches can share them. */
const sums = new Float64Array(WINDOW_SLOTS);
const marks = new Uint32Array(WINDOW_SLOTS / 32);

/**
 * Finds the slots with the largest sums over some lists without summing up all: MaxScore.
 *
 * Lists are ordered by the most that one of their postings can add. Those whose bounds together do not reach the threshold
 * are not walked: no slot that they alone hold is of use. The others are walked in windows of 4,096 slots, except for blocks
 * whose bound, with those of all other lists, does not reach the threshold. What is left is completed from the unwalked lists
 * while it can still reach it.
 *
 * Source: Turtle and Flood, "Query evaluation: strategies and optimizations" (1995); windows as in Lucene's bulk scorer.
 */
export class TopSearch {
  /** Postings that were scored. */
  scored = 0;
  readonly #limit: number;
  readonly #accept: SlotSet | undefined;
  readonly #sink: ScoreSink;
  readonly #slack: number;
  /** By ascending bound. */
  readonly #cursors: readonly ListCursor[];
  readonly #scorers: readonly ListScorer[];
  readonly #bounds: readonly number[];
  /** Sum of the bounds before each list, and of all at the end. */
  readonly #before: Float64Array;
  readonly #probes: boolean;
  /** Lists below this are not walked. */
  #walked = 0;
  #next = 0;

  constructor({ lists, limit, accept, sink }: TopSearchOptions) {
    this.#limit = limit;
    this.#accept = accept;
    this.#sink = sink;
    const bounded = lists
      .filter(({ cursor }) => cursor.count > 0)
      .map(({ cursor, scorer }) => ({ cursor, scorer, bound: scorer.bound(cursor.highest, cursor.lowest) }))
      .sort((a, b) => a.bound - b.bound);
    this.#cursors = bounded.map(({ cursor }) => cursor);
    this.#scorers = bounded.map(({ scorer }) => scorer);
    this.#bounds = bounded.map(({ bound }) => bound);
    this.#before = new Float64Array(bounded.length + 1);
    for (const [i, { bound }] of bounded.entries()) this.#before[i + 1] = this.#before[i]! + bound;
    this.#slack = bounded.reduce((sum, { cursor, scorer }) => sum + scorer.error(cursor.highest, cursor.lowest), 0);
    const postings = bounded.reduce((sum, { cursor }) => sum + cursor.count, 0);
    this.#probes = accept !== undefined && accept.count() * bounded.length * PROBE_POSTINGS < postings;
  }

  /**
   * Goes on with the search.
   *
   * @param budget  postings to score before it pauses, about
   * @returns       true when nothing is left to find
   */
  step(budget: number): boolean {
    const end = this.scored + budget;
    while (this.scored < end) {
      if (!(this.#probes ? this.#probeWindow() : this.#walkWindow())) return true;
    }
    return false;
  }

  /** Looks at the accepted slots of the next window one by one; false when there are none. */
  #probeWindow(): boolean {
    const accept = this.#accept!;
    const from = accept.next(this.#next);
    if (from >= this.#limit) return false;
    const end = Math.min(this.#limit, from + WINDOW_SLOTS);
    for (let slot = from; slot < end; slot = accept.next(slot + 1)) {
      this.#complete(slot, 0, this.#cursors.length, 0);
      this.scored++;
    }
    this.#next = end;
    return true;
  }

  /** Walks the lists through the next window in which one of them has a posting; false when there is none. */
  #walkWindow(): boolean {
    this.#narrow();
    const from = this.#nextSlot();
    if (from >= this.#limit) return false;
    const start = from - (from % WINDOW_SLOTS);
    const end = Math.min(this.#limit, start + WINDOW_SLOTS);
    const count = this.#cursors.length;
    for (let i = this.#walked; i < count; i++) this.#walk(i, Math.max(start, this.#next), start, end);
    this.#collect(start);
    this.#next = end;
    return true;
  }

  /** Leaves those lists unwalked that cannot reach the threshold together. */
  #narrow(): void {
    const least = this.#sink.threshold - this.#slack;
    while (this.#walked < this.#cursors.length && this.#before[this.#walked + 1]! < least) this.#walked++;
  }

  /** A slot before which no walked list has a posting any more: the first, or one shortly before it. */
  #nextSlot(): number {
    let first = NO_SLOT;
    for (let i = this.#walked; i < this.#cursors.length; i++) {
      const cursor = this.#cursors[i]!;
      if (cursor.seek(this.#next)) first = Math.min(first, cursor.firstFrom(this.#next));
    }
    return first;
  }

  /** Adds what list `i` has in [from, end) to the sums of the window that begins at `start`. */
  #walk(i: number, from: number, start: number, end: number): void {
    const cursor = this.#cursors[i]!;
    const scorer = this.#scorers[i]!;
    const others = this.#before[this.#cursors.length]! - this.#bounds[i]!;
    const least = this.#sink.threshold - this.#slack;
    const { slots, payloads } = cursor;
    for (let at = from; at < end && cursor.seek(at) && cursor.firstFrom(at) < end; at = cursor.lastSlot + 1) {
      if (scorer.bound(cursor.high, cursor.low) + others < least) continue;
      cursor.load();
      const { length } = cursor;
      let k = cursor.at;
      while (k < length && slots[k]! < at) k++;
      const begin = k;
      for (; k < length; k++) {
        const slot = slots[k]!;
        if (slot >= end) break;
        const offset = slot - start;
        sums[offset]! += scorer.score(slot, payloads[k]!);
        marks[offset >>> 5]! |= 1 << (offset & 31);
      }
      cursor.at = k;
      this.scored += k - begin;
      if (k < length) return;
    }
  }

  /** Completes the sums of a window and clears it. */
  #collect(start: number): void {
    const accept = this.#accept;
    const unwalked = this.#before[this.#walked]!;
    let least = this.#sink.threshold - this.#slack;
    for (let word = 0; word < marks.length; word++) {
      for (let left = marks[word]!; left !== 0; left &= left - 1) {
        const offset = (word << 5) + 31 - Math.clz32(left & -left);
        const sum = sums[offset]!;
        sums[offset] = 0;
        const slot = start + offset;
        if (sum + unwalked < least || (accept !== undefined && !accept.has(slot))) continue;
        this.#complete(slot, sum, this.#walked, 1);
        least = this.#sink.threshold - this.#slack;
      }
      marks[word] = 0;
    }
  }

  /**
   * Adds what the lists below `lists` have of a slot, those that can add most first, and offers it if it can still be of use.
   *
   * @param met  how many lists are known to have it
   */
  #complete(slot: number, sum: number, lists: number, met: number): void {
    const least = this.#sink.threshold - this.#slack;
    let score = sum;
    let found = met;
    for (let i = lists - 1; i >= 0; i--) {
      if (score + this.#before[i + 1]! < least) return;
      const cursor = this.#cursors[i]!;
      if (cursor.advance(slot) !== slot) continue;
      score += this.#scorers[i]!.score(slot, cursor.payloads[cursor.at]!);
      this.scored++;
      found++;
    }
    if (found > 0 && score >= least) this.#sink.offer(slot, score);
  }
}
