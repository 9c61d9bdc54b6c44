import { VecstoreError } from "../errors.js";
import type { LogEntry } from "../gen/vecstore/storage/v1/log.js";
import { applyEntry, refuseByStatus } from "../state/apply.js";
import type { NamespaceState } from "../state/namespace-state.js";
import type { Outcome } from "../state/outcome.js";
import { quotaExceeded } from "../state/quotas.js";
import { Mutex } from "./mutex.js";
import type { NamespaceFiles } from "./namespace-files.js";

/** A write between its append and its answer. */
export interface PendingWrite {
  readonly entry: LogEntry;
  /** What is applied in place of the entry where it needs more than the entry: a restored snapshot's segments. */
  readonly apply?: (sequence: number) => Outcome;
  outcome?: Outcome;
  error?: unknown;
}

/** Something that entries of the log are applied to: a namespace, or the catalog. */
export interface LogTarget {
  readonly number: number;
  nextSequence: number;
  readonly pending: Map<number, PendingWrite>;
  /** Of its entries that are on their way into the log. */
  pendingBytes: number;
  apply(entry: LogEntry, sequence: number): Outcome;
  /** Why an entry must not be logged, or undefined: then it is decided when it is applied. Absent: none is refused. */
  refuse?(entry: LogEntry, bytes: number): Outcome | undefined;
}

/** Operations that a quota of bytes refuses. Deletes take bytes of the log, too, and are the way to get them back. */
const GROWS: ReadonlySet<string | undefined> = new Set(["upsert", "restore"]);

/** What a namespace stores now: bytes of the files of its last checkpoint, and of its entries in the log since. */
export function storageBytes({ files, logBytes }: OpenNamespace): number {
  return files.diskBytes + logBytes;
}

/** A namespace in memory: its state, its files and its writes in flight. */
export class OpenNamespace implements LogTarget {
  readonly state: NamespaceState;
  readonly files: NamespaceFiles;
  readonly pending = new Map<number, PendingWrite>();
  /** Checkpoints, snapshots and restores of one namespace exclude each other. */
  readonly maintenance = new Mutex();
  /**
   * Merges exclude each other and restores. Taken before `maintenance`, never after: a merge takes minutes, and checkpoints
   * must go on meanwhile, since writers of all namespaces wait for them once the log is long.
   */
  readonly merges = new Mutex();
  nextSequence: number;
  /** Of its entries in the log that the newest checkpoint does not hold. */
  logBytes = 0;
  pendingBytes = 0;
  /** True while a merge that was begun in the background is under way. */
  merging = false;
  /** Log position before which no merge begins by itself: the last one failed. */
  nextMergeAtPosition = 0;

  /** True once its memory was let go: there is nothing in it that a checkpoint could write. */
  isClosed = false;
  /** Work in the background that looks at it, and that nobody waits for. */
  watchers = 0;

  readonly #leaving = new AbortController();

  constructor(state: NamespaceState, files: NamespaceFiles) {
    this.state = state;
    this.files = files;
    this.nextSequence = state.sequence + 1;
  }

  get number(): number {
    return this.state.context.number;
  }

  get name(): string {
    return this.state.context.name;
  }

  /** True from the moment that its deletion is decided. */
  get isGoing(): boolean {
    return this.state.status === "pending_deletion";
  }

  /**
   * A namespace that is going takes no entry: none may come behind that which takes it out of the catalog. One that has used its bytes
   * takes none that adds to them.
   */
  refuse(entry: LogEntry, bytes: number): Outcome | undefined {
    if (this.isGoing) return refuseByStatus(this.state);
    const { maxStorageBytes } = this.state.quotas;
    if (maxStorageBytes === undefined || !GROWS.has(entry.operation?.$case)) return undefined;
    const usage = storageBytes(this) + this.pendingBytes;
    if (usage + bytes <= maxStorageBytes) return undefined;
    return quotaExceeded(
      this.state,
      "max_storage_bytes",
      usage,
      maxStorageBytes,
      `a write of ${bytes} bytes does not fit`,
    );
  }

  /** Aborted when the namespace is deleted: background work on it stops at its next step. */
  get leaveSignal(): AbortSignal {
    return this.#leaving.signal;
  }

  /** Stops background work on it, for good. */
  leave(): void {
    const { name } = this.state.context;
    const message = `namespace ${JSON.stringify(name)} is being deleted`;
    this.#leaving.abort(new VecstoreError("NAMESPACE_NOT_FOUND", message, { namespace: name }));
  }

  /** True when a merge or a restore put other segments in place of those the newest manifest names. */
  get segmentsChanged(): boolean {
    const { segments } = this.state;
    const known = this.files.bySegment;
    return segments.length !== known.size || segments.some((segment) => !known.has(segment));
  }

  /** True when a graph links more than its file. */
  get graphsLag(): boolean {
    return this.state.segments.some(
      (segment) => segment.indexed > (this.files.bySegment.get(segment)?.graph?.indexed ?? 0),
    );
  }

  /** True when a graph was calibrated since the newest manifest. */
  get calibrationsLag(): boolean {
    return this.state.segments.some(
      (segment) => segment.calibration !== this.files.bySegment.get(segment)?.calibration,
    );
  }

  apply(entry: LogEntry, sequence: number): Outcome {
    return applyEntry(this.state, entry, sequence);
  }
}
