import { VecstoreError } from "../errors.js";
import type { CoreExports } from "./bind.js";
import type { Builder, BuildTarget, BuildTask } from "./builder.js";

/** The memory of a graph that a step works on. */
export interface StepPlace {
  readonly memory: WebAssembly.Memory;
  readonly exports: CoreExports;
  readonly header: number;
  /** Of the threads that may work at once. */
  readonly scratches: readonly number[];
}

/** What a step does, and how it is seen that it is done. */
export interface StepWork {
  readonly task: BuildTask;
  /** `progress()` when all is done. */
  readonly total: number;
  readonly progress: () => number;
}

/** A piece of work on a graph's memory that is not building, done to its end by the builder's threads. */
export class BuildStep implements BuildTarget {
  readonly memory: WebAssembly.Memory;
  readonly exports: CoreExports;
  readonly header: number;
  readonly scratches: readonly number[];
  readonly task: BuildTask;
  readonly count: number;
  readonly #builder: Builder;
  readonly #progress: () => number;
  #end: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(builder: Builder, { memory, exports, header, scratches }: StepPlace, work: StepWork) {
    this.#builder = builder;
    this.memory = memory;
    this.exports = exports;
    this.header = header;
    this.scratches = scratches;
    this.task = work.task;
    this.count = work.total;
    this.#progress = work.progress;
  }

  get indexed(): number {
    return this.#progress();
  }

  /**
   * Returns when the work is done. After an error no thread touches the memory any more.
   *
   * @throws VecstoreError INTERNAL when a thread died; CANCELED after `stop`
   */
  async run(): Promise<void> {
    this.#builder.hold();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#end = { resolve, reject };
        this.#builder.start(this);
      });
    } catch (error) {
      // A builder goes on inline with what a dead thread left.
      await this.#builder.stop(this).catch(() => undefined);
      throw error;
    } finally {
      this.#builder.unhold();
    }
  }

  /** Ends the work where it stands. */
  stop(): void {
    this.#end?.reject(new VecstoreError("CANCELED", "the work on a graph was given up"));
  }

  onSettled(): void {
    this.#end?.resolve();
  }

  onAbandoned(): void {}

  onFailed(error: Error): void {
    this.#end?.reject(error);
  }
}
