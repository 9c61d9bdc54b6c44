import { BLOCK_WORDS, type BlockBits, createBlockBits } from "../../core/block-bits.js";
import { grown } from "./growing.js";

/** Above this many offsets the bits are smaller than the list. Source: Roaring bitmaps, arXiv:1402.6407. */
const LIST_MAX = 4_096;

/** A set of offsets that is filled in ascending order: a list while it is small, then bits. */
export class OffsetSet {
  #list: Uint16Array = new Uint16Array(0);
  #bits: BlockBits | undefined;
  #count = 0;
  #last = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#list.byteLength + (this.#bits?.byteLength ?? 0);
  }

  /** @param offset  greater than all before it, or equal to the last one, which changes nothing */
  add(offset: number): void {
    if (this.#count > 0 && this.#last === offset) return;
    this.#last = offset;
    this.#count++;
    if (this.#bits !== undefined) {
      this.#bits[offset >>> 5]! |= 1 << (offset & 31);
    } else if (this.#count > LIST_MAX) {
      this.#bits = createBlockBits();
      this.#addListTo(this.#bits);
      this.#bits[offset >>> 5]! |= 1 << (offset & 31);
      this.#list = new Uint16Array(0);
    } else {
      this.#list = grown(this.#list, this.#count);
      this.#list[this.#count - 1] = offset;
    }
  }

  /** Adds the offsets of this set to `into`. */
  addTo(into: BlockBits): void {
    const bits = this.#bits;
    if (bits === undefined) this.#addListTo(into);
    else for (let i = 0; i < BLOCK_WORDS; i++) into[i]! |= bits[i]!;
  }

  /** Calls `visit` for each offset, ascending. */
  forEach(visit: (offset: number) => void): void {
    const bits = this.#bits;
    if (bits === undefined) {
      for (let i = 0; i < this.#count; i++) visit(this.#list[i]!);
      return;
    }
    for (let i = 0; i < BLOCK_WORDS; i++) {
      for (let word = bits[i]!; word !== 0; word &= word - 1) visit((i << 5) + 31 - Math.clz32(word & -word));
    }
  }

  #addListTo(into: BlockBits): void {
    const list = this.#list;
    const count = Math.min(this.#count, list.length);
    for (let i = 0; i < count; i++) into[list[i]! >>> 5]! |= 1 << (list[i]! & 31);
  }
}
