/** The numbers of one namespace: counted, not estimated. */
export interface StoreStats {
  readonly namespace: string;
  /** Visible records. */
  readonly vectorCount: number;
  readonly softDeletedCount: number;
  /** Dead slots that a merge will reclaim. */
  readonly deadCount: number;
  /** Absent until the first vector fixes it. */
  readonly dimension?: number;
  readonly sequence: number;
  /** Grows by one with each restore in place. */
  readonly incarnation: number;
  readonly segments: readonly SegmentStats[];
  /** Records that no graph holds yet and that queries scan; 0 in small namespaces. */
  readonly indexBacklog: number;
  readonly indexState: "flat" | "building" | "ready" | "unknown";
  /** Bytes of the namespace's files, snapshots apart. */
  readonly diskBytes: number;
  readonly snapshotBytes: number;
  /** Bytes of vectors, codes, links, ids and metadata held in memory. */
  readonly memoryBytes: number;
  /** Bytes of the log that a restart would read. */
  readonly logBytes: number;
  /** Milliseconds since 1970; absent before the first checkpoint. */
  readonly lastCheckpointMs?: number;
  /** Absent when the cache of answers is off. */
  readonly cache?: CacheStats;
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

/** The cache of answers of one namespace, since the server started. */
export interface CacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly sizeBytes: number;
}
