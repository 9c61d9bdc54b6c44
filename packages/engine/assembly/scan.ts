import { dotF32 } from "./distance/dot-f32";
import { squaredL2F32 } from "./distance/l2-f32";
import { dotF64 } from "./distance/norm-f64";

/** Bytes touched before they are compared: more would push each other out of the first cache. */
const TOUCH_BYTES_MAX: u32 = 24 * 1024;
/** Of a longer vector the processor itself fetches the rest, once it reads in order. */
const TOUCH_VECTOR_BYTES_MAX: u32 = 4096;

// Metric, as in layout.ts: 0 cosine, 1 dot, 2 euclidean.

/**
 * The distance of one stored vector. `scan` and `gather` both come through here, so that it has the same bits.
 *
 * @param query    f32[dimension], normalized when the metric is cosine
 * @param inverse  address of the vector's f32 inverse norm; read when the metric is cosine
 */
// @ts-ignore: decorator
@inline
function distance(metric: u32, vector: usize, inverse: usize, dimension: u32, query: usize): f32 {
  if (metric == 2) return squaredL2F32(vector, query, dimension);
  const dot = dotF32(vector, query, dimension);
  return metric == 0 ? <f32>1 - dot * load<f32>(inverse) : -dot;
}

/** Writes f32[n] distances of `n` vectors that stand one behind the other, their inverse norms likewise. */
export function scan(
  metric: u32, vectors: usize, inverses: usize, n: u32, dimension: u32, query: usize, out: usize,
): void {
  const stride = dimension << 2;
  for (let i: u32 = 0; i < n; i++) {
    store<f32>(out + (i << 2), distance(metric, vectors + i * stride, inverses + (i << 2), dimension, query));
  }
}

/**
 * Writes f32[n] distances of vectors anywhere in memory.
 *
 * @param places  u32[2n]: address of the vector, address of its inverse norm
 * @returns       nothing of use: it keeps the loads of the touch pass alive
 */
export function gather(metric: u32, places: usize, n: u32, dimension: u32, query: usize, out: usize): u32 {
  const bytes = min<u32>(dimension << 2, TOUCH_VECTOR_BYTES_MAX);
  const group = max<u32>(1, TOUCH_BYTES_MAX / bytes);
  let sink: u32 = 0;
  for (let first: u32 = 0; first < n; first += group) {
    const end = min<u32>(n, first + group);
    for (let i = first; i < end; i++) {
      const vector: usize = load<u32>(places + (i << 3));
      // Independent loads, all in flight at once.
      for (let offset: u32 = 0; offset < bytes; offset += 64) sink ^= load<u32>(vector + offset);
      if (metric == 0) sink ^= load<u32>(load<u32>(places + (i << 3), 4));
    }
    for (let i = first; i < end; i++) {
      const vector: usize = load<u32>(places + (i << 3));
      const inverse: usize = load<u32>(places + (i << 3), 4);
      store<f32>(out + (i << 2), distance(metric, vector, inverse, dimension, query));
    }
  }
  return sink;
}

/** 1 / |v|, 0 for a zero vector, at most the largest f32. */
// @ts-ignore: decorator
@inline
export function inverseNorm(vector: usize, dimension: u32): f32 {
  const squared = dotF64(vector, vector, dimension);
  const inverse: f64 = squared > 0 ? 1 / sqrt<f64>(squared) : 0;
  return <f32>min(inverse, <f64>f32.MAX_VALUE);
}

/** Writes f32[n]: the inverse norm of each vector. */
export function inverseNorms(vectors: usize, n: u32, dimension: u32, out: usize): void {
  const stride = dimension << 2;
  for (let i: u32 = 0; i < n; i++) {
    store<f32>(out + (i << 2), inverseNorm(vectors + i * stride, dimension));
  }
}
