import type { LogEntry } from "../gen/vecstore/storage/v1/log.js";
import { applyEntry } from "../state/apply.js";
import type { NamespaceState } from "../state/namespace-state.js";
import type { Outcome } from "../state/outcome.js";
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
  apply(entry: LogEntry, sequence: number): Outcome;
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
  /** True while a merge that was begun in the background is under way. */
  merging = false;
  /** Log position before which no merge begins by itself: the last one failed. */
  nextMergeAtPosition = 0;

  constructor(state: NamespaceState, files: NamespaceFiles) {
    this.state = state;
    this.files = files;
    this.nextSequence = state.sequence + 1;
  }

  get number(): number {
    return this.state.context.number;
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
