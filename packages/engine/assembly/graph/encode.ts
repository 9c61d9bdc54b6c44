// Quantization. A vector v becomes v' = v - mean (0 unless the graph was given one; for cosine v is normalized
// first), then int8 code = round(v' / s) with a scale of its own, s = max|v'| / 127. With the code stand two f32,
// `scale` and `bias`, such that for every metric
//
//     distance(q, e) = bias_q + bias_e - scale_q * scale_e * dot(code_q, code_e)
//
// cosine, no mean   scale = 1 / |code|, bias = 1/2: the cosine of the codes themselves
// dot               q.v = q'.v' + q.mean + v.mean - mean^2, so scale = s, bias = mean^2 / 2 - v.mean
// cosine, mean      as dot, bias + 1/2
// euclidean         |q-v|^2 = |q'|^2 + |v'|^2 - 2 q'.v', so scale = s * sqrt(2), bias = s^2 |code|^2. The norm is that
//                   of the code and not of v': the error then shrinks with the distance, and equal vectors are at 0
//
// A query is coded finer, as i16, at no cost: the products are i16 x i16 anyway.
//
// Without quantization all this is left out: see vector-codes.ts.
import {
  CODES_BINARY, CODES_VECTORS, HEADER_DIMENSION, HEADER_HAS_MEAN, HEADER_MEAN, HEADER_METRIC, HEADER_TAIL, HEADER_TAIL_SLOTS, HEADER_TAIL_STRIDE,
} from "../../src/core/layout";
import { dotF64 } from "../distance/norm-f64";
import { bind, codeBytes, codeOffset, codes, components, header, input, nodeAddress, query, stride, work } from "./context";
import { writeBinaryCode, writeBinaryQuery } from "./binary-codes";
import { setQuery } from "./score";
import { setSketchQueryVector } from "./sketch/query";
import { hasSketches, writeSketch } from "./sketch/write";
import { writeVectorCode, writeVectorQuery } from "./vector-codes";

const COSINE: u32 = 0;
const EUCLIDEAN: u32 = 2;

/** Encodes f32[n * dimension] of the scratch's input as the nodes `first`..`first + n - 1`, without links. */
export function encode(headerAddress: usize, scratchAddress: usize, first: u32, n: u32): void {
  bind(headerAddress, scratchAddress);
  const bytes = load<u32>(header + HEADER_DIMENSION) << 2;
  for (let i: u32 = 0; i < n; i++) {
    const node = nodeAddress(first + i);
    memory.fill(node, 0, stride);
    encodeNode(input + i * bytes, node + codeOffset);
    if (hasSketches()) writeSketch(first + i);
    // Once more side by side, for the scan of what is not linked yet.
    const place = (first + i) % load<u32>(header + HEADER_TAIL_SLOTS);
    const tail: usize = load<u32>(header + HEADER_TAIL) + place * load<u32>(header + HEADER_TAIL_STRIDE);
    memory.copy(tail, node + codeOffset - 8, codeBytes + 8);
  }
}

/** Writes the sketches of the nodes `first`..`first + n - 1` from their codes, after these were loaded. */
export function sketch(headerAddress: usize, scratchAddress: usize, first: u32, n: u32): void {
  bind(headerAddress, scratchAddress);
  if (!hasSketches()) return;
  for (let i: u32 = 0; i < n; i++) writeSketch(first + i);
}

function encodeNode(vector: usize, code: usize): void {
  if (codes == CODES_VECTORS) return writeVectorCode(vector, code);
  const metric = load<u32>(header + HEADER_METRIC);
  const bias = center(vector, metric);
  if (codes == CODES_BINARY) return writeBinaryCode(code, <f32>bias);
  const largest = largestMagnitude();
  const factor = largest > 0 ? min<f32>(127 / largest, f32.MAX_VALUE) : 0;
  const squared = <f64>writeCode(code, f32x4.splat(factor));
  const s = <f64>largest / 127;
  if (metric == EUCLIDEAN) {
    store<f32>(code - 8, <f32>(s * Math.SQRT2));
    store<f32>(code - 4, <f32>(s * s * squared));
  } else if (metric == COSINE && !load<u32>(header + HEADER_HAS_MEAN)) {
    store<f32>(code - 8, squared > 0 ? <f32>(1 / sqrt<f64>(squared)) : 0);
    store<f32>(code - 4, 0.5);
  } else {
    store<f32>(code - 8, <f32>s);
    store<f32>(code - 4, <f32>bias);
  }
}

