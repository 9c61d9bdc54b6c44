import { type Core, loadCore } from "../core/core.js";
import { assert, VecstoreError } from "../errors.js";
import { LogEntry } from "../gen/vecstore/storage/v1/log.js";
import type { CatalogManifest } from "../gen/vecstore/storage/v1/manifest.js";
import { LIMITS } from "../limits.js";
import { type AppendedEntry, entryBytes, type Log } from "../log/log.js";
import { quoteValue } from "../metadata/describe.js";
import type { EngineEvent } from "../model/options.js";
import { CATALOG_NUMBER, type Catalog, type CatalogEntry, rulesOf, settingsOf } from "../state/catalog.js";
import { EMPTY_SUMMARY } from "../state/namespace-summary.js";
import { type Applied, appliedOrThrow, type Outcome } from "../state/outcome.js";
import { storedQuotas } from "../state/quotas.js";
import type { DirectoryLock } from "../storage/env.js";
import type { LimitedEnv } from "../storage/limited-env.js";
import { Checkpointer } from "./checkpointer.js";
import { Deletions } from "./deletion.js";
import { Expirer } from "./expirer.js";
import { openFormatFile, QUOTA_FORMAT, requireFormat } from "./format-file.js";
import { Gate } from "./gate.js";
import { Mutex } from "./mutex.js";
import { removeNamespaceDirectory } from "./names.js";
import { NamespaceChanges, type NewNamespace } from "./namespace-changes.js";
import { type LogTarget, OpenNamespace, type PendingWrite } from "./open-namespace.js";
import { type Recovered, type RecoverySummary, recover } from "./recovery.js";
import { RequestCounters } from "./request-counters.js";
import { Residents } from "./residents.js";
import type { DirectorySettings } from "./settings.js";
import { SnapshotSizes } from "./snapshot-sizes.js";
import { VectorMemory } from "./vector-memory.js";

type Operation = LogEntry["operation"];

/**
 * An open data directory: one log, the catalog, and the namespaces in memory. All writes pass through `write`: appended,
 * synced, then applied in log order, and only then answered.
 */
export class DataDirectory implements LogTarget {
  readonly path: string;
  readonly env: LimitedEnv;
  readonly core: Core;
  readonly settings: DirectorySettings;
  readonly catalog: Catalog;
  readonly log: Log;
  readonly pending = new Map<number, PendingWrite>();
  readonly checkpointer: Checkpointer;
  readonly vectorMemory: VectorMemory;
  readonly expirer: Expirer;
  /** The namespaces in memory. */
  readonly residents = new Residents(this);
  readonly snapshotSizes = new SnapshotSizes(this);
  readonly requests: RequestCounters;
  readonly changes = new NamespaceChanges(this);
  readonly deletions = new Deletions(this);
  /** A namespace that is made with content keeps others from being made meanwhile. */
  readonly creations = new Gate();
  /** Files of the log are read again, or removed: one after the other. */
  readonly logFiles = new Mutex();
  /** The catalog's checkpoint that it was opened with, kept while a damaged namespace may need it. */
  readonly openedWith: CatalogManifest;
  nextSequence: number;
  pendingBytes = 0;
  /** Position behind the last applied entry: what a checkpoint may say is in it. */
  appliedPosition: number;
  readonly #lock: DirectoryLock;
  #recovery: RecoverySummary | undefined;
  #lastTimeMs: number;
  #stopped: VecstoreError | undefined;
  #isLogStopped = false;
  /** Number of a namespace that did not come to be, whose files are in the way of the next one. */
  #leftDirectory: number | undefined;
  #closing: Promise<void> | undefined;
  readonly #closeController = new AbortController();

