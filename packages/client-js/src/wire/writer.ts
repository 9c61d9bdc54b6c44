const LOOP_CHARS_MAX = 32;
const UINT32_END = 2 ** 32;
const utf8 = new TextEncoder();

/**
 * Writes protobuf's wire format from the end to the beginning, so that the length of what is inside is known when it is needed, and
 * nothing is measured before or moved after.
 */
export class Writer {
  #data: Uint8Array<ArrayBuffer>;
  #view: DataView;
  /** Where the last written part begins. */
  #at: number;

  /** @param bytes  room at the beginning, 1 or more; it grows when it is not enough */
  constructor(bytes: number) {
    this.#data = new Uint8Array(bytes);
    this.#view = new DataView(this.#data.buffer);
    this.#at = bytes;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#data.length - this.#at;
  }

  /** Forgets what was written, which is overwritten by what is written next. */
  clear(): void {
    this.#at = this.#data.length;
  }

  /** What was written, as a window of the writer's data: it holds until `clear`. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#data.subarray(this.#at);
  }

  /** An integer of 0..2^53 - 1. */
  varint(value: number): void {
    if (value < 0x80) {
      const at = this.#back(1);
      this.#data[at] = value;
      return;
    }
    let bytes = 2;
    for (let rest = Math.floor(value / 0x4000); rest > 0; rest = Math.floor(rest / 0x80)) bytes++;
    let at = this.#back(bytes);
    let rest = value;
    // Shifts work on 32 bits.
    for (; rest >= UINT32_END; rest = Math.floor(rest / 0x80)) this.#data[at++] = (rest % 0x80) | 0x80;
    for (; rest >= 0x80; rest >>>= 7) this.#data[at++] = (rest & 0x7f) | 0x80;
    this.#data[at] = rest;
  }

  /** An integer of -2^53 + 1..-1: ten bytes, as its two's complement of 64 bits. */
  negativeVarint(value: number): void {
    const at = this.#back(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (let byte = 0; byte < 9; byte++, rest >>= 7n) this.#data[at + byte] = Number(rest & 0x7fn) | 0x80;
    this.#data[at + 9] = Number(rest);
  }

  double(value: number): void {
    const at = this.#back(8);
    this.#view.setFloat64(at, value, true);
  }

  float(value: number): void {
    const at = this.#back(4);
    this.#view.setFloat32(at, value, true);
  }

  fixed32(value: number): void {
    const at = this.#back(4);
    this.#view.setUint32(at, value, true);
  }

  /** f32[n], little-endian. */
  floats(values: ArrayLike<number>): void {
    const at = this.#back(values.length * 4);
    for (let i = 0; i < values.length; i++) this.#view.setFloat32(at + i * 4, values[i]!, true);
  }

  bytes(value: Uint8Array): void {
    const at = this.#back(value.length);
    this.#data.set(value, at);
  }

  /** UTF-8, without its length. */
  text(value: string): void {
    if (value.length > LOOP_CHARS_MAX || !this.#ascii(value)) this.bytes(utf8.encode(value));
  }

  /** The head of a frame that holds what was written so far. */
  frameHead(): void {
    const { length } = this;
    const at = this.#back(5);
    this.#data[at] = 0;
    this.#view.setUint32(at + 1, length);
  }

  /** Writes a short text of ASCII; false, and nothing written, when it is another. */
  #ascii(value: string): boolean {
    const at = this.#back(value.length);
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.#at += value.length;
        return false;
      }
      this.#data[at + i] = code;
    }
    return true;
  }

  /** Goes back by some bytes; all of them are written next. It may replace the data, so it is called before these are looked at. */
  #back(bytes: number): number {
    if (this.#at < bytes) this.#grow(bytes);
    this.#at -= bytes;
    return this.#at;
  }

  #grow(bytes: number): void {
    const { length } = this;
    const grown = new Uint8Array(Math.max(this.#data.length * 2, length + bytes));
    grown.set(this.#data.subarray(this.#at), grown.length - length);
    this.#data = grown;
    this.#view = new DataView(grown.buffer);
    this.#at = grown.length - length;
  }
}
