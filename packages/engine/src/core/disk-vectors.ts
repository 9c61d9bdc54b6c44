import { VecstoreError } from "../errors.js";
import { BATCH_SLOTS, type Block } from "./arena.js";
import { METRIC_NUMBERS } from "./graph-layout.js";
import { PAGE_BYTES, type PageCache } from "./page-cache.js";
import type { StoredVectors, Stretch } from "./stored-vectors.js";
import type { PreparedQuery } from "./vectors.js";

/** Slots of one call in the order of the disk, as slot * BATCH_SLOTS + place: sorted without a comparison function. */
const order = new Float64Array(BATCH_SLOTS);

/** The oldest vectors of a segment, in files. Distances are computed by the kernels that compute them in memory. */
export class DiskVectors {
  readonly #pages: PageCache;
  readonly #dimension: number;
  /** Adjoining, from slot 0 on. */
  readonly #sources: StoredVectors[] = [];
  /** The source that was looked for last. */
  #recent: StoredVectors | undefined;
  /** One run, for reads of single vectors. */
  #run = new Uint8Array(0);

  constructor(pages: PageCache, dimension: number) {
    this.#pages = pages;
    this.#dimension = dimension;
  }

  get count(): number {
    return this.#sources.at(-1)?.to ?? 0;
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#sources.reduce((sum, source) => sum + source.bytes, 0);
  }

  /** Takes the next source over, and closes it at the end. */
  add(source: StoredVectors): void {
    this.#sources.push(source);
  }

  read(slot: number, into: Float32Array): Float32Array {
    const stride = 4 * this.#dimension;
    const target = new Uint8Array(into.buffer, into.byteOffset, stride);
    const source = this.#sourceOf(slot);
    const page = this.#pages.find(source, slot);
    if (page !== undefined) {
      const start = page.block.address + (slot - page.from) * stride;
      target.set(page.block.arena.bytes.subarray(start, start + stride));
      return into;
    }
    const run = runOf(source, slot);
    if (this.#run.length === 0) this.#run = new Uint8Array(source.runSlots * stride);
    source.readSync(run, this.#run);
    const start = (slot - run.from) * stride;
    target.set(this.#run.subarray(start, start + stride));
    return into;
  }

  /** Each view is valid until the next one is asked for, or anything else is read. */
  *ranges(from: number, to: number): Generator<Uint8Array> {
    const stride = 4 * this.#dimension;
    for (let slot = from; slot < to; ) {
      const page = this.#pages.load(this.#sourceOf(slot), slot);
      const end = Math.min(to, page.to);
      const start = page.block.address + (slot - page.from) * stride;
      const { bytes } = page.block.arena;
      yield bytes.subarray(start, start + (end - slot) * stride);
      slot = end;
    }
  }

  distances(query: PreparedQuery, from: number, to: number, out: Float32Array): void {
    const stride = 4 * this.#dimension;
    for (let slot = from; slot < to; ) {
      const source = this.#sourceOf(slot);
      const page = this.#pages.load(source, slot);
      const { arena, address } = page.block;
      const n = Math.min(to, page.to) - slot;
      const offset = slot - page.from;
      arena.load(query.values);
      arena.exports.scan(
        METRIC_NUMBERS[source.metric],
        address + offset * stride,
        address + PAGE_BYTES + offset * 4,
        n,
        this.#dimension,
        arena.queryAddress,
        arena.outAddress,
      );
      out.set(arena.out.subarray(0, n), slot - from);
      slot += n;
    }
  }

  /**
   * Writes to `out[i]` the distance of `slots[i]`, for i < count.
   *
   * @param count  at most BATCH_SLOTS
   * Cost: a read for each run of the file that holds a slot, in the order of the disk.
   */
  distancesOf(query: PreparedQuery, slots: Uint32Array, count: number, out: Float32Array): void {
    for (let i = 0; i < count; i++) order[i] = slots[i]! * BATCH_SLOTS + i;
    order.subarray(0, count).sort();
    const block = this.#pages.scratch();
    for (let done = 0; done < count; ) done = this.#gather(query, block, done, count, out);
  }

  /** Reads ahead; undefined when there is nothing to wait for. */
  fetch(from: number, to: number): Promise<void> | undefined {
    const waits: Promise<void>[] = [];
    for (let slot = from; slot < to; ) {
      const source = this.#sourceOf(slot);
      const reading = this.#pages.fetch(source, slot);
      if (reading !== undefined) waits.push(reading);
      slot = this.#pages.pageEnd(source, slot);
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  release(): void {
    for (const source of this.#sources) {
      this.#pages.forget(source);
      // Nothing is lost by a descriptor that does not close.
      source.close().catch(() => {});
    }
    this.#sources.length = 0;
    this.#recent = undefined;
  }

  /** Reads runs from place `done` of the order on, as many as the block has room for; returns how far it came. */
  #gather(query: PreparedQuery, block: Block, done: number, count: number, out: Float32Array): number {
    const { arena, address } = block;
    const stride = 4 * this.#dimension;
    let end = address;
    let run: Stretch = { from: 0, to: 0 };
    let runAddress = address;
    let at = done;
    for (; at < count; at++) {
      const packed = order[at]!;
      const slot = Math.floor(packed / BATCH_SLOTS);
      if (slot < run.from || slot >= run.to) {
        const source = this.#sourceOf(slot);
        run = runOf(source, slot);
        const bytes = (run.to - run.from) * stride;
        if (end + bytes > address + PAGE_BYTES) break;
        source.readSync(run, arena.bytes.subarray(end, end + bytes));
        runAddress = end;
        end += bytes;
      }
      const i = at - done;
      arena.places[i * 2] = runAddress + (slot - run.from) * stride;
      arena.places[i * 2 + 1] = address + PAGE_BYTES + i * 4;
      arena.targets[i] = packed - slot * BATCH_SLOTS;
    }
    this.#computeGathered(query, block, at - done, out);
    return at;
  }

  #computeGathered(query: PreparedQuery, { arena }: Block, n: number, out: Float32Array): void {
    const { exports, places, targets, placesAddress, queryAddress, outAddress } = arena;
    const metric = METRIC_NUMBERS[this.#sources[0]!.metric];
    if (metric === METRIC_NUMBERS.cosine) {
      for (let i = 0; i < n; i++) exports.inverseNorms(places[i * 2]!, 1, this.#dimension, places[i * 2 + 1]!);
    }
    arena.load(query.values);
    exports.gather(metric, placesAddress, n, this.#dimension, queryAddress, outAddress);
    for (let i = 0; i < n; i++) out[targets[i]!] = arena.out[i]!;
  }

  #sourceOf(slot: number): StoredVectors {
    const recent = this.#recent;
    if (recent !== undefined && slot >= recent.from && slot < recent.to) return recent;
    const sources = this.#sources;
    // Not assert(): its message would be built for every slot.
    if (slot >= this.count) throw new VecstoreError("INTERNAL", `slot ${slot} of ${this.count} in files`);
    let low = 0;
    let high = sources.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (sources[middle]!.from <= slot) low = middle;
      else high = middle - 1;
    }
    this.#recent = sources[low]!;
    return sources[low]!;
  }
}

function runOf(source: StoredVectors, slot: number): Stretch {
  return { from: source.runStart(slot), to: source.runEnd(slot) };
}
