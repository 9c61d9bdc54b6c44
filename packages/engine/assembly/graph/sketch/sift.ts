import {
  HEADER_SKETCHES, HEADER_SKETCH_BIAS, HEADER_SKETCH_FACTOR, HEADER_SKETCH_PLANES, HEADER_SKETCH_STRIDE, SCRATCH_SINK,
} from "../../../src/core/layout";
import { codeBytes, header, list, scratch, selected } from "../context";
import { base, factor, offset, planes } from "./query";

/** Keeps those of the u32[n] slots in the list whose estimate is closer than `worst`, with f32 estimates in `selected`; returns how many. */
export function sift(n: u32, worst: f32): u32 {
  touchSketches(n);
  if (load<u32>(header + HEADER_SKETCH_PLANES) == 1) return siftLong<u8>(n, worst);
  return codeBytes <= 128 ? siftShort(n, worst) : siftLong<u16>(n, worst);
}

/** Loads a word of each sketch, so that they are on their way all at once. */
// @ts-ignore: decorator
@inline
function touchSketches(n: u32): void {
  const sketches: usize = load<u32>(header + HEADER_SKETCHES);
  const stride = load<u32>(header + HEADER_SKETCH_STRIDE);
  let sink: u32 = 0;
  const end = list + (n << 2);
  for (let at = list; at < end; at += 4) sink ^= load<u32>(sketches + load<u32>(at) * stride);
  store<u32>(scratch + SCRATCH_SINK, sink);
}

/** The distance that an integer dot product with the query stands for. */
// @ts-ignore: decorator
@inline
function estimate(sketch: usize, dot: i32, factorAt: u32, biasAt: u32): f32 {
  const distance = base - load<f32>(sketch + factorAt) * (factor * <f32>dot + offset);
  return biasAt == 0 ? distance : distance + load<f32>(sketch + biasAt);
}

/** Sifts by sketches of any length: of one bit when P is u8, of two when it is u16. */
function siftLong<P>(n: u32, worst: f32): u32 {
  const sketches: usize = load<u32>(header + HEADER_SKETCHES);
  const stride = load<u32>(header + HEADER_SKETCH_STRIDE);
  const factorAt = load<u32>(header + HEADER_SKETCH_FACTOR);
  const biasAt = load<u32>(header + HEADER_SKETCH_BIAS);
  const planeBytes: usize = codeBytes >> 3;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const slot = load<u32>(list + (i << 2));
    const sketch = sketches + slot * stride;
    let dot: i32 = 0;
    let query = planes;
    for (let at: usize = 0; at < planeBytes; at += 8) {
      const high = weigh(load<u64>(sketch + at), query);
      dot += sizeof<P>() == 1 ? high : (high << 1) + weigh(load<u64>(sketch + planeBytes + at), query);
      query += 32;
    }
    const distance = estimate(sketch, dot, factorAt, biasAt);
    store<u32>(list + (kept << 2), slot);
    store<f32>(selected + (kept << 2), distance);
    kept += <u32>(distance < worst);
  }
  return kept;
}

/**
 * Weighs one word of a plane by the query's components. Where the plane ends within the word the query's bits are 0.
 *
 * Scalar: the engines make seven instructions of a vector popcount, and one of this.
 */
// @ts-ignore: decorator
@inline
export function weigh(bits: u64, query: usize): i32 {
  return (
    <i32>popcnt<u64>(bits & load<u64>(query)) + (<i32>popcnt<u64>(bits & load<u64>(query, 8)) << 1) +
    (<i32>popcnt<u64>(bits & load<u64>(query, 16)) << 2) - (<i32>popcnt<u64>(bits & load<u64>(query, 24)) << 3)
  );
}

/** As `siftLong<u16>`, of up to 128 components: the query stays in registers. */
function siftShort(n: u32, worst: f32): u32 {
  const sketches: usize = load<u32>(header + HEADER_SKETCHES);
  const stride = load<u32>(header + HEADER_SKETCH_STRIDE);
  const factorAt = load<u32>(header + HEADER_SKETCH_FACTOR);
  const biasAt = load<u32>(header + HEADER_SKETCH_BIAS);
  const planeBytes: usize = codeBytes >> 3;
  const q0 = load<u64>(planes);
  const q1 = load<u64>(planes, 8);
  const q2 = load<u64>(planes, 16);
  const q3 = load<u64>(planes, 24);
  // Up to 64 components there is one word; the second is then all zeros, as is what it is compared with.
  const r0 = load<u64>(planes, 32);
  const r1 = load<u64>(planes, 40);
  const r2 = load<u64>(planes, 48);
  const r3 = load<u64>(planes, 56);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const slot = load<u32>(list + (i << 2));
    const sketch = sketches + slot * stride;
    const a = load<u64>(sketch);
    const b = load<u64>(sketch, 8);
    const c = load<u64>(sketch + planeBytes);
    const d = load<u64>(sketch + planeBytes, 8);
    const c0 = <i32>((popcnt(a & q0) + popcnt(b & r0)) * 2 + popcnt(c & q0) + popcnt(d & r0));
    const c1 = <i32>((popcnt(a & q1) + popcnt(b & r1)) * 2 + popcnt(c & q1) + popcnt(d & r1));
    const c2 = <i32>((popcnt(a & q2) + popcnt(b & r2)) * 2 + popcnt(c & q2) + popcnt(d & r2));
    const c3 = <i32>((popcnt(a & q3) + popcnt(b & r3)) * 2 + popcnt(c & q3) + popcnt(d & r3));
    const distance = estimate(sketch, c0 + c1 * 2 + c2 * 4 - c3 * 8, factorAt, biasAt);
    store<u32>(list + (kept << 2), slot);
    store<f32>(selected + (kept << 2), distance);
    kept += <u32>(distance < worst);
  }
  return kept;
}
