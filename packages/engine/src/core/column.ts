/** The arrays that columns are made of. */
export type ColumnArray = Float64Array | Uint32Array | Uint8Array;

const CHUNK_BITS = 16;
/** Elements of a full chunk: 512 KiB of doubles. Growing by chunks copies nothing and stalls nobody. */
const CHUNK_LENGTH = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_LENGTH - 1;
/** Elements a column begins with; small namespaces have to cost little. */
const FIRST_LENGTH = 64;

/**
 * A growable column of numbers by slot. What was never written reads as 0 and costs no memory.
 *
 * The first chunk doubles up to its full length, later ones are allocated whole.
 */
export class Column<A extends ColumnArray> {
  readonly #create: (length: number) => A;
  readonly #chunks: (A | undefined)[] = [];
  #bytes = 0;

  /** @param create  makes a zeroed array, for example `(n) => new Float64Array(n)` */
  constructor(create: (length: number) => A) {
    this.#create = create;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#bytes;
  }

  get(index: number): number {
    const chunk = this.#chunks[index >>> CHUNK_BITS];
    return chunk === undefined ? 0 : (chunk[index & CHUNK_MASK] ?? 0);
  }

  set(index: number, value: number): void {
    this.#chunk(index >>> CHUNK_BITS, (index & CHUNK_MASK) + 1)[index & CHUNK_MASK] = value;
  }

  /** Writes `base + values[i]` at `start + i`. */
  setAll(start: number, values: ColumnArray, base = 0): void {
    for (let done = 0; done < values.length; ) {
      const offset = (start + done) & CHUNK_MASK;
      const length = Math.min(values.length - done, CHUNK_LENGTH - offset);
      const chunk = this.#chunk((start + done) >>> CHUNK_BITS, offset + length);
      if (base === 0) chunk.set(values.subarray(done, done + length), offset);
      else for (let i = 0; i < length; i++) chunk[offset + i] = base + values[done + i]!;
      done += length;
    }
  }

  /** Copies [from, to) to a new array and subtracts `base` from each. */
  slice(from: number, to: number, base = 0): A {
    const out = this.#create(to - from);
    for (let at = from; at < to; ) {
      const offset = at & CHUNK_MASK;
      const length = Math.min(to - at, CHUNK_LENGTH - offset);
      const chunk = this.#chunks[at >>> CHUNK_BITS];
      if (chunk !== undefined) {
        out.set(chunk.subarray(offset, offset + length), at - from);
        if (base !== 0) for (let i = at - from; i < at - from + length; i++) out[i]! -= base;
      }
      at += length;
    }
    return out;
  }

  /** The chunk, made or grown so that `length` elements fit. */
  #chunk(index: number, length: number): A {
    const old = this.#chunks[index];
    if (old !== undefined && old.length >= length) return old;
    let capacity = index > 0 ? CHUNK_LENGTH : Math.max(FIRST_LENGTH, old?.length ?? 0);
    while (capacity < length) capacity *= 2;
    const chunk = this.#create(capacity);
    if (old !== undefined) chunk.set(old);
    // Filled from the front, so that no element is ever a hole.
    while (this.#chunks.length < index) this.#chunks.push(undefined);
    this.#chunks[index] = chunk;
    this.#bytes += chunk.byteLength - (old?.byteLength ?? 0);
    return chunk;
  }
}

/** A column of f64: sequences, and ends that may pass 4 GiB. */
export function createFloat64Column(): Column<Float64Array> {
  return new Column((length) => new Float64Array(length));
}

/** A column of u32. */
export function createUint32Column(): Column<Uint32Array> {
  return new Column((length) => new Uint32Array(length));
}

/** A column of u8. */
export function createUint8Column(): Column<Uint8Array> {
  return new Column((length) => new Uint8Array(length));
}
