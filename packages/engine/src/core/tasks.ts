import { COMPARING_THREADS_MAX } from "./arena-lanes.js";
import type { TaskResult, TaskWork } from "./task-work.js";
import type { PoolListener, WorkerPool } from "./worker-pool.js";
import type { WorkerReply } from "./worker-protocol.js";

/** Pieces of work that a thread has at a time: while it tells of one it goes on with the next. */
const TASKS_PER_THREAD = 2;

interface Task {
  readonly memory: WebAssembly.Memory;
  readonly worker: number;
  resolve(result: TaskResult | undefined): void;
}

/**
 * Gives pieces of queries to the threads of a pool. They go before the building of graphs there: a thread looks for them between two
 * slices of about a millisecond. Building goes on between two of them.
 *
 * A piece that is lost with its thread resolves to undefined, and whoever gave it does it himself: it changes nothing but the
 * buffers of the thread.
 */
export class Tasks implements PoolListener {
  readonly #pool: WorkerPool;
  /** Threads that take part. */
  readonly threads: number;
  /** Pieces that each thread has; infinite until it runs. */
  readonly #loads: number[];
  readonly #running = new Map<number, Task>();
  /** Numbers of memories, and for each of these the threads that have it. */
  readonly #places = new Map<WebAssembly.Memory, { readonly number: number; readonly holders: Set<number> }>();
  #idle: { readonly memory: WebAssembly.Memory; resolve(): void }[] = [];
  #next = 1;
  #isWoken = false;
  #isDead = false;

  constructor(pool: WorkerPool) {
    this.#pool = pool;
    this.threads = Math.min(pool.size, COMPARING_THREADS_MAX);
    this.#loads = Array.from({ length: this.threads }, () => Number.POSITIVE_INFINITY);
    pool.listen(this);
  }

  /**
   * The thread with the fewest pieces that has room for one more. Threads that were never used are started, and are free once they run.
   *
   * @param most  of the threads below this; all that there are when absent
   */
  free(most = this.threads): number | undefined {
    if (this.#isDead) return undefined;
    if (!this.#isWoken) for (let worker = 0; worker < this.threads; worker++) this.#pool.wake(worker);
    this.#isWoken = true;
    let best: number | undefined;
    for (let worker = 0; worker < Math.min(most, this.threads); worker++) {
      const load = this.#loads[worker]!;
      if (load < TASKS_PER_THREAD && (best === undefined || load < this.#loads[best]!)) best = worker;
    }
    return best;
  }

  /**
   * Has a thread do a piece of work in a memory.
   *
   * @param worker  as `free` gave it in this turn
   * @returns       undefined when the thread did not live to tell; never rejects
   */
  run(worker: number, memory: WebAssembly.Memory, work: TaskWork): Promise<TaskResult | undefined> {
    const place = this.#placeOf(memory);
    const isNew = !place.holders.has(worker);
    place.holders.add(worker);
    const task = this.#next++;
    this.#loads[worker]!++;
    this.#pool.hold();
    return new Promise((resolve) => {
      this.#running.set(task, { memory, worker, resolve });
      const sent = isNew ? memory : undefined;
      this.#pool.post(worker, { kind: "task", task, place: place.number, memory: sent, work });
    });
  }

  /** Returns when no thread works in a memory. */
  async idle(memory: WebAssembly.Memory): Promise<void> {
    while (this.#isUsed(memory)) await new Promise<void>((resolve) => this.#idle.push({ memory, resolve }));
  }

  /** Has the threads let a memory go, so that it can be collected. */
  forget(memory: WebAssembly.Memory): void {
    const place = this.#places.get(memory);
    if (place === undefined) return;
    this.#places.delete(memory);
    for (const worker of place.holders) this.#pool.post(worker, { kind: "forget", place: place.number });
  }

  /** For the pool. */
  onReady(worker: number): void {
    if (worker < this.threads) this.#loads[worker] = 0;
  }

  /** For the pool. */
  onReply(worker: number, reply: WorkerReply): void {
    if (reply.kind !== "done") return;
    const task = this.#running.get(reply.task)!;
    this.#running.delete(reply.task);
    this.#loads[worker]!--;
    this.#settle(task, reply.result);
  }

  /** For the pool: no thread is left, or none is wanted any more. */
  onDeath(): void {
    this.#isDead = true;
    const lost = [...this.#running.values()];
    this.#running.clear();
    this.#places.clear();
    for (const task of lost) this.#settle(task, undefined);
  }

  #settle(task: Task, result: TaskResult | undefined): void {
    this.#pool.unhold();
    task.resolve(result);
    if (this.#idle.length === 0 || this.#isUsed(task.memory)) return;
    const waiting = this.#idle.filter(({ memory }) => memory === task.memory);
    this.#idle = this.#idle.filter(({ memory }) => memory !== task.memory);
    for (const { resolve } of waiting) resolve();
  }

  #isUsed(memory: WebAssembly.Memory): boolean {
    for (const task of this.#running.values()) if (task.memory === memory) return true;
    return false;
  }

  #placeOf(memory: WebAssembly.Memory): { readonly number: number; readonly holders: Set<number> } {
    const known = this.#places.get(memory);
    if (known !== undefined) return known;
    const place = { number: this.#next++, holders: new Set<number>() };
    this.#places.set(memory, place);
    return place;
  }
}
