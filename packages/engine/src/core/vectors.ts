import type { StoredVectors } from "./stored-vectors.js";
import type { VectorTasks } from "./vector-tasks.js";

/**
 * A query, copied and made ready for one set of vectors: normalized when the metric is cosine.
 * Opaque to callers; any number may be alive, and none needs to be released.
 */
export interface PreparedQuery {
  /** f32[dimension], owned by this object. */
  readonly values: Float32Array;
}

/**
 * The full-precision vectors of one segment, by slot; append-only. The newest are in memory, those below `storedCount` in
 * files: whatever reads them throws DATA_CORRUPTED, with file and offset, when one is damaged, and INTERNAL when the disk
 * fails.
 *
 * Distances are smaller-is-closer: cosine is 1 - cos, dot is -dot, euclidean is the SQUARED distance (the caller
 * takes the root). All arithmetic is f32, and the distance of a slot has the same bits whichever call computes it.
 */
export interface Vectors {
  readonly dimension: number;
  /** Slots in use; the next append begins here. */
  readonly count: number;
  /** Bytes of memory reserved for these vectors. */
  readonly bytes: number;
  /** Slots below this are read from files. */
  readonly storedCount: number;
  /** Has other threads compare the slots from `storedCount` on; undefined where there are no threads. */
  readonly elsewhere: VectorTasks | undefined;

  /**
   * Copies vectors behind the last slot, bit for bit.
   *
   * @param vectors  f32[n * dimension]
   * @returns        the first new slot
   */
  append(vectors: Float32Array): number;

  /**
   * Reads the slots of `source` from there from now on, and gives back the memory they had.
   *
   * @param source  begins at `storedCount`, holds what was appended, and is closed by `release`. Where it holds more than was
   *                appended, in a set that has nothing in memory, its slots count as appended
   */
  store(source: StoredVectors): void;

  /**
   * @param slot  0..count - 1
   * @param into  f32[dimension] to write to; a new array when absent
   * @returns     a copy, bit for bit
   */
  read(slot: number, into?: Float32Array): Float32Array;

  /**
   * Raw little-endian bytes of slots [from, to), in order; each view is valid until the next one is asked for, and views of
   * slots below `storedCount` only until anything else is read.
   */
  ranges(from: number, to: number): Iterable<Uint8Array>;

  /** @param query  f32[dimension]; copied */
  prepare(query: Float32Array): PreparedQuery;

  /** Writes to `out[i]` the distance of slot `from + i`, for every slot of [from, to). */
  distances(query: PreparedQuery, from: number, to: number, out: Float32Array): void;

  /** Writes to `out[i]` the distance of `slots[i]`, for i < count. */
  distancesOf(query: PreparedQuery, slots: Uint32Array, count: number, out: Float32Array): void;

  /**
   * Reads what of the slots [from, to) is in files ahead, without holding anybody up: whoever walks through many slots calls
   * this before `distances`, `read` or `ranges`, which otherwise wait for the disk. The slots stay at hand for a little while.
   *
   * @param to  at most about 2 MiB of vectors behind `from`
   * @returns   undefined when there is nothing to wait for
   */
  fetch(from: number, to: number): Promise<void> | undefined;

  /** Gives the memory back and closes the files; nothing may be called afterwards. */
  release(): void;
}
