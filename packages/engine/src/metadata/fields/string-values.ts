import type { BlockBits } from "../../core/block-bits.js";
import { InternTable } from "../../core/intern-table.js";
import { STEP, type Steps } from "../../core/steps.js";
import { grown } from "./growing.js";
import { isWantedNumber, type NumberQuery } from "./number-query.js";
import { NumberValues } from "./number-values.js";
import { RankedOffsets } from "./ranked-offsets.js";
import { orderOf, SortedStrings } from "./sorted-strings.js";
import { isWanted, type StringQuery } from "./string-query.js";
import { timeOfBytes } from "./time-bytes.js";

/** Above this many entries sorting would stall the event loop; they are scanned. */
const SORTED_MAX = 262_144;

const NO_BYTES = new Uint8Array(0);

/** While a block fills: its distinct strings by number, and entries of [offset, number]. */
interface OpenStrings {
  readonly table: InternTable;
  offsets: Uint16Array;
  numbers: Uint32Array;
  /** f64[distinct]: milliseconds since 1970, NaN for strings that are no times. Empty while there are no times. */
  times: Float64Array;
}

/** The strings of one field in one block, of which some may be times. */
export class StringValues {
  #open: OpenStrings | undefined;
  #count = 0;
  #hasTimes = false;
  #sorted: SortedStrings | undefined;
  #ranked: RankedOffsets | undefined;
  /** Times of the strings that are times, once sealed. */
  #times: NumberValues | undefined;
  #sealing: Steps<void> | undefined;

  /** @param seed  u32, key of the dictionary's hash */
  constructor(seed: number) {
    const none = { offsets: new Uint16Array(0), numbers: new Uint32Array(0), times: new Float64Array(0) };
    this.#open = { table: new InternTable(seed), ...none };
  }

  /** Bytes of memory held. */
  get bytes(): number {
    const open = this.#open;
    const lists = open && open.offsets.byteLength + open.numbers.byteLength + open.times.byteLength;
    const sealed = (this.#sorted?.bytes ?? 0) + (this.#ranked?.bytes ?? 0) + (this.#times?.bytes ?? 0);
    return (open === undefined ? 0 : lists! + open.table.bytes) + sealed;
  }

  /** True when `seal` has work to do. */
  get isSealable(): boolean {
    return this.#open !== undefined && this.#count > 0 && this.#count <= SORTED_MAX;
  }

  /** @param offset  at least the last one; the string is `bytes[from, to)`, UTF-8, copied when it is new */
  add(offset: number, bytes: Uint8Array, from: number, to: number): void {
    const open = this.#open!;
    const known = open.table.count;
    const number = open.table.intern(bytes, from, to);
    if (number === known) this.#noteTime(open, number, bytes, from, to);
    const at = this.#count++;
    open.offsets = grown(open.offsets, this.#count);
    open.numbers = grown(open.numbers, this.#count);
    open.offsets[at] = offset;
    open.numbers[at] = number;
  }

  /**
   * Does one step of sorting the strings, while `isSealable`; nothing may be added afterwards.
   *
   * Cost: 65,536 distinct strings take about 20 ms, in some hundred steps.
   */
  seal(): void {
    if (!this.isSealable) return;
    this.#sealing ??= this.#seal(this.#open!);
    if (this.#sealing.next().done === true) this.#sealing = undefined;
  }

  *#seal({ table, offsets, numbers, times }: OpenStrings): Steps<void> {
    const order = yield* orderOf(table.strings);
    const rankOf = new Uint32Array(order.length);
    for (let rank = 0; rank < order.length; rank++) rankOf[order[rank]!] = rank;
    yield;
    const ranks = new Uint32Array(this.#count);
    for (let i = 0; i < ranks.length; i++) ranks[i] = rankOf[numbers[i]!]!;
    yield;
    const sorted = yield* SortedStrings.copy(table.strings, order);
    const ranked = yield* RankedOffsets.sort(ranks, offsets, order.length);
    if (this.#hasTimes) this.#times = yield* sealedTimes(times, numbers, offsets, this.#count);
    this.#sorted = sorted;
    this.#ranked = ranked;
    this.#open = undefined;
  }

  /** Adds the offsets whose string is wanted. */
  addWanted(query: StringQuery, into: BlockBits): void {
    const open = this.#open;
    if (open === undefined) {
      this.#sorted!.forEachRun(query, (from, to) => this.#ranked!.addRanks(from, to, into));
    } else if (query.kind === "any" && query.list.length === 1) {
      this.#addNumber(open, open.table.find(query.list[0]!), into);
    } else {
      this.#addMarked(open, marksOf(open.table, query), into);
    }
  }

  /** Adds the offsets whose string is a wanted time, in milliseconds since 1970. */
  addTimes(query: NumberQuery, into: BlockBits): void {
    const open = this.#open;
    if (open === undefined) this.#times?.addWanted(query, into);
    else if (this.#hasTimes) this.#addMarked(open, marksOfTimes(open.times, query), into);
  }

  #noteTime(open: OpenStrings, number: number, bytes: Uint8Array, from: number, to: number): void {
    const ms = timeOfBytes(bytes, from, to);
    if (!this.#hasTimes && Number.isNaN(ms)) return;
    if (!this.#hasTimes) open.times = grown(open.times, number + 1).fill(Number.NaN);
    this.#hasTimes = true;
    open.times = grown(open.times, number + 1);
    open.times[number] = ms;
  }

  #addNumber({ offsets, numbers }: OpenStrings, number: number, into: BlockBits): void {
    if (number < 0) return;
    for (let i = 0; i < this.#count; i++) {
      if (numbers[i] === number) into[offsets[i]! >>> 5]! |= 1 << (offsets[i]! & 31);
    }
  }

  #addMarked({ offsets, numbers }: OpenStrings, marks: Uint8Array, into: BlockBits): void {
    for (let i = 0; i < this.#count; i++) {
      if (marks[numbers[i]!] !== 0) into[offsets[i]! >>> 5]! |= 1 << (offsets[i]! & 31);
    }
  }
}

/** u8[distinct]: 1 for each string that is wanted. */
function marksOf(table: InternTable, query: StringQuery): Uint8Array {
  const { strings } = table;
  const marks = new Uint8Array(strings.count);
  if (query.kind === "any") {
    for (const bytes of query.list) {
      const number = table.find(bytes);
      if (number >= 0) marks[number] = 1;
    }
    return marks;
  }
  for (let number = 0; number < marks.length; number++) {
    const start = strings.startOf(number);
    const offset = strings.offsetOf(start);
    const length = strings.endOf(number) - start;
    // Not `bytesOf`: making a view takes longer than comparing. The empty string may stand behind the last chunk.
    const bytes = length === 0 ? NO_BYTES : strings.chunkOf(start);
    if (isWanted(query, bytes, offset, offset + length)) marks[number] = 1;
  }
  return marks;
}

function marksOfTimes(times: Float64Array, query: NumberQuery): Uint8Array {
  const marks = new Uint8Array(times.length);
  for (let number = 0; number < marks.length; number++) if (isWantedNumber(query, times[number]!)) marks[number] = 1;
  return marks;
}

function* sealedTimes(
  times: Float64Array,
  numbers: Uint32Array,
  offsets: Uint16Array,
  count: number,
): Steps<NumberValues> {
  const values = new NumberValues();
  for (let i = 0; i < count; i++) {
    const ms = times[numbers[i]!]!;
    if (!Number.isNaN(ms)) values.add(offsets[i]!, ms);
    if (i % STEP === STEP - 1) yield;
  }
  for (; values.isSealable; values.seal()) yield;
  return values;
}
