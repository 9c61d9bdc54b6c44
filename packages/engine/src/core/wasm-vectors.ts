import { assert, VecstoreError } from "../errors.js";
import type { Metric } from "../model/namespace.js";
import { type Arena, type ArenaPool, BATCH_SLOTS, type Block } from "./arena.js";
import { METRIC_NUMBERS } from "./graph-layout.js";
import { createShortLivedFloats } from "./short-lived-floats.js";
import type { PreparedQuery } from "./vectors.js";

/** The first chunk is about this large, so that small segments are cheap; later ones double the whole. */
const CHUNK_BYTES_MIN = 16 * 1024;
const CHUNK_BYTES_MAX = 4 * 1024 * 1024;

/** A run of slots in one block: f32[slots * dimension], then f32[slots] inverse norms when the metric is cosine. */
interface Chunk {
  readonly block: Block;
  readonly firstSlot: number;
  readonly slots: number;
  readonly inverses: number;
}

/** Slots whose vectors lie in one arena. */
export interface HeldSlots {
  /** Of what was asked for, those from here on: slots, or places in the array of slots. */
  readonly from: number;
  readonly arena: Arena;
  /** False once any of them was forgotten: its place in the arena may hold something else by now. */
  isHeld(): boolean;
}

/** The newest vectors of a segment, in chunks of common arenas; older ones were forgotten. */
export class WasmVectors {
  readonly dimension: number;
  /** Behind the last slot. */
  count = 0;
  bytes = 0;
  /** As in the kernels. */
  readonly metric: number;
  private readonly stride: number;
  /** The slot that the first chunk begins with. */
  private firstSlot = 0;
  /** Chunk sizes in slots are 1, 1, 2, 4 .. 2^growth, 2^growth .. times 2^unitShift. */
  private readonly unitShift: number;
  private readonly growth: number;
  /** Undefined in front: forgotten. */
  private readonly chunks: (Chunk | undefined)[] = [];
  private forgotten = 0;
  /** The arenas of the chunks, each with how many of them it has. */
  private readonly arenas = new Map<Arena, number>();

  constructor(
    private readonly pool: ArenaPool,
    options: { readonly dimension: number; readonly metric: Metric },
  ) {
    this.dimension = options.dimension;
    this.metric = METRIC_NUMBERS[options.metric];
    this.stride = options.dimension * 4;
    this.unitShift = Math.max(0, Math.floor(Math.log2(CHUNK_BYTES_MIN / this.stride)));
    this.growth = Math.max(0, Math.floor(Math.log2(CHUNK_BYTES_MAX / (this.stride << this.unitShift))));
  }

  append(vectors: Float32Array): number {
    const n = vectors.length / this.dimension;
    assert(Number.isInteger(n), `${vectors.length} components are no multiple of ${this.dimension} dimensions`);
    const first = this.count;
    let done = 0;
    while (done < n) {
      const chunk = this.chunks[this.chunkOf(this.count)] ?? this.addChunk();
      const taken = Math.min(n - done, chunk.firstSlot + chunk.slots - this.count);
      this.write(chunk, vectors.subarray(done * this.dimension, (done + taken) * this.dimension), taken);
      done += taken;
      this.count += taken;
    }
    return first;
  }

  /** Gives back the chunks that hold only slots below `end`; those slots may not be asked for any more. */
  forget(end: number): void {
    while (this.forgotten < this.chunks.length) {
      const chunk = this.chunks[this.forgotten]!;
      if (Math.min(chunk.firstSlot + chunk.slots, this.count) > end) return;
      this.give(chunk);
      this.chunks[this.forgotten++] = undefined;
    }
    // Nothing is left: the next chunk begins small again, and where nothing was it begins behind `end`.
    this.chunks.length = 0;
    this.forgotten = 0;
    this.count = Math.max(this.count, end);
    this.firstSlot = this.count;
  }

  read(slot: number, into: Float32Array): Float32Array {
    assert(slot >= 0 && slot < this.count, `slot ${slot} of ${this.count}`);
    const chunk = this.chunks[this.chunkOf(slot)]!;
    const start = (chunk.block.address + (slot - chunk.firstSlot) * this.stride) / 4;
    into.set(chunk.block.arena.floats.subarray(start, start + this.dimension));
    return into;
  }

