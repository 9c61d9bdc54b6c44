import type { Worker } from "node:worker_threads";
import { WORKER_SOURCE } from "./generated/worker-source.js";
import type { WorkerReply, WorkerRequest } from "./worker-protocol.js";

/** `node:worker_threads`, without an import: a bundle for browsers must not name it. Undefined where it is missing. */
export function workerThreads(): typeof import("node:worker_threads") | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.("node:worker_threads") as typeof import("node:worker_threads") | undefined;
}

/** Who works with the threads of a pool. Calls come on the main thread. */
export interface PoolListener {
  /** The thread runs. */
  onReady?(worker: number): void;
  onReply(worker: number, reply: Exclude<WorkerReply, { readonly kind: "ready" }>): void;
  /** All threads are gone, since one died; the pool is of no use any more. */
  onDeath(cause: Error): void;
}

/**
 * The worker threads of one core, each started on first use.
 *
 * They never keep the process alive, save while someone waits for them. They share fate: a thread that died may hold a lock that the
 * others wait for, so when one dies all are ended, and only then the listeners are told.
 */
export class WorkerPool {
  private readonly workers: (Worker | undefined)[];
  private readonly listeners: PoolListener[] = [];
  private holds = 0;
  private ended = false;

  /** @param size  threads at most, 1 or more */
  constructor(
    private readonly module: WebAssembly.Module,
    private readonly threads: typeof import("node:worker_threads"),
    readonly size: number,
  ) {
    this.workers = Array.from({ length: size }, () => undefined);
  }

  listen(listener: PoolListener): void {
    this.listeners.push(listener);
  }

  /** @param worker  0..size - 1 */
  post(worker: number, request: WorkerRequest): void {
    if (this.ended) return;
    this.workers[worker] ??= this.start(worker);
    this.workers[worker].postMessage(request);
  }

  /** Starts a thread, so that it runs by the time that something is asked of it. */
  wake(worker: number): void {
    if (!this.ended) this.workers[worker] ??= this.start(worker);
  }

  /** Someone waits for the threads: until `unhold` they keep the process alive. */
  hold(): void {
    if (this.holds++ === 0) for (const worker of this.workers) worker?.ref();
  }

  unhold(): void {
    if (--this.holds === 0) for (const worker of this.workers) worker?.unref();
  }

  /** Ends all threads, whatever they do; the listeners are not told. */
  async close(): Promise<void> {
    this.ended = true;
    await Promise.all(this.workers.map((worker) => worker?.terminate()));
  }

  private start(index: number): Worker {
    const worker = new this.threads.Worker(WORKER_SOURCE, {
      eval: true,
      workerData: this.module,
      name: `vecstore-${index}`,
    });
    worker.on("message", (reply: WorkerReply) => this.onReply(index, reply));
    worker.on("error", (error) => void this.onDeath(error));
    worker.on("exit", (code) => void this.onDeath(new Error(`exit code ${code}`)));
    if (this.holds === 0) worker.unref();
    return worker;
  }

  private onReply(worker: number, reply: WorkerReply): void {
    if (this.ended) return;
    for (const listener of this.listeners) {
      if (reply.kind === "ready") listener.onReady?.(worker);
      else listener.onReply(worker, reply);
    }
  }

  private async onDeath(cause: Error): Promise<void> {
    if (this.ended) return;
    await this.close();
    for (const listener of this.listeners) listener.onDeath(cause);
  }
}
