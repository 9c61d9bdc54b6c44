import { ByteColumn } from "../core/byte-column.js";
import { type Column, createFloat64Column, createUint8Column } from "../core/column.js";

const METADATA_CHUNK_BYTES = 1024 * 1024;
const TEXT_CHUNK_BYTES = 2 * 1024 * 1024;
const SPARSE_CHUNK_BYTES = 1024 * 1024;

const NO_BYTES = new Uint8Array(0);

/** Versions, metadata, text and sparse vectors of one segment by slot. What no record has costs nothing. */
export class Columns {
  /** UTF-8 JSON; empty when the record has none. */
  readonly metadata = new ByteColumn(createFloat64Column(), METADATA_CHUNK_BYTES);
  /** UTF-8; empty also when the record has none: see `hasText`. */
  readonly text = new ByteColumn(createFloat64Column(), TEXT_CHUNK_BYTES);
  /** As `sparse/codec` packs them; empty when the record has none. Addresses are multiples of 8. */
  readonly sparse = new ByteColumn(createFloat64Column(), SPARSE_CHUNK_BYTES);
  readonly #versions: Column<Float64Array> = createFloat64Column();
  readonly #textPresence: Column<Uint8Array> = createUint8Column();
  #count = 0;

  /** Records. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of memory held beside metadata, text and sparse vectors. */
  get ownBytes(): number {
    return this.#versions.bytes + this.#textPresence.bytes;
  }

  versionOf(slot: number): number {
    return this.#versions.get(slot);
  }

  /** False when no record has a text. */
  get hasTexts(): boolean {
    return this.#textPresence.bytes > 0;
  }

  /** False when no record has a sparse vector. */
  get hasSparse(): boolean {
    return this.sparse.total > 0;
  }

  hasText(slot: number): boolean {
    return this.#textPresence.get(slot) !== 0;
  }

  /** The text as UTF-8, a view; undefined when the record has none. */
  textBytesOf(slot: number): Uint8Array | undefined {
    return this.hasText(slot) ? this.text.bytesOf(slot) : undefined;
  }

  /** The sparse vector as packed, empty when there is none; a view. */
  sparseBytesOf(slot: number): Uint8Array {
    return this.sparse.bytesOf(slot);
  }

  /** Appends one record. The bytes are copied. */
  append(version: number, metadata: Uint8Array, text: Uint8Array | undefined, sparse: Uint8Array): void {
    const slot = this.#count++;
    this.#versions.set(slot, version);
    this.metadata.append(metadata);
    if (text !== undefined) this.#textPresence.set(slot, 1);
    this.text.append(text ?? NO_BYTES);
    this.sparse.append(sparse);
  }

  /** Appends the versions of many records; their other parts follow by `appendAll` of the byte columns. */
  appendVersions(versions: Float64Array): void {
    this.#versions.setAll(this.#count, versions);
    this.#count += versions.length;
  }

  /** Marks which records from slot `from` on have text. */
  setTextPresence(from: number, presence: Uint8Array): void {
    if (presence.includes(1)) this.#textPresence.setAll(from, presence);
  }

  /** f64[to - from], a copy. */
  versions(from: number, to: number): Float64Array {
    return this.#versions.slice(from, to);
  }

  /** u8[to - from], a copy: 1 where the record has text. */
  textPresence(from: number, to: number): Uint8Array {
    return this.#textPresence.slice(from, to);
  }
}
