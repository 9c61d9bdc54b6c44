import type { BlockBits } from "../../core/block-bits.js";
import { orderOfDoubles } from "../../core/sort-doubles.js";
import { grown } from "./growing.js";
import { isWantedNumber, lowerBound, type NumberQuery, upperBound } from "./number-query.js";
import { RankedOffsets } from "./ranked-offsets.js";

/** Above this many entries sorting would stall the event loop; they are scanned. */
const SORTED_MAX = 262_144;

/** The numbers of one field in one block: as they came while the block fills, in order once it is sealed. */
export class NumberValues {
  #offsets: Uint16Array = new Uint16Array(0);
  #values: Float64Array = new Float64Array(0);
  #count = 0;
  #ranked: RankedOffsets | undefined;

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#offsets.byteLength + this.#values.byteLength + (this.#ranked?.bytes ?? 0);
  }

  /** True when `seal` has work to do. */
  get isSealable(): boolean {
    return this.#ranked === undefined && this.#count > 0 && this.#count <= SORTED_MAX;
  }

  /**
   * @param offset  at least the last one
   * @param value   finite, not -0
   */
  add(offset: number, value: number): void {
    const at = this.#count++;
    this.#offsets = grown(this.#offsets, this.#count);
    this.#values = grown(this.#values, this.#count);
    this.#offsets[at] = offset;
    this.#values[at] = value;
  }

  /**
   * Sorts the values; nothing may be added afterwards.
   *
   * Cost: 65,536 entries take about 3 ms.
   */
  seal(): void {
    if (!this.isSealable) return;
    const values = this.#values.slice(0, this.#count);
    const order = orderOfDoubles(values);
    const ranks = new Uint32Array(this.#count);
    let count = 0;
    for (let i = 0; i < order.length; i++) {
      const value = values[order[i]!]!;
      // In place: the distinct values are no more than those looked at.
      if (count === 0 || value !== this.#values[count - 1]) this.#values[count++] = value;
      ranks[order[i]!] = count - 1;
    }
    this.#values = this.#values.slice(0, count);
    this.#ranked = new RankedOffsets(ranks, this.#offsets, count);
    this.#offsets = new Uint16Array(0);
  }

  /** Adds the offsets whose value is wanted. */
  addWanted(query: NumberQuery, into: BlockBits): void {
    if (this.#ranked !== undefined) this.#addRanks(this.#ranked, query, into);
    else if (query.kind === "range") this.#addRange(query.low, query.high, into);
    else this.#addAny(query, into);
  }

  #addRanks(ranked: RankedOffsets, query: NumberQuery, into: BlockBits): void {
    if (query.kind === "range") {
      ranked.addRanks(lowerBound(this.#values, query.low), upperBound(this.#values, query.high), into);
      return;
    }
    for (const value of query.list) {
      const rank = lowerBound(this.#values, value);
      if (this.#values[rank] === value) ranked.addRanks(rank, rank + 1, into);
    }
  }

  #addRange(low: number, high: number, into: BlockBits): void {
    const values = this.#values;
    const offsets = this.#offsets;
    for (let i = 0; i < this.#count; i++) {
      const value = values[i]!;
      if (value >= low && value <= high) into[offsets[i]! >>> 5]! |= 1 << (offsets[i]! & 31);
    }
  }

  #addAny(query: NumberQuery, into: BlockBits): void {
    const values = this.#values;
    const offsets = this.#offsets;
    for (let i = 0; i < this.#count; i++) {
      if (isWantedNumber(query, values[i]!)) into[offsets[i]! >>> 5]! |= 1 << (offsets[i]! & 31);
    }
  }
}
