import { ByteColumn } from "../core/byte-column.js";
import { hashBytes } from "../core/byte-hash.js";
import { createUint32Column } from "../core/column.js";
import { assert } from "../errors.js";
import { LIMITS } from "../limits.js";
import { decodeUtf8 } from "../metadata/utf8.js";

const ID_CHUNK_BYTES = 256 * 1024;
const TABLE_BITS_MIN = 5;
const LOAD_MAX = 0.7;
/** Places of the old table that each new id moves: more than 2 / LOAD_MAX, so that all are moved before the next growth. */
const MOVED_PER_ENTRY = 8;

/** Places of [hash, slot + 1], 2 ** bits of them. */
interface Table {
  readonly bits: number;
  readonly entries: Uint32Array;
}

const encoder = new TextEncoder();
/** Three bytes for each of the UTF-16 units an id can have. One call uses it at a time, never across an await. */
const scratch = new Uint8Array(3 * LIMITS.idBytesMax);

/**
 * The ids of one segment: their bytes by slot, and a table from id to the newest slot that has it.
 *
 * The table is open addressing with linear probing over pairs [hash, slot + 1] of u32. The hash's TOP bits are the
 * place, so entries lie in the order of their hashes and growing writes the new table from front to back. It does so little by
 * little, with each id that comes: all at once took 40 ms at 1.5 million ids. Until all are moved both tables are asked, the
 * new one first.
 */
export class IdTable {
  readonly #ids = new ByteColumn(createUint32Column(), ID_CHUNK_BYTES);
  readonly #key0: number;
  readonly #key1: number;
  #table = createTable(TABLE_BITS_MIN);
  /** The table before the last growth, whole, while it is being moved. */
  #old: Table | undefined;
  /** Indexes of the old entries below this are moved. */
  #moved = 0;
  #distinct = 0;

