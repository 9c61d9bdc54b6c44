/** What a namespace may use. Absent: unlimited. A full write quota never blocks reads or deletes. */
export interface Quotas {
  /** Records, soft-deleted ones too; overwriting is not a new one. 0 or more. */
  readonly maxVectors?: number;
  /** Requests a second, above 0, fractions allowed; a batch of queries counts as many. Kept here, for whoever serves the store to enforce. */
  readonly maxQps?: number;
  /** Bytes of segment files and of log entries since the last checkpoint; snapshots apart. 0 or more. */
  readonly maxStorageBytes?: number;
  /** Connections open at once, 1 or more. Kept here, for whoever serves the store to enforce. */
  readonly maxConnections?: number;
  /** Queries running at once, 1 or more. Kept here, for whoever serves the store to enforce. */
  readonly maxConcurrentQueries?: number;
  /** Dimension of a vector that is written, 1..65,535. */
  readonly maxDimension?: number;
  /** Results of a query, 1..10,000. */
  readonly maxResultsPerQuery?: number;
  /** Records of a batch, 1..10,000. */
  readonly maxBatchSize?: number;
}
