import type { VecstoreError } from "../errors.js";
import type { Filter } from "./filter.js";
import type { Metadata } from "./metadata.js";
import type { RecordInput } from "./record.js";

/** UPSERT writes; INSERT_ONLY refuses what exists; UPDATE_ONLY refuses what does not. */
export type WriteMode = "upsert" | "insert_only" | "update_only";

/** Options of `upsert`. */
export interface UpsertOptions {
  /** Default `upsert`. */
  readonly mode?: WriteMode;
  /**
   * 1..128 bytes of UTF-8. A second write with the same key within 24 h returns the first one's outcome, be it an error; the last 10,000 keys
   * are kept.
   */
  readonly idempotencyKey?: string;
  /** Ends the call with CANCELED while it is not logged; from then on it has no effect. */
  readonly signal?: AbortSignal;
}

/** What an applied batch did. */
export interface UpsertResult {
  /** Records written: all of the batch. */
  readonly upserted: number;
  /** Of these, how many ids were not there before. */
  readonly inserted: number;
  /** Namespace sequence of this write. */
  readonly sequence: number;
  /** Version of each record, in the order given (all equal `sequence`). */
  readonly versions: readonly number[];
}

/** A row of `upsertEach`: a record, or why it could not be read, which is then its failure. */
export type UpsertEachRow = RecordInput | VecstoreError;

/** Options of `upsertEach`. */
export interface UpsertEachOptions {
  /** Default `upsert`. */
  readonly mode?: WriteMode;
  /**
   * Sequence of the namespace when the import began. A record that the mode or its `ifVersion` refuses, and that was written after this
   * with the same content, counts as written: an import that broke off can send again what was not answered.
   */
  readonly since?: number;
  /** Ends the call with CANCELED between two writes. */
  readonly signal?: AbortSignal;
}

/** What `upsertEach` did. */
export interface UpsertEachResult {
  /** Records written, those of `since` too. */
  readonly upserted: number;
  /** The others, in the order given. */
  readonly failures: readonly UpsertFailure[];
  /** Of the last write; of the namespace as it is when nothing was written. */
  readonly sequence: number;
}

/** A row that was not written. */
export interface UpsertFailure {
  /** Its position among the rows; the first is 0. */
  readonly index: number;
  /** What is wrong with it. */
  readonly error: VecstoreError;
}

/** A partial change of one record; its vectors are kept. */
export interface RecordUpdate {
  /** Of a record that exists. */
  readonly id: string;
  /** Merged into the stored metadata key by key at the top level; a null value removes its key. The result is at most 40 KiB as UTF-8 JSON. */
  readonly mergeMetadata?: Metadata;
  /** Replaces the stored metadata whole. Not together with `mergeMetadata`. */
  readonly replaceMetadata?: Metadata;
  /** Replaces the text, at most 1 MiB of UTF-8; null removes it. */
  readonly text?: string | null;
  /** Replaces the time from which the record is invisible, as in `RecordInput`; null removes it. */
  readonly expiresAtMs?: number | null;
  /** Apply only if the record's version is this. */
  readonly ifVersion?: number;
}

/** What `update` did. */
export interface UpdateResult {
  /** Records changed: all of the batch. */
  readonly updated: number;
  /** Namespace sequence of this write. */
  readonly sequence: number;
  /** Version of each record, in the order given (all equal `sequence`). */
  readonly versions: readonly number[];
}

/** What `delete`, `softDelete` and `restore` act on: exactly one of the three. */
export interface Target {
  /** 1..1,000 ids; those that are not there are no error. */
  readonly ids?: readonly string[];
  /** A filter string or its AST. */
  readonly filter?: string | Filter;
  /** Every record. */
  readonly all?: true;
}

/** What `delete`, `softDelete` or `restore` did. */
export interface AffectedResult {
  /** Records that changed; asking for what is not there is not an error. */
  readonly affected: number;
  /** Namespace sequence after the last entry. */
  readonly sequence: number;
}

/** What `compact` did or, on a dry run, would do. */
export interface CompactResult {
  /** Dead slots reclaimed: deleted or replaced records. Soft-deleted records are kept. */
  readonly removed: number;
  /** Bytes of memory that those slots took, about. */
  readonly freedBytes: number;
  /** Segments when it began. */
  readonly segmentsBefore: number;
  /** Segments when it ended, or would end. */
  readonly segmentsAfter: number;
}