  /** @param seed  u32, key of the hash */
  constructor(seed: number) {
    this.#key0 = seed >>> 0;
    this.#key1 = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  }

  /** Slots, of which several may have one id. */
  get count(): number {
    return this.#ids.count;
  }

  /** Bytes of all ids together; ends are u32, so less than 4 GiB. */
  get bytesUsed(): number {
    return this.#ids.total;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#ids.bytes + this.#table.entries.byteLength + (this.#old?.entries.byteLength ?? 0);
  }

  /** The ids by slot, for the files of this folder. */
  get column(): ByteColumn<Uint32Array> {
    return this.#ids;
  }

  /** UTF-8 of a slot's id; a view. */
  bytesOf(slot: number): Uint8Array {
    return this.#ids.bytesOf(slot);
  }

  /** A slot's id. */
  textOf(slot: number): string {
    const start = this.#ids.startOf(slot);
    const offset = this.#ids.offsetOf(start);
    return decodeUtf8(this.#ids.chunkOf(start), offset, offset + this.#ids.endOf(slot) - start);
  }

  /** Appends an id; the new slot is the one `find` gives from now on. */
  append(id: string): number {
    const length = encodeId(id);
    assert(length > 0 && length <= LIMITS.idBytesMax, "an id has 1 to idBytesMax bytes");
    return this.appendBytes(scratch.subarray(0, length));
  }

  /** Appends an id given as UTF-8. The bytes are copied. */
  appendBytes(id: Uint8Array): number {
    const slot = this.#ids.count;
    this.#ids.append(id);
    this.#enter(slot);
    return slot;
  }

  /**
   * Appends many ids.
   *
   * @param ends  running totals of their lengths, from 0
   * @returns     takes their bytes in order, in pieces of any length; then `enterFrom` must be called
   */
  appendAll(ends: Uint32Array): (piece: Uint8Array) => void {
    return this.#ids.appendAll(ends);
  }

  /** Makes room for so many ids at once, where they are known to come: growing moves all that are there. */
  reserve(ids: number): void {
    this.#growTo(ids);
    this.#move(Number.POSITIVE_INFINITY);
  }

  /** Makes the slots from `first` on findable. */
  enterFrom(first: number): void {
    const count = this.#ids.count;
    this.#growTo(this.#distinct + count - first);
    for (let slot = first; slot < count; slot++) this.#enter(slot);
  }

  /** The newest slot of the id; -1 when there is none. */
  find(id: string): number {
    const length = encodeId(id);
    if (length === 0 || length > LIMITS.idBytesMax) return -1;
    return this.#find(scratch, 0, length, hashBytes(scratch, 0, length, this.#key0, this.#key1));
  }

  /** Negative, 0 or positive, as the ids sort by their bytes. */
  compare(slot: number, other: IdTable, otherSlot: number): number {
    const start = other.#ids.startOf(otherSlot);
    const offset = other.#ids.offsetOf(start);
    const length = other.#ids.endOf(otherSlot) - start;
    return this.#compareBytes(slot, other.#ids.chunkOf(start), offset, length);
  }

  /** As `compare`, with an id given as UTF-8. */
  compareTo(slot: number, id: Uint8Array): number {
    return this.#compareBytes(slot, id, 0, id.length);
  }

  #compareBytes(slot: number, bytes: Uint8Array, offset: number, length: number): number {
    const ids = this.#ids;
    const start = ids.startOf(slot);
    const own = ids.chunkOf(start);
    const ownOffset = ids.offsetOf(start);
    const ownLength = ids.endOf(slot) - start;
    const shorter = Math.min(length, ownLength);
    for (let i = 0; i < shorter; i++) {
      const difference = own[ownOffset + i]! - bytes[offset + i]!;
      if (difference !== 0) return difference;
    }
    return ownLength - length;
  }

  /** Points the table's entry of the slot's id at the slot. Slots are entered in ascending order: the newest wins. */
  #enter(slot: number): void {
    const start = this.#ids.startOf(slot);
    const length = this.#ids.endOf(slot) - start;
    const bytes = this.#ids.chunkOf(start);
    const offset = this.#ids.offsetOf(start);
    const hash = hashBytes(bytes, offset, offset + length, this.#key0, this.#key1);
    this.#growTo(this.#distinct + 1);
    this.#move(MOVED_PER_ENTRY);
    const { entries } = this.#table;
    const at = this.#place(this.#table, bytes, offset, length, hash);
    if (entries[at + 1] === 0 && this.#findOld(bytes, offset, length, hash) < 0) this.#distinct++;
    entries[at] = hash;
    entries[at + 1] = slot + 1;
  }

  /** The newest slot of the id `bytes[offset, offset + length)`; -1 when there is none. */
  #find(bytes: Uint8Array, offset: number, length: number, hash: number): number {
    const found = this.#table.entries[this.#place(this.#table, bytes, offset, length, hash) + 1]!;
    return found !== 0 ? found - 1 : this.#findOld(bytes, offset, length, hash);
  }

  #findOld(bytes: Uint8Array, offset: number, length: number, hash: number): number {
    if (this.#old === undefined) return -1;
    return this.#old.entries[this.#place(this.#old, bytes, offset, length, hash) + 1]! - 1;
  }

  /** Index of the entry of the id `bytes[offset, offset + length)`, or of the free entry where it would go. */
  #place({ bits, entries }: Table, bytes: Uint8Array, offset: number, length: number, hash: number): number {
    const mask = entries.length - 1;
    let at = (hash >>> (32 - bits)) * 2;
    while (entries[at + 1] !== 0) {
      if (entries[at] === hash && this.#compareBytes(entries[at + 1]! - 1, bytes, offset, length) === 0) break;
      at = (at + 2) & mask;
    }
    return at;
  }

  /** Makes a table that holds so many ids, if this one does not; what is in it is moved later. */
  #growTo(distinct: number): void {
    let { bits } = this.#table;
    while (distinct > LOAD_MAX * 2 ** bits) bits++;
    if (bits === this.#table.bits) return;
    this.#move(Number.POSITIVE_INFINITY);
    this.#old = this.#table;
    this.#moved = 0;
    this.#table = createTable(bits);
  }

  /** Moves the entries of the next `places` of the old table, those apart whose id has a newer slot by now. */
  #move(places: number): void {
    if (this.#old === undefined) return;
    const { entries } = this.#old;
    const end = Math.min(entries.length, this.#moved + 2 * places);
    for (let from = this.#moved; from < end; from += 2) {
      if (entries[from + 1] !== 0) this.#moveEntry(entries[from]!, entries[from + 1]!);
    }
    this.#moved = end;
    if (end === entries.length) this.#old = undefined;
  }

  #moveEntry(hash: number, slotPlusOne: number): void {
    const { bits, entries } = this.#table;
    const mask = entries.length - 1;
    let at = (hash >>> (32 - bits)) * 2;
    while (entries[at + 1] !== 0) {
      if (entries[at] === hash && this.compare(entries[at + 1]! - 1, this, slotPlusOne - 1) === 0) return;
      at = (at + 2) & mask;
    }
    entries[at] = hash;
    entries[at + 1] = slotPlusOne;
  }
}

function createTable(bits: number): Table {
  return { bits, entries: new Uint32Array(2 * 2 ** bits) };
}

/** Writes the id to `scratch`; returns its length, above `idBytesMax` when it is too long to be an id. */
function encodeId(id: string): number {
  const length = id.length;
  if (length > LIMITS.idBytesMax) return length;
  // Most ids are short ASCII, and `encodeInto` costs more than their bytes.
  for (let i = 0; i < length; i++) {
    const unit = id.charCodeAt(i);
    if (unit >= 0x80) return encoder.encodeInto(id, scratch).written;
    scratch[i] = unit;
  }
  return length;
}
