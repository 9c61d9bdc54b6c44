import { LIMITS } from "../../limits.js";
import { NumberValues } from "./number-values.js";
import { OffsetSet } from "./offset-set.js";
import { StringValues } from "./string-values.js";

/** The scalars of one field in one block by kind: those of records, or of the elements of their arrays. */
export class ValueBlock {
  readonly nulls = new OffsetSet();
  readonly trues = new OffsetSet();
  readonly falses = new OffsetSet();
  /** Records whose values are not, or not all, in here: strings too long, arrays too long. */
  readonly odd = new OffsetSet();
  numbers: NumberValues | undefined;
  strings: StringValues | undefined;
  readonly #seed: number;

  /** @param seed  u32, key of hashes */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    const sets = this.nulls.bytes + this.trues.bytes + this.falses.bytes + this.odd.bytes;
    return sets + (this.numbers?.bytes ?? 0) + (this.strings?.bytes ?? 0);
  }

  addNumber(offset: number, value: number): void {
    this.numbers ??= new NumberValues();
    this.numbers.add(offset, value);
  }

  /** Adds the string `bytes[from, to)`, UTF-8. */
  addString(offset: number, bytes: Uint8Array, from: number, to: number): void {
    if (to - from > LIMITS.fieldStringBytesMax) {
      this.odd.add(offset);
      return;
    }
    this.strings ??= new StringValues(this.#seed);
    this.strings.add(offset, bytes, from, to);
  }

  /** Does a step of a millisecond or less of sorting; false when all is sorted. Nothing may be added once it was called. */
  seal(): boolean {
    const part = this.numbers?.isSealable === true ? this.numbers : this.strings;
    if (part?.isSealable !== true) return false;
    part.seal();
    return true;
  }

  /** Sorts what is there while more may come, where that is worth it; false when there was nothing to do. */
  sortOpen(): boolean {
    return this.numbers?.sortOpen() === true;
  }
}
