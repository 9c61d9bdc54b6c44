import type { GraphOptions } from "../core/graph.js";
import type { Vectors } from "../core/vectors.js";
import type { Metric } from "../model/namespace.js";
import { floatPieces } from "./pieces.js";

/** What the manifest keeps of a graph beside its file: without it the codes cannot be read. */
export interface GraphInfo {
  /** Records its memory is laid out for. */
  readonly capacity: number;
  /** u32; decides the layers of the nodes. */
  readonly seed: number;
  /** f32[dimension] that codes are relative to; undefined for none. */
  readonly mean: Float32Array | undefined;
}

/** Vectors that the mean is taken of: enough to center the codes, few enough to take milliseconds. */
const MEAN_SAMPLE = 10_000;

/**
 * The mean of the first 10,000 vectors.
 *
 * @param vectors  at least one
 * @returns        f32[dimension]
 */
export function meanOf(vectors: Vectors): Float32Array {
  const count = Math.min(MEAN_SAMPLE, vectors.count);
  const dimension = vectors.dimension;
  const sums = new Float64Array(dimension);
  for (const piece of floatPieces(vectors, 0, count)) {
    for (let at = 0; at < piece.length; at += dimension) {
      for (let i = 0; i < dimension; i++) sums[i]! += piece[at + i]!;
    }
  }
  return Float32Array.from(sums, (sum) => sum / count);
}

/** The options a graph is made or loaded with. */
export function graphOptions(
  segment: { readonly dimension: number; readonly metric: Metric; readonly m: number; readonly efConstruction: number },
  info: GraphInfo,
): GraphOptions {
  return {
    dimension: segment.dimension,
    metric: segment.metric,
    m: segment.m,
    efConstruction: segment.efConstruction,
    capacity: info.capacity,
    seed: info.seed,
    ...(info.mean === undefined ? {} : { mean: info.mean }),
  };
}
