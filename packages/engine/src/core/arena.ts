import { assert } from "../errors.js";
import { BATCH_SLOTS, LANES_END, laneOf } from "./arena-lanes.js";
import type { CoreExports } from "./bind.js";
import type { CoreModule } from "./module.js";
import type { Tasks } from "./tasks.js";

/** Address space of one arena. A process can have about 13,000 memories, so small sets of vectors share them. */
const ARENA_BYTES = 64 * 1024 * 1024;

export { BATCH_SLOTS } from "./arena-lanes.js";

const OWN_LANE = laneOf(0);

/** Largest block that an arena can give. */
export const BLOCK_BYTES_MAX = ARENA_BYTES - LANES_END;

interface Range {
  address: number;
  bytes: number;
}

/** One WASM memory that gives out blocks, first fit, and the buffers of the calls that run over it. */
export class Arena {
  readonly bytes: Uint8Array;
  readonly floats: Float32Array;
  readonly exports: CoreExports;
  readonly queryAddress = OWN_LANE.query;
  readonly placesAddress = OWN_LANE.places;
  readonly outAddress = OWN_LANE.out;
  readonly memory: WebAssembly.Memory;
  /** u32[2 * BATCH_SLOTS]: address of a vector, address of its inverse norm */
  readonly places: Uint32Array;
  /** f32[BATCH_SLOTS] */
  readonly out: Float32Array;
  /** u32[BATCH_SLOTS]: where each distance of the batch that is being put together shall go */
  readonly targets = new Uint32Array(BATCH_SLOTS);
  /** Entries of `places` and `targets` that are filled. */
  batched = 0;
  /** The query that stands in this memory: copying it again would cost more than comparing. */
  private loaded: Float32Array | undefined;
  /** By address; neighbors are never adjacent. */
  private readonly free: Range[] = [{ address: LANES_END, bytes: BLOCK_BYTES_MAX }];

  constructor(module: CoreModule) {
    const { memory } = module.createMemory(ARENA_BYTES);
    this.memory = memory;
    this.exports = module.bind(memory);
    this.bytes = new Uint8Array(memory.buffer);
    this.floats = new Float32Array(memory.buffer);
    this.places = new Uint32Array(memory.buffer, OWN_LANE.places, BATCH_SLOTS * 2);
    this.out = new Float32Array(memory.buffer, OWN_LANE.out, BATCH_SLOTS);
  }

  /** @returns the address of `bytes` free bytes, or undefined when no range is long enough */
  take(bytes: number): number | undefined {
    const index = this.free.findIndex((range) => range.bytes >= bytes);
    const range = this.free[index];
    if (!range) return undefined;
    const address = range.address;
    range.address += bytes;
    range.bytes -= bytes;
    if (range.bytes === 0) this.free.splice(index, 1);
    return address;
  }

  give(address: number, bytes: number): void {
    let index = this.free.findIndex((range) => range.address > address);
    if (index < 0) index = this.free.length;
    this.free.splice(index, 0, { address, bytes });
    this.merge(index);
    if (index > 0) this.merge(index - 1);
  }

  /** True when no block is given out. */
  get isEmpty(): boolean {
    return this.free[0]?.bytes === BLOCK_BYTES_MAX;
  }

  load(query: Float32Array): void {
    if (this.loaded === query) return;
    this.floats.set(query, OWN_LANE.query / 4);
    this.loaded = query;
  }

  private merge(index: number): void {
    const range = this.free[index];
    const next = this.free[index + 1];
    if (!range || !next || range.address + range.bytes !== next.address) return;
    range.bytes += next.bytes;
    this.free.splice(index + 1, 1);
  }
}

/** A block of an arena; its owner gives it back with {@link ArenaPool.give}. */
export interface Block {
  readonly arena: Arena;
  readonly address: number;
  readonly bytes: number;
}

/** The arenas of one core. Freed blocks are used again, and one empty arena is kept for what comes next. */
export class ArenaPool {
  private readonly arenas: Arena[] = [];

  /** @param tasks  the threads that may hold an arena's memory */
  constructor(
    private readonly module: CoreModule,
    private readonly tasks?: Tasks,
  ) {}

  /** @param bytes  a multiple of 16, at most BLOCK_BYTES_MAX */
  take(bytes: number): Block {
    assert(bytes % 16 === 0 && bytes <= BLOCK_BYTES_MAX, `an arena block of ${bytes} bytes`);
    for (const arena of this.arenas) {
      const address = arena.take(bytes);
      if (address !== undefined) return { arena, address, bytes };
    }
    const arena = new Arena(this.module);
    this.arenas.push(arena);
    return { arena, address: arena.take(bytes)!, bytes };
  }

  give({ arena, address, bytes }: Block): void {
    arena.give(address, bytes);
    if (!arena.isEmpty || !this.arenas.some((other) => other !== arena && other.isEmpty)) return;
    // Its memory goes with the next major collections, here and in the threads.
    this.tasks?.forget(arena.memory);
    this.arenas.splice(this.arenas.indexOf(arena), 1);
  }

  clear(): void {
    this.arenas.length = 0;
  }
}
