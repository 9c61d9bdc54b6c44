// One list of the best candidates, ascending by distance: entries of [f32 distance][u32 slot]. The top bit of a slot
// says that the candidate was expanded. It replaces the two heaps of the paper: ef is small, and shifting a few
// hundred bytes costs less than keeping two heaps.
import { pool } from "./context";

export const EXPANDED: u32 = 0x80000000;

/** Entries in the pool, and the most it keeps. */
export let poolCount: u32 = 0;
let poolMax: u32 = 0;
/** No entry before this one waits to be expanded. */
let cursor: u32 = 0;
/** Distance of the last entry of a full pool; infinite before. */
export let worst: f32 = 0;

export function resetPool(ef: u32): void {
  poolCount = 0;
  poolMax = ef;
  cursor = 0;
  worst = f32.MAX_VALUE;
}

// @ts-ignore: decorator
@inline
export function poolDistance(i: u32): f32 {
  return load<f32>(pool + (i << 3));
}

// @ts-ignore: decorator
@inline
export function poolSlot(i: u32): u32 {
  return load<u32>(pool + (i << 3), 4) & ~EXPANDED;
}

/** Inserts behind entries of equal distance; the caller has seen that `distance < worst`. */
export function insertIntoPool(distance: f32, slot: u32): void {
  let low: u32 = 0;
  let high = poolCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (poolDistance(middle) <= distance) low = middle + 1;
    else high = middle;
  }
  const place = pool + (low << 3);
  const kept = min(poolCount, poolMax - 1);
  memory.copy(place + 8, place, (kept - low) << 3);
  store<f32>(place, distance);
  store<u32>(place, slot, 4);
  poolCount = kept + 1;
  if (poolCount == poolMax) worst = poolDistance(kept);
  if (low < cursor) cursor = low;
}

/** The slot that `takeClosest` would probably return next; EXPANDED when there is none. */
// @ts-ignore: decorator
@inline
export function peekClosest(): u32 {
  return cursor < poolCount ? poolSlot(cursor) : EXPANDED;
}

/** Marks the closest unexpanded entry and returns its slot; EXPANDED when there is none. */
export function takeClosest(): u32 {
  while (cursor < poolCount) {
    const place = pool + (cursor << 3);
    const slot = load<u32>(place, 4);
    cursor++;
    if ((slot & EXPANDED) == 0) {
      store<u32>(place, slot | EXPANDED, 4);
      return slot;
    }
  }
  return EXPANDED;
}
