import { CatalogManifest } from "../gen/vecstore/storage/v1/manifest.js";
import { joinPath } from "../storage/env.js";
import {
  type CheckpointResult,
  checkpointNamespace,
  type GraphPolicy,
  type LogMark,
  pauseGraphs,
} from "./checkpoint.js";
import { compactNamespace } from "./compaction.js";
import type { DataDirectory } from "./data-directory.js";
import { listManifests, MANIFESTS_KEPT, writeManifest } from "./manifest-file.js";
import { dueMerges } from "./merge-policy.js";
import { Mutex } from "./mutex.js";
import { numberedName } from "./names.js";
import type { OpenNamespace } from "./open-namespace.js";
import { stopSignal } from "./stopped-by.js";

/** After a checkpoint or a merge that failed the next one waits for this much more log. */
const RETRY_LOG_BYTES = 4 * 1024 * 1024;

/** Decides when checkpoints and merges are made in the background, and trims the log behind them. */
export class Checkpointer {
  readonly #directory: DataDirectory;
  #manifestNumber: number;
  /** Replay positions of the catalog checkpoints that are kept, oldest first. */
  #positions: number[];
  #nextAtPosition: number;
  #running: Promise<void> | undefined;
  /** One checkpoint of the directory at a time: each names a later position than the one before. */
  readonly #turns = new Mutex();

  constructor(directory: DataDirectory, manifestNumber: number, replayedFrom: number) {
    this.#directory = directory;
    this.#manifestNumber = manifestNumber;
    this.#positions = [replayedFrom];
    this.#nextAtPosition = replayedFrom + directory.settings.checkpointLogBytes;
  }

  /** Starts what is due after a write to the namespace of this number. */
  consider(number: number): void {
    const directory = this.#directory;
    if (directory.closeSignal.aborted || directory.stopped !== undefined) return;
    if (directory.appliedPosition >= this.#nextAtPosition) this.#begin();
    const namespace = directory.residents.get(number);
    if (namespace !== undefined && this.#isMergeDue(namespace)) void this.#merge(namespace);
  }

  /** Waits while the log keeps more than a restart should read and a checkpoint is about to shorten it. */
  async room(): Promise<void> {
    if (this.#directory.logIsLong) await this.#running;
  }

  /** Makes a checkpoint of everything now. */
  now(fullGraph: GraphPolicy = "grown graph"): Promise<void> {
    return this.#turns.run(() => this.#checkpoint(fullGraph));
  }

  /** Returns when no checkpoint, merge, snapshot or restore is under way; while closing none begins any more. */
  async idle(): Promise<void> {
    await this.#turns.idle();
    for (const namespace of [...this.#directory.residents]) {
      await namespace.merges.idle();
      await namespace.maintenance.idle();
    }
  }

  #begin(): void {
    if (this.#running !== undefined) return;
    this.#nextAtPosition = Number.POSITIVE_INFINITY;
    this.#running = this.now()
      .catch((error: Error) => {
        this.#nextAtPosition = this.#retryPosition;
        this.#directory.emit({ kind: "background_error", task: "checkpoint", error });
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  get #retryPosition(): number {
    const { appliedPosition, settings } = this.#directory;
    return appliedPosition + Math.min(RETRY_LOG_BYTES, settings.checkpointLogBytes);
  }

  #isMergeDue({ merging, nextMergeAtPosition, state }: OpenNamespace): boolean {
    return !merging && this.#directory.appliedPosition >= nextMergeAtPosition && dueMerges(state.segments).length > 0;
  }

  /** Never rejects: a failure is reported, and what the merge could not do stays due. */
  async #merge(namespace: OpenNamespace): Promise<void> {
    const directory = this.#directory;
    namespace.merging = true;
    try {
      await namespace.merges.run(() => this.#mergeLocked(namespace));
    } catch (error) {
      namespace.nextMergeAtPosition = this.#retryPosition;
      if (!directory.closeSignal.aborted && !namespace.isGoing) {
        directory.emit({ kind: "background_error", task: "merge", error: error as Error });
      }
    } finally {
      namespace.merging = false;
    }
  }

  async #mergeLocked(namespace: OpenNamespace): Promise<void> {
    const directory = this.#directory;
    const startedMs = performance.now();
    const { state } = namespace;
    const signal = stopSignal(directory, namespace);
    const { removed, merged } = await compactNamespace(namespace, dueMerges(state.segments), signal);
    const { name } = state.context;
    if (merged === 0) {
      namespace.nextMergeAtPosition = this.#retryPosition;
      return;
    }
    directory.emit({ kind: "merged", namespace: name, removed, durationMs: performance.now() - startedMs });
    // A directory that closes makes its last checkpoint itself.
    if (directory.closeSignal.aborted) return;
    try {
      await this.freeMerged(namespace);
    } catch (error) {
      // The merge is done all the same; the next checkpoint names its segments.
      directory.emit({ kind: "background_error", task: "checkpoint", error: error as Error });
    }
  }

  /**
   * Deletes the files of segments that a merge replaced. The caller holds `merges`.
   *
   * @throws VecstoreError DISK_FULL, STORE_STOPPED
   */
  freeMerged(namespace: OpenNamespace): Promise<void> {
    return this.#turns.run(async () => {
      // Twice, since the files of the old segments stay until the checkpoint before the merge goes too.
      await this.namespace(namespace, "grown graph");
      await this.namespace(namespace, "grown graph");
    });
  }

  async #checkpoint(fullGraph: GraphPolicy): Promise<void> {
    const directory = this.#directory;
    directory.assertRunning();
    // Entries before this position are in every checkpoint made below.
    const position = directory.appliedPosition;
    // Taken now: a catalog that knew later entries would give their statuses to the entries before them in a replay.
    const catalog = this.#heldCatalog() ?? directory.catalog.toManifest(position);
    await directory.log.sync();
    for (const namespace of [...directory.residents]) {
      if (needsCheckpoint(namespace, fullGraph) || this.#loses(namespace)) await this.namespace(namespace, fullGraph);
    }
    await this.#renewOthers();
    directory.requests.note();
    await directory.logFiles.run(async () => {
      await this.#writeCatalog(directory.catalog.withCounts(catalog));
      await directory.log.trim(this.#positions[0]!);
    });
    this.#nextAtPosition = position + directory.settings.checkpointLogBytes;
  }

  /**
   * While a damaged namespace has entries in the log that no checkpoint holds, each catalog is that of the opening again, with newer
   * counts: so the log is kept from there on, and read by the next opening, which may find its files put back.
   */
  #heldCatalog(): CatalogManifest | undefined {
    const { residents, openedWith } = this.#directory;
    return residents.needLog ? openedWith : undefined;
  }

  /** Namespaces that are not in memory hold all their entries, but maybe in one checkpoint only: see `#loses`. */
  async #renewOthers(): Promise<void> {
    const { catalog, log, residents } = this.#directory;
    if (log.fileCount === 1) return;
    for (const entry of [...catalog.entries()]) {
      const isWhole = entry.summary?.bothHold ?? true;
      if (!isWhole && entry.status !== "pending_deletion" && residents.get(entry.number) === undefined) {
        await residents.renew(entry);
      }
    }
  }

  /** True when a namespace that is let go now would not be whole in its files. */
  isDue(namespace: OpenNamespace): boolean {
    return needsCheckpoint(namespace, "full graph") || namespace.files.areLogged;
  }

  /**
   * True when the older manifest of a namespace that is not written to needs entries which the trim may take: the newest is
   * written once more then. A log of one file is never trimmed.
   */
  #loses({ state, files }: OpenNamespace): boolean {
    const isTrimmed = this.#directory.log.fileCount > 1;
    return isTrimmed && files.manifest !== undefined && !files.bothHold(state.sequence);
  }

