import { components, rotated } from "../context";

/** Rotates the scratch vector `rotated`: signs, a Hadamard transform of blocks from the front, then one of blocks from the end. */
export function rotate(): void {
  const n = components;
  for (let i: u32 = 0; i < n; i += 4) {
    const chosen = v128.and(i32x4.splat(mixSign(i)), i32x4(1, 2, 4, 8));
    const mask = v128.and(i32x4.ne(chosen, i32x4.splat(0)), i32x4.splat(0x80000000));
    v128.store(rotated + (i << 2), v128.xor(v128.load(rotated + (i << 2)), mask));
  }
  let at: u32 = 0;
  while (at < n) {
    const length = blockLength(n - at);
    hadamard(rotated + (at << 2), length);
    at += length;
  }
  if (blockLength(n) == n) return;
  let end = n;
  while (end > 0) {
    const length = blockLength(end);
    end -= length;
    hadamard(rotated + (end << 2), length);
  }
}

// @ts-ignore: decorator
@inline
function mixSign(value: u32): i32 {
  value = (value ^ 0x9e3779b9) * 0x85ebca6b;
  value = (value ^ (value >> 13)) * 0xc2b2ae35;
  return <i32>((value ^ (value >> 16)) >> 7);
}

/** The largest power of two that is not above `n`, which is a multiple of 16. */
// @ts-ignore: decorator
@inline
function blockLength(n: u32): u32 {
  return 1 << (31 - clz<u32>(n));
}

/** Orthonormal Walsh-Hadamard transform of f32[n], n a power of two, 16 or more. */
function hadamard(address: usize, n: u32): void {
  const end = address + (n << 2);
  const scale = f32x4.splat(1 / sqrt<f32>(<f32>n));
  for (let at = address; at < end; at += 16) {
    let v = f32x4.mul(v128.load(at), scale);
    // Pairs at distance 1, then 2.
    v = f32x4.add(v128.shuffle<f32>(v, v, 0, 0, 2, 2), f32x4.mul(v128.shuffle<f32>(v, v, 1, 1, 3, 3), f32x4(1, -1, 1, -1)));
    v = f32x4.add(v128.shuffle<f32>(v, v, 0, 1, 0, 1), f32x4.mul(v128.shuffle<f32>(v, v, 2, 3, 2, 3), f32x4(1, 1, -1, -1)));
    v128.store(at, v);
  }
  for (let half: usize = 16; half < <usize>n << 2; half <<= 1) {
    for (let block = address; block < end; block += half << 1) {
      for (let at = block; at < block + half; at += 16) {
        const a = v128.load(at);
        const b = v128.load(at + half);
        v128.store(at, f32x4.add(a, b));
        v128.store(at + half, f32x4.sub(a, b));
      }
    }
  }
}
