/**
 * A set of slots of one segment, one bit each: what a filter lets through, and what a search may return.
 *
 * Slot s is bit `s & 31` of `words[s >>> 5]`. Bits from `limit` on are 0, so that the words can be copied and counted whole.
 */
export class SlotSet {
  /** u32[ceil(limit / 32)] */
  readonly words: Uint32Array;
  /** Slots are 0..limit - 1. */
  readonly limit: number;
  /** Of all slots, once it was asked for; -1 when it has to be counted. */
  #count = -1;

  /** An empty set. */
  constructor(limit: number) {
    this.limit = limit;
    this.words = new Uint32Array((limit + 31) >>> 5);
  }

  has(slot: number): boolean {
    return slot < this.limit && (this.words[slot >>> 5]! & (1 << (slot & 31))) !== 0;
  }

  /** @param slot  0..limit - 1 */
  add(slot: number): void {
    this.#count = -1;
    this.words[slot >>> 5]! |= 1 << (slot & 31);
  }

  /** @param slot  0..limit - 1 */
  remove(slot: number): void {
    this.#count = -1;
    this.words[slot >>> 5]! &= ~(1 << (slot & 31));
  }

  /** Adds the slots of [0, end). @param end  at most `limit` */
  addBelow(end: number): void {
    this.#count = -1;
    this.words.fill(0xffffffff, 0, end >>> 5);
    if ((end & 31) !== 0) this.words[end >>> 5]! |= (1 << (end & 31)) - 1;
  }

  /** Keeps the slots that are in `other` as well. @param other  of the same limit */
  intersect(other: SlotSet): void {
    this.#count = -1;
    for (let i = 0; i < this.words.length; i++) this.words[i]! &= other.words[i]!;
  }

  /** Slots in the set. Cost: one pass over the words, once; who writes to `words` itself does so before. */
  count(): number {
    if (this.#count < 0) this.#count = this.countBelow(this.limit);
    return this.#count;
  }

  /** Slots of [0, end) in the set. @param end  at most `limit` */
  countBelow(end: number): number {
    let sum = 0;
    const whole = end >>> 5;
    for (let i = 0; i < whole; i++) sum += bitsOf(this.words[i]!);
    if ((end & 31) !== 0) sum += bitsOf(this.words[whole]! & ((1 << (end & 31)) - 1));
    return sum;
  }

  /** Calls `visit` for each slot of [from, to), ascending. */
  forEach(visit: (slot: number) => void, from = 0, to = this.limit): void {
    for (let slot = this.next(from); slot < to; slot = this.next(slot + 1)) visit(slot);
  }

  /** The first slot of the set that is `from` or greater; `limit` when there is none. */
  next(from: number): number {
    let index = from >>> 5;
    if (from >= this.limit) return this.limit;
    let word = this.words[index]! & (-1 << (from & 31));
    while (word === 0) {
      if (++index >= this.words.length) return this.limit;
      word = this.words[index]!;
    }
    return (index << 5) + 31 - Math.clz32(word & -word);
  }
}

function bitsOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
