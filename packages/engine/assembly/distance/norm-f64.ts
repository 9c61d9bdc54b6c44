/** Dot product of two f32[dimension] in f64: norms of tiny and huge vectors neither vanish nor overflow. */
export function dotF64(a: usize, b: usize, dimension: u32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = a + (dimension << 2);
  const end4 = a + ((dimension & ~3) << 2);
  while (a < end4) {
    const a0 = f64x2.promote_low_f32x4(v128.load64_zero(a));
    const b0 = f64x2.promote_low_f32x4(v128.load64_zero(b));
    const a1 = f64x2.promote_low_f32x4(v128.load64_zero(a, 8));
    const b1 = f64x2.promote_low_f32x4(v128.load64_zero(b, 8));
    low = f64x2.add(low, f64x2.mul(a0, b0));
    high = f64x2.add(high, f64x2.mul(a1, b1));
    a += 16;
    b += 16;
  }
  const sums = f64x2.add(low, high);
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  while (a < end) {
    sum += <f64>load<f32>(a) * <f64>load<f32>(b);
    a += 4;
    b += 4;
  }
  return sum;
}
