import type { Core } from "../core/core.js";
import { VecstoreError } from "../errors.js";
import { LogEntry } from "../gen/vecstore/storage/v1/log.js";
import { CatalogManifest, NamespaceManifest } from "../gen/vecstore/storage/v1/manifest.js";
import { baseOfName } from "../log/file-header.js";
import { type AppendedEntry, type Log, type LogCut, type OpenedLog, openLog, type ReplayedEntry } from "../log/log.js";
import { applyRefusal } from "../state/apply.js";
import { CATALOG_NUMBER, Catalog, rulesOf } from "../state/catalog.js";
import { type Env, joinPath } from "../storage/env.js";
import { corrupted } from "../storage/errors.js";
import { loadContent, loadNamespace } from "./load-namespace.js";
import { loadNewestManifest, readManifestBefore } from "./manifest-file.js";
import { isCondemned, listNamespaceDirectories, removeRemains } from "./namespace-remains.js";
import type { OpenNamespace } from "./open-namespace.js";
import { applySnapshot, refuseSnapshot } from "./restore-snapshot.js";
import type { DirectorySettings } from "./settings.js";
import { removeSnapshotLeftovers } from "./snapshots.js";
import { VectorMemory, type VectorReading, vectorBytesOf } from "./vector-memory.js";

/** A data directory as its checkpoints and log say. */
export interface Recovered {
  readonly catalog: Catalog;
  readonly namespaces: Map<number, OpenNamespace>;
  readonly log: Log;
  readonly cut: LogCut | undefined;
  /** Entries that were applied because no checkpoint held them. */
  readonly entries: number;
  readonly durationMs: number;
  /** Of the newest catalog checkpoint; 0 when there is none. */
  readonly manifestNumber: number;
  readonly replayedFrom: number;
  /** Namespaces that were deleted, and whose directories and log entries may be there still. */
  readonly erased: readonly number[];
}

/**
 * Reads the newest whole checkpoints, then applies what the log holds beyond them.
 *
 * @param onDurable  handed to the log, for the entries of later writes
 * @throws VecstoreError DATA_CORRUPTED when synced data is damaged and no checkpoint can stand in; nothing is changed then
 */
export async function recover(
  root: string,
  settings: DirectorySettings,
  core: Core,
  onDurable: (entry: AppendedEntry) => void,
): Promise<Recovered> {
  const startedMs = performance.now();
  const recovery = new Recovery(root, settings, core);
  let opened: OpenedLog | undefined;
  try {
    await recovery.readCheckpoints();
    opened = await recovery.openLog(onDurable);
    recovery.assertCondemned();
    await recovery.tidyUp();
  } catch (error) {
    await opened?.log.close();
    await recovery.giveUp();
    throw error;
  }
  const { log, cut } = opened;
  const durationMs = performance.now() - startedMs;
  if (cut !== undefined) settings.emit({ kind: "log_cut", ...cut });
  settings.emit({ kind: "recovered", entries: recovery.entries, durationMs });
  return { ...recovery.result(), log, cut, durationMs };
}

class Recovery {
  readonly #root: string;
  readonly #settings: DirectorySettings;
  readonly #core: Core;
  readonly #namespaces = new Map<number, OpenNamespace>();
  #catalog = new Catalog();
  #manifestNumber = 0;
  /** The damage that made an older checkpoint necessary. */
  #damage: VecstoreError | undefined;
  #replayFrom = 0;
  /** Where the log begins; the older catalog checkpoint if it begins later, which no trim of ours does. */
  #logStart = 0;
  /** Position of the older catalog checkpoint, which is the one in use where the newest is damaged; 0 where there is one. */
  #olderPosition = 0;
  #checkpointPosition = 0;
  /** Namespaces whose files are gone: their entries are left out. */
  readonly #condemned = new Set<number>();
  #erased: readonly number[] = [];
  entries = 0;

  constructor(root: string, settings: DirectorySettings, core: Core) {
    this.#root = root;
    this.#settings = settings;
    this.#core = core;
  }

  async readCheckpoints(): Promise<void> {
    const found = await loadNewestManifest(this.#settings.env, this.#root, async (message) =>
      CatalogManifest.decode(message),
    );
    if (found.fellBackFrom !== undefined) this.#noteDamage("", found.fellBackFrom);
    if (found.value === undefined) return;
    this.#manifestNumber = found.number;
    this.#catalog = Catalog.fromManifest(found.value);
    this.#replayFrom = Number(found.value.logPosition);
    this.#checkpointPosition = this.#replayFrom;
    const older = found.fellBackFrom === undefined ? await this.#catalogBefore(found.number) : found.value;
    this.#olderPosition = Number(older?.logPosition ?? 0n);
    this.#logStart = Math.min(
      await firstPosition(this.#settings.env, joinPath(this.#root, "log")),
      this.#olderPosition,
    );
    for (const entry of this.#catalog.sorted()) await this.#load(entry.number);
    this.#setStatuses(this.#replayFrom < Number(found.value.logPosition) ? older : found.value);
  }

  async #catalogBefore(number: number): Promise<CatalogManifest | undefined> {
    const before = await readManifestBefore(this.#settings.env, this.#root, number);
    return before && CatalogManifest.decode(before.message);
  }

  /** Entries are decided by the status of their own moment, so the replay begins with those of the catalog it begins at. */
  #setStatuses(manifest: CatalogManifest | undefined): void {
    const catalog = manifest && Catalog.fromManifest(manifest);
    for (const { number, state } of this.#namespaces.values()) {
      const entry = catalog?.byNumber(number);
      state.status = entry?.status ?? "active";
      state.quotas = entry?.quotas ?? {};
    }
  }

