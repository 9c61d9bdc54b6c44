/**
 * What requests did in a namespace since it was created. No entry of the log says it by itself, so after a crash it is as the last
 * `NamespacedVecStore.saveRequestCounts` or checkpoint left it.
 */
export interface RequestCounts {
  /** That whoever serves the store counted by `countRequests`. */
  requests: number;
  /** Answered by the store. */
  queries: number;
  /** Because of a quota, as `requests`. */
  refusals: number;
  /** Bytes of the bodies of requests, as `requests`. */
  bytesIn: number;
  /** Bytes of the bodies of answers, as `requests`. */
  bytesOut: number;
}

/** What a namespace uses, and did since it was created. Exact after any restart, save where a line says otherwise. */
export interface NamespaceUsage {
  /** Records, soft-deleted ones too. */
  readonly vectorCount: number;
  /** Bytes of the segment files of its last checkpoint, and of its log entries since; snapshots apart. */
  readonly storageBytes: number;
  /** Bytes of the files of its snapshots. */
  readonly snapshotBytes: number;
  /** The integral of `vectorCount` over time since its creation, in record-milliseconds; also of the time in which the store was closed. */
  readonly vectorMilliseconds: bigint;
  /** Writes applied. */
  readonly writesTotal: number;
  /** Queries answered. As `RequestCounts`, also those below. */
  readonly queriesTotal: number;
  /** Requests that whoever serves the store counted. */
  readonly requestsTotal: number;
  /** Bytes of the bodies of those requests. */
  readonly bytesInTotal: number;
  /** Bytes of the bodies of their answers. */
  readonly bytesOutTotal: number;
  /** Requests refused because of a quota. */
  readonly refusalsTotal: number;
  /** Milliseconds since 1970, by log time: the moment that all this is of. */
  readonly atMs: number;
}

/** The usage of all namespaces together. */
export interface AggregateUsage {
  /** Namespaces, whatever their status. */
  readonly namespaceCount: number;
  /** Sums, and the latest moment. */
  readonly usage: NamespaceUsage;
}
