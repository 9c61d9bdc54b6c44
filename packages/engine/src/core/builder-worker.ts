import type { Worker } from "node:worker_threads";
import { VecstoreError } from "../errors.js";
import type { Builder, BuildTarget } from "./builder.js";
import { InlineBuilder } from "./builder-inline.js";
import { WORKER_SOURCE } from "./generated/worker-source.js";
import { HEADER_STOP } from "./layout.js";
import type { WorkerReply, WorkerRequest } from "./worker-protocol.js";

/** What the main thread knows of a target that the worker has. */
interface Entry {
  readonly number: number;
  readonly target: BuildTarget;
  /** Waits for the worker to let go of the target. */
  stopping: { resolve(): void; reject(error: Error): void }[];
}

/** `node:worker_threads`, without an import: a bundle for browsers must not name it. Undefined where it is missing. */
export function workerThreads(): typeof import("node:worker_threads") | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.("node:worker_threads") as typeof import("node:worker_threads") | undefined;
}

const stopFlag = (target: BuildTarget) => new Int32Array(target.memory.buffer, target.header + HEADER_STOP, 1);

/**
 * Builds in one worker thread, started on first use, that all graphs of a core share.
 *
 * The worker never keeps the process alive, save while someone waits for it. When it dies, whoever waits is told, and
 * this builder goes on inline.
 */
export class WorkerBuilder implements Builder {
  private worker: Worker | undefined;
  private readonly entries = new Map<BuildTarget, Entry>();
  private readonly byNumber = new Map<number, Entry>();
  private nextNumber = 1;
  private holds = 0;
  private closed = false;
  /** Set once the worker has died. */
  private inline: InlineBuilder | undefined;

  constructor(
    private readonly module: WebAssembly.Module,
    private readonly threads: typeof import("node:worker_threads"),
  ) {}

  start(target: BuildTarget): void {
    this.inline?.start(target);
    if (this.inline || this.entries.has(target)) return;
    const entry: Entry = { number: this.nextNumber++, target, stopping: [] };
    this.entries.set(target, entry);
    this.byNumber.set(entry.number, entry);
    Atomics.store(stopFlag(target), 0, 0);
    const { memory, header, scratch } = target;
    this.post({ kind: "start", target: entry.number, memory, header, scratch });
  }

  async stop(target: BuildTarget): Promise<void> {
    if (this.inline) return this.inline.stop(target);
    const entry = this.entries.get(target);
    if (!entry) return;
    // The flag ends the slice that is running; the message is answered after it.
    Atomics.store(stopFlag(target), 0, 1);
    this.hold();
    try {
      await new Promise<void>((resolve, reject) => {
        entry.stopping.push({ resolve, reject });
        this.post({ kind: "stop", target: entry.number });
      });
    } finally {
      this.unhold();
    }
  }

  hold(): void {
    if (this.holds++ === 0) this.worker?.ref();
  }

  unhold(): void {
    if (--this.holds === 0) this.worker?.unref();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.inline?.close();
    await this.worker?.terminate();
    for (const entry of this.entries.values()) for (const waiting of entry.stopping) waiting.resolve();
    this.forgetAll();
  }

  private post(request: WorkerRequest): void {
    this.worker ??= this.startWorker();
    this.worker.postMessage(request);
  }

  private startWorker(): Worker {
    const worker = new this.threads.Worker(WORKER_SOURCE, {
      eval: true,
      workerData: this.module,
      name: "vecstore-builder",
    });
    worker.on("message", (reply: WorkerReply) => this.onReply(reply));
    worker.on("error", (error) => this.onDeath(error));
    worker.on("exit", (code) => this.onDeath(new Error(`exit code ${code}`)));
    if (this.holds === 0) worker.unref();
    return worker;
  }

  private onReply(reply: WorkerReply): void {
    const entry = this.byNumber.get(reply.target);
    // A reply may cross a stop: "settled" then comes before the "stopped" that ends the entry.
    if (!entry || (reply.kind === "settled" && entry.stopping.length > 0)) return;
    this.entries.delete(entry.target);
    this.byNumber.delete(entry.number);
    if (entry.target.indexed === entry.target.count) entry.target.onSettled();
    else if (reply.kind === "settled") this.start(entry.target);
    for (const waiting of entry.stopping) waiting.resolve();
  }

  private onDeath(cause: Error): void {
    if (this.closed || this.inline) return;
    this.inline = new InlineBuilder();
    this.worker = undefined;
    const message = `the thread that builds graphs died (${cause.message}); graphs are now built on the main thread`;
    const failed = [...this.entries.values()];
    this.forgetAll();
    for (const { target, stopping } of failed) {
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
