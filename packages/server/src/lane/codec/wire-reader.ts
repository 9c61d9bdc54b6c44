/**
 * What the lane's decoder throws at anything but the plain form of a message, wrong or only rare: the bytes then go to Connect,
 * which decides. One object for all, since nobody reads its stack.
 */
export const UNUSUAL = new Error("not a plain message");

const VARINT_BITS_MAX = 49;
/** Longer texts are decoded by Node; below this a loop is faster. */
const LOOP_CHARS_MAX = 24;
/** What UTF-8 decoders put in place of bytes that are no text. */
const REPLACEMENT = "\ufffd";

/** Reads the parts of protobuf's wire format from `data`, up to `end`. It never reads past that, and accepts plain forms only. */
export class WireReader {
  readonly data: Buffer;
  readonly #view: DataView;
  at = 0;
  end: number;

  constructor(data: Buffer) {
    this.data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.length);
    this.end = data.length;
  }

  /** A varint below 2^49, 1 to 7 bytes. @throws UNUSUAL past it */
  varint(): number {
    const { data } = this;
    let value = 0;
    let scale = 1;
    for (let bits = 0; bits < VARINT_BITS_MAX; bits += 7) {
      if (this.at >= this.end) throw UNUSUAL;
      const byte = data[this.at++]!;
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    throw UNUSUAL;
  }

  /** @throws UNUSUAL past 2^32 - 1 */
  uint32(): number {
    const value = this.varint();
    if (value > 0xffff_ffff) throw UNUSUAL;
    return value;
  }

  /** @throws UNUSUAL on anything but 0 and 1 */
  bool(): boolean {
    const value = this.varint();
    if (value > 1) throw UNUSUAL;
    return value === 1;
  }

  double(): number {
    const at = this.#take(8);
    return this.#view.getFloat64(at, true);
  }

  float(): number {
    const at = this.#take(4);
    return this.#view.getFloat32(at, true);
  }

  /** Where the content of a field with a length ends; `at` is then where it begins. */
  limit(): number {
    const end = this.varint() + this.at;
    if (end > this.end) throw UNUSUAL;
    return end;
  }

  /** A window of the data, which is not the reader's to keep. */
  bytes(): Buffer {
    const end = this.limit();
    const window = this.data.subarray(this.at, end);
    this.at = end;
    return window;
  }

  /** @throws UNUSUAL on what is not UTF-8, or looks like its replacement */
  text(): string {
    const end = this.limit();
    const begin = this.at;
    this.at = end;
    if (end - begin > LOOP_CHARS_MAX) return this.#decode(begin, end);
    let text = "";
    for (let at = begin; at < end; at++) {
      const byte = this.data[at]!;
      if (byte > 0x7f) return this.#decode(begin, end);
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #decode(begin: number, end: number): string {
    const text = this.data.toString("utf8", begin, end);
    if (text.includes(REPLACEMENT)) throw UNUSUAL;
    return text;
  }

  #take(bytes: number): number {
    const { at } = this;
    if (at + bytes > this.end) throw UNUSUAL;
    this.at = at + bytes;
    return at;
  }
}
