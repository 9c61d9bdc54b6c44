import type { Metadata } from "./metadata.js";

/** A vector as callers give it: f32[dimension], or numbers that are rounded to f32. */
export type VectorInput = Float32Array | readonly number[];

/** A vector given by its non-zero components, 1..1,024 of them, as callers give it. */
export interface SparseInput {
  /** u32[n], strictly ascending. */
  readonly indices: Uint32Array | readonly number[];
  /** f32[n], finite and not 0, in the order of `indices`; numbers are rounded to f32. */
  readonly values: Float32Array | readonly number[];
}

/** A vector given by its non-zero components. */
export interface SparseVector {
  /** u32[n], strictly ascending. */
  readonly indices: Uint32Array;
  /** f32[n], in the order of `indices`. */
  readonly values: Float32Array;
}

/** A record as a caller writes it. At least one of vector, sparse and text is needed. */
export interface RecordInput {
  /** 1..512 bytes of UTF-8. */
  readonly id: string;
  /** f32[dimension]; the first one of a namespace fixes the dimension. */
  readonly vector?: VectorInput;
  /** 1..1,024 non-zero components, scored by the dot product. */
  readonly sparse?: SparseInput;
  /** At most 40 KiB as UTF-8 JSON. */
  readonly metadata?: Metadata;
  /** At most 1 MiB of UTF-8. */
  readonly text?: string;
  /**
   * Milliseconds since 1970, an integer of 1..253,402,300,799,999 (the year 9999): from then on the record is invisible.
   * Absent: never. A time that has passed is allowed: the write replaces what was there, and nothing is seen of it.
   */
  readonly expiresAtMs?: number;
  /** Apply only if the record's version is this; 0 means that it must be absent. */
  readonly ifVersion?: number;
}

/** A record as it is read. */
export interface StoredRecord {
  /** The caller's name of it. */
  readonly id: string;
  /** Sequence of the write that made this record, unique and growing within the namespace. */
  readonly version: number;
  /** f32[dimension], bit for bit as it was written; a copy that the caller owns. */
  readonly vector?: Float32Array;
  /** As it was written, in f32; a copy that the caller owns. */
  readonly sparse?: SparseVector;
  /** Absent when there is none, or `includeMetadata` is false. */
  readonly metadata?: Metadata;
  /** Absent when there is none, or without `includeText`. */
  readonly text?: string;
  /** Milliseconds since 1970 from which the record is invisible; absent: never. */
  readonly expiresAtMs?: number;
}

/** Which parts of a record a read returns. */
export interface Projection {
  /** Default true. */
  readonly includeMetadata?: boolean;
  /** The vector and the sparse vector. Default false. */
  readonly includeVector?: boolean;
  /** Default false. */
  readonly includeText?: boolean;
}
