import type { Column, ColumnArray } from "./column.js";

/** Bytes the first chunk begins with. */
const FIRST_BYTES = 256;
/** A chunk is allocated larger than `chunkBytes` by this share of it, so that a usual last record fits without a copy. */
const SLACK_SHARE = 1 / 16;

/**
 * Bytes of variable length by index, append-only: `ends` are running totals, record i is [ends[i-1], ends[i]).
 *
 * The totals are logical addresses. Chunk c holds the records that BEGIN in [c, c + 1) * chunkBytes; the last of them
 * runs over the chunk's end, and the bytes it covers of the next chunk stay unused. So every record is one view, and
 * growing never copies more than one chunk.
 */
export class ByteColumn<E extends ColumnArray = ColumnArray> {
  readonly #ends: Column<E>;
  readonly #chunkBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #count = 0;
  #total = 0;
  #bytes = 0;

  /**
   * @param ends        an empty column, owned by this object; u32 where 4 GiB suffice, else f64
   * @param chunkBytes  a power of two
   */
  constructor(ends: Column<E>, chunkBytes: number) {
    this.#ends = ends;
    this.#chunkBytes = chunkBytes;
  }

  /** Records. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of all records together. */
  get total(): number {
    return this.#total;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#bytes + this.#ends.bytes;
  }

  /** Address of the record's first byte. */
  startOf(index: number): number {
    return index === 0 ? 0 : this.#ends.get(index - 1);
  }

  /** Address behind the record's last byte. */
  endOf(index: number): number {
    return this.#ends.get(index);
  }

  /** The chunk that holds the record which begins at `address`, at `offsetOf(address)`. */
  chunkOf(address: number): Uint8Array {
    return this.#chunks[Math.floor(address / this.#chunkBytes)]!;
  }

  /** Where in its chunk an address lies. Not `%`: on doubles that costs a call of fmod. */
  offsetOf(address: number): number {
    return address - Math.floor(address / this.#chunkBytes) * this.#chunkBytes;
  }

  /** A view of one record; read only, valid for good. */
  bytesOf(index: number): Uint8Array {
    const start = this.startOf(index);
    const end = this.#ends.get(index);
    if (start === end) return EMPTY;
    const offset = this.offsetOf(start);
    return this.chunkOf(start).subarray(offset, offset + (end - start));
  }

  /** Appends `source[from, to)` as one record. */
  append(source: Uint8Array, from = 0, to = source.length): void {
    const length = to - from;
    if (length > 0) {
      const offset = this.offsetOf(this.#total);
      const chunk = this.#reserve(this.#total, offset + length);
      if (length < 32) for (let i = 0; i < length; i++) chunk[offset + i] = source[from + i]!;
      else chunk.set(source.subarray(from, to), offset);
      this.#total += length;
    }
    // While all records are empty nothing is written: unwritten ends read as 0, and cost nothing.
    if (this.#total > 0) this.#ends.set(this.#count, this.#total);
    this.#count++;
  }

  /**
   * Appends many records.
   *
   * @param ends    running totals of the new records, from 0
   * @returns       takes the records' bytes in order, in pieces of any length; all must be given before the next append
   */
  appendAll(ends: ColumnArray): (piece: Uint8Array) => void {
    const first = this.#count;
    const base = this.#total;
    const length = ends.length === 0 ? 0 : ends[ends.length - 1]!;
    if (base + length > 0) this.#ends.setAll(first, ends, base);
    this.#count += ends.length;
    this.#total += length;
    let at = base;
    let runStart = base;
    let runEnd = base;
    return (piece) => {
      for (let done = 0; done < piece.length; ) {
        if (at === runEnd) {
          runStart = at;
          runEnd = this.#runEnd(at, first);
        }
        const offset = this.offsetOf(runStart);
        const chunk = this.#reserve(runStart, offset + (runEnd - runStart));
        const taken = Math.min(piece.length - done, runEnd - at);
        chunk.set(piece.subarray(done, done + taken), offset + (at - runStart));
        done += taken;
        at += taken;
      }
    };
  }

  /** Running totals of the records [from, to), counted from the first of them; a copy. */
  endsOf(from: number, to: number): E {
    return this.#ends.slice(from, to, this.startOf(from));
  }

  /** Bytes of the records [from, to) in order, as views of whole records, none much longer than a chunk. */
  *ranges(from: number, to: number): Generator<Uint8Array> {
    if (from >= to) return;
    const end = this.endOf(to - 1);
    for (let at = this.startOf(from); at < end; ) {
      const runEnd = Math.min(end, this.#runEnd(at, from));
      const offset = this.offsetOf(at);
      yield this.chunkOf(at).subarray(offset, offset + (runEnd - at));
      at = runEnd;
    }
  }

  /** End of the last record that begins in the chunk of `address`. `from` is a record at or before `address`. */
  #runEnd(address: number, from: number): number {
    const boundary = (Math.floor(address / this.#chunkBytes) + 1) * this.#chunkBytes;
    let low = from;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends.get(middle) < boundary) low = middle + 1;
      else high = middle;
    }
    return low === this.#count ? this.#total : this.#ends.get(low);
  }

  /** The chunk of `address`, made or grown to hold `length` bytes. */
  #reserve(address: number, length: number): Uint8Array {
    const index = Math.floor(address / this.#chunkBytes);
    const old = this.#chunks[index];
    if (old !== undefined && old.length >= length) return old;
    const whole = this.#chunkBytes * (1 + SLACK_SHARE);
    const doubled = index > 0 ? whole : Math.min(whole, Math.max(FIRST_BYTES, 2 * (old?.length ?? 0)));
    const chunk = new Uint8Array(Math.max(length, doubled));
    if (old !== undefined) chunk.set(old);
    // A record longer than a chunk leaves chunks in which none begins.
    while (this.#chunks.length < index) this.#chunks.push(EMPTY);
    this.#chunks[index] = chunk;
    this.#bytes += chunk.length - (old?.length ?? 0);
    return chunk;
  }
}

const EMPTY = new Uint8Array(0);