  /** Checkpoints one namespace. */
  namespace(namespace: OpenNamespace, fullGraph: GraphPolicy): Promise<void> {
    return namespace.maintenance.run(() => this.namespaceLocked(namespace, fullGraph));
  }

  /** As `namespace`, for a caller that holds `maintenance`. Nothing for a namespace that is being deleted, or was let go. */
  async namespaceLocked(namespace: OpenNamespace, fullGraph: GraphPolicy): Promise<void> {
    if (namespace.isGoing || namespace.isClosed) return;
    const directory = this.#directory;
    const startedMs = performance.now();
    await directory.env.makeDirectory(namespace.files.directory);
    const { manifest, bytes, summary } = await this.#write(namespace, fullGraph);
    const { name, number } = namespace;
    directory.catalog.noteCheckpoint(number, manifest.dimension, summary);
    directory.residents.unstick(number);
    directory.emit({ kind: "checkpoint", namespace: name, durationMs: performance.now() - startedMs, bytes });
    await this.#releaseVectors();
  }

  /** Vectors that could not be let go of stay in memory until the next checkpoint: a failure of this is none of the caller's. */
  async #releaseVectors(): Promise<void> {
    const directory = this.#directory;
    if (directory.closeSignal.aborted) return;
    await directory.vectorMemory.release().catch((error: Error) => {
      directory.emit({ kind: "background_error", task: "vectors", error });
    });
  }

  async #write(namespace: OpenNamespace, fullGraph: GraphPolicy): Promise<CheckpointResult> {
    const directory = this.#directory;
    const resume = await pauseGraphs(namespace, fullGraph);
    try {
      // An entry that was half applied must not reach a checkpoint.
      directory.assertRunning();
      // In one turn with the capture: the mark and the state belong together.
      const mark: LogMark = { log: directory.log, position: directory.appliedPosition };
      return await checkpointNamespace(namespace, mark, fullGraph);
    } finally {
      resume();
    }
  }

  async #writeCatalog(catalog: CatalogManifest): Promise<void> {
    const { env, path } = this.#directory;
    const number = ++this.#manifestNumber;
    await writeManifest(env, path, number, CatalogManifest.encode(catalog).finish());
    this.#positions = [...this.#positions, Number(catalog.logPosition)].slice(-MANIFESTS_KEPT);
    for (const old of (await listManifests(env, path)).slice(MANIFESTS_KEPT)) {
      await env.remove(joinPath(path, numberedName("manifest", old)));
    }
  }
}

function needsCheckpoint(namespace: OpenNamespace, fullGraph: GraphPolicy): boolean {
  const { state, files } = namespace;
  const written = files.manifest;
  if (written === undefined) return state.sequence > 0;
  if (Number(written.sequence) !== state.sequence || namespace.segmentsChanged) return true;
  return fullGraph === "full graph" && (namespace.graphsLag || namespace.calibrationsLag);
}
