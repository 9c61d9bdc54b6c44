import { CODES_BINARY, CODES_INT8 } from "../../src/core/layout";
import { sumLanes } from "../distance/dot-f32";
import { binaryDistance, scoreBinary } from "./binary-codes";
import { codeAddress, codeBytes, codes } from "./context";
import { scoreVectors, vectorDistance } from "./vector-codes";

// The query of the current call: its codes, and what turns an integer dot product into a distance. For every metric
// distance = queryBias + bias - queryScale * scale * dot; see encode.ts, and vector-codes.ts where codes are vectors.
let queryCode: usize = 0;
export let queryScale: f32 = 0;
export let queryBias: f32 = 0;

export function setQuery(code: usize, scale: f32, bias: f32): void {
  queryCode = code;
  queryScale = scale;
  queryBias = bias;
}

/** Length of the query's code, which is stored as i16. */
export function queryNorm(): f32 {
  let sum = f32x4.splat(0);
  for (let offset: u32 = 0; offset < codeBytes; offset += 8) {
    const lanes = v128.load(queryCode + (offset << 1));
    const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(lanes));
    const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(lanes));
    sum = f32x4.add(sum, f32x4.add(f32x4.mul(low, low), f32x4.mul(high, high)));
  }
  return sqrt<f32>(sumLanes(sum));
}

/** Makes a node's own code the query, as i8. */
export function setQueryNode(slot: u32): void {
  const code = codeAddress(slot);
  setQuery(code, load<f32>(code - 8), load<f32>(code - 4));
}

/** Eight components of the query as i16; Q is the type that its codes are stored in. */
// @ts-ignore: decorator
@inline
function queryLanes<Q>(offset: u32): v128 {
  return sizeof<Q>() == 2 ? v128.load(queryCode + (offset << 1)) : v128.load8x8_s(queryCode + offset);
}

// @ts-ignore: decorator
@inline
function addProducts(sum: v128, lanes: v128, code: usize): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(lanes, v128.load8x8_s(code)));
}

/** Writes to f32[4] at `out` the distances of the query from the four slots at `slots`. */
// @ts-ignore: decorator
@inline
export function scoreFour<Q>(slots: usize, out: usize): void {
  scoreFourAt<Q>(
    codeAddress(load<u32>(slots)),
    codeAddress(load<u32>(slots, 4)),
    codeAddress(load<u32>(slots, 8)),
    codeAddress(load<u32>(slots, 12)),
    out,
  );
}

/**
 * As `scoreFour`, of the codes at four addresses; scale and bias stand before each.
 *
 * Four at a time in one loop: four independent streams of loads hide each other's latency.
 */
// @ts-ignore: decorator
@inline
export function scoreFourAt<Q>(a: usize, b: usize, c: usize, d: usize, out: usize): void {
  if (codes == CODES_INT8) scoreFourCodes<Q>(a, b, c, d, out);
  else scoreFourOthers(a, b, c, d, out);
}

function scoreFourOthers(a: usize, b: usize, c: usize, d: usize, out: usize): void {
  store<f32>(out, scoreAt(a));
  store<f32>(out, scoreAt(b), 4);
  store<f32>(out, scoreAt(c), 8);
  store<f32>(out, scoreAt(d), 12);
}

function scoreAt(code: usize): f32 {
  return codes == CODES_BINARY ? binaryDistance(code, queryCode) : vectorDistance(code, queryCode, queryScale);
}

// @ts-ignore: decorator
@inline
function scoreFourCodes<Q>(a: usize, b: usize, c: usize, d: usize, out: usize): void {
  let sumA = i32x4.splat(0);
  let sumB = i32x4.splat(0);
  let sumC = i32x4.splat(0);
  let sumD = i32x4.splat(0);
  for (let offset: u32 = 0; offset < codeBytes; offset += 16) {
    const low = queryLanes<Q>(offset);
    sumA = addProducts(sumA, low, a + offset);
    sumB = addProducts(sumB, low, b + offset);
    sumC = addProducts(sumC, low, c + offset);
    sumD = addProducts(sumD, low, d + offset);
    const high = queryLanes<Q>(offset + 8);
    sumA = addProducts(sumA, high, a + offset + 8);
    sumB = addProducts(sumB, high, b + offset + 8);
    sumC = addProducts(sumC, high, c + offset + 8);
    sumD = addProducts(sumD, high, d + offset + 8);
  }
  // Transposed sums: lane i of `dots` is the dot product of the i-th slot.
  const ab = i32x4.add(v128.shuffle<i32>(sumA, sumB, 0, 4, 1, 5), v128.shuffle<i32>(sumA, sumB, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(sumC, sumD, 0, 4, 1, 5), v128.shuffle<i32>(sumC, sumD, 2, 6, 3, 7));
  const dots = i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
  const pairsAB = v128.shuffle<i32>(v128.load64_zero(a - 8), v128.load64_zero(b - 8), 0, 4, 1, 5);
  const pairsCD = v128.shuffle<i32>(v128.load64_zero(c - 8), v128.load64_zero(d - 8), 0, 4, 1, 5);
  const scales = f32x4.mul(v128.shuffle<i32>(pairsAB, pairsCD, 0, 1, 4, 5), f32x4.splat(queryScale));
  const biases = f32x4.add(v128.shuffle<i32>(pairsAB, pairsCD, 2, 3, 6, 7), f32x4.splat(queryBias));
  v128.store(out, f32x4.sub(biases, f32x4.mul(scales, f32x4.convert_i32x4_s(dots))));
}

/**
 * Fills the list up to a multiple of four, so that `scoreFour` finds valid slots. `n` is not 0. Behind a multiple of four nothing is
 * written: the next group of a list that is scored in groups may stand there.
 */
// @ts-ignore: decorator
@inline
export function padToFour(slots: usize, n: u32): void {
  if ((n & 3) == 0) return;
  const end = slots + (n << 2);
  const last = load<u32>(end - 4);
  store<u32>(end, last);
  store<u32>(end, last, 4);
  store<u32>(end, last, 8);
}

/** Writes f32[n] distances of the slots u32[n]; both lists have room for three more. `n` may be 0. */
export function score<Q>(slots: usize, n: u32, out: usize): void {
  if (n == 0) return;
  if (codes == CODES_BINARY) return scoreBinary(slots, n, queryCode, out);
  if (codes != CODES_INT8) return scoreVectors(slots, n, queryCode, queryScale, out);
  padToFour(slots, n);
  for (let i: u32 = 0; i < n; i += 4) scoreFour<Q>(slots + (i << 2), out + (i << 2));
}
