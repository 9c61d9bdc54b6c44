import { assert } from "../errors.js";
import type { Metric } from "../model/namespace.js";
import { type ArenaPool, BATCH_SLOTS } from "./arena.js";
import { DiskVectors } from "./disk-vectors.js";
import type { PageCache } from "./page-cache.js";
import type { StoredVectors } from "./stored-vectors.js";
import type { Tasks } from "./tasks.js";
import { VectorTasks } from "./vector-tasks.js";
import type { PreparedQuery, Vectors } from "./vectors.js";
import { WasmVectors } from "./wasm-vectors.js";

/** The slots of one call that one side has, their places in the call, and their distances. */
const picked = new Uint32Array(BATCH_SLOTS);
const places = new Uint32Array(BATCH_SLOTS);
const computed = new Float32Array(BATCH_SLOTS);

/** The oldest vectors in files, the others in memory. */
export class TieredVectors implements Vectors {
  readonly dimension: number;
  readonly elsewhere: VectorTasks | undefined;
  readonly #stored: DiskVectors;
  readonly #memory: WasmVectors;

  constructor(
    pool: ArenaPool,
    pages: PageCache,
    options: { readonly dimension: number; readonly metric: Metric },
    tasks?: Tasks,
  ) {
    this.dimension = options.dimension;
    this.#stored = new DiskVectors(pages, options.dimension);
    this.#memory = new WasmVectors(pool, options);
    this.elsewhere = tasks && new VectorTasks(tasks, this.#memory);
  }

  get count(): number {
    return this.#memory.count;
  }

  get storedCount(): number {
    return this.#stored.count;
  }

  get bytes(): number {
    return this.#memory.bytes + this.#stored.bytes;
  }

  append(vectors: Float32Array): number {
    return this.#memory.append(vectors);
  }

  store(source: StoredVectors): void {
    assert(source.from === this.storedCount, `slots from ${source.from} are stored behind ${this.storedCount}`);
    assert(source.to <= this.count || this.#memory.bytes === 0, `slots to ${source.to} of ${this.count} are stored`);
    this.#stored.add(source);
    this.#memory.forget(source.to);
  }

  read(slot: number, into: Float32Array = new Float32Array(this.dimension)): Float32Array {
    return slot < this.storedCount ? this.#stored.read(slot, into) : this.#memory.read(slot, into);
  }

  *ranges(from: number, to: number): Iterable<Uint8Array> {
    const border = Math.min(Math.max(from, this.storedCount), to);
    if (from < border) yield* this.#stored.ranges(from, border);
    if (border < to) yield* this.#memory.ranges(border, to);
  }

  prepare(query: Float32Array): PreparedQuery {
    return this.#memory.prepare(query);
  }

  distances(query: PreparedQuery, from: number, to: number, out: Float32Array): void {
    const border = Math.min(Math.max(from, this.storedCount), to);
    if (from < border) this.#stored.distances(query, from, border, out);
    if (border === from) this.#memory.distances(query, from, to, out);
    else if (border < to) this.#memory.distances(query, border, to, out.subarray(border - from));
  }

  distancesOf(query: PreparedQuery, slots: Uint32Array, count: number, out: Float32Array): void {
    const border = this.storedCount;
    if (border === 0) {
      this.#memory.distancesOf(query, slots, count, out);
      return;
    }
    for (let from = 0; from < count; from += BATCH_SLOTS) {
      const to = Math.min(count, from + BATCH_SLOTS);
      const stored = pick(slots, from, to, 0, border);
      if (stored > 0) this.#stored.distancesOf(query, picked, stored, computed);
      scatter(stored, out);
      const held = pick(slots, from, to, border, Number.POSITIVE_INFINITY);
      if (held > 0) this.#memory.distancesOf(query, picked, held, computed);
      scatter(held, out);
    }
  }

  fetch(from: number, to: number): Promise<void> | undefined {
    const end = Math.min(to, this.storedCount);
    return from < end ? this.#stored.fetch(from, end) : undefined;
  }

  release(): void {
    this.#stored.release();
    this.#memory.release();
  }
}

/** Notes those of slots[from, to) that lie in [low, high), and their places; returns how many. */
function pick(slots: Uint32Array, from: number, to: number, low: number, high: number): number {
  let n = 0;
  for (let i = from; i < to; i++) {
    const slot = slots[i]!;
    if (slot < low || slot >= high) continue;
    picked[n] = slot;
    places[n++] = i;
  }
  return n;
}

function scatter(count: number, out: Float32Array): void {
  for (let k = 0; k < count; k++) out[places[k]!] = computed[k]!;
}
