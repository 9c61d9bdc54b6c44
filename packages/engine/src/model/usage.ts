/** What a namespace uses, and did since it was created. Exact after any restart, save where a line says otherwise. */
export interface NamespaceUsage {
  /** Records, soft-deleted ones too. */
  readonly vectorCount: number;
  /** Bytes of the segment files of its last checkpoint, and of its log entries since; snapshots apart. */
  readonly storageBytes: number;
  /** Bytes of the files of its snapshots. */
  readonly snapshotBytes: number;
  /** Queries answered. A crash may lose those after the last checkpoint of the directory. */
  readonly queriesTotal: number;
  /** Writes applied. */
  readonly writesTotal: number;
  /** Requests refused because of a quota. A crash may lose those after the last checkpoint of the directory. */
  readonly refusalsTotal: number;
}

/** The usage of all namespaces together. */
export interface AggregateUsage {
  /** Namespaces, whatever their status. */
  readonly namespaceCount: number;
  /** Sums. */
  readonly usage: NamespaceUsage;
}
