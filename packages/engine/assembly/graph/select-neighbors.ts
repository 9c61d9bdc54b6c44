import { SCRATCH_SLOTS } from "../../src/core/layout";
import { scores, scratch } from "./context";
import { padToFour, scoreFour, setQueryNode } from "./score";

/**
 * Chooses links that point in different directions (algorithm 4, without extending candidates): one is left out when it is
 * closer to one already chosen than to the node itself.
 *
 * Replaces the query of the current call. Uses `scores` and, for those left out, `candidates`.
 *
 * @param from   [f32 distance, u32 slot][count], ascending by distance from the node; the chosen move to its front
 * @param most   links wanted
 * @param slots  u32[most + 3], written: the chosen slots
 * @param least  filled up to this with the closest of those left out. For the links of a new node, `most`: at 100,000 word
 *               vectors that is worth .005 of recall at equal ef for 5 % more distances. 0 for a full list that is chosen anew: filled,
 *               it would have to be chosen again at the next link.
 * @returns      how many were chosen
 */
export function selectNeighbors(from: usize, count: u32, most: u32, slots: usize, least: u32): u32 {
  const leftOut: usize = load<u32>(scratch + SCRATCH_SLOTS);
  let n: u32 = 0;
  let left: u32 = 0;
  for (let i: u32 = 0; i < count && n < most; i++) {
    const entry = load<u64>(from + (i << 3)) & SLOT_AND_DISTANCE;
    if (n > 0 && isCovered(<u32>(entry >> 32), reinterpret<f32>(<u32>entry), slots, n)) {
      if (left < least) store<u64>(leftOut + (left++ << 3), entry);
    } else {
      choose(from, slots, n++, entry);
    }
  }
  for (let i: u32 = 0; i < left && n < least; i++) choose(from, slots, n++, load<u64>(leftOut + (i << 3)));
  return n;
}

/** An entry without the top bit of its slot, which the pool keeps for its own use. */
const SLOT_AND_DISTANCE: u64 = 0x7fffffffffffffff;

// @ts-ignore: decorator
@inline
function choose(from: usize, slots: usize, n: u32, entry: u64): void {
  store<u32>(slots + (n << 2), <u32>(entry >> 32));
  store<u64>(from + (n << 3), entry);
}

/** Whether `slot` is closer to one of u32[n] slots than `distance`. */
function isCovered(slot: u32, distance: f32, slots: usize, n: u32): bool {
  setQueryNode(slot);
  padToFour(slots, n);
  const limit = f32x4.splat(distance);
  for (let i: u32 = 0; i < n; i += 4) {
    scoreFour<i8>(slots + (i << 2), scores);
    if (v128.any_true(f32x4.lt(v128.load(scores), limit))) return true;
  }
  return false;
}
