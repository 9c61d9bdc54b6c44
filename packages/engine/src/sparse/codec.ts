import type { SparseVector } from "../model/record.js";

/** A component: u32 index, f32 value. */
const COMPONENT_BYTES = 8;

/**
 * Packs a sparse vector: u32[n] indices, then f32[n] values, little-endian as every platform that runs WebAssembly.
 * On disk: do not reorder.
 *
 * @returns  8 x n bytes, owned by the caller
 */
export function encodeSparse(vector: {
  readonly indices: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}): Uint8Array {
  const count = vector.indices.length;
  const bytes = new Uint8Array(COMPONENT_BYTES * count);
  new Uint32Array(bytes.buffer, 0, count).set(vector.indices);
  new Float32Array(bytes.buffer, 4 * count, count).set(vector.values);
  return bytes;
}

/**
 * Reads what `encodeSparse` packed; undefined where there are no bytes, which means no sparse vector.
 *
 * @param bytes  begins at a multiple of 4 in its buffer
 * @returns      views of `bytes`, which live as long as they do
 */
export function viewSparse(bytes: Uint8Array): SparseVector | undefined {
  const count = bytes.length / COMPONENT_BYTES;
  if (count === 0) return undefined;
  return {
    indices: new Uint32Array(bytes.buffer, bytes.byteOffset, count),
    values: new Float32Array(bytes.buffer, bytes.byteOffset + 4 * count, count),
  };
}
