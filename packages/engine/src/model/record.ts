import type { Metadata } from "./metadata.js";

/** A vector as callers give it: f32[dimension], or numbers that are rounded to f32. */
export type VectorInput = Float32Array | readonly number[];

/** A record as a caller writes it. */
export interface RecordInput {
  /** 1..512 bytes of UTF-8. */
  readonly id: string;
  readonly vector: VectorInput;
  readonly metadata?: Metadata;
  /** At most 1 MiB of UTF-8. */
  readonly text?: string;
  /** Apply only if the record's version is this; 0 means that it must be absent. */
  readonly ifVersion?: number;
}

/** A record as it is read. */
export interface StoredRecord {
  readonly id: string;
  /** Sequence of the write that made this record, unique and growing within the namespace. */
  readonly version: number;
  /** f32[dimension], bit for bit as it was written; a copy that the caller owns. */
  readonly vector?: Float32Array;
  readonly metadata?: Metadata;
  readonly text?: string;
}

/** Which parts of a record a read returns. */
export interface Projection {
  /** Default true. */
  readonly includeMetadata?: boolean;
  /** Default false. */
  readonly includeVector?: boolean;
  /** Default false. */
  readonly includeText?: boolean;
}
