import type { VecstoreError } from "../errors.js";
import { LogEntry } from "../gen/vecstore/storage/v1/log.js";
import { CatalogManifest } from "../gen/vecstore/storage/v1/manifest.js";
import { type AppendedEntry, type Log, type LogCut, type OpenedLog, openLog, type ReplayedEntry } from "../log/log.js";
import { CATALOG_NUMBER, Catalog, type CatalogEntry, rulesOf } from "../state/catalog.js";
import { quotasOf } from "../state/quotas.js";
import { type Env, joinPath } from "../storage/env.js";
import { corrupted } from "../storage/errors.js";
import { damagedDirectory, isDamage } from "./damaged.js";
import { loadNewestManifest } from "./manifest-file.js";
import { listNamespaceDirectories, removeRemains } from "./namespace-remains.js";
import type { DirectorySettings } from "./settings.js";
import { createTail, type Tail } from "./tail.js";

/** How a data directory was found at its opening. */
export interface RecoverySummary {
  /** Entries of the log that no checkpoint held, and were applied. */
  readonly entries: number;
  /** Milliseconds. */
  readonly durationMs: number;
  /** What was cut off the end of the log: a write that was not on the disk whole. */
  readonly cut: LogCut | undefined;
}

/** A data directory as the catalog's checkpoint and the log say; no namespace was looked at. */
export interface Recovered {
  readonly catalog: Catalog;
  /**
   * Namespaces that the catalog does not know as they are, with what the log has of them since: undefined where nothing is known, and
   * the log has nothing.
   */
  readonly tails: Map<number, Tail | undefined>;
  readonly log: Log;
  readonly cut: LogCut | undefined;
  /** Entries of the catalog that were applied because its checkpoint did not hold them. */
  readonly entries: number;
  /** By `performance.now`. */
  readonly startedMs: number;
  /** Of the newest catalog checkpoint that is whole; 0 when there is none. */
  readonly manifestNumber: number;
  /** That checkpoint; an empty one at the begin of the log when there is none. */
  readonly manifest: CatalogManifest;
  /** Namespaces that were deleted, and whose directories and log entries may be there still. */
  readonly erased: readonly number[];
}

/**
 * Reads the catalog's newest whole checkpoint, then what the log holds beyond it.
 *
 * @param onDurable  handed to the log, for the entries of later writes
 * @throws VecstoreError DATA_CORRUPTED when the catalog or the log are damaged; nothing is changed then
 * Cost: reads at most 128 MiB of log, which are in memory until the namespaces that they belong to were read.
 */
export async function recover(
  root: string,
  settings: DirectorySettings,
  onDurable: (entry: AppendedEntry) => void,
): Promise<Recovered> {
  const startedMs = performance.now();
  const recovery = new Recovery(root, settings);
  let opened: OpenedLog | undefined;
  try {
    await recovery.readCatalog();
    opened = await recovery.openLog(onDurable);
    await recovery.tidyUp();
  } catch (error) {
    await opened?.log.close();
    throw error;
  }
  return { ...recovery.result(), log: opened.log, cut: opened.cut, startedMs };
}

class Recovery {
  readonly #root: string;
  readonly #settings: DirectorySettings;
  #manifest: CatalogManifest = new Catalog().toManifest(0);
  #catalog = new Catalog();
  #manifestNumber = 0;
  /** The damage that made an older checkpoint necessary. */
  #damage: VecstoreError | undefined;
  readonly #tails = new Map<number, Tail | undefined>();
  #erased: readonly number[] = [];
  #entries = 0;

  constructor(root: string, settings: DirectorySettings) {
    this.#root = root;
    this.#settings = settings;
  }

