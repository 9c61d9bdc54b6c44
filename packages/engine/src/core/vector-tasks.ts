import type { Near, ScanWork, TaskWork } from "./task-work.js";
import type { Tasks } from "./tasks.js";
import type { PreparedQuery } from "./vectors.js";
import type { HeldSlots, WasmVectors } from "./wasm-vectors.js";

/** Bytes of vectors that one task compares at most: some 400 us, of which a message takes a tenth. */
const TASK_BYTES_MAX = 12 * 1024 * 1024;
/** The same at least: a shorter one is not worth its message. */
const TASK_BYTES_MIN = 1024 * 1024;
/** Slots of one task at most, however short their vectors are. */
const TASK_SLOTS_MAX = 65_536;
/** The same where the slots are named one by one: their addresses are part of the message. */
const TASK_NAMED_SLOTS_MAX = 16_384;

/** Slots that another thread compares. */
export interface HandedSlots {
  /** It took those from here to the end of what was offered: slots, or places in the array of slots. */
  readonly from: number;
  /**
   * Those that are not farther than the bound, by their distance from `from`; their distances have the bits that the calling
   * thread would compute. Undefined when the thread died, or the vectors left the memory meanwhile. Never rejects.
   */
  readonly near: Promise<Near | undefined>;
}

/** Compares vectors that are in memory in other threads, as `Vectors` does in the calling one. */
export class VectorTasks {
  readonly #tasks: Tasks;
  readonly #vectors: WasmVectors;

  constructor(tasks: Tasks, vectors: WasmVectors) {
    this.#tasks = tasks;
    this.#vectors = vectors;
  }

  /**
   * Hands the last of the slots [from, to) over.
   *
   * @param from   at least `storedCount`
   * @param bound  slots farther than this are left out of the result
   * @returns      undefined when no thread is free
   */
  scan(query: PreparedQuery, from: number, to: number, bound: number): HandedSlots | undefined {
    const worker = this.#tasks.free();
    if (worker === undefined) return undefined;
    const held = this.#vectors.lastRuns(Math.max(from, to - this.#share(to - from, TASK_SLOTS_MAX)), to);
    const work = { kind: "scan", ...this.#compare(query, worker, bound), runs: held.runs } as const;
    return { from: held.from, near: this.#run(worker, held, work) };
  }

  /**
   * Hands the last of slots[from, to) over.
   *
   * @param slots  u32: ascending, all at least `storedCount`
   */
  gather(query: PreparedQuery, slots: Uint32Array, from: number, to: number, bound: number): HandedSlots | undefined {
    const worker = this.#tasks.free();
    if (worker === undefined) return undefined;
    const least = to - this.#share(to - from, TASK_NAMED_SLOTS_MAX);
    const named = this.#vectors.lastPlaces(slots, Math.max(from, least), to);
    const { places } = named;
    const work = { kind: "gather", ...this.#compare(query, worker, bound), places } as const;
    return { from: named.from, near: this.#run(worker, named, work) };
  }

  async #run(worker: number, { arena, isHeld }: HeldSlots, work: TaskWork): Promise<Near | undefined> {
    const near = await this.#tasks.run(worker, arena.memory, work);
    // What is still there was there all the time: blocks that were given back never return to their slots.
    return isHeld() ? (near as Near | undefined) : undefined;
  }

  #compare(query: PreparedQuery, worker: number, bound: number): Pick<ScanWork, "metric" | "query" | "lane" | "bound"> {
    return { metric: this.#vectors.metric, query: query.values, lane: worker + 1, bound };
  }

  /** Slots of a task when so many are left: less and less, so that all are done at about the same time. */
  #share(left: number, slotsMax: number): number {
    const slotsOf = (bytes: number) => Math.ceil(bytes / (4 * this.#vectors.dimension));
    const share = Math.ceil(left / (2 * (this.#tasks.threads + 1)));
    return Math.min(slotsMax, slotsOf(TASK_BYTES_MAX), Math.max(slotsOf(TASK_BYTES_MIN), share));
  }
}
