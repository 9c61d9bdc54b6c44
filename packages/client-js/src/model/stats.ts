import type { CallOptions } from "./call.js";
import type { Filtered } from "./filter.js";

/** The numbers of one namespace: counted, not estimated. */
export interface StoreStats {
  /** Its name. */
  readonly namespace: string;
  /** Visible records. */
  readonly vectorCount: number;
  /** Hidden records that `restore` would bring back. */
  readonly softDeletedCount: number;
  /** Dead slots that a merge will reclaim. */
  readonly deadCount: number;
  /** Absent until the first vector fixes it. */
  readonly dimension?: number;
  /** Sequence of the last write; 0 before the first. */
  readonly sequence: number;
  /** Grows by one with each restore in place. */
  readonly incarnation: number;
  /** What it is made of; a query searches each. */
  readonly segments: readonly SegmentStats[];
  /** Records that no graph holds yet and that queries scan; 0 in small namespaces. */
  readonly indexBacklog: number;
  /** What queries search: `flat`: no graph; `building`: one that does not hold every record yet; `ready`: one that does. */
  readonly indexState: "flat" | "building" | "ready" | "unknown";
  /** Bytes of the namespace's files, snapshots apart. */
  readonly diskBytes: number;
  /** Bytes of its snapshots' files. */
  readonly snapshotBytes: number;
  /** Bytes of vectors, codes, links, ids and metadata held in memory. */
  readonly memoryBytes: number;
  /** Bytes of the log that a restart would read. */
  readonly logBytes: number;
  /** Milliseconds since 1970; absent before the first checkpoint. */
  readonly lastCheckpointMs?: number;
  /** Absent when the cache of answers is off. */
  readonly cache?: CacheStats;
  /** `memoryBytes` for each visible record; 0 when there is none. */
  readonly memoryBytesPerRecord: number;
  /** `diskBytes` for each record that the last checkpoint holds; 0 when there is none. */
  readonly diskBytesPerRecord: number;
}

/** One segment. */
export interface SegmentStats {
  /** Names its files within the namespace. */
  readonly number: number;
  /** Slots taken, dead ones too. */
  readonly slots: number;
  /** Slots that hold a visible record. */
  readonly live: number;
  /** Slots that the graph links. */
  readonly indexed: number;
  /** Whether it has a graph, finished or not. */
  readonly hasGraph: boolean;
  /** The sum of `memory`. */
  readonly memoryBytes: number;
  /** Bytes in memory by what they are. */
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

/** The cache of answers of one namespace, since the server started. */
export interface CacheStats {
  /** Answers found in it. */
  readonly hits: number;
  /** Answers not found in it. */
  readonly misses: number;
  /** Answers dropped to make room; those that a write made worthless do not count. */
  readonly evictions: number;
  /** Bytes it holds. */
  readonly sizeBytes: number;
}

/** Options of `measureRecall`; the filter is that of the queries. */
export interface MeasureRecallOptions extends Filtered, CallOptions {
  /** Records taken as queries, 1..1,000; fewer when the namespace holds fewer. Default 100. */
  readonly samples?: number;
  /** k: results of each query, 1..1,000. Default 10. */
  readonly limit?: number;
  /** Candidates of the graph search, 1..2,048. Default the namespace's, else max(64, 2 x limit). */
  readonly efSearch?: number;
}

/** How good and how fast the index is. */
export interface RecallMeasurement {
  /** Mean share of the exact k results that the index found, 0..1. */
  readonly recall: number;
  /** Queries run. */
  readonly samples: number;
  /** k: results of each query. */
  readonly limit: number;
  /** Time of a query with the index. */
  readonly indexed: Latency;
  /** Time of an exact query. */
  readonly exact: Latency;
}

/** Times of several queries, milliseconds. */
export interface Latency {
  /** The mean. */
  readonly meanMs: number;
  /** The median. */
  readonly p50Ms: number;
  /** 95 of 100 took no longer. */
  readonly p95Ms: number;
  /** 99 of 100 took no longer. */
  readonly p99Ms: number;
}
