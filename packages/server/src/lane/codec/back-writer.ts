const LOOP_CHARS_MAX = 24;
const UINT32_END = 2 ** 32;
const NUMBER_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Writes protobuf's wire format from the end to the beginning, so that the length of what is inside is known when it is needed,
 * and nothing is measured before or moved after.
 */
export class BackWriter {
  #data: Buffer;
  #view: DataView;
  /** Where the last written part begins. */
  #at: number;

  /** @param bytes  room at the beginning, 1 or more; it grows when it is not enough */
  constructor(bytes: number) {
    this.#data = Buffer.allocUnsafe(bytes);
    this.#view = viewOf(this.#data);
    this.#at = bytes;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#data.length - this.#at;
  }

  /** What was written; the writer is not used any more. */
  finish(): Buffer {
    return this.#data.subarray(this.#at);
  }

  /** An integer of 0..2^53 - 1. */
  varint(value: number): void {
    if (value < 0x80) {
      if (this.#at < 1) this.#grow(1);
      this.#data[--this.#at] = value;
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

  /** An integer of 64 bits; a negative one as its two's complement. */
  bigVarint(value: bigint): void {
    if (value >= 0n && value <= NUMBER_MAX) {
      this.varint(Number(value));
      return;
    }
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    const at = this.#back(bytes.length);
    this.#data.set(bytes, at);
  }

  double(value: number): void {
    const at = this.#back(8);
    this.#view.setFloat64(at, value, true);
  }

  /** f32[n], little-endian. */
  floats(values: readonly number[]): void {
    let at = this.#back(values.length * 4);
    for (const value of values) {
      this.#view.setFloat32(at, value, true);
      at += 4;
    }
  }

  bytes(value: Uint8Array): void {
    const at = this.#back(value.length);
    this.#data.set(value, at);
  }

  /** UTF-8, with its length before it. */
  text(value: string): void {
    const start = this.length;
    if (value.length > LOOP_CHARS_MAX || !this.#ascii(value)) {
      const bytes = Buffer.byteLength(value);
      const at = this.#back(bytes);
      this.#data.write(value, at, bytes, "utf8");
    }
    this.varint(this.length - start);
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
    const grown = Buffer.allocUnsafe(Math.max(this.#data.length * 2, length + bytes));
    this.#data.copy(grown, grown.length - length, this.#at);
    this.#data = grown;
    this.#view = viewOf(grown);
    this.#at = grown.length - length;
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
