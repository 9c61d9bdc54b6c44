import { sortByBytesInSteps } from "../core/radix-sort.js";
import { encodeUtf8 } from "../metadata/utf8.js";
import type { IdTable } from "./id-table.js";

/** Slots merged between two steps. */
const MERGED_PER_STEP = 1_024;

/** Slots by id bytes, kept while slots are appended. Arrays it has given out are never written to again. */
export class IdOrder {
  readonly #ids: IdTable;
  #sorted: Uint32Array = new Uint32Array(0);

  constructor(ids: IdTable) {
    this.#ids = ids;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#sorted.byteLength;
  }

  /**
   * u32[count]: the slots of [0, count) by id bytes, then by slot.
   *
   * Cost: of n old and k new slots, sorting k, about k log n comparisons, and a copy of n.
   */
  upTo(count: number): Uint32Array {
    for (const _ of this.prepare(count));
    return this.#sorted;
  }

  /** Does the work of `upTo(count)`, a millisecond or less between two steps. */
  *prepare(count: number): Generator<undefined, void> {
    const known = this.#sorted;
    if (known.length >= count) return;
    const fresh = new Uint32Array(count - known.length);
    for (let i = 0; i < fresh.length; i++) fresh[i] = known.length + i;
    yield* sortByBytesInSteps(fresh, this.#ids.column);
    const sorted = known.length === 0 ? fresh : yield* this.#merge(known, fresh);
    // Another may have sorted more meanwhile.
    if (this.#sorted.length < count) this.#sorted = sorted;
  }

  /** Index in `upTo(count)` of the first id that is not before `id`. */
  lowerBound(count: number, id: string): number {
    const sorted = this.upTo(count);
    const bytes = encodeUtf8(id);
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ids.compareTo(sorted[middle]!, bytes) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Every new slot is above every old one, so among equal ids the old ones come first. */
  *#merge(old: Uint32Array, fresh: Uint32Array): Generator<undefined, Uint32Array> {
    const merged = new Uint32Array(old.length + fresh.length);
    let taken = 0;
    for (let k = 0; k < fresh.length; k++) {
      const place = this.#upperBound(old, taken, fresh[k]!);
      merged.set(old.subarray(taken, place), taken + k);
      merged[place + k] = fresh[k]!;
      taken = place;
      if (k % MERGED_PER_STEP === MERGED_PER_STEP - 1) yield;
    }
    merged.set(old.subarray(taken), taken + fresh.length);
    return merged;
  }

  #upperBound(sorted: Uint32Array, from: number, slot: number): number {
    let low = from;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ids.compare(sorted[middle]!, this.#ids, slot) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
