import { BLOCK_SLOTS, BLOCK_WORDS, type BlockBits, createBlockBits } from "../../core/block-bits.js";
import { STEP, type Steps } from "../../core/steps.js";

/** A longer run of entries is answered by prefix sets, a shorter one is listed. */
const PREFIX_STEP = 4_096;
/** What two prefix sets differ in, before its ends are put right: shared, since a query works a block at a time. */
const run = createBlockBits();

/**
 * The offsets of one block in the order of their values: rank r, the r-th smallest distinct value, has the entries
 * [starts[r], starts[r + 1]), ascending. Any range of values is one run of entries.
 *
 * When the offsets are distinct a long run is the difference of two prefix sets, which are made by the first query that
 * needs them; so a run costs at most some thousand steps, however many match.
 */
export class RankedOffsets {
  /** u32[ranks + 1] */
  readonly starts: Uint32Array;
  /** u16[entries] */
  readonly #offsets: Uint16Array;
  readonly #distinct: boolean;
  #prefixes: readonly BlockBits[] | undefined;

  private constructor(starts: Uint32Array, offsets: Uint16Array, distinct: boolean) {
    this.starts = starts;
    this.#offsets = offsets;
    this.#distinct = distinct;
  }

  /**
   * Sorts entries by rank, in steps; those of one rank keep their order.
   *
   * @param ranks    u32[count], each below `rankCount`
   * @param offsets  u16[count or more], ascending
   */
  static *sort(ranks: Uint32Array, offsets: Uint16Array, rankCount: number): Steps<RankedOffsets> {
    const count = ranks.length;
    const starts = new Uint32Array(rankCount + 1);
    let distinct = true;
    for (let from = 0; from < count; from += STEP) {
      const to = Math.min(count, from + STEP);
      for (let i = from; i < to; i++) starts[ranks[i]! + 1]!++;
      // No offset comes twice: entries come in the order of slots.
      for (let i = Math.max(1, from); i < to && distinct; i++) distinct = offsets[i]! > offsets[i - 1]!;
      yield;
    }
    for (let rank = 0; rank < rankCount; rank++) starts[rank + 1]! += starts[rank]!;
    const next = starts.slice();
    const sorted = new Uint16Array(count);
    for (let from = 0; from < count; from += STEP) {
      const to = Math.min(count, from + STEP);
      for (let i = from; i < to; i++) sorted[next[ranks[i]!]!++] = offsets[i]!;
      yield;
    }
    return new RankedOffsets(starts, sorted, distinct);
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.starts.byteLength + this.#offsets.byteLength + (this.#prefixes?.length ?? 0) * 4 * BLOCK_WORDS;
  }

  /** Adds the offsets of the ranks [from, to). */
  addRanks(from: number, to: number, into: BlockBits): void {
    if (from >= to) return;
    const start = this.starts[from]!;
    const end = this.starts[to]!;
    // The prefix sets next to both ends, be it in the run or around it: so at most half a step is listed at each.
    const first = Math.round(start / PREFIX_STEP);
    const last = Math.min(Math.round(end / PREFIX_STEP), Math.floor(this.#offsets.length / PREFIX_STEP));
    if (!this.#distinct || last <= first || end - start <= PREFIX_STEP) {
      this.#list(start, end, into);
      return;
    }
    this.#prefixes ??= this.#makePrefixes();
    this.#setDifference(first, last);
    if (first * PREFIX_STEP < start) this.#unlist(first * PREFIX_STEP, start, run);
    else this.#list(start, first * PREFIX_STEP, run);
    if (end < last * PREFIX_STEP) this.#unlist(end, last * PREFIX_STEP, run);
    else this.#list(last * PREFIX_STEP, end, run);
    for (let i = 0; i < BLOCK_WORDS; i++) into[i]! |= run[i]!;
  }

  #list(from: number, to: number, into: BlockBits): void {
    const offsets = this.#offsets;
    for (let i = from; i < to; i++) into[offsets[i]! >>> 5]! |= 1 << (offsets[i]! & 31);
  }

  /** Takes entries out again. */
  #unlist(from: number, to: number, of: BlockBits): void {
    const offsets = this.#offsets;
    for (let i = from; i < to; i++) of[offsets[i]! >>> 5]! &= ~(1 << (offsets[i]! & 31));
  }

  /** Writes the entries [first, last) x PREFIX_STEP to `run`. The prefix of 0 entries is empty and not stored. */
  #setDifference(first: number, last: number): void {
    const upper = this.#prefixes![last - 1]!;
    const lower = first === 0 ? undefined : this.#prefixes![first - 1]!;
    if (lower === undefined) run.set(upper);
    else for (let i = 0; i < BLOCK_WORDS; i++) run[i] = upper[i]! & ~lower[i]!;
  }

  #makePrefixes(): BlockBits[] {
    const prefixes: BlockBits[] = [];
    const bits = createBlockBits();
    for (let end = PREFIX_STEP; end <= Math.min(this.#offsets.length, BLOCK_SLOTS); end += PREFIX_STEP) {
      this.#list(end - PREFIX_STEP, end, bits);
      prefixes.push(bits.slice());
    }
    return prefixes;
  }
}
