import type { Env } from "../storage/env.js";
import type { NamespaceConfig } from "./namespace.js";

/** When an acknowledged write is on the disk. */
export type FsyncPolicy = "always" | "never" | { readonly intervalMs: number };

/** Options of a data directory. */
export interface DirectoryOptions {
  /** The door to the disk. Default: the file system in Node, memory in a browser. */
  readonly env?: Env;
  /** Default `always`. `{intervalMs}`, 1..60,000, can lose that much when the power is cut, `never` what the system had not written. */
  readonly fsync?: FsyncPolicy;
  /**
   * Threads beside the calling one, 0..LIMITS.threadsMax: they build graphs, several of them one. 0 runs everything inline. Default one less
   * than the processor has, 1..8, in Node; 0 where threads are missing. With 0 or 1 the same writes make the same graph.
   */
  readonly threads?: number;
  /** Bytes of log after which a checkpoint is made, 1..64 MiB. Default 32 MiB, a quarter of LIMITS.logBytesMax. */
  readonly checkpointLogBytes?: number;
  /** Records from which a segment gets a graph, 1..2^31. Default LIMITS.graphRecordsMin, 10,000. */
  readonly graphRecordsMin?: number;
  /**
   * Records of a segment, dead ones too, before the next one begins: 1..2^31. Default as many as LIMITS.graphBytesMax of codes and links
   * hold. A smaller one makes merges shorter, and queries dearer, since each searches every segment. What an existing segment holds stays.
   */
  readonly segmentRecordsMax?: number;
  /**
   * Bytes of memory for full-precision vectors, of all namespaces together: 0..2^53 - 1. What exceeds them is read from the
   * files when it is needed, the oldest records of the largest segments first; 0 leaves all on disk that a checkpoint holds.
   * Codes, links, ids and metadata are in memory in any case. Default half of the memory of the machine or container; no limit
   * where the platform does not say.
   */
  readonly memoryForVectors?: number;
  /**
   * Bytes of memory that the namespaces in memory take together: 0..2^53 - 1. One is read when it is used first; beyond this the least
   * recently used are let go, checkpointed where they were written to, until their next use. Those that calls run on stay, and the one
   * that was used last. Counted when a call ends and a sixteenth has changed. Default three quarters of the memory of the machine or
   * container; no limit where the platform does not say.
   */
  readonly memoryForNamespaces?: number;
  /**
   * Files of namespaces that are open at once, 16..1,000,000; the log has one or two more. Idle namespaces are let go for those that
   * need files; where all are in use, vectors that were to stay in a file are read into memory. Default 1,000.
   */
  readonly maxOpenFiles?: number;
  /** Records, updates, ids or queries of one call, 1..10,000. Default 1,000. */
  readonly maxBatchRecords?: number;
  /** The largest `limit` of a query, 1..10,000; streams may ask for 10,000 in any case. Default 1,000. */
  readonly maxQueryLimit?: number;
  /** Told about what an operator should know, within the work that it tells of: be brief. What it throws is ignored. The engine has no logger. */
  readonly onEvent?: (event: EngineEvent) => void;
}

/** Options of `VecStore.open`. */
export interface OpenOptions extends DirectoryOptions, NamespaceConfig {}

/** Something an operator should know. Durations are milliseconds. */
export type EngineEvent =
  /** The log ended in a write that was not on the disk whole: `bytes` from `position` of the log on, in `file`, were cut off. */
  | { readonly kind: "log_cut"; readonly file: string; readonly position: number; readonly bytes: number }
  /** The directory is open: so many entries were in the log only. */
  | { readonly kind: "recovered"; readonly entries: number; readonly durationMs: number }
  /** The state of a namespace was written, so many bytes of files. */
  | { readonly kind: "checkpoint"; readonly namespace: string; readonly durationMs: number; readonly bytes: number }
  /** A sync of the log. */
  | { readonly kind: "fsync"; readonly durationMs: number }
  /** A file was missing or damaged that holds nothing of its own, such as a graph: it is made again from the records. */
  | { readonly kind: "derived_rebuilt"; readonly namespace: string; readonly file: string; readonly cause: string }
  /** A checkpoint was damaged; the one before it and the log stood in. `namespace` is empty for the catalog's. */
  | { readonly kind: "checkpoint_damaged"; readonly namespace: string; readonly file: string; readonly cause: string }
  /** Nothing can stand in for what is damaged of a namespace: it answers DATA_CORRUPTED, the others work. */
  | { readonly kind: "namespace_damaged"; readonly namespace: string; readonly file: string; readonly cause: string }
  /** Segments were rewritten, without so many dead records. */
  | { readonly kind: "merged"; readonly namespace: string; readonly removed: number; readonly durationMs: number }
  /** Work in the background failed, as `task` says. It is tried again, save for `log`: that one refuses writes from then on. */
  | { readonly kind: "background_error"; readonly task: string; readonly error: Error };