  *ranges(from: number, to: number): Generator<Uint8Array> {
    for (let slot = from; slot < to; ) {
      const chunk = this.chunks[this.chunkOf(slot)]!;
      const end = Math.min(to, chunk.firstSlot + chunk.slots);
      const start = chunk.block.address + (slot - chunk.firstSlot) * this.stride;
      yield chunk.block.arena.bytes.subarray(start, start + (end - slot) * this.stride);
      slot = end;
    }
  }

  prepare(query: Float32Array): PreparedQuery {
    assert(query.length === this.dimension, `a query of ${query.length} for ${this.dimension} dimensions`);
    const values = createShortLivedFloats(query.length);
    values.set(query);
    if (this.metric !== METRIC_NUMBERS.cosine) return { values };
    let squared = 0;
    for (let i = 0; i < values.length; i++) squared += values[i]! * values[i]!;
    const length = Math.sqrt(squared);
    if (length > 0) for (let i = 0; i < values.length; i++) values[i] = values[i]! / length;
    return { values };
  }

  distances(query: PreparedQuery, from: number, to: number, out: Float32Array): void {
    assert(to <= this.count, `slots to ${to} of ${this.count}`);
    for (let slot = from; slot < to; ) {
      const chunk = this.chunks[this.chunkOf(slot)]!;
      const n = Math.min(to - slot, chunk.firstSlot + chunk.slots - slot, BATCH_SLOTS);
      const { arena, address } = chunk.block;
      const offset = slot - chunk.firstSlot;
      arena.load(query.values);
      arena.exports.scan(
        this.metric,
        address + offset * this.stride,
        chunk.inverses + offset * 4,
        n,
        this.dimension,
        arena.queryAddress,
        arena.outAddress,
      );
      out.set(n === BATCH_SLOTS ? arena.out : arena.out.subarray(0, n), slot - from);
      slot += n;
    }
  }

  distancesOf(query: PreparedQuery, slots: Uint32Array, count: number, out: Float32Array): void {
    for (let from = 0; from < count; from += BATCH_SLOTS) {
      this.gather(query, slots, from, Math.min(count, from + BATCH_SLOTS), out);
    }
  }

  /**
   * Those at the end of the slots [from, to) that lie in one arena.
   *
   * @returns  runs: u32[3n], from the last slots to the first: address of a run, of its inverse norms, its vectors
   */
  lastRuns(from: number, to: number): HeldSlots & { readonly runs: Uint32Array } {
    const runs: number[] = [];
    const last = this.chunkOf(to - 1);
    const { arena } = this.chunks[last]!.block;
    let end = to;
    let index = last;
    for (; end > from && this.chunks[index]?.block.arena === arena; index--) {
      const { block, inverses, firstSlot } = this.chunks[index]!;
      const first = Math.max(from, firstSlot);
      const offset = first - firstSlot;
      runs.push(block.address + offset * this.stride, inverses + offset * 4, end - first);
      end = first;
    }
    return { ...this.held(index + 1, end), runs: Uint32Array.from(runs) };
  }

  /**
   * Those at the end of slots[from, to) that lie in one arena.
   *
   * @param slots  ascending
   * @returns      places: u32[2n], address of each vector and of its inverse norm, in an array of their own
   */
  lastPlaces(slots: Uint32Array, from: number, to: number): HeldSlots & { readonly places: Uint32Array } {
    const places = new Uint32Array(2 * (to - from));
    let at = to;
    let index = this.chunkOf(slots[to - 1]!);
    const { arena } = this.chunks[index]!.block;
    for (let i = index; i >= 0 && this.chunks[i]?.block.arena === arena; i--) {
      const { block, inverses, firstSlot } = this.chunks[i]!;
      for (; at > from && slots[at - 1]! >= firstSlot; at--) {
        const offset = slots[at - 1]! - firstSlot;
        places[(at - 1 - from) * 2] = block.address + offset * this.stride;
        places[(at - 1 - from) * 2 + 1] = inverses + offset * 4;
        index = i;
      }
      if (at === from) break;
    }
    return { ...this.held(index, at), places: places.slice((at - from) * 2) };
  }

