import type { CallOptions } from "./call.js";
import type { Filter } from "./filter.js";
import type { InterruptionOptions } from "./interruption.js";
import type { Metadata } from "./metadata.js";

/** UPSERT writes; INSERT_ONLY refuses what exists; UPDATE_ONLY refuses what does not. */
export type WriteMode = "upsert" | "insert_only" | "update_only";

/** Options of `upsert`. */
export interface UpsertOptions extends CallOptions {
  /** Default `upsert`. */
  readonly mode?: WriteMode;
  /**
   * 1..128 bytes. A second write with the same key within 24 h returns the first one's outcome. Default: a random key
   * when retries are on, so that a repeated attempt cannot write twice; none when they are off.
   */
  readonly idempotencyKey?: string;
}

/** What an applied batch did. */
export interface UpsertResult {
  /** Records written. */
  readonly upserted: number;
  /** Of these, how many ids were not there before. */
  readonly inserted: number;
  /** Namespace sequence of this write. */
  readonly sequence: number;
  /** Version of each record, in the order given (all equal `sequence`). */
  readonly versions: readonly number[];
}

/** Options of `upsertAll`. The patience is for each batch; of several that are interrupted at once, the first tells. */
export interface UpsertAllOptions extends InterruptionOptions {
  /** Default `upsert`. */
  readonly mode?: WriteMode;
  /** Records of a batch, 1 or more; the server's limit is 1,000 unless it is raised. Default 500. */
  readonly batchSize?: number;
  /** Bytes of a batch as it travels, 1 or more; a larger record goes alone. Default 8 MiB, of the 32 MiB that a server allows. */
  readonly batchBytes?: number;
  /** Batches in flight at once, 1 or more. Default 4. */
  readonly concurrency?: number;
  /** Milliseconds for one attempt of one batch. Default: the client's. */
  readonly timeoutMs?: number;
  /**
   * Prefix of the batches' keys, at most 100 bytes. Give the same one, and the same records and batch size, to repeat a
   * run that broke off: batches that were written are answered and not written again. Default: random.
   */
  readonly idempotencyKey?: string;
  /** Ends the run with CANCELED; batches that were sent may have been written. */
  readonly signal?: AbortSignal;
  /** Told after each batch that was written. */
  readonly onProgress?: (progress: UpsertAllProgress) => void;
}

/** How far `upsertAll` is. */
export interface UpsertAllProgress {
  /** Records written, in whatever order their batches ended. */
  readonly upserted: number;
  /** Of these, how many ids were not there before. */
  readonly inserted: number;
  /** Records from the start of the input that are all written: where to go on after a failure. */
  readonly committed: number;
  /** Batches written. */
  readonly batches: number;
  /** Largest namespace sequence of a batch. */
  readonly sequence: number;
}

/** A partial change of one record; the vector is kept. */
export interface RecordUpdate<M extends object = Metadata> {
  /** The record to change; one that is not there is RECORD_NOT_FOUND. */
  readonly id: string;
  /** Merged into the stored metadata key by key at the top level; a null value removes its key. */
  readonly mergeMetadata?: { readonly [Key in keyof M]?: M[Key] | null };
  /** Replaces the stored metadata whole. Not together with `mergeMetadata`. */
  readonly replaceMetadata?: M;
  /** Replaces the text; null removes it. */
  readonly text?: string | null;
  /** Milliseconds since 1970; null removes the expiry. */
  readonly expiresAtMs?: number | null;
  /** Apply only if the record's version is this. */
  readonly ifVersion?: number;
}

/** What `update` did. */
export interface UpdateResult {
  /** Records changed. */
  readonly updated: number;
  /** Namespace sequence of this write. */
  readonly sequence: number;
  /** Version of each record, in the order given. */
  readonly versions: readonly number[];
}

/** What `delete`, `softDelete` and `restore` act on: exactly one of the three. */
export interface Target {
  /** Records by their ids. */
  readonly ids?: readonly string[];
  /** Records whose metadata match: a filter string, or its tree. */
  readonly filter?: string | Filter;
  /** Every record of the namespace. */
  readonly all?: true;
}

/** What `delete`, `softDelete` or `restore` did. */
export interface AffectedResult {
  /** Records that changed; asking for what is not there is not an error. */
  readonly affected: number;
  /** Namespace sequence after the last entry. */
  readonly sequence: number;
}

/** Options of `compact`. */
export interface CompactOptions extends CallOptions {
  /** Only say what would be done. */
  readonly dryRun?: boolean;
}

/** What `compact` did or, on a dry run, would do. */
export interface CompactResult {
  /** Dead slots reclaimed: deleted or replaced records. Soft-deleted records are kept. */
  readonly removed: number;
  /** Bytes of files freed. */
  readonly freedBytes: number;
  /** Segments before. */
  readonly segmentsBefore: number;
  /** Segments after. */
  readonly segmentsAfter: number;
}
