/**
 * A set of slots of one segment, one bit each: what a filter lets through, and what a search may return.
 *
 * Slot s is bit `s & 31` of `words[s >>> 5]`. Bits from `limit` on are 0, so that the words can be copied and counted whole.
 */
export class SlotSet {
  /** u32[ceil(limit / 32)] */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Slots are 0..limit - 1. */
  readonly limit: number;
  /** Of all slots, once it was asked for; -1 when it has to be counted. */
  #count = -1;

  /** @param words  u32[ceil(limit / 32)], the set's own from now on; an empty set without */
  constructor(limit: number, words = new Uint32Array((limit + 31) >>> 5)) {
    this.limit = limit;
    this.words = words;
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
    const { words } = this;
    let sum = 0;
    const whole = end >>> 5;
    let i = 0;
    for (; i + 4 <= whole; i += 4) sum += bitsOfFour(words, i);
    for (; i < whole; i++) sum += bitsOf(words[i]!);
    if ((end & 31) !== 0) sum += bitsOf(words[whole]! & ((1 << (end & 31)) - 1));
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
      index = firstUsed(this.words, index + 1);
      if (index >= this.words.length) return this.limit;
      word = this.words[index]!;
    }
    return (index << 5) + 31 - Math.clz32(word & -word);
  }
}

/** The first word from `index` on that is not 0; the length of the words when all are. */
function firstUsed(words: Uint32Array, index: number): number {
  let at = index;
  // Most sets are mostly empty.
  const end = words.length - 8;
  while (
    at <= end &&
    (words[at]! |
      words[at + 1]! |
      words[at + 2]! |
      words[at + 3]! |
      words[at + 4]! |
      words[at + 5]! |
      words[at + 6]! |
      words[at + 7]!) ===
      0
  )
    at += 8;
  while (at < words.length && words[at] === 0) at++;
  return at;
}

/** Bits of the four words from `at` on. */
function bitsOfFour(words: Uint32Array, at: number): number {
  // As i32: a larger number would become an object.
  const a = words[at]! | 0;
  const b = words[at + 1]! | 0;
  const c = words[at + 2]! | 0;
  const d = words[at + 3]! | 0;
  if ((a | b | c | d) === 0) return 0;
  const bytes = bitsByByte(bitsByNibble(a) + bitsByNibble(b)) + bitsByByte(bitsByNibble(c) + bitsByNibble(d));
  return Math.imul(bytes, 0x01010101) >>> 24;
}

function bitsOf(word: number): number {
  return Math.imul(bitsByByte(bitsByNibble(word)), 0x01010101) >>> 24;
}

/** Counts up to 8 of each four bits, summed for each eight. */
function bitsByByte(nibbles: number): number {
  return (nibbles & 0x0f0f0f0f) + ((nibbles >>> 4) & 0x0f0f0f0f);
}

/** The number of bits of each four, in their place. */
function bitsByNibble(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  return (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
}
