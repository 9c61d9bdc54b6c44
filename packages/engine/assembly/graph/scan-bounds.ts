import { HEADER_METRIC, SCRATCH_SLOTS } from "../../src/core/layout";
import { bind, codeAddress, header, scores, scratch, stride } from "./context";
import { encodeQuery } from "./encode";
import { queryBias, scoreFourAt } from "./score";

const COSINE: u32 = 0;
const EUCLIDEAN: u32 = 2;
/** Of the terms of a distance on codes, what f32 arithmetic may lose at most: eight operations, each half a unit of the last place. */
const ROUNDING: f32 = 1 / 1048576;

/**
 * Finds those of the slots [from, to) whose vectors may be as close to the f32 query in the scratch's input as `worst`: a bound on
 * what their codes are off by proves of the others that they are not. core/code-bound.ts has the proof and makes the numbers.
 *
 * @param to         at most POOL_ENTRIES behind `from`
 * @param worst      a distance; its root when the metric is euclidean
 * @param perScale   error for each unit of a code's scale
 * @param fixed      error of the query, and of f32 arithmetic
 * @param perLength  error for each unit of a code's length; read when the metric is euclidean
 * @returns          how many; they are in the scratch, ascending
 */
export function scanBounds(
  headerAddress: usize, scratchAddress: usize, from: u32, to: u32, worst: f32, perScale: f32, fixed: f32, perLength: f32,
): u32 {
  bind(headerAddress, scratchAddress);
  encodeQuery();
  const metric = load<u32>(header + HEADER_METRIC);
  const out: usize = load<u32>(scratch + SCRATCH_SLOTS);
  let kept: u32 = 0;
  for (let slot = from; slot < to; slot += 4) {
    const n = min<u32>(4, to - slot);
    const a = codeAddress(slot);
    const b = a + (n > 1 ? stride : 0);
    const c = b + (n > 2 ? stride : 0);
    const d = c + (n > 3 ? stride : 0);
    scoreFourAt<i16>(a, b, c, d, scores);
    const far = farther(metric, v128.load(scores), scalesAt(a, b, c, d), biasesAt(a, b, c, d), worst, perScale, fixed, perLength);
    if (far == 15) continue;
    for (let i: u32 = 0; i < n; i++) {
      store<u32>(out + (kept << 2), slot + i);
      kept += ~(far >> i) & 1;
    }
  }
  return kept;
}

// @ts-ignore: decorator
@inline
function scalesAt(a: usize, b: usize, c: usize, d: usize): v128 {
  const low = f32x4.replace_lane(f32x4.splat(load<f32>(a - 8)), 1, load<f32>(b - 8));
  return f32x4.replace_lane(f32x4.replace_lane(low, 2, load<f32>(c - 8)), 3, load<f32>(d - 8));
}

// @ts-ignore: decorator
@inline
function biasesAt(a: usize, b: usize, c: usize, d: usize): v128 {
  const low = f32x4.replace_lane(f32x4.splat(load<f32>(a - 4)), 1, load<f32>(b - 4));
  return f32x4.replace_lane(f32x4.replace_lane(low, 2, load<f32>(c - 4)), 3, load<f32>(d - 4));
}

/** One bit for each of four slots whose vector is provably farther than `worst`. What is no number proves nothing. */
// @ts-ignore: decorator
@inline
function farther(
  metric: u32, distances: v128, scales: v128, biases: v128, worst: f32, perScale: f32, fixed: f32, perLength: f32,
): u32 {
  const terms = f32x4.add(f32x4.add(f32x4.abs(distances), f32x4.abs(biases)), f32x4.splat(abs<f32>(queryBias)));
  const rounding = f32x4.mul(terms, f32x4.splat(ROUNDING));
  let error = f32x4.mul(scales, f32x4.splat(perScale));
  let lower: v128;
  if (metric == EUCLIDEAN) {
    const lengths = f32x4.mul(f32x4.sqrt(biases), f32x4.splat(perLength));
    const squared = f32x4.sub(f32x4.sub(distances, rounding), lengths);
    lower = f32x4.sub(f32x4.sqrt(f32x4.max(squared, f32x4.splat(0))), error);
  } else {
    if (metric == COSINE) error = f32x4.div(f32x4.add(error, error), f32x4.sub(f32x4.splat(2), error));
    lower = f32x4.sub(f32x4.sub(distances, rounding), error);
  }
  lower = f32x4.sub(lower, f32x4.splat(fixed));
  const finite = f32x4.le(lower, f32x4.splat(f32.MAX_VALUE));
  return <u32>i32x4.bitmask(v128.and(f32x4.gt(lower, f32x4.splat(worst)), finite));
}
