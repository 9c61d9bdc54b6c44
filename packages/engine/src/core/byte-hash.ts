const FINALIZATION_ROUNDS = 3;

/**
 * HalfSipHash-1-3 of `bytes[from, to)`: 32-bit arithmetic only, and keyed, so that a caller who picks ids
 * cannot pile them up in one place of the table, as with murmur or xxhash.
 *
 * @param key0  u32, with `key1` the key
 * @returns     u32
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", and the HalfSipHash of its reference code.
 */
export function hashBytes(bytes: Uint8Array, from: number, to: number, key0: number, key1: number): number {
  let v0 = key0 | 0;
  let v1 = key1 | 0;
  let v2 = 0x6c796765 ^ key0;
  let v3 = 0x74656462 ^ key1;
  const length = to - from;
  const words = length >>> 2;
  const messageRounds = words + 1;
  // One copy of the round serves words, tail and finalization: a second one would double what V8 has to inline.
  for (let round = 0; round < messageRounds + FINALIZATION_ROUNDS; round++) {
    let word = 0;
    if (round < words) {
      const at = from + round * 4;
      word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    } else if (round === words) {
      word = length << 24;
      for (let at = to - (length & 3), shift = 0; at < to; at++, shift += 8) word |= bytes[at]! << shift;
    } else if (round === messageRounds) {
      v2 ^= 0xff;
    }
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return (v1 ^ v3) >>> 0;
}
