import type { Metric } from "../model/namespace.js";

/** Uniform in [0, 1); Numerical Recipes' generator, high bits. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** f32[count * dimension] around centers, as embeddings of a few topics are. */
export function clusteredVectors(count: number, dimension: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const normal = () => random() + random() + random() - 1.5;
  const centers = Array.from({ length: 20 }, () => Float32Array.from({ length: dimension }, normal));
  const vectors = new Float32Array(count * dimension);
  for (let i = 0; i < vectors.length; i++) {
    const center = centers[Math.floor(i / dimension) % centers.length]!;
    vectors[i] = center[i % dimension]! + normal() * 0.6;
  }
  return vectors;
}

/** The distance in f64, smaller is closer. */
export function referenceDistance(metric: Metric, a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  if (metric === "dot") return -dot;
  if (metric === "euclidean") return aa + bb - 2 * dot;
  return 1 - dot / Math.sqrt(aa * bb || 1);
}