  release(): void {
    for (const chunk of this.chunks) if (chunk !== undefined) this.give(chunk);
    this.chunks.length = 0;
    this.forgotten = 0;
    this.count = 0;
    this.firstSlot = 0;
  }

  /** Chunks are forgotten from the first on, so those behind one that is there are there too. */
  private held(index: number, from: number): HeldSlots {
    const chunk = this.chunks[index]!;
    return { from, arena: chunk.block.arena, isHeld: () => this.chunks[index] === chunk };
  }

  /** One call for each arena that holds any of slots[from, to), which are at most BATCH_SLOTS. */
  private gather(query: PreparedQuery, slots: Uint32Array, from: number, to: number, out: Float32Array): void {
    for (const arena of this.arenas.keys()) arena.batched = 0;
    this.placeBatch(slots, from, to);
    for (const arena of this.arenas.keys()) {
      if (arena.batched === 0) continue;
      arena.load(query.values);
      const { exports, placesAddress, queryAddress, outAddress, batched, targets } = arena;
      exports.gather(this.metric, placesAddress, batched, this.dimension, queryAddress, outAddress);
      for (let i = 0; i < batched; i++) out[targets[i]!] = arena.out[i]!;
    }
  }

  /** Enters slots[from, to) in the batches of their arenas; neighbors mostly lie in one chunk, which is looked up once. */
  private placeBatch(slots: Uint32Array, from: number, to: number): void {
    for (let i = from; i < to; ) {
      // Not assert(): its message would be built for every slot.
      if (slots[i]! >= this.count) throw new VecstoreError("INTERNAL", `slot ${slots[i]} of ${this.count}`);
      const { block, inverses, firstSlot, slots: length } = this.chunks[this.chunkOf(slots[i]!)]!;
      const { places, targets } = block.arena;
      const end = Math.min(firstSlot + length, this.count);
      let at = block.arena.batched;
      for (; i < to; i++, at++) {
        const slot = slots[i]!;
        if (slot < firstSlot || slot >= end) break;
        places[at * 2] = block.address + (slot - firstSlot) * this.stride;
        places[at * 2 + 1] = inverses + (slot - firstSlot) * 4;
        targets[at] = i;
      }
      block.arena.batched = at;
    }
  }

  private write(chunk: Chunk, vectors: Float32Array, n: number): void {
    const { arena, address } = chunk.block;
    const offset = this.count - chunk.firstSlot;
    const start = address + offset * this.stride;
    arena.floats.set(vectors, start / 4);
    if (this.metric !== METRIC_NUMBERS.cosine) return;
    arena.exports.inverseNorms(start, n, this.dimension, chunk.inverses + offset * 4);
  }

  private chunkOf(slot: number): number {
    const unit = (slot - this.firstSlot) >>> this.unitShift;
    if (unit < 2 ** this.growth) return 32 - Math.clz32(unit);
    return this.growth + (unit >>> this.growth);
  }

  private addChunk(): Chunk {
    const units = 2 ** Math.min(Math.max(this.chunks.length - 1, 0), this.growth);
    const slots = units << this.unitShift;
    const inverseBytes = this.metric === METRIC_NUMBERS.cosine ? slots * 4 : 0;
    const block = this.pool.take(Math.ceil((slots * this.stride + inverseBytes) / 16) * 16);
    const chunk = { block, firstSlot: this.count, slots, inverses: block.address + slots * this.stride };
    this.chunks.push(chunk);
    this.arenas.set(block.arena, (this.arenas.get(block.arena) ?? 0) + 1);
    this.bytes += block.bytes;
    return chunk;
  }

  private give({ block }: Chunk): void {
    const rest = this.arenas.get(block.arena)! - 1;
    if (rest > 0) this.arenas.set(block.arena, rest);
    else this.arenas.delete(block.arena);
    this.bytes -= block.bytes;
    this.pool.give(block);
  }
}
