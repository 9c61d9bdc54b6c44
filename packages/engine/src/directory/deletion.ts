import { VecstoreError } from "../errors.js";
import { appliedOrThrow } from "../state/outcome.js";
import type { DataDirectory } from "./data-directory.js";
import { Erasure } from "./erasure.js";
import { DELETION_FORMAT, requireFormat } from "./format-file.js";
import { DEFAULT_NAMESPACE } from "./names.js";
import { NamespaceFiles } from "./namespace-files.js";
import { condemn } from "./namespace-remains.js";

/**
 * Deletes namespaces, in steps that a crash may come between; the next opening finishes what was begun.
 *
 * 1. The status becomes `pending_deletion`: from there on nothing is read or written, and there is no way back.
 * 2. The directory is marked, on the disk, and all else in it removed. A replay leaves the entries of a marked namespace out.
 * 3. The namespace leaves the catalog: its name is free.
 * 4. In the background the log is cut behind its entries, and the directory goes with its mark: see `Erasure`.
 */
export class Deletions {
  readonly #directory: DataDirectory;
  readonly #erasure: Erasure;
  /** By number, so that all who ask for one deletion wait for the same. */
  readonly #running = new Map<number, Promise<void>>();

  constructor(directory: DataDirectory) {
    this.#directory = directory;
    this.#erasure = new Erasure(directory);
  }

  /**
   * Deletes a namespace; returns when its name is free and its files are gone, save those that an open view reads, which go with it.
   *
   * @throws VecstoreError NAMESPACE_NOT_FOUND, INVALID_ARGUMENT for `default`, DISK_FULL, STORE_STOPPED; after a failure a second call
   *         goes on where the first one ended
   */
  async delete(name: string): Promise<void> {
    if (name === DEFAULT_NAMESPACE) throw defaultStays();
    const { number } = this.#directory.entryByName(name);
    await this.#once(number, async () => {
      await requireFormat(this.#directory.env, this.#directory.path, DELETION_FORMAT);
      await this.#directory.changes.condemn(number);
      await this.#remove(number);
    });
  }

  /**
   * Goes on, in the background, with what was begun before the directory was opened.
   *
   * @param erased  numbers of namespaces that are gone, and whose directories and log entries are not yet
   */
  resume(erased: readonly number[]): void {
    if (erased.length > 0) this.#erasure.want(erased);
    for (const { number, status } of this.#directory.catalog.entries()) {
      if (status !== "pending_deletion") continue;
      this.#once(number, () => this.#remove(number)).catch((error: Error) => {
        if (this.#directory.closeSignal.aborted) return;
        this.#directory.emit({ kind: "background_error", task: "deletion", error });
      });
    }
  }

  /** Returns when nothing is being deleted or erased. Never rejects. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values());
    await this.#erasure.idle();
  }

  /** Ends what would begin by itself; returns when nothing is being deleted or erased. Never rejects. */
  async stop(): Promise<void> {
    this.#erasure.stop();
    await this.idle();
  }

  #once(number: number, task: () => Promise<void>): Promise<void> {
    const running = this.#running.get(number);
    if (running !== undefined) return running;
    const begun = task().finally(() => this.#running.delete(number));
    this.#running.set(number, begun);
    return begun;
  }

  /** From the second step on. */
  async #remove(number: number): Promise<void> {
    const directory = this.#directory;
    directory.residents.get(number)?.leave();
    // What was appended before the status is applied by now, and the status is on the disk before the files go.
    await directory.log.sync();
    await directory.residents.whenStill(number, async (namespace) => {
      const { env, path } = directory;
      if (namespace === undefined) return condemn(new NamespaceFiles(env, path, number), undefined);
      const { merges, maintenance, files } = namespace;
      namespace.leave();
      return merges.run(() => maintenance.run(() => condemn(files, namespace)));
    });
    appliedOrThrow(await directory.write(directory, { $case: "deleteNamespace", value: { number } }));
    this.#erasure.want([number]);
  }
}

function defaultStays(): VecstoreError {
  const message = `namespace ${JSON.stringify(DEFAULT_NAMESPACE)} cannot be deleted, since requests that name none mean it; delete its records with all: true`;
  return new VecstoreError("INVALID_ARGUMENT", message, { namespace: DEFAULT_NAMESPACE });
}
