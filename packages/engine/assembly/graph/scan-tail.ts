import {
  HEADER_TAIL, HEADER_TAIL_SLOTS, HEADER_TAIL_STRIDE, SCRATCH_COMPUTED, SCRATCH_DEVIATION, SCRATCH_EXPANDED, SCRATCH_LIMIT,
} from "../../src/core/layout";
import { bind, header, scores, scratch } from "./context";
import { deviationOf } from "./deviation";
import { encodeQuery } from "./encode";
import { writePool } from "./hits";
import { insertIntoPool, resetPool, worst } from "./pool";
import { scoreFourAt } from "./score";

/**
 * Compares the f32 query in the scratch's input with the codes of the slots [from, to) in the ring of new codes, where they
 * stand side by side: a third of the bytes that the same slots take as f32.
 *
 * @param to    at most the ring's length behind `from`; the ring still holds all of them
 * @param most  hits kept, at most what the pool holds
 * @returns     hits; their slots and distances, ascending, are in the scratch
 */
export function scanTail(headerAddress: usize, scratchAddress: usize, from: u32, to: u32, most: u32): u32 {
  bind(headerAddress, scratchAddress);
  encodeQuery();
  resetPool(most);
  const ringSlots = load<u32>(header + HEADER_TAIL_SLOTS);
  let first = from;
  while (first < to) {
    const place = first % ringSlots;
    const n = min<u32>(to - first, ringSlots - place);
    scanRun(first, place, n);
    first += n;
  }
  const hits = writePool();
  store<u32>(scratch + SCRATCH_LIMIT, to);
  store<f32>(scratch + SCRATCH_DEVIATION, deviationOf(hits));
  store<u32>(scratch + SCRATCH_EXPANDED, 0);
  store<u32>(scratch + SCRATCH_COMPUTED, to > from ? to - from : 0);
  return hits;
}

/** Scans n neighbors in the ring, the first of which is slot `first` at `place`. */
function scanRun(first: u32, place: u32, n: u32): void {
  const stride = load<u32>(header + HEADER_TAIL_STRIDE);
  const start: usize = load<u32>(header + HEADER_TAIL) + place * stride + 8;
  const end = start + (n - 1) * stride;
  let code = start;
  for (let i: u32 = 0; i < n; i += 4) {
    const b = min<usize>(code + stride, end);
    const c = min<usize>(b + stride, end);
    const d = min<usize>(c + stride, end);
    scoreFourAt<i16>(code, b, c, d, scores);
    if (v128.any_true(f32x4.lt(v128.load(scores), f32x4.splat(worst)))) offer(first + i, min<u32>(4, n - i));
    code += stride << 2;
  }
}

function offer(first: u32, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const distance = load<f32>(scores + (i << 2));
    if (distance < worst) insertIntoPool(distance, first + i);
  }
}
