/**
 * Reads little-endian f32s. Shares memory with `bytes` where alignment allows, so the result lives as long as they do.
 *
 * @param bytes  4 x n bytes
 * @returns      f32[n]
 */
export function bytesToVector(bytes: Uint8Array): Float32Array {
  if (bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  // Not `bytes.slice()`: of a Buffer that is a view of the same memory.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** The bytes of a vector, little-endian on every platform that Node and browsers run on; shares its memory. */
export function vectorToBytes(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** True when every f32 is 0 or -0. */
export function isZeroVector(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    // -0 differs from 0 in the sign bit, the top bit of each fourth byte.
    if (bytes[i] !== 0 && !(i % 4 === 3 && bytes[i] === 0x80)) return false;
  }
  return true;
}
