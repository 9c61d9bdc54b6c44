import type { Metric } from "../model/namespace.js";

/** How far the distances of a query on codes can be from those of the vectors: what `Graph.scanBounds` needs to leave vectors out. */
export interface CodeBound {
  /** Error for each unit of a code's scale. */
  readonly perScale: number;
  /** Error of the query's own code, and of f32 arithmetic. */
  readonly fixed: number;
  /** Error for each unit of a code's length; 0 unless the metric is euclidean. */
  readonly perLength: number;
  /** Bounds are compared with distances times this, or with their roots when the metric is euclidean. */
  readonly widen: number;
}

/** Half a unit of the last place of an f32 near 1. */
const UNIT = 2 ** -24;
/** Half a step of a code, and what f32 arithmetic adds when it is made: 127 steps and three operations. */
const HALF_STEP = 0.5 + 1e-4;
/** The same of a query's code, which has up to 32,767 steps. */
const HALF_QUERY_STEP = 0.505;
/** Makes up for the rounding of the bound itself to f32, and in it. */
const ROOM = 1 + 1e-5;
/**
 * Lost for each component where products of f32 become too small: that of two scales by 2^-150, times 127 x 32,767 steps. Lengths are at
 * most 9e18, so nothing becomes too large.
 */
const UNDERFLOW = 127 * 32_767 * 2 ** -149;
/** The least scale that a code's steps have: below it a code is coarser than half a step says. */
const SCALE_MIN = 4e-37;
const QUERY_MIN = 1e-34;
/** Proves nothing of any vector. */
const NOTHING: CodeBound = { perScale: Number.POSITIVE_INFINITY, fixed: 0, perLength: 0, widen: 1 };

/**
 * Bounds, for a query, the error of distances on the codes that assembly/graph/encode.ts makes. With x' = x - mean, its code c and
 * the scale s, x' = s (c + e), where |e_i| is at most half a step, so |e| at most half the root of the dimension d. The query's own code
 * q^ is off by half a step of its own, S, in each component.
 *
 * dot        q.x differs from its code by q'.se, at most s/2 |q'|_1, and by (q' - q^).sc, at most S/2 s 127 d
 * euclidean  |q' - x'| is at least |q' - sc| - |se|; |q' - sc|^2 differs from its code by 2 (q' - q^).sc, at most S root(d) |sc|
 * cosine     the unit vectors of x and c differ by at most 2 |e| / (|c + e| + |c|), which is 2 E t / (2 - E t) with t = 1 / |c|, the code's
 *            scale, and E the bound of |e| (Dunkl and Williams, "A simple norm inequality", 1964); those of q and q^ by S/2 root(d) / |q|
 *
 * On top comes what the kernels of the f32 vectors lose: their sums are d / 16 long.
 *
 * @param query  f32[dimension]
 * @param mean   f32[dimension] that codes are relative to; undefined for none. With one nothing is known under cosine
 */
export function createCodeBound(metric: Metric, query: Float32Array, mean: Float32Array | undefined): CodeBound {
  const dimension = query.length;
  const root = Math.sqrt(dimension);
  const { length, largest, sum } = measure(query, mean);
  const levels = Math.min(32_767, Math.floor(0x7fffffff / (127 * dimension)));
  // A query below this is coded so coarsely that a component may be lost.
  const queryStep = largest < QUERY_MIN ? 2 * largest : largest / levels;
  const loss = (dimension / 16 + 40) * UNIT * ROOM;
  if (metric === "cosine") {
    if (mean !== undefined) return NOTHING;
    const queryError = (HALF_QUERY_STEP * queryStep * root) / length;
    return { perScale: HALF_STEP * root * ROOM, fixed: (queryError + loss) * ROOM, perLength: 0, widen: 1 };
  }
  if (metric === "euclidean") {
    const perLength = 2 * HALF_QUERY_STEP * queryStep * root * ROOM;
    const fixed = 2 * UNIT * length + root * (SCALE_MIN * 127 + 2 * Math.sqrt(UNDERFLOW));
    return {
      perScale: ((HALF_STEP * root) / Math.SQRT2) * ROOM,
      fixed: fixed * ROOM,
      perLength,
      widen: (1 + loss) * ROOM,
    };
  }
  const whole = measure(query, undefined).length;
  const offset = mean === undefined ? 0 : measure(mean, undefined).length;
  const codes = HALF_STEP * sum + HALF_QUERY_STEP * queryStep * 127 * dimension;
  const perScale = codes + 127 * root * (loss * whole + 4 * UNIT * length);
  const fixed = loss * whole * offset + SCALE_MIN * 127 * sum + dimension * UNDERFLOW;
  return { perScale: perScale * ROOM, fixed: fixed * ROOM, perLength: 0, widen: 1 };
}

/** Length, largest magnitude, and sum of magnitudes of a vector, less the mean. */
function measure(vector: Float32Array, mean: Float32Array | undefined) {
  let squared = 0;
  let largest = 0;
  let sum = 0;
  for (let i = 0; i < vector.length; i++) {
    const magnitude = Math.abs(vector[i]! - (mean?.[i] ?? 0));
    squared += magnitude * magnitude;
    largest = Math.max(largest, magnitude);
    sum += magnitude;
  }
  return { length: Math.sqrt(squared), largest, sum };
}
