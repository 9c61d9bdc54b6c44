/** Words of a full chunk: 1 MiB. */
const CHUNK_BITS = 18;
const CHUNK_WORDS = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_WORDS - 1;
/** Words the first chunk begins with: small namespaces have to cost little. */
const FIRST_WORDS = 128;
/** Runs of 2^k words up to this are kept for reuse when they are given back. */
const REUSED_BITS_MAX = 8;

/**
 * Memory for many small runs of u32, by address. A run lies in one chunk; address 0 is none's.
 *
 * A chunk never moves once the next one has begun; the first one is copied while it grows, so whoever keeps an address
 * asks for its chunk again after any `take`.
 */
export class WordPool {
  readonly #chunks: Uint32Array[] = [new Uint32Array(0)];
  /** First free run of 2^k words, 0 when there is none; each begins with the address of the next. */
  readonly #free = new Uint32Array(REUSED_BITS_MAX + 1);
  #used = 1;
  #words = 0;

  /** Bytes of memory held. */
  get bytes(): number {
    return 4 * this.#words;
  }

  /** The chunk that holds the run at `address`, from `offsetOf(address)` on. */
  chunkOf(address: number): Uint32Array {
    return this.#chunks[address >>> CHUNK_BITS]!;
  }

  offsetOf(address: number): number {
    return address & CHUNK_MASK;
  }

  /**
   * @param words  1..2^18
   * @returns      the address of a run; what it holds is anyone's guess
   */
  take(words: number): number {
    const bits = reusedBits(words);
    const free = bits < 0 ? 0 : this.#free[bits]!;
    if (free === 0) return this.#takeNew(words);
    this.#free[bits] = this.chunkOf(free)[this.offsetOf(free)]!;
    return free;
  }

  /** Takes a run back that `take` gave for so many words. */
  give(address: number, words: number): void {
    const bits = reusedBits(words);
    if (bits < 0) return;
    this.chunkOf(address)[this.offsetOf(address)] = this.#free[bits]!;
    this.#free[bits] = address;
  }

  #takeNew(words: number): number {
    const last = this.#chunks.length - 1;
    if (this.#used + words > CHUNK_WORDS) {
      this.#chunks.push(new Uint32Array(CHUNK_WORDS));
      this.#words += CHUNK_WORDS;
      this.#used = words;
      return (last + 1) * CHUNK_WORDS;
    }
    if (this.#used + words > this.#chunks[last]!.length) this.#growFirst(this.#used + words);
    const address = last * CHUNK_WORDS + this.#used;
    this.#used += words;
    return address;
  }

  #growFirst(words: number): void {
    const old = this.#chunks[0]!;
    let length = Math.max(FIRST_WORDS, old.length);
    while (length < words) length *= 2;
    const longer = new Uint32Array(length);
    longer.set(old);
    this.#chunks[0] = longer;
    this.#words += length - old.length;
  }
}

/** k when the run has 2^k words and is kept for reuse, else -1. */
function reusedBits(words: number): number {
  const bits = 31 - Math.clz32(words);
  return bits <= REUSED_BITS_MAX && words === 1 << bits ? bits : -1;
}
