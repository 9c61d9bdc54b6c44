import { scores } from "./context";
import { padToFour, scoreFour, setQueryNode } from "./score";

/**
 * Chooses links that point in different directions (algorithm 4, without extending or keeping pruned ones):
 * a candidate is left out when it is closer to one already chosen than to the node itself.
 *
 * Replaces the query of the current call. Uses `scores`.
 *
 * @param from   [f32 distance, u32 slot][count], ascending by distance from the node; the chosen move to its front
 * @param most   links wanted
 * @param slots  u32[most + 3], written: the chosen slots
 * @returns      how many were chosen
 */
export function selectNeighbors(from: usize, count: u32, most: u32, slots: usize): u32 {
  let n: u32 = 0;
  for (let i: u32 = 0; i < count && n < most; i++) {
    const distance = load<f32>(from + (i << 3));
    const slot = load<u32>(from + (i << 3), 4) & 0x7fffffff;
    if (n > 0 && isCovered(slot, distance, slots, n)) continue;
    store<u32>(slots + (n << 2), slot);
    store<f32>(from + (n << 3), distance);
    store<u32>(from + (n << 3), slot, 4);
    n++;
  }
  return n;
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