  async readCatalog(): Promise<void> {
    const { env } = this.#settings;
    const load = async (message: Uint8Array) => CatalogManifest.decode(message);
    const found = await loadNewestManifest(env, this.#root, load).catch((error) => this.#refuse("catalog", error));
    this.#damage = found.fellBackFrom;
    if (this.#damage !== undefined) {
      const { message, details } = this.#damage;
      this.#settings.emit({ kind: "checkpoint_damaged", namespace: "", file: details.file ?? "", cause: message });
    }
    if (found.value === undefined) return;
    this.#manifestNumber = found.number;
    this.#manifest = found.value;
    this.#catalog = Catalog.fromManifest(found.value);
    for (const { number, summary } of this.#catalog.entries()) {
      // An older program wrote it, which kept no summaries.
      if (summary === undefined) this.#tails.set(number, undefined);
    }
  }

  /**
   * Opens the log and reads it.
   *
   * @throws VecstoreError DATA_CORRUPTED; the damage of the catalog when the log does not reach back to the checkpoint before it
   */
  async openLog(onDurable: (entry: AppendedEntry) => void): Promise<OpenedLog> {
    const { logEnv, fsync } = this.#settings;
    const replayFrom = Number(this.#manifest.logPosition);
    try {
      return await openLog(
        {
          env: logEnv,
          directory: joinPath(this.#root, "log"),
          fsync,
          checkpointPosition: replayFrom,
          onDurable,
          onSync: (durationMs) => this.#settings.emit({ kind: "fsync", durationMs }),
        },
        (entry) => this.#replay(entry),
        replayFrom,
      );
    } catch (error) {
      return isDamage(error) && this.#damage !== undefined
        ? this.#refuse("catalog", this.#damage)
        : this.#refuse("log", error);
    }
  }

  /** @throws VecstoreError DATA_CORRUPTED that says what to do; what is no damage as it is */
  #refuse(shared: "catalog" | "log", error: unknown): never {
    throw isDamage(error) ? damagedDirectory(this.#root, shared, error) : error;
  }

  #replay(entry: ReplayedEntry): void {
    if (entry.namespace === CATALOG_NUMBER) {
      this.#replayCatalog(entry);
      return;
    }
    const known = this.#catalog.byNumber(entry.namespace);
    // Its files hold it.
    if (known !== undefined && entry.sequence <= (known.summary?.sequence ?? 0)) return;
    if (known !== undefined) this.#tailOf(known).items.push(entry);
    else if (entry.namespace >= this.#catalog.nextNumber) {
      const what = `an entry of namespace ${entry.namespace}, which the catalog does not know`;
      throw corrupted(joinPath(this.#root, "log"), entry.position, what);
    }
  }

  #tailOf(entry: CatalogEntry): Tail {
    const known = this.#tails.get(entry.number);
    if (known !== undefined) return known;
    const tail = createTail(entry);
    this.#tails.set(entry.number, tail);
    return tail;
  }

  #replayCatalog(entry: ReplayedEntry): void {
    if (entry.sequence <= this.#catalog.sequence) return;
    const { operation, timeMs } = LogEntry.decode(entry.payload);
    const outcome = this.#catalog.apply({ operation, timeMs }, entry.sequence);
    this.#entries++;
    if (outcome.kind !== "applied") return;
    switch (operation?.$case) {
      case "createNamespace":
        // It may have checkpoints of its own already: a snapshot makes one before the catalog has any.
        this.#tails.set(
          this.#catalog.byName(operation.value.name)!.number,
          createTail({ status: "active", quotas: quotasOf(operation.value.quotas) }),
        );
        break;
      case "updateNamespace":
        this.#tails.get(operation.value.number)?.items.push(rulesOf(operation.value));
        break;
      case "deleteNamespace":
        this.#tails.delete(operation.value.number);
    }
  }

  /** Removes what a crash left half made, once nothing can fail any more: of the catalog, and directories of namespaces that are not there. */
  async tidyUp(): Promise<void> {
    const { env } = this.#settings;
    await removeTemporary(env, this.#root);
    const numbers = await listNamespaceDirectories(env, this.#root);
    const unknown = numbers.filter((number) => this.#catalog.byNumber(number) === undefined);
    // The log may have entries of those before; those from here on get their numbers anew, and must find nothing.
    this.#erased = unknown.filter((number) => number < this.#catalog.nextNumber);
    const unborn = unknown.filter((number) => number >= this.#catalog.nextNumber);
    if (unborn.length > 0) await removeRemains(env, this.#root, unborn);
  }

  result(): Pick<Recovered, "catalog" | "tails" | "entries" | "manifestNumber" | "manifest" | "erased"> {
    return {
      catalog: this.#catalog,
      tails: this.#tails,
      entries: this.#entries,
      manifestNumber: this.#manifestNumber,
      manifest: this.#manifest,
      erased: this.#erased,
    };
  }
}

async function removeTemporary(env: Env, directory: string): Promise<void> {
  for (const name of await env.listDirectory(directory)) {
    if (name.startsWith("manifest-") && name.endsWith(".tmp")) await env.remove(joinPath(directory, name));
  }
}