  private constructor(
    path: string,
    settings: DirectorySettings,
    core: Core,
    lock: DirectoryLock,
    recovered: Recovered,
  ) {
    this.path = path;
    this.env = settings.env;
    this.settings = settings;
    this.core = core;
    this.#lock = lock;
    this.catalog = recovered.catalog;
    this.requests = new RequestCounters(recovered.catalog);
    this.log = recovered.log;
    this.openedWith = recovered.manifest;
    this.appliedPosition = recovered.log.end;
    this.nextSequence = recovered.catalog.sequence + 1;
    this.#lastTimeMs = recovered.catalog.timeMs;
    for (const { summary } of recovered.catalog.entries()) this.noteTime(summary?.timeMs ?? 0);
    this.vectorMemory = new VectorMemory(settings.memoryForVectors, this.residents);
    this.checkpointer = new Checkpointer(this, recovered.manifestNumber, Number(recovered.manifest.logPosition));
    this.expirer = new Expirer(this);
  }

  /**
   * Opens or creates a data directory and replays its log.
   *
   * @throws VecstoreError DATA_DIR_IN_USE, FORMAT_TOO_NEW, DATA_CORRUPTED
   */
  static async open(path: string, settings: DirectorySettings): Promise<DataDirectory> {
    const { env } = settings;
    await env.makeDirectory(path);
    const lock = await env.lockDirectory(path);
    let core: Core | undefined;
    // The log reports durable entries to a directory that exists only once recovery is through.
    const receiver: { directory?: DataDirectory } = {};
    try {
      await openFormatFile(env, path);
      core = await loadCore({ threads: settings.threads });
      const recovered = await recover(path, settings, (entry) => receiver.directory?.onDurable(entry));
      const directory = new DataDirectory(path, settings, core, lock, recovered);
      receiver.directory = directory;
      await directory.#settle(recovered);
      return directory;
    } catch (error) {
      // The first error is the one to report.
      await receiver.directory?.log.close().catch(() => undefined);
      await receiver.directory?.residents.close();
      await core?.close().catch(() => undefined);
      await lock.release().catch(() => undefined);
      throw error;
    }
  }

