import { ByteColumn } from "./byte-column.js";
import { hashBytes } from "./byte-hash.js";
import { createUint32Column } from "./column.js";
import { doubleEntries } from "./hash-entries.js";

const CHUNK_BYTES = 64 * 1024;
const TABLE_BITS_MIN = 4;
const LOAD_MAX = 0.7;

/**
 * Distinct byte strings, each with a number of its own, counted from 0 in the order they came.
 *
 * Open addressing with linear probing over pairs [hash, number + 1] of u32; the hash's top bits are the place.
 */
export class InternTable {
  readonly #strings = new ByteColumn(createUint32Column(), CHUNK_BYTES);
  readonly #key0: number;
  readonly #key1: number;
  #bits = TABLE_BITS_MIN;
  #entries = new Uint32Array(2 << TABLE_BITS_MIN);

  /** @param seed  u32, key of the hash: nobody can choose strings that pile up in one place */
  constructor(seed: number) {
    this.#key0 = seed >>> 0;
    this.#key1 = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  }

  /** Distinct strings. */
  get count(): number {
    return this.#strings.count;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#strings.bytes + this.#entries.byteLength;
  }

  /** The strings by number, for whoever sorts or scans them all. */
  get strings(): ByteColumn<Uint32Array> {
    return this.#strings;
  }

  /** The number of `bytes[from, to)`, which is entered if it is new. Bytes are copied; less than 4 GiB of them fit. */
  intern(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashBytes(bytes, from, to, this.#key0, this.#key1);
    const at = this.#place(bytes, from, to, hash);
    const found = this.#entries[at + 1]!;
    if (found !== 0) return found - 1;
    const number = this.#strings.count;
    this.#strings.append(bytes, from, to);
    this.#entries[at] = hash;
    this.#entries[at + 1] = number + 1;
    if (this.#strings.count > LOAD_MAX * 2 ** this.#bits) this.#grow();
    return number;
  }

  /** The number of `bytes[from, to)`; -1 when it was never entered. */
  find(bytes: Uint8Array, from = 0, to = bytes.length): number {
    const at = this.#place(bytes, from, to, hashBytes(bytes, from, to, this.#key0, this.#key1));
    return this.#entries[at + 1]! - 1;
  }

  /** Index of the entry of a string, or of the free entry where it would go. */
  #place(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const entries = this.#entries;
    const mask = entries.length - 1;
    let at = (hash >>> (32 - this.#bits)) * 2;
    while (entries[at + 1] !== 0) {
      if (entries[at] === hash && this.#equals(entries[at + 1]! - 1, bytes, from, to)) break;
      at = (at + 2) & mask;
    }
    return at;
  }

  #equals(number: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#strings.startOf(number);
    const length = to - from;
    if (this.#strings.endOf(number) - start !== length) return false;
    if (length === 0) return true;
    const own = this.#strings.chunkOf(start);
    const offset = this.#strings.offsetOf(start);
    for (let i = 0; i < length; i++) if (own[offset + i] !== bytes[from + i]) return false;
    return true;
  }

  #grow(): void {
    this.#entries = doubleEntries(this.#entries, ++this.#bits);
  }
}
