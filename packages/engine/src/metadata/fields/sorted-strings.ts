import type { ByteColumn } from "../../core/byte-column.js";
import { sortByBytesInSteps } from "../../core/radix-sort.js";
import type { Steps } from "../../core/steps.js";
import { compareBytes, indexOfBytes, type StringQuery, startsWith } from "./string-query.js";

/** A string costs more than an entry: a view of its bytes is made. */
const COPIED_PER_STEP = 1_024;

/** Distinct strings in ascending order, end to end in one array. The rank of a string is its place. */
export class SortedStrings {
  readonly #bytes: Uint8Array;
  /** u32[count]: ends of the strings in `#bytes`. */
  readonly #ends: Uint32Array;

  private constructor(bytes: Uint8Array, ends: Uint32Array) {
    this.#bytes = bytes;
    this.#ends = ends;
  }

  /**
   * Copies strings in their order, in steps.
   *
   * @param strings  distinct
   * @param order    u32[count]: the strings' numbers by ascending bytes, as `orderOf` gives them
   */
  static *copy(strings: ByteColumn, order: Uint32Array): Steps<SortedStrings> {
    const all = new Uint8Array(strings.total);
    const ends = new Uint32Array(order.length);
    let end = 0;
    for (let rank = 0; rank < order.length; rank++) {
      const bytes = strings.bytesOf(order[rank]!);
      all.set(bytes, end);
      end += bytes.length;
      ends[rank] = end;
      if (rank % COPIED_PER_STEP === COPIED_PER_STEP - 1) yield;
    }
    return new SortedStrings(all, ends);
  }

  get count(): number {
    return this.#ends.length;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#bytes.byteLength + this.#ends.byteLength;
  }

  /** Calls `found(from, to)` with runs of ranks whose strings are wanted. */
  forEachRun(query: StringQuery, found: (from: number, to: number) => void): void {
    switch (query.kind) {
      case "any":
        for (const bytes of query.list) found(this.#lowerBound(bytes), this.#upperBound(bytes));
        break;
      case "prefix":
        found(this.#lowerBound(query.bytes), this.#prefixEnd(query.bytes));
        break;
      case "range": {
        const { low, high } = query;
        const from = low === undefined ? 0 : low.inclusive ? this.#lowerBound(low.bytes) : this.#upperBound(low.bytes);
        found(
          from,
          high === undefined
            ? this.count
            : high.inclusive
              ? this.#upperBound(high.bytes)
              : this.#lowerBound(high.bytes),
        );
        break;
      }
      case "substring":
        this.#forEachContaining(query.bytes, found);
    }
  }

  /** All strings are searched as one text; what stands across the border of two does not count. */
  #forEachContaining(needle: Uint8Array, found: (from: number, to: number) => void): void {
    if (needle.length === 0) {
      found(0, this.count);
      return;
    }
    const bytes = this.#bytes;
    for (let at = 0; ; ) {
      at = indexOfBytes(bytes, needle, at, bytes.length);
      if (at < 0) return;
      const rank = this.#rankAt(at);
      if (at + needle.length <= this.#ends[rank]!) {
        found(rank, rank + 1);
        at = this.#ends[rank]!;
      } else {
        at++;
      }
    }
  }

  /** The string that the byte at `at` belongs to. */
  #rankAt(at: number): number {
    return this.#firstRank((rank) => this.#ends[rank]! > at);
  }

  #lowerBound(value: Uint8Array): number {
    return this.#firstRank((rank) => this.#compare(rank, value) >= 0);
  }

  #upperBound(value: Uint8Array): number {
    return this.#firstRank((rank) => this.#compare(rank, value) > 0);
  }

  /** Behind the last string that begins with `prefix`: such strings are neighbors. */
  #prefixEnd(prefix: Uint8Array): number {
    return this.#firstRank(
      (rank) =>
        this.#compare(rank, prefix) > 0 && !startsWith(this.#bytes, this.#startOf(rank), this.#ends[rank]!, prefix),
    );
  }

  #compare(rank: number, value: Uint8Array): number {
    return compareBytes(this.#bytes, this.#startOf(rank), this.#ends[rank]!, value);
  }

  #startOf(rank: number): number {
    return rank === 0 ? 0 : this.#ends[rank - 1]!;
  }

  /** The first rank for which `isBehind` holds, which has to stay true once it is; count when there is none. */
  #firstRank(isBehind: (rank: number) => boolean): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBehind(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Finds the order of strings in steps: u32[count], their numbers by ascending bytes. */
export function* orderOf(strings: ByteColumn): Steps<Uint32Array> {
  const order = new Uint32Array(strings.count);
  for (let i = 0; i < order.length; i++) order[i] = i;
  yield* sortByBytesInSteps(order, strings);
  return order;
}
