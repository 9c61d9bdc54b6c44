import { CODES_INT8, HEADER_SKETCH_BIAS, HEADER_SKETCH_PLANES, SCRATCH_SKETCH } from "../../../src/core/layout";
import { codeAddress, codes, components, header, rotated, scratch, work } from "../context";
import { queryBias, queryScale } from "../score";
import { rotate } from "./rotate";
import { sumOfSquares, widen } from "./write";

/**
 * Deviations of the estimate by which a neighbor must miss the pool to be left out. At 100,000 word vectors 1 keeps two
 * hundredths more of the codes and gains nothing in recall at equal speed, 0.5 loses .001 at recall .975.
 */
const DEVIATIONS: f32 = 0.7;
/** Deviation of dot(q, l) in units of |q|, for both kinds of level. */
export const SPREAD: f32 = 0.31;

/** What turns the integer dot product of the rounded query and a level into an estimated distance. */
export let base: f32 = 0;
export let factor: f32 = 0;
export let offset: f32 = 0;
/** Of an estimate, in units of a sketch's factor. */
let deviation: f32 = 0;
/** u64[4] for each 64 components: the bits of the rounded query, the sign bit last. */
export let planes: usize = 0;

/** Has neighbors kept whose estimates miss the pool by so many deviations more. */
export function widenMargin(deviations: f32): void {
  offset += deviations * deviation;
}

/** Makes the node's own code, which is the query of the call already, the query of the sketches too. */
export function setSketchQueryNode(slot: u32): void {
  widen(codeAddress(slot));
  setSketchQuery();
}

/** Makes the vector in the work buffer times `unit`, which are units of the query's code, the query of the sketches. */
export function setSketchQueryVector(unit: f32): void {
  const factors = f32x4.splat(unit);
  for (let i: u32 = 0; i < components << 2; i += 16) v128.store(rotated + i, f32x4.mul(v128.load(work + i), factors));
  setSketchQuery();
}

function setSketchQuery(): void {
  const norm = sqrt<f32>(sumOfSquares());
  rotate();
  const twoBits = load<u32>(header + HEADER_SKETCH_PLANES) == 2;
  planes = load<u32>(scratch + SCRATCH_SKETCH);
  let largest = f32x4.splat(0);
  for (let i: u32 = 0; i < components << 2; i += 16) largest = f32x4.max(largest, f32x4.abs(v128.load(rotated + i)));
  const most = max<f32>(
    max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
  const step: f32 = most > 0 ? most / 7 : 1;
  const sum = writePlanes(f32x4.splat(1 / step));
  factor = queryScale * step;
  // Codes that are bits themselves are estimated without a margin.
  deviation = codes == CODES_INT8 ? queryScale * SPREAD * norm : 0;
  offset = DEVIATIONS * deviation - queryScale * step * <f32>sum * (twoBits ? <f32>1.5 : <f32>0.5);
  base = queryBias + (load<u32>(header + HEADER_SKETCH_BIAS) == 0 ? <f32>0.5 : 0);
}

/** Rounds the rotated query to -7..7 and writes the four planes of its bits, word by word: u64[4] for 64 components. */
function writePlanes(scale: v128): i32 {
  let sum = i32x4.splat(0);
  const words = (components + 63) >> 6;
  memory.fill(planes, 0, max<u32>(words, 2) << 5);
  for (let i: u32 = 0; i < components; i += 16) {
    const a = roundFour(rotated + (i << 2), scale);
    const b = roundFour(rotated + (i << 2) + 16, scale);
    const c = roundFour(rotated + (i << 2) + 32, scale);
    const d = roundFour(rotated + (i << 2) + 48, scale);
    sum = i32x4.add(i32x4.add(sum, i32x4.add(a, b)), i32x4.add(c, d));
    const lanes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    const at = planes + ((i >> 6) << 5) + ((i & 63) >> 3);
    for (let bit: u32 = 0; bit < 4; bit++) {
      store<u16>(at + (bit << 3), i8x16.bitmask(i8x16.shl(lanes, 7 - bit)));
    }
  }
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
}

// @ts-ignore: decorator
@inline
function roundFour(address: usize, scale: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(address), scale)));
}
