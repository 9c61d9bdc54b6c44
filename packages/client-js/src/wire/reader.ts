/** Bytes that are no message of the type that they should be. */
export class DecodeError extends Error {}

/** Longer texts are decoded by the platform; below this a loop is faster. */
const LOOP_CHARS_MAX = 24;
const VARINT_BYTES_MAX = 10;
const EXACT_END = 2 ** 53;
const utf8 = new TextDecoder();

/** Reads the parts of protobuf's wire format from `data`, up to `end`, and never past it. */
export class Reader {
  readonly data: Uint8Array;
  readonly #view: DataView;
  at = 0;
  end: number;

  constructor(data: Uint8Array) {
    this.data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.length);
    this.end = data.length;
  }

  /** A varint of 0..2^64 - 1; above 2^53 it is not exact. */
  varint(): number {
    const { data, end } = this;
    let value = 0;
    let scale = 1;
    for (let count = 0; count < VARINT_BYTES_MAX && this.at < end; count++) {
      const byte = data[this.at++]!;
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    }
    throw new DecodeError("a number has no end");
  }

  /** @throws DecodeError above 2^53 - 1, which no counter of a server reaches */
  uint64(): number {
    const value = this.varint();
    if (value < EXACT_END) return value;
    throw new DecodeError(`a number is about ${value}, which JavaScript cannot hold exactly`);
  }

  /** An integer of 64 bits with a sign. */
  int64(): number {
    const start = this.at;
    const value = this.varint();
    if (value < EXACT_END) return value;
    let exact = 0n;
    for (let at = this.at - 1; at >= start; at--) exact = (exact << 7n) | BigInt(this.data[at]! & 0x7f);
    const signed = Number(BigInt.asIntN(64, exact));
    if (Number.isSafeInteger(signed)) return signed;
    throw new DecodeError(`a number is about ${signed}, which JavaScript cannot hold exactly`);
  }

  double(): number {
    return this.#view.getFloat64(this.take(8), true);
  }

  float(): number {
    return this.#view.getFloat32(this.take(4), true);
  }

  fixed32(): number {
    return this.#view.getUint32(this.take(4), true);
  }

  /** Where the content of a field with a length ends; `at` is then where it begins. */
  limit(): number {
    const limit = this.varint() + this.at;
    if (limit <= this.end) return limit;
    throw new DecodeError("a field ends behind its message");
  }

  /** A window of the data. */
  bytes(): Uint8Array {
    const limit = this.limit();
    const window = this.data.subarray(this.at, limit);
    this.at = limit;
    return window;
  }

  text(): string {
    const limit = this.limit();
    const begin = this.at;
    this.at = limit;
    if (limit - begin > LOOP_CHARS_MAX) return utf8.decode(this.data.subarray(begin, limit));
    let text = "";
    for (let at = begin; at < limit; at++) {
      const byte = this.data[at]!;
      if (byte > 0x7f) return utf8.decode(this.data.subarray(begin, limit));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** Passes a field that nobody knows. @param tag  which was read already */
  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        this.varint();
        return;
      case 1:
        this.take(8);
        return;
      case 2:
        this.at = this.limit();
        return;
      case 5:
        this.take(4);
        return;
      default:
        throw new DecodeError(`a field has the wire type ${tag & 7}`);
    }
  }

  /** Passes some bytes and returns where they begin. */
  take(bytes: number): number {
    const { at } = this;
    if (at + bytes > this.end) throw new DecodeError("a field ends behind its message");
    this.at = at + bytes;
    return at;
  }
}
