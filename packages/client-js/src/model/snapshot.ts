import type { CallOptions } from "./call.js";

/** A named, immutable copy of a namespace. */
export interface SnapshotInfo {
  /** As given to `createSnapshot`. */
  readonly name: string;
  /** The namespace that it is a copy of. */
  readonly namespace: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** Sequence of the last write that it holds. */
  readonly sequence: number;
  /** Visible records that it holds. */
  readonly vectorCount: number;
  /** Real bytes of its files. */
  readonly bytes: number;
}

/** Options of `downloadSnapshot`. */
export interface DownloadSnapshotOptions extends CallOptions {
  /** First byte of the archive to fetch, to go on after a download that broke off. Default 0. */
  readonly offset?: number;
}

/** A piece of the archive of a snapshot, a tar file. */
export interface SnapshotChunk {
  /** The same in each chunk. */
  readonly snapshot: SnapshotInfo;
  /** Bytes of the whole archive, the same in each chunk. */
  readonly totalBytes: number;
  /** The next bytes, at most 256 KiB. */
  readonly data: Uint8Array;
  /** CRC-32, as zip and gzip have it, of the archive from its first byte to the end of `data`, whatever the offset is. */
  readonly crc32: number;
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
  /** Its sequence; sequences never go back. */
  readonly sequence: number;
  /** Its incarnation, which grew by one when it was restored in place. */
  readonly incarnation: number;
  /** Visible records. */
  readonly vectorCount: number;
}