  async #load(number: number): Promise<void> {
    const entry = this.#catalog.byNumber(number)!;
    if (await isCondemned(this.#settings.env, this.#root, number)) {
      this.#condemned.add(number);
      this.#namespaces.set(number, this.#settings.newNamespace(this.#root, this.#core, entry));
      return;
    }
    const { namespace, fellBackFrom } = await loadNamespace(
      this.#settings.env,
      this.#root,
      this.#settings.contextOf(this.#core, entry),
      entry.config.dimension ?? 0,
      this.#settings.memoryForVectors - vectorBytesOf(this.#namespaces.values()),
      (file, cause) => this.#settings.emit({ kind: "derived_rebuilt", namespace: entry.name, file, cause }),
    );
    // One that was made of a snapshot has the time of that.
    namespace.state.countedAtMs = Math.max(namespace.state.countedAtMs, entry.createdAtMs);
    namespace.state.quotas = entry.quotas;
    this.#namespaces.set(number, namespace);
    const position = Number(namespace.files.manifest?.logPosition ?? 0n);
    this.#checkpointPosition = Math.max(this.#checkpointPosition, position);
    if (fellBackFrom === undefined) return;
    this.#noteDamage(entry.name, fellBackFrom);
    // Both manifests of a namespace hold every entry that was trimmed. Where there is none, the log must be whole.
    const neededFrom = namespace.files.manifest === undefined ? 0 : Math.max(position, this.#logStart);
    // From the older catalog on at least, whose statuses the replay begins with.
    this.#replayFrom = Math.min(this.#replayFrom, this.#olderPosition, neededFrom);
  }

  #noteDamage(namespace: string, damage: VecstoreError): void {
    this.#damage ??= damage;
    const file = damage.details.file ?? "";
    this.#settings.emit({ kind: "checkpoint_damaged", namespace, file, cause: damage.message });
  }

