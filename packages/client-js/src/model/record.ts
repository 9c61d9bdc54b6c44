import type { Metadata } from "./metadata.js";

/** A vector as callers give it: f32[dimension], or numbers that are rounded to f32. Copied before the call returns. */
export type VectorInput = Float32Array | readonly number[];

/** A vector given by its non-zero components, at most 1,024 of them. */
export interface SparseVector {
  /** Components, 0..4,294,967,295, strictly ascending. */
  readonly indices: readonly number[];
  /** f32[indices], finite, not zero, in the order of `indices`. */
  readonly values: readonly number[];
}

/** A record as a caller writes it. At least one of vector, sparse and text is needed. */
export interface RecordInput<M extends object = Metadata> {
  /** 1..512 bytes of UTF-8. */
  readonly id: string;
  /** f32[dimension] */
  readonly vector?: VectorInput;
  /** A sparse vector, beside the dense one or instead of it. */
  readonly sparse?: SparseVector;
  /** At most 40 KiB as UTF-8 JSON, nested at most 16 levels. */
  readonly metadata?: M;
  /** At most 1 MiB of UTF-8. */
  readonly text?: string;
  /** Milliseconds since 1970 from which the record is invisible. Absent: never. */
  readonly expiresAtMs?: number;
  /** Apply only if the record's version is this; 0 means that it must be absent. */
  readonly ifVersion?: number;
}

/** Records from wherever they come: an array, a generator, a stream. */
export type RecordSource<M extends object = Metadata> = Iterable<RecordInput<M>> | AsyncIterable<RecordInput<M>>;

/** A record as it is read. */
export interface StoredRecord<M extends object = Metadata> {
  /** As it was written. */
  readonly id: string;
  /** Sequence of the write that made this record, unique and growing within the namespace. */
  readonly version: number;
  /** f32[dimension], bit for bit as it was written; the caller owns it. */
  readonly vector?: Float32Array;
  /** Its sparse vector, where vectors were asked for. */
  readonly sparse?: SparseVector;
  /** Unless the read left them out; absent when it has none. */
  readonly metadata?: M;
  /** Where texts were asked for. */
  readonly text?: string;
  /** Milliseconds since 1970. Absent: never. */
  readonly expiresAtMs?: number;
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
