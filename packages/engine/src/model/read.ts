import type { Filter } from "./filter.js";
import type { Projection, StoredRecord } from "./record.js";

/** Options of `list`. */
export interface ListRequest extends Projection {
  /** Only ids that begin with this. */
  readonly prefix?: string;
  readonly filter?: string | Filter;
  /** 1..1,000. Default 100. */
  readonly pageSize?: number;
  /** From the previous page; bound to the same prefix and filter. */
  readonly pageToken?: string;
}

/** Records by ascending id, compared as UTF-8 bytes. */
export interface ListPage {
  readonly records: readonly StoredRecord[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/** Records in the order asked, and the ids that are not there. */
export interface GetResult {
  readonly records: readonly StoredRecord[];
  readonly missing: readonly string[];
}

/** Counted, not estimated. */
export interface StoreStats {
  readonly namespace: string;
  /** Visible records. */
  readonly vectorCount: number;
  readonly softDeletedCount: number;
  /** Dead slots that a merge will reclaim. */
  readonly deadCount: number;
  readonly dimension: number | undefined;
  readonly sequence: number;
  readonly incarnation: number;
  readonly segments: readonly SegmentStats[];
  /** Records that no graph holds yet and that queries scan; 0 in small namespaces. */
  readonly indexBacklog: number;
  readonly indexState: "flat" | "building" | "ready";
  /** Bytes of the namespace's files, snapshots apart. */
  readonly diskBytes: number;
  readonly snapshotBytes: number;
  /** Bytes of vectors, codes, links, ids, metadata, texts and their indexes held in memory. */
  readonly memoryBytes: number;
  /** Bytes of the log that a restart would read. */
  readonly logBytes: number;
  /** Milliseconds since 1970; absent before the first checkpoint. */
  readonly lastCheckpointMs: number | undefined;
}

/** One segment. */
export interface SegmentStats {
  readonly number: number;
  readonly slots: number;
  readonly live: number;
  readonly indexed: number;
  readonly hasGraph: boolean;
  readonly memoryBytes: number;
}

/** A named, immutable copy of a namespace. */
export interface SnapshotInfo {
  readonly name: string;
  readonly createdAtMs: number;
  readonly sequence: number;
  readonly vectorCount: number;
  /** Real bytes of its files. */
  readonly bytes: number;
}
