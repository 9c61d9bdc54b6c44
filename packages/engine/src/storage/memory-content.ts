const CAPACITY_FIRST = 256;

/** The bytes of one file in memory: a buffer that doubles, so that appending is linear. */
export class MemoryContent {
  #bytes = new Uint8Array(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  /** Returns the bytes read, fewer than asked at the end. */
  read(into: Uint8Array, position: number): number {
    const bytes = Math.max(0, Math.min(into.length, this.#size - position));
    into.set(this.#bytes.subarray(position, position + bytes));
    return bytes;
  }

  /** A gap between the old end and `position` reads as zeros. */
  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (bytes.length === 0) return;
    this.#reserve(end);
    this.#bytes.set(bytes, position);
    this.#size = Math.max(this.#size, end);
  }

  /** Cuts, or extends with zeros. */
  truncate(length: number): void {
    this.#reserve(length);
    if (length < this.#size) this.#bytes.fill(0, length, this.#size);
    this.#size = length;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(bytes, this.#bytes.length * 2, CAPACITY_FIRST));
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
  }
}
