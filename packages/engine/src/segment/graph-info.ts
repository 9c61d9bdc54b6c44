import type { GraphOptions } from "../core/graph.js";
import type { Vectors } from "../core/vectors.js";
import type { Metric, Quantization } from "../model/namespace.js";

/** What the manifest keeps of a graph beside its file: without it the codes cannot be read. */
export interface GraphInfo {
  /** Records its memory is laid out for. */
  readonly capacity: number;
  /** u32; decides the layers of the nodes. */
  readonly seed: number;
  /** f32[dimension] that codes are relative to; undefined for none, as always without quantization. */
  readonly mean: Float32Array | undefined;
}

/** Components that the mean is taken of: enough to center the codes, few enough to take a millisecond or two. */
const MEAN_COMPONENTS = 1_000_000;
/** Vectors that it is taken of, whatever their dimension. */
const MEAN_VECTORS_MIN = 256;

/**
 * The mean of vectors at equal distances, about a million components of them.
 *
 * @param vectors  at least one
 * @returns        f32[dimension]
 */
export function meanOf(vectors: Vectors): Float32Array {
  const { count, dimension } = vectors;
  const sample = Math.max(MEAN_VECTORS_MIN, Math.ceil(MEAN_COMPONENTS / dimension));
  const step = Math.ceil(count / sample);
  const sums = new Float64Array(dimension);
  const vector = new Float32Array(dimension);
  let taken = 0;
  for (let slot = 0; slot < count; slot += step, taken++) {
    vectors.read(slot, vector);
    for (let i = 0; i < dimension; i++) sums[i]! += vector[i]!;
  }
  return Float32Array.from(sums, (sum) => sum / taken);
}

/** The options a graph is made or loaded with. */
export function graphOptions(
  segment: {
    readonly dimension: number;
    readonly metric: Metric;
    readonly m: number;
    readonly efConstruction: number;
    readonly quantization?: Quantization;
  },
  info: GraphInfo,
): GraphOptions {
  return {
    dimension: segment.dimension,
    metric: segment.metric,
    m: segment.m,
    efConstruction: segment.efConstruction,
    quantization: segment.quantization ?? "int8",
    capacity: info.capacity,
    seed: info.seed,
    ...(info.mean === undefined ? {} : { mean: info.mean }),
  };
}
