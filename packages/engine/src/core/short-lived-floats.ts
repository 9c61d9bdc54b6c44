/** Floats of one common buffer: 64 KiB. */
const BUFFER_FLOATS = 16 * 1024;
/** Longer arrays get a buffer of their own. */
const CUT_MAX = BUFFER_FLOATS / 8;

let buffer = new Float32Array(BUFFER_FLOATS);
let used = 0;

/**
 * A new f32[length] of zeros, for what lives no longer than a query: cut from a buffer that many have in common, and that is held
 * as long as one of them. A buffer of its own takes the allocator and the garbage collector longer than a short query takes.
 */
export function createShortLivedFloats(length: number): Float32Array {
  if (length > CUT_MAX) return new Float32Array(length);
  if (used + length > BUFFER_FLOATS) {
    buffer = new Float32Array(BUFFER_FLOATS);
    used = 0;
  }
  used += length;
  return buffer.subarray(used - length, used);
}
