import { sumLanes } from "./dot-f32";

// @ts-ignore: decorator
@inline
function squaredDifference(a: v128, b: v128): v128 {
  const d = f32x4.sub(a, b);
  return f32x4.mul(d, d);
}

/**
 * Squared distance of f32[dimension] and f32[dimension], neither of which need be aligned.
 *
 * The order of the additions depends on `dimension` alone: the same vectors give the same bits wherever they stand.
 */
export function squaredL2F32(a: usize, b: usize, dimension: u32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  const end = a + (dimension << 2);
  const end16 = a + ((dimension & ~15) << 2);
  const end4 = a + ((dimension & ~3) << 2);
  while (a < end16) {
    s0 = f32x4.add(s0, squaredDifference(v128.load(a), v128.load(b)));
    s1 = f32x4.add(s1, squaredDifference(v128.load(a, 16), v128.load(b, 16)));
    s2 = f32x4.add(s2, squaredDifference(v128.load(a, 32), v128.load(b, 32)));
    s3 = f32x4.add(s3, squaredDifference(v128.load(a, 48), v128.load(b, 48)));
    a += 64;
    b += 64;
  }
  while (a < end4) {
    s0 = f32x4.add(s0, squaredDifference(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  while (a < end) {
    const d = load<f32>(a) - load<f32>(b);
    sum += d * d;
    a += 4;
    b += 4;
  }
  return sum;
}