/** Makes the f32 vector in the scratch's input the query of the current call, in the form that the codes are compared with. */
export function encodeQuery(): void {
  if (codes == CODES_VECTORS) {
    writeVectorQuery();
    setQuery(query, 1, 0);
  } else if (codes == CODES_BINARY) {
    writeBinaryQuery(<f32>center(input, load<u32>(header + HEADER_METRIC)));
  } else {
    encodeWideQuery();
  }
}

function encodeWideQuery(): void {
  const metric = load<u32>(header + HEADER_METRIC);
  const dimension = load<u32>(header + HEADER_DIMENSION);
  const bias = center(input, metric);
  const largest = largestMagnitude();
  // As fine as the sums allow: dimension * levels * 127 must stay below 2^31.
  const levels = min<u32>(32767, 0x7fffffff / (127 * dimension));
  const factor = largest > 0 ? min<f32>(<f32>levels / largest, f32.MAX_VALUE) : 0;
  writeWideCode(f32x4.splat(factor));
  const s = <f64>largest / <f64>levels;
  const squared = dotF64(work, work, components);
  if (metric == EUCLIDEAN) {
    setQuery(query, <f32>(s * Math.SQRT2), <f32>squared);
  } else if (metric == COSINE && !load<u32>(header + HEADER_HAS_MEAN)) {
    setQuery(query, squared > 0 ? <f32>(s / sqrt<f64>(squared)) : 0, 0.5);
  } else {
    setQuery(query, <f32>s, <f32>bias);
  }
  if (hasSketches()) setSketchQueryVector(factor);
}

/** Writes v' to the work buffer; returns the bias of dot, or of cosine with a mean. */
function center(vector: usize, metric: u32): f64 {
  const dimension = load<u32>(header + HEADER_DIMENSION);
  memory.copy(work, vector, dimension << 2);
  const hasMean = load<u32>(header + HEADER_HAS_MEAN) != 0;
  if (metric == COSINE && (hasMean || codes == CODES_BINARY)) normalize(dimension);
  if (!hasMean) return metric == COSINE ? 0.5 : 0;
  const mean: usize = load<u32>(header + HEADER_MEAN);
  const bias = dotF64(mean, mean, dimension) / 2 - dotF64(work, mean, dimension);
  for (let i: u32 = 0; i < components << 2; i += 16) {
    v128.store(work + i, f32x4.sub(v128.load(work + i), v128.load(mean + i)));
  }
  return metric == COSINE ? bias + 0.5 : bias;
}

function normalize(dimension: u32): void {
  const squared = dotF64(work, work, dimension);
  if (squared == 0) return;
  const inverse = f32x4.splat(<f32>min<f64>(1 / sqrt<f64>(squared), <f64>f32.MAX_VALUE));
  for (let i: u32 = 0; i < components << 2; i += 16) v128.store(work + i, f32x4.mul(v128.load(work + i), inverse));
}

function largestMagnitude(): f32 {
  let largest = f32x4.splat(0);
  for (let i: u32 = 0; i < components << 2; i += 16) largest = f32x4.max(largest, f32x4.abs(v128.load(work + i)));
  return max<f32>(
    max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
}

/** Eight components of the work buffer, times `factor`, rounded to i16. */
// @ts-ignore: decorator
@inline
function roundEight(address: usize, factor: v128): v128 {
  const low = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(address), factor)));
  const high = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(address, 16), factor)));
  return i16x8.narrow_i32x4_s(low, high);
}

/** Writes the i8 code and returns the sum of its squares. */
function writeCode(code: usize, factor: v128): u32 {
  let squares = i32x4.splat(0);
  for (let i: u32 = 0; i < components; i += 16) {
    const low = roundEight(work + (i << 2), factor);
    const high = roundEight(work + (i << 2) + 32, factor);
    v128.store(code + i, i8x16.narrow_i16x8_s(low, high));
    squares = i32x4.add(squares, i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)));
  }
  return (
    i32x4.extract_lane(squares, 0) + i32x4.extract_lane(squares, 1) + i32x4.extract_lane(squares, 2) +
    i32x4.extract_lane(squares, 3)
  );
}

function writeWideCode(factor: v128): void {
  for (let i: u32 = 0; i < components; i += 8) v128.store(query + (i << 1), roundEight(work + (i << 2), factor));
}