  /** Reads the namespaces that the log, or nobody, knows more of than the catalog; then begins what goes on by itself. */
  async #settle({ tails, cut, startedMs, erased, entries }: Recovered): Promise<void> {
    const applied = await this.residents.settleAll(tails);
    const recovery = { entries: entries + applied, durationMs: performance.now() - startedMs, cut };
    this.#recovery = recovery;
    if (cut !== undefined) this.emit({ kind: "log_cut", ...cut });
    this.emit({ kind: "recovered", entries: recovery.entries, durationMs: recovery.durationMs });
    for (const { number } of this.catalog.entries()) this.expirer.consider(number);
    this.deletions.resume(erased);
  }

  /** How it was found when it was opened. */
  get recovery(): RecoverySummary {
    assert(this.#recovery !== undefined, "the directory is open");
    return this.#recovery;
  }

  get number(): number {
    return CATALOG_NUMBER;
  }

  /** Aborted when the directory begins to close: background work stops at its next step. */
  get closeSignal(): AbortSignal {
    return this.#closeController.signal;
  }

  /**
   * Milliseconds since 1970 as the log counts them: the clock's, but never less than was said before, so that what has
   * expired for a reader stays so for the next one and for every later entry.
   */
  nowMs(): number {
    this.#lastTimeMs = Math.max(this.#lastTimeMs, this.env.now());
    return this.#lastTimeMs;
  }

  /** Notes a time that was said, to the log or to a reader. */
  noteTime(timeMs: number): void {
    this.#lastTimeMs = Math.max(this.#lastTimeMs, timeMs);
  }

  /** Entries of the catalog; a new namespace is open from its creation on, and a new status holds for the next entry. */
  apply(entry: LogEntry, sequence: number): Outcome {
    const outcome = this.catalog.apply(entry, sequence);
    const operation = entry.operation;
    if (outcome.kind !== "applied") return outcome;
    if (operation?.$case === "createNamespace") {
      const created = this.catalog.byName(operation.value.name)!;
      this.catalog.noteCheckpoint(created.number, undefined, EMPTY_SUMMARY);
      this.residents.add(this.settings.newNamespace(this.path, this.core, created));
    } else if (operation?.$case === "updateNamespace") {
      const { number } = operation.value;
      const changed = this.residents.get(number);
      if (changed !== undefined) Object.assign(changed.state, rulesOf(operation.value));
      this.expirer.consider(number);
    } else if (operation?.$case === "deleteNamespace") this.residents.remove(operation.value.number);
    return outcome;
  }

  /**
   * A namespace that is known to be in memory.
   *
   * @throws VecstoreError NAMESPACE_NOT_FOUND
   */
  namespaceByName(name: string): OpenNamespace {
    const namespace = this.residents.get(this.entryByName(name).number);
    assert(namespace !== undefined, `namespace ${JSON.stringify(name)} is in memory`);
    return namespace;
  }

  /** @throws VecstoreError NAMESPACE_NOT_FOUND */
  entryByName(name: string): CatalogEntry {
    const entry = this.catalog.byName(name);
    if (entry !== undefined) return entry;
    throw new VecstoreError("NAMESPACE_NOT_FOUND", `namespace ${quoteValue(name)} does not exist; create it first`, {
      namespace: String(name),
    });
  }

  /** @throws VecstoreError NAMESPACE_EXISTS */
  async createNamespace(namespace: NewNamespace): Promise<CatalogEntry> {
    const { name, config, description, labels } = namespace;
    const quotas = storedQuotas(namespace.quotas ?? {});
    if (quotas !== undefined) await requireFormat(this.env, this.path, QUOTA_FORMAT);
    const noAnswerCache = namespace.cacheAnswers === false ? true : undefined;
    const value = { name, settings: settingsOf(config), description, labels: { ...labels }, quotas, noAnswerCache };
    for (let outcome: Outcome | undefined; outcome === undefined; ) {
      const left = this.#leftDirectory;
      if (left !== undefined) await this.creations.exclusive(() => this.clearNamespaceDirectory(left));
      outcome = await this.creations.shared(async () => {
        // Another may have been left while this waited for its turn.
        if (this.#leftDirectory !== undefined) return undefined;
        return this.write(this, { $case: "createNamespace", value });
      });
      if (outcome !== undefined) appliedOrThrow(outcome);
    }
    return this.catalog.byName(name)!;
  }

  /** Says that the directory of a namespace that did not come to be is still there. */
  leaveNamespaceDirectory(number: number): void {
    this.#leftDirectory = number;
  }

  /** Removes what was left in the directory of the namespace to come. */
  async clearNamespaceDirectory(number: number): Promise<void> {
    // One that came to be meanwhile has what is its own there.
    if (number === this.catalog.nextNumber) await removeNamespaceDirectory(this.env, this.path, number);
    if (this.#leftDirectory === number) this.#leftDirectory = undefined;
  }

  /**
   * Appends one entry and returns its outcome: after the sync, and after its own apply.
   *
   * @param apply  runs in place of applying the entry, in log order
   * @throws VecstoreError STORE_CLOSED, STORE_STOPPED, DISK_FULL; nothing was applied then
   */
  async write(target: LogTarget, operation: Operation, apply?: PendingWrite["apply"]): Promise<Outcome> {
    this.assertReadable();
    // A restore holds up the checkpoint that would make room, so it must not wait for it.
    if (apply === undefined) await this.checkpointer.room();
    this.assertReadable();
    // From here to the append nothing is awaited: what is refused now is refused before it is logged.
    const entry: LogEntry = { timeMs: BigInt(this.nowMs()), operation };
    const payload = LogEntry.encode(entry).finish();
    const bytes = entryBytes(payload.length);
    const refused = target.refuse?.(entry, bytes);
    if (refused !== undefined) return refused;
    const sequence = target.nextSequence++;
    const pending: PendingWrite = { entry, apply };
    target.pending.set(sequence, pending);
    target.pendingBytes += bytes;
    try {
      await this.log.append({ namespace: target.number, sequence, payload });
    } catch (error) {
      this.#noteLogStopped(error);
      target.pendingBytes -= bytes;
      throw error;
    } finally {
      target.pending.delete(sequence);
    }
    if (pending.outcome === undefined) throw this.#stopped ?? new VecstoreError("INTERNAL", "entry was not applied");
    this.checkpointer.consider(target.number);
    if (target.number !== CATALOG_NUMBER) this.expirer.consider(target.number);
    return pending.outcome;
  }

  /** As `write`, for entries whose rejection is the caller's error. */
  async writeOrThrow(target: LogTarget, operation: Operation, apply?: PendingWrite["apply"]): Promise<Applied> {
    return appliedOrThrow(await this.write(target, operation, apply));
  }

  /** Called by the log for each durable entry, in log order; must not throw. */
  onDurable(entry: AppendedEntry): void {
    const target = entry.namespace === CATALOG_NUMBER ? this : this.residents.get(entry.namespace);
    const pending = target?.pending.get(entry.sequence);
    if (this.#stopped !== undefined) return;
    try {
      assert(target !== undefined && pending !== undefined, `entry ${entry.sequence} has a writer`);
      pending.outcome = pending.apply?.(entry.sequence) ?? target.apply(pending.entry, entry.sequence);
      this.appliedPosition = entry.end;
      // In one turn, so that no writer sees an entry's bytes twice or not at all.
      const bytes = entry.end - entry.position;
      target.pendingBytes -= bytes;
      if (target instanceof OpenNamespace) target.logBytes += bytes;
    } catch (cause) {
      // The log says more than memory does: going on would answer from a wrong state.
      this.stop(cause, "applying a logged entry failed");
    }
  }

  /** A log that stopped refuses writes by itself; memory is as the acknowledged writes say, so reads go on. */
  #noteLogStopped(error: unknown): void {
    const isStopped = error instanceof VecstoreError && error.reason === "STORE_STOPPED";
    if (!isStopped || this.#isLogStopped) return;
    this.#isLogStopped = true;
    this.emit({ kind: "background_error", task: "log", error });
  }

  /** Refuses every later write, and reads too: only a new opening, which replays the log, mends it. */
  stop(cause: unknown, what: string): void {
    const message = `the store stopped: ${what}; open it again`;
    this.#stopped ??= new VecstoreError("STORE_STOPPED", message, {}, { cause });
    this.emit({ kind: "background_error", task: what, error: asError(cause) });
  }

  /** Why the store stopped, if it did. */
  get stopped(): VecstoreError | undefined {
    return this.#stopped;
  }

  /**
   * For work that goes on while the directory closes.
   *
   * @throws VecstoreError STORE_STOPPED
   */
  assertRunning(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
  }

  /** @throws VecstoreError STORE_CLOSED, STORE_STOPPED */
  assertReadable(): void {
    if (this.#closing !== undefined) throw storeClosed();
    this.assertRunning();
  }

  /** Tells the operator. */
  emit(event: EngineEvent): void {
    this.settings.emit(event);
  }

  /** True while the log keeps more than a restart should read. */
  get logIsLong(): boolean {
    return this.log.bytes > LIMITS.logBytesMax;
  }

  /**
   * Waits for the writes in flight, checkpoints, and gives the directory back. Safe to call twice. A checkpoint that fails is
   * reported as an event: the log holds everything.
   *
   * @throws VecstoreError STORE_STOPPED when writes that were answered before their sync may be lost; it is closed all the same
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closeController.abort(storeClosed());
    await this.expirer.stop();
    await this.deletions.stop();
    await this.residents.idle();
    const unsynced = await this.log.sync().then(() => undefined, asError);
    await this.checkpointer.idle();
    if (this.#stopped === undefined && unsynced === undefined) {
      await this.checkpointer.now("full graph").catch((error) => {
        this.emit({ kind: "background_error", task: "checkpoint", error: asError(error) });
      });
    }
    await this.log.close().catch(() => undefined);
    await this.#release();
    // Under `always` nobody was answered before the sync.
    if (unsynced !== undefined && this.settings.fsync !== "always") throw unsynced;
  }

  async #release(): Promise<void> {
    try {
      await this.residents.close();
      await this.core.close();
    } finally {
      await this.#lock.release();
    }
  }
}

function storeClosed(): VecstoreError {
  return new VecstoreError("STORE_CLOSED", "the store is closed; open it again");
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