  /**
   * Opens the log and replays it.
   *
   * @throws VecstoreError DATA_CORRUPTED; the damage of a checkpoint when the log does not reach back to the one before it
   */
  async openLog(onDurable: (entry: AppendedEntry) => void): Promise<OpenedLog> {
    const { env, fsync } = this.#settings;
    try {
      return await openLog(
        {
          env,
          directory: joinPath(this.#root, "log"),
          fsync,
          checkpointPosition: this.#checkpointPosition,
          onDurable,
          onSync: (durationMs) => this.#settings.emit({ kind: "fsync", durationMs }),
        },
        (entry) => this.replay(entry),
        this.#replayFrom,
      );
    } catch (error) {
      const isUnreachable = error instanceof VecstoreError && error.reason === "DATA_CORRUPTED";
      throw isUnreachable ? (this.#damage ?? error) : error;
    }
  }

  async replay(entry: ReplayedEntry): Promise<void> {
    if (entry.namespace === CATALOG_NUMBER) return this.#replayCatalog(entry);
    const namespace = this.#namespaces.get(entry.namespace);
    if (this.#condemned.has(entry.namespace)) return;
    if (namespace === undefined) {
      // Deleted later than this was written: where an older checkpoint stands in, the replay begins before that.
      if (entry.namespace < this.#catalog.nextNumber) return;
      const what = `an entry of namespace ${entry.namespace}, which the catalog does not know`;
      throw corrupted(joinPath(this.#root, "log"), entry.position, what);
    }
    if (entry.sequence > namespace.state.sequence) namespace.logBytes += entry.end - entry.position;
    namespace.nextSequence = Math.max(namespace.nextSequence, entry.sequence + 1);
    if (entry.sequence <= namespace.state.sequence) return;
    const decoded = LogEntry.decode(entry.payload);
    if (decoded.operation?.$case === "restoreSnapshot") await this.#replaySnapshot(namespace, decoded, entry.sequence);
    else namespace.apply(decoded, entry.sequence);
    this.entries++;
  }

  async #replayCatalog(entry: ReplayedEntry): Promise<void> {
    const decoded = LogEntry.decode(entry.payload);
    if (decoded.operation?.$case === "updateNamespace") {
      // Also where the catalog's checkpoint holds it: entries of the namespace before and after it may be replayed.
      const { value } = decoded.operation;
      const namespace = this.#namespaces.get(value.number);
      if (namespace !== undefined) Object.assign(namespace.state, rulesOf(value));
    }
    if (entry.sequence <= this.#catalog.sequence) return;
    const outcome = this.#catalog.apply(decoded, entry.sequence);
    this.entries++;
    if (outcome.kind !== "applied") return;
    if (decoded.operation?.$case === "deleteNamespace") await this.#forget(decoded.operation.value.number);
    if (decoded.operation?.$case !== "createNamespace") return;
    // It may have checkpoints of its own already: a snapshot makes one before the catalog has any.
    await this.#load(this.#catalog.byName(decoded.operation.value.name)!.number);
  }

  async #forget(number: number): Promise<void> {
    const { state, files } = this.#namespaces.get(number)!;
    this.#namespaces.delete(number);
    state.release();
    await files.parts.closed();
  }

  async #replaySnapshot(namespace: OpenNamespace, entry: LogEntry, sequence: number): Promise<void> {
    if (entry.operation?.$case !== "restoreSnapshot") return;
    const manifest = NamespaceManifest.decode(entry.operation.value.manifest);
    const refused = refuseSnapshot(namespace.state, manifest, Number(entry.timeMs));
    // The files of a restore that was refused may be gone.
    if (refused !== undefined) {
      applyRefusal(namespace.state, entry, sequence, refused);
      return;
    }
    const { name } = namespace.state.context;
    const room = new VectorMemory(this.#settings.memoryForVectors, this.#namespaces).roomFor(namespace);
    // It was checked before it was logged, and nothing could stand in for it.
    const vectors: VectorReading = { room, checkOf: () => "later" };
    const content = await loadContent(namespace.state, namespace.files, manifest, vectors, (file, cause) =>
      this.#settings.emit({ kind: "derived_rebuilt", namespace: name, file, cause }),
    );
    applySnapshot(namespace, entry, sequence, manifest, content);
  }

  /**
   * A mark is made after the log was synced, so that the deletion which it belongs to is known by now.
   *
   * @throws VecstoreError DATA_CORRUPTED
   */
  assertCondemned(): void {
    for (const number of this.#condemned) {
      const namespace = this.#namespaces.get(number);
      if (namespace === undefined || namespace.isGoing) continue;
      throw corrupted(namespace.files.directory, 0, "it is marked as deleted, and the log does not say so");
    }
  }

  /** Lets go of what was read, so that nothing of the directory stays open. */
  async giveUp(): Promise<void> {
    for (const { state, files } of this.#namespaces.values()) {
      state.release();
      await files.parts.closed();
    }
  }

  /** Removes what a crash left half made, once nothing can fail any more. */
  async tidyUp(): Promise<void> {
    await removeTemporary(this.#settings.env, this.#root);
    for (const namespace of this.#namespaces.values()) {
      await this.#settings.env.makeDirectory(namespace.files.directory);
      await namespace.files.removeOrphans();
      await removeSnapshotLeftovers(this.#settings.env, this.#root, namespace.number);
    }
    await this.#tidyUpDirectories();
  }

  /** Directories of namespaces that are not there: of deleted ones, and of such whose creation a power cut took back. */
  async #tidyUpDirectories(): Promise<void> {
    const { env } = this.#settings;
    const numbers = await listNamespaceDirectories(env, this.#root);
    const unknown = numbers.filter((number) => !this.#namespaces.has(number));
    // The log may have entries of those before; those from here on get their numbers anew, and must find nothing.
    this.#erased = unknown.filter((number) => number < this.#catalog.nextNumber);
    const unborn = unknown.filter((number) => number >= this.#catalog.nextNumber);
    if (unborn.length > 0) await removeRemains(env, this.#root, unborn);
  }

  result(): Pick<Recovered, "catalog" | "namespaces" | "entries" | "manifestNumber" | "replayedFrom" | "erased"> {
    for (const { number, counts } of this.#namespaces.values())
      Object.assign(counts, this.#catalog.byNumber(number)?.counts);
    return {
      catalog: this.#catalog,
      namespaces: this.#namespaces,
      entries: this.entries,
      manifestNumber: this.#manifestNumber,
      replayedFrom: this.#replayFrom,
      erased: this.#erased,
    };
  }
}

async function firstPosition(env: Env, directory: string): Promise<number> {
  const bases = (await env.listDirectory(directory)).map(baseOfName).filter((base) => base !== undefined);
  return Math.min(...bases, Number.MAX_SAFE_INTEGER);
}

async function removeTemporary(env: Env, directory: string): Promise<void> {
  for (const name of await env.listDirectory(directory)) {
    if (name.startsWith("manifest-") && name.endsWith(".tmp")) await env.remove(joinPath(directory, name));
  }
}
