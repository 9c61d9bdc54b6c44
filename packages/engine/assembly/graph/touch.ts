import { SCRATCH_SINK } from "../../src/core/layout";
import { codeAddress, codeBytes, scratch } from "./context";

/** Bytes touched before they are scored: more would push each other out of the first cache. */
const TOUCH_BYTES_MAX: u32 = 24 * 1024;

/** How many codes are touched and scored together; a multiple of four. */
// @ts-ignore: decorator
@inline
export function touchGroup(): u32 {
  return max<u32>(4, (TOUCH_BYTES_MAX / (codeBytes + 8)) & ~3);
}

/** Loads a word of every cache line of `bytes` bytes, which the next expansion will read. */
// @ts-ignore: decorator
@inline
export function touchBytes(address: usize, bytes: u32): void {
  let sink: u32 = 0;
  for (let offset: u32 = 0; offset < bytes; offset += 64) sink ^= load<u32>(address + offset);
  store<u32>(scratch + SCRATCH_SINK, sink);
}

/**
 * Loads a word of every cache line of the codes of u32[n] slots.
 *
 * WASM has no prefetch. Nothing depends on these loads, so the processor runs them all at once, and scoring then
 * finds the codes in the cache.
 */
// @ts-ignore: decorator
@inline
export function touch(slots: usize, n: u32): void {
  let sink: u64 = 0;
  const last = codeBytes - 8;
  for (let i: u32 = 0; i < n; i++) {
    const code = codeAddress(load<u32>(slots + (i << 2)));
    for (let line = code - 8; line < code + last; line += 64) sink ^= load<u64>(line);
    sink ^= load<u64>(code + last);
  }
  store<u64>(scratch + SCRATCH_SINK, sink);
}
