import type { CallOptions } from "./call.js";

/** A named, immutable copy of a namespace. */
export interface SnapshotInfo {
  readonly name: string;
  readonly namespace: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  readonly sequence: number;
  readonly vectorCount: number;
  /** Real bytes of its files. */
  readonly bytes: number;
}

/** Options of `restoreSnapshot`. */
export interface RestoreSnapshotOptions extends CallOptions {
  /** Restore as a new namespace of this name. Absent: in place, which replaces every record of the namespace. */
  readonly targetNamespace?: string;
}

/** What `restoreSnapshot` brought back. */
export interface RestoreSnapshotResult {
  /** The namespace that now holds the records. */
  readonly namespace: string;
  readonly sequence: number;
  readonly incarnation: number;
  readonly vectorCount: number;
}
