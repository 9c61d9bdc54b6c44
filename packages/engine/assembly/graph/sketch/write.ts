// Sketches: one or two bits of each component of a code, in an array so small that it stays in the cache. A traversal
// asks the sketch of a neighbor first, and reads the code itself only when the neighbor may enter the pool: of a hundred
// neighbors about ten do, and reading codes is what a search spends its time on.
//
// The code c is rotated first (randomized Hadamard), which spreads what it holds evenly over the components. Each then
// becomes a level l: -1/2 or 1/2 with one bit, -3/2, -1/2, 1/2 or 3/2 times the root mean square with two. With the
// query rotated likewise to q,
//
//     dot(q, c) is estimated by F * dot(q, l),   F = |c|^2 / dot(c, l)
//
// without bias, and with a deviation of about 0.31 * F * |q| (RaBitQ, arXiv:2405.12497, for one bit). The query is
// rounded to four bits, so that dot(q, l) is a handful of population counts.
//
// Sketch of a slot: [plane of high bits][plane of low bits, with two][F * scale f32][bias f32, unless all are 1/2].
import {
  HEADER_SKETCHES, HEADER_SKETCH_BIAS, HEADER_SKETCH_FACTOR, HEADER_SKETCH_PLANES, HEADER_SKETCH_STRIDE,
} from "../../../src/core/layout";
import { sumLanes } from "../../distance/dot-f32";
import { codeAddress, components, header, rotated } from "../context";
import { rotate } from "./rotate";

/** Whether this graph has sketches. */
// @ts-ignore: decorator
@inline
export function hasSketches(): bool {
  return load<u32>(header + HEADER_SKETCH_PLANES) != 0;
}

/** Writes the sketch of a slot from its code. */
export function writeSketch(slot: u32): void {
  const code = codeAddress(slot);
  widen(code);
  const squared = sumOfSquares();
  rotate();
  const sketch: usize = load<u32>(header + HEADER_SKETCHES) + slot * load<u32>(header + HEADER_SKETCH_STRIDE);
  const twoBits = load<u32>(header + HEADER_SKETCH_PLANES) == 2;
  const rms = sqrt<f32>(squared / <f32>components);
  const dot = twoBits ? writeTwoBits(sketch, rms) : writeOneBit(sketch);
  const f = dot > 0 ? squared / dot * load<f32>(code - 8) : 0;
  store<f32>(sketch + load<u32>(header + HEADER_SKETCH_FACTOR), f);
  const biasAt = load<u32>(header + HEADER_SKETCH_BIAS);
  if (biasAt != 0) store<f32>(sketch + biasAt, load<f32>(code - 4));
}

/** Writes one bit of each component of the rotated vector c; returns dot(c, l). */
export function writeOneBit(sketch: usize): f32 {
  let sum: f32 = 0;
  const zero = f32x4.splat(0);
  for (let i: u32 = 0; i < components; i += 8) {
    const low = v128.load(rotated + (i << 2));
    const high = v128.load(rotated + (i << 2), 16);
    sum += sumLanes(f32x4.add(f32x4.abs(low), f32x4.abs(high)));
    const bits = i32x4.bitmask(f32x4.ge(low, zero)) | (i32x4.bitmask(f32x4.ge(high, zero)) << 4);
    store<u8>(sketch + (i >> 3), bits);
  }
  return sum / 2;
}

function writeTwoBits(sketch: usize, rms: f32): f32 {
  let sum: f32 = 0;
  const zero = f32x4.splat(0);
  const threshold = f32x4.splat(rms);
  const lowPlane = sketch + (components >> 3);
  for (let i: u32 = 0; i < components; i += 4) {
    const c = v128.load(rotated + (i << 2));
    const magnitude = f32x4.abs(c);
    const far = f32x4.ge(magnitude, threshold);
    // 1/2 or 3/2 times the magnitude.
    sum += sumLanes(f32x4.mul(magnitude, f32x4.add(f32x4.splat(0.5), v128.and(far, f32x4.splat(1)))));
    const sign = f32x4.ge(c, zero);
    const highBits = i32x4.bitmask(sign);
    // Levels ascend with 2 * high + low, so below zero the low bit is that of the nearer level.
    const lowBits = ~(i32x4.bitmask(far) ^ highBits) & 15;
    const shift = i & 4;
    const at = i >> 3;
    if (shift == 0) {
      store<u8>(sketch + at, highBits);
      store<u8>(lowPlane + at, lowBits);
    } else {
      store<u8>(sketch + at, load<u8>(sketch + at) | (highBits << 4));
      store<u8>(lowPlane + at, load<u8>(lowPlane + at) | (lowBits << 4));
    }
  }
  return sum;
}

/** The i8 code as f32 in the scratch vector `rotated`. */
export function widen(code: usize): void {
  for (let i: u32 = 0; i < components; i += 8) {
    const lanes = v128.load8x8_s(code + i);
    v128.store(rotated + (i << 2), f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(lanes)));
    v128.store(rotated + (i << 2), f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(lanes)), 16);
  }
}

export function sumOfSquares(): f32 {
  let sum = f32x4.splat(0);
  for (let i: u32 = 0; i < components << 2; i += 16) {
    const v = v128.load(rotated + i);
    sum = f32x4.add(sum, f32x4.mul(v, v));
  }
  return sumLanes(sum);
}
