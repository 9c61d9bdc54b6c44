import { hashBytes } from "../core/byte-hash.js";
import { doubleEntries } from "../core/hash-entries.js";
import type { WordPool } from "./word-pool.js";

const TABLE_BITS_MIN = 4;
const LOAD_MAX = 0.7;
/** Places of the cache in front of the table: words are Zipfian, and a few thousand are most of any text. */
const CACHE_BITS = 11;

/** The entries of every table without records. */
const NO_ENTRIES = new Uint32Array(2 << TABLE_BITS_MIN);

/**
 * Records of a few u32 by a key of bytes. A record stands in a pool with its key, so that what belongs to a key lies in one or
 * two lines of the processor's cache: [length of the key][the record's words][the key].
 *
 * The table is open addressing with linear probing over pairs [hash, address] of u32; the hash's top bits are the place.
 */
export class RecordTable {
  readonly #pool: WordPool;
  readonly #width: number;
  readonly #key0: number;
  readonly #key1: number;
  #bits = TABLE_BITS_MIN;
  #entries = NO_ENTRIES;
  #count = 0;
  /** Address of the record that came last to each place; made with the first record. */
  #cache = new Uint32Array(0);

  /**
   * @param width  words of a record, without its key
   * @param seed   u32, key of the hash: nobody can choose keys that pile up in one place
   */
  constructor(pool: WordPool, width: number, seed: number) {
    this.#pool = pool;
    this.#width = width;
    this.#key0 = seed >>> 0;
    this.#key1 = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  }

  /** Records. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of memory held, records not included: those are the pool's. */
  get bytes(): number {
    return this.#count === 0 ? 0 : this.#entries.byteLength + this.#cache.byteLength;
  }

  /**
   * The record of `key[0, length)`, which is made of zeros if there is none.
   *
   * @param cheapHash  u32 of these bytes, for the cache alone: a bad one costs time, nothing else
   * @returns          the address of its first word in the pool
   */
  intern(key: Uint8Array, length: number, cheapHash: number): number {
    if (this.#cache.length === 0) this.#cache = new Uint32Array(1 << CACHE_BITS);
    const place = (cheapHash ^ (cheapHash >>> (32 - CACHE_BITS))) & ((1 << CACHE_BITS) - 1);
    const cached = this.#cache[place]!;
    if (cached !== 0 && this.#isKey(cached, key, length)) return cached;
    const hash = hashBytes(key, 0, length, this.#key0, this.#key1);
    const at = this.#place(key, length, hash);
    const address = this.#entries[at + 1]! || this.#enter(at, key, length, hash);
    this.#cache[place] = address;
    return address;
  }

  /** The record of `key[0, length)`; 0 when there is none. */
  find(key: Uint8Array, length = key.length): number {
    return this.#entries[this.#place(key, length, hashBytes(key, 0, length, this.#key0, this.#key1)) + 1]!;
  }

  /** Index of the entry of a key, or of the free entry where it would go. */
  #place(key: Uint8Array, length: number, hash: number): number {
    const entries = this.#entries;
    const mask = entries.length - 1;
    let at = (hash >>> (32 - this.#bits)) * 2;
    while (entries[at + 1] !== 0) {
      if (entries[at] === hash && this.#isKey(entries[at + 1]!, key, length)) break;
      at = (at + 2) & mask;
    }
    return at;
  }

  #isKey(address: number, key: Uint8Array, length: number): boolean {
    const words = this.#pool.chunkOf(address);
    const record = this.#pool.offsetOf(address);
    if (words[record - 1] !== length) return false;
    const start = record + this.#width;
    for (let i = 0; i < length; i++) {
      if (((words[start + (i >>> 2)]! >>> ((i & 3) << 3)) & 0xff) !== key[i]) return false;
    }
    return true;
  }

  #enter(at: number, key: Uint8Array, length: number, hash: number): number {
    const wordCount = 1 + this.#width + ((length + 3) >>> 2);
    const address = this.#pool.take(wordCount) + 1;
    const words = this.#pool.chunkOf(address);
    const record = this.#pool.offsetOf(address);
    words.fill(0, record, record + wordCount - 1);
    words[record - 1] = length;
    const start = record + this.#width;
    for (let i = 0; i < length; i++) words[start + (i >>> 2)]! |= key[i]! << ((i & 3) << 3);
    if (this.#count === 0) this.#entries = new Uint32Array(NO_ENTRIES.length);
    this.#entries[at] = hash;
    this.#entries[at + 1] = address;
    this.#count++;
    if (this.#count > LOAD_MAX * 2 ** this.#bits) this.#grow();
    return address;
  }

  #grow(): void {
    this.#entries = doubleEntries(this.#entries, ++this.#bits);
  }
}
