import { type Core, loadCore } from "../core/core.js";
import { assert, VecstoreError } from "../errors.js";
import { LogEntry } from "../gen/vecstore/storage/v1/log.js";
import { LIMITS } from "../limits.js";
import { type AppendedEntry, entryBytes, type Log } from "../log/log.js";
import { quoteValue } from "../metadata/describe.js";
import type { EngineEvent } from "../model/options.js";
import type { Quotas } from "../model/quotas.js";
import { CATALOG_NUMBER, type Catalog, type CatalogEntry, rulesOf, settingsOf } from "../state/catalog.js";
import { type Applied, appliedOrThrow, type Outcome } from "../state/outcome.js";
import { storedQuotas } from "../state/quotas.js";
import type { DirectoryLock, Env } from "../storage/env.js";
import { Checkpointer } from "./checkpointer.js";
import { Deletions } from "./deletion.js";
import { Expirer } from "./expirer.js";
import { openFormatFile, QUOTA_FORMAT, requireFormat } from "./format-file.js";
import { Gate } from "./gate.js";
import { removeNamespaceDirectory } from "./names.js";
import { NamespaceChanges } from "./namespace-changes.js";
import { type LogTarget, OpenNamespace, type PendingWrite } from "./open-namespace.js";
import { type Recovered, recover } from "./recovery.js";
import type { DirectorySettings } from "./settings.js";
import { VectorMemory } from "./vector-memory.js";

/** How a data directory was found at its opening. */
export interface RecoverySummary {
  /** Entries of the log that no checkpoint held, and were applied. */
  readonly entries: number;
  /** Milliseconds. */
  readonly durationMs: number;
  /** What was cut off the end of the log: a write that was not on the disk whole. */
  readonly cut: Recovered["cut"];
}

/** Settings of a new namespace. */
export interface NewNamespace {
  readonly name: string;
  readonly config: CatalogEntry["config"];
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly quotas?: Quotas;
  /** Absent: true. */
  readonly cacheAnswers?: boolean;
}

type Operation = LogEntry["operation"];

/**
 * An open data directory: one log, the catalog, and the namespaces in memory. All writes pass through `write`: appended,
 * synced, then applied in log order, and only then answered.
 */
export class DataDirectory implements LogTarget {
  readonly path: string;
  readonly env: Env;
  readonly core: Core;
  readonly settings: DirectorySettings;
  readonly catalog: Catalog;
  readonly recovery: RecoverySummary;
  readonly log: Log;
  readonly pending = new Map<number, PendingWrite>();
  readonly checkpointer: Checkpointer;
  readonly vectorMemory: VectorMemory;
  readonly expirer: Expirer;
  readonly changes = new NamespaceChanges(this);
  readonly deletions = new Deletions(this);
  /** A namespace that is made with content keeps others from being made meanwhile. */
  readonly creations = new Gate();
  nextSequence: number;
  pendingBytes = 0;
  /** Position behind the last applied entry: what a checkpoint may say is in it. */
  appliedPosition: number;
  readonly #lock: DirectoryLock;
  readonly #namespaces: Map<number, OpenNamespace>;
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
    this.#namespaces = recovered.namespaces;
    this.log = recovered.log;
    this.recovery = { entries: recovered.entries, durationMs: recovered.durationMs, cut: recovered.cut };
    this.appliedPosition = recovered.log.end;
    this.nextSequence = recovered.catalog.sequence + 1;
    this.#lastTimeMs = recovered.catalog.timeMs;
    for (const namespace of recovered.namespaces.values()) {
      this.#lastTimeMs = Math.max(this.#lastTimeMs, namespace.state.timeMs);
    }
    this.vectorMemory = new VectorMemory(settings.memoryForVectors, recovered.namespaces);
    this.checkpointer = new Checkpointer(this, recovered.manifestNumber, recovered.replayedFrom);
    this.expirer = new Expirer(this);
    for (const namespace of recovered.namespaces.values()) this.expirer.consider(namespace);
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
    try {
      await openFormatFile(env, path);
      core = await loadCore({ threads: settings.threads });
      // The log reports durable entries to a directory that exists only once recovery is through.
      const receiver: { directory?: DataDirectory } = {};
      const recovered = await recover(path, settings, core, (entry) => receiver.directory?.onDurable(entry));
      receiver.directory = new DataDirectory(path, settings, core, lock, recovered);
      receiver.directory.deletions.resume(recovered.erased);
      return receiver.directory;
    } catch (error) {
      // The first error is the one to report.
      await core?.close().catch(() => undefined);
      await lock.release().catch(() => undefined);
      throw error;
    }
  }

  get number(): number {
    return CATALOG_NUMBER;
  }

  /** Aborted when the directory begins to close: background work stops at its next step. */
  get closeSignal(): AbortSignal {
    return this.#closeController.signal;
  }

  get namespaces(): ReadonlyMap<number, OpenNamespace> {
    return this.#namespaces;
  }

  /**
   * Milliseconds since 1970 as the log counts them: the clock's, but never less than was said before, so that what has
   * expired for a reader stays so for the next one and for every later entry.
   */
  nowMs(): number {
    this.#lastTimeMs = Math.max(this.#lastTimeMs, this.env.now());
    return this.#lastTimeMs;
  }

  /** Entries of the catalog; a new namespace is open from its creation on, and a new status holds for the next entry. */
  apply(entry: LogEntry, sequence: number): Outcome {
    const outcome = this.catalog.apply(entry, sequence);
    const operation = entry.operation;
    if (outcome.kind !== "applied") return outcome;
    if (operation?.$case === "createNamespace") {
      const created = this.catalog.byName(operation.value.name)!;
      this.#namespaces.set(created.number, this.settings.newNamespace(this.path, this.core, created));
    } else if (operation?.$case === "updateNamespace") {
      const changed = this.#namespaces.get(operation.value.number)!;
      Object.assign(changed.state, rulesOf(operation.value));
      this.expirer.consider(changed);
    } else if (operation?.$case === "deleteNamespace") this.#namespaces.delete(operation.value.number);
    return outcome;
  }

  /** @throws VecstoreError NAMESPACE_NOT_FOUND */
  namespaceByName(name: string): OpenNamespace {
    const entry = this.catalog.byName(name);
    const namespace = entry === undefined ? undefined : this.#namespaces.get(entry.number);
    if (namespace !== undefined) return namespace;
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

  /** A namespace that was made with its content is open from the entry on that creates it. */
  adopt(namespace: OpenNamespace): void {
    this.#namespaces.set(namespace.number, namespace);
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
    const namespace = this.#namespaces.get(target.number);
    if (namespace !== undefined) this.expirer.consider(namespace);
    return pending.outcome;
  }

  /** As `write`, for entries whose rejection is the caller's error. */
  async writeOrThrow(target: LogTarget, operation: Operation, apply?: PendingWrite["apply"]): Promise<Applied> {
    return appliedOrThrow(await this.write(target, operation, apply));
  }

  /** Called by the log for each durable entry, in log order; must not throw. */
  onDurable(entry: AppendedEntry): void {
    const target = entry.namespace === CATALOG_NUMBER ? this : this.#namespaces.get(entry.namespace);
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
    await this.deletions.idle();
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
      for (const namespace of this.#namespaces.values()) namespace.state.release();
      for (const namespace of this.#namespaces.values()) await namespace.files.parts.closed();
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
