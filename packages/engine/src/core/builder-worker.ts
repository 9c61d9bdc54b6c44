import { VecstoreError } from "../errors.js";
import type { Builder, BuildTarget } from "./builder.js";
import { InlineBuilder } from "./builder-inline.js";
import { HEADER_STOP } from "./layout.js";
import type { WorkerPool } from "./worker-pool.js";
import type { WorkerReply } from "./worker-protocol.js";

/** Slots that wait for each thread that builds a graph: fewer are linked before another thread is under way. */
const SLOTS_PER_WORKER = 64;

/** What the main thread knows of a target that workers have. */
interface Entry {
  readonly number: number;
  readonly target: BuildTarget;
  /** The workers that were told to build it and have not let go of it. */
  readonly active: Set<number>;
  /** Waits for the workers to let go of the target. */
  stopping: { resolve(): void; reject(error: Error): void }[];
}

const stopFlag = (target: BuildTarget) => new Int32Array(target.memory.buffer, target.header + HEADER_STOP, 1);

/**
 * Builds in the threads of a pool: a graph with a long tail in all of them at once, a short tail in one. When the threads
 * die, whoever waits is told, and this builder goes on inline.
 */
export class WorkerBuilder implements Builder {
  private readonly entries = new Map<BuildTarget, Entry>();
  private readonly byNumber = new Map<number, Entry>();
  /** Targets that each worker has. */
  private readonly loads: number[];
  private nextNumber = 1;
  private closed = false;
  /** Set once the workers have died. */
  private inline: InlineBuilder | undefined;

  constructor(private readonly pool: WorkerPool) {
    this.loads = Array.from({ length: pool.size }, () => 0);
    pool.listen(this);
  }

  start(target: BuildTarget): void {
    this.inline?.start(target);
    if (this.inline) return;
    let entry = this.entries.get(target);
    if (!entry) {
      entry = { number: this.nextNumber++, target, active: new Set(), stopping: [] };
      this.entries.set(target, entry);
      this.byNumber.set(entry.number, entry);
      Atomics.store(stopFlag(target), 0, 0);
    }
    if (entry.stopping.length === 0) this.staff(entry);
  }

  async stop(target: BuildTarget): Promise<void> {
    if (this.inline) return this.inline.stop(target);
    const entry = this.entries.get(target);
    if (!entry) return;
    // The flag ends the slices that are running; the messages are answered after them.
    Atomics.store(stopFlag(target), 0, 1);
    this.hold();
    try {
      await new Promise<void>((resolve, reject) => {
        entry.stopping.push({ resolve, reject });
        for (const worker of entry.active) this.pool.post(worker, { kind: "stop", target: entry.number });
      });
    } finally {
      this.unhold();
    }
  }

  hold(): void {
    this.pool.hold();
  }

  unhold(): void {
    this.pool.unhold();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.inline?.close();
    await this.pool.close();
    for (const entry of this.entries.values()) for (const waiting of entry.stopping) waiting.resolve();
    this.forgetAll();
  }

  /** Gives a target as many workers as what waits is worth, the least loaded first. */
  private staff({ number, target, active }: Entry): void {
    const { task, memory, header, scratches, count, indexed } = target;
    const most = Math.min(this.pool.size, scratches.length);
    const wanted = Math.min(most, Math.max(1, Math.ceil((count - indexed) / SLOTS_PER_WORKER)));
    while (active.size < wanted) {
      const worker = this.leastLoaded(most, active);
      active.add(worker);
      this.loads[worker]!++;
      this.pool.post(worker, { kind: "start", target: number, task, memory, header, scratch: scratches[worker]! });
    }
  }

  /** The worker below `most` that has the fewest targets and is not in `except`. */
  private leastLoaded(most: number, except: ReadonlySet<number>): number {
    let best = -1;
    for (let worker = 0; worker < most; worker++) {
      if (!except.has(worker) && (best < 0 || this.loads[worker]! < this.loads[best]!)) best = worker;
    }
    return best;
  }

  /** For the pool. */
  onReply(worker: number, reply: WorkerReply): void {
    if (reply.kind !== "settled" && reply.kind !== "stopped") return;
    const entry = this.byNumber.get(reply.target);
    // A reply may cross a stop: "settled" then comes before the "stopped" that ends the worker's part.
    if (!entry || (reply.kind === "settled" && entry.stopping.length > 0)) return;
    if (!entry.active.delete(worker)) return;
    this.loads[worker]!--;
    if (entry.active.size > 0) return;
    this.entries.delete(entry.target);
    this.byNumber.delete(entry.number);
    if (entry.target.indexed === entry.target.count) entry.target.onSettled();
    else if (reply.kind === "settled") this.start(entry.target);
    for (const waiting of entry.stopping) waiting.resolve();
  }

  /** For the pool: no worker is left. */
  onDeath(cause: Error): void {
    if (this.closed) return;
    this.inline = new InlineBuilder();
    const message = `a thread that builds graphs died (${cause.message}); graphs are now built on the main thread`;
    const failed = [...this.entries.values()];
    this.forgetAll();
    for (const { target, stopping } of failed) {
      target.onAbandoned();
      const error = new VecstoreError("INTERNAL", message, {}, { cause });
      for (const waiting of stopping) waiting.reject(error);
      target.onFailed(error);
      if (stopping.length === 0) this.inline.start(target);
    }
  }

  private forgetAll(): void {
    this.entries.clear();
    this.byNumber.clear();
  }
}
