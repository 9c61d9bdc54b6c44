import type { DataDirectory } from "./data-directory.js";
import { removeRemains } from "./namespace-remains.js";

/** When an erasure that failed, such as on a full disk, is tried again. */
const RETRY_MS = 60_000;

/**
 * Takes deleted namespaces out of the log, and their directories away: in the background, one at a time, and for all that were deleted
 * meanwhile at once. What a crash or a failure leaves is found by the directories.
 */
export class Erasure {
  readonly #directory: DataDirectory;
  #due: number[] = [];
  #running: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  #isStopped = false;

  constructor(directory: DataDirectory) {
    this.#directory = directory;
  }

  /** Erases these namespaces soon; the catalog does not know them any more. */
  want(numbers: readonly number[]): void {
    this.#due.push(...numbers);
    this.#begin();
  }

  /** Nothing begins by itself from here on: what is left is found at the next opening. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  /** Returns when nothing is being erased. Never rejects. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #begin(): void {
    this.#cancelRetry?.();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const directory = this.#directory;
    // Deletions of the same turn are erased together.
    await undefined;
    while (this.#due.length > 0) {
      const numbers = this.#due;
      this.#due = [];
      try {
        await this.#erase(numbers);
      } catch (error) {
        this.#due.push(...numbers);
        if (this.#isStopped || directory.closeSignal.aborted || directory.stopped !== undefined) return;
        directory.emit({ kind: "background_error", task: "erasure", error: error as Error });
        this.#cancelRetry = directory.env.startTimer(RETRY_MS, () => this.#begin());
        return;
      }
    }
  }

  async #erase(numbers: readonly number[]): Promise<void> {
    const { log, checkpointer, env, path } = this.#directory;
    // Their entries end in the files before this one.
    await log.beginFile();
    // Twice, since the log is kept from the older of two checkpoints on.
    await checkpointer.now();
    await checkpointer.now();
    await removeRemains(env, path, numbers);
  }
}
