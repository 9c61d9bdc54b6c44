import type { Filter } from "./filter.js";
import type { Projection, StoredRecord } from "./record.js";

/** Options of `list`. */
export interface ListRequest extends Projection {
  /** Only ids that begin with this. */
  readonly prefix?: string;
  /** A filter string or its AST. Default every record. */
  readonly filter?: string | Filter;
  /** 1..1,000. Default 100. */
  readonly pageSize?: number;
  /** From the previous page; bound to the same prefix and filter. */
  readonly pageToken?: string;
}

/** Records by ascending id, compared as UTF-8 bytes. */
export interface ListPage {
  /** 0..pageSize. */
  readonly records: readonly StoredRecord[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/** Options of `export`. A record carries all its parts unless one is set to false. */
export interface ExportRequest extends Projection {
  /** Only ids that begin with this. */
  readonly prefix?: string;
  /** A filter string or its AST. Default every record. */
  readonly filter?: string | Filter;
  /** Of the last chunk that came, to go on after it; bound to the same prefix and filter. */
  readonly resumeToken?: string;
  /** Ends the export with CANCELED. */
  readonly signal?: AbortSignal;
}

/** A piece of an export. */
export interface ExportChunk {
  /** By ascending id (UTF-8 bytes), 0..1,000; none only where no record is left at all. */
  readonly records: readonly StoredRecord[];
  /** Goes on after these records. */
  readonly resumeToken: string;
  /** Of the namespace, when the export or its resumption began: what is exported is as it was then. */
  readonly sequence: number;
}

/** Records in the order asked, and the ids that are not there. */
export interface GetResult {
  /** Those that are there, in the order asked. */
  readonly records: readonly StoredRecord[];
  /** Ids of the others, in the order asked. */
  readonly missing: readonly string[];
}

/** Counted, not estimated. */
export interface StoreStats {
  /** Its name. */
  readonly namespace: string;
  /** Visible records. */
  readonly vectorCount: number;
  /** Records hidden until `restore` or `delete`. */
  readonly softDeletedCount: number;
  /** Dead slots that a merge will reclaim. */
  readonly deadCount: number;
  /** Undefined until the first vector fixes it. */
  readonly dimension: number | undefined;
  /** Of the last write. */
  readonly sequence: number;
  /** Counts restored snapshots: with it, a sequence names a state for good. */
  readonly incarnation: number;
  /** What it is made of; a query searches each. */
  readonly segments: readonly SegmentStats[];
  /** Records that no graph holds yet and that queries scan; 0 in small namespaces. */
  readonly indexBacklog: number;
  /** `flat`: no segment is large enough for a graph; `building`: some records wait for one. */
  readonly indexState: "flat" | "building" | "ready";
  /** Bytes of the namespace's files, snapshots apart. */
  readonly diskBytes: number;
  /** Bytes of the files of all snapshots, also where a file is shared with the namespace. */
  readonly snapshotBytes: number;
  /** Bytes of vectors, codes, links, ids, metadata, texts and their indexes held in memory. */
  readonly memoryBytes: number;
  /** Bytes of the log that a restart would read. */
  readonly logBytes: number;
  /** Milliseconds since 1970; absent before the first checkpoint. */
  readonly lastCheckpointMs: number | undefined;
  /** `memoryBytes` for each visible record; 0 when there is none. */
  readonly memoryBytesPerRecord: number;
  /** `diskBytes` for each record that the last checkpoint holds; 0 when there is none. */
  readonly diskBytesPerRecord: number;
}

/** One segment. */
export interface SegmentStats {
  /** Unique in the namespace. */
  readonly number: number;
  /** Records appended, dead ones too. */
  readonly slots: number;
  /** Records neither replaced, nor deleted, softly or for good; expired ones until that is logged. */
  readonly live: number;
  /** Slots that the graph links. */
  readonly indexed: number;
  /** False below `graphRecordsMin`. */
  readonly hasGraph: boolean;
  /** Bytes it holds in memory: the sum of `memory`. */
  readonly memoryBytes: number;
  /** The same by what it holds, bytes. */
  readonly memory: SegmentMemory;
  /** Bytes of the files that the last checkpoint names. */
  readonly diskBytes: number;
  /** Of these, vectors that are not in memory and are read when they are needed. */
  readonly vectorsOnDiskBytes: number;
}

/** Bytes that a segment holds in memory, by what they are. */
export interface SegmentMemory {
  /** Codes and links, and what searches and builders need beside them. */
  readonly graph: number;
  /** Vectors in full precision; the checksums of those on the disk. */
  readonly vectors: number;
  /** Ids, the table that finds them, and their order once a list has asked for it. */
  readonly ids: number;
  /** Metadata, and its columns by field, which filters read. */
  readonly metadata: number;
  /** Texts. */
  readonly text: number;
  /** Sparse vectors. */
  readonly sparse: number;
  /** Versions, deaths and times of expiry. */
  readonly other: number;
}

/** A named, immutable copy of a namespace. */
export interface SnapshotInfo {
  /** As given to `createSnapshot`. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** Of the last write it holds. */
  readonly sequence: number;
  /** Visible records it holds. */
  readonly vectorCount: number;
  /** Real bytes of its files. */
  readonly bytes: number;
}

/** Options of `downloadSnapshot`. */
export interface DownloadOptions {
  /** First byte of the archive to read, to go on after a download that broke off. Default 0. */
  readonly offset?: number;
  /** Ends the download with CANCELED. */
  readonly signal?: AbortSignal;
}

/** A piece of the archive of a snapshot. */
export interface SnapshotChunk {
  /** The same in each chunk. */
  readonly snapshot: SnapshotInfo;
  /** Bytes of the whole archive, the same in each chunk. */
  readonly totalBytes: number;
  /** The next bytes, at most 256 KiB; the reader owns them. */
  readonly data: Uint8Array;
  /** CRC-32 (IEEE) of the archive from its first byte to the end of `data`, whatever the offset is. */
  readonly crc32: number;
}
