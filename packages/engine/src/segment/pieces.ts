import type { Vectors } from "../core/vectors.js";

/** The largest block of a file: a reader holds one in memory. */
export const BLOCK_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The vectors of slots [from, to) as raw bytes, whole vectors in each piece, at most 4 MiB.
 * Each view is valid until the next one is asked for.
 */
export function* vectorPieces(vectors: Vectors, from: number, to: number): Generator<Uint8Array> {
  const vectorBytes = 4 * vectors.dimension;
  const bytesMax = Math.floor(BLOCK_BYTES_MAX / vectorBytes) * vectorBytes;
  for (const range of vectors.ranges(from, to)) {
    for (let at = 0; at < range.length; at += bytesMax) yield range.subarray(at, at + bytesMax);
  }
}

/** The same as f32[n * dimension]; each view is valid until the next one is asked for. */
export function* floatPieces(vectors: Vectors, from: number, to: number): Generator<Float32Array> {
  for (const bytes of vectorPieces(vectors, from, to)) {
    yield new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }
}
