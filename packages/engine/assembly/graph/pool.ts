// One list of the best candidates, ascending by distance: entries of [f32 distance][u32 slot]. The top bit of a slot
// says that the candidate was expanded. It replaces the two heaps of the paper: ef is small, and shifting a few
// hundred bytes costs less than keeping two heaps.
import { candidates, pool } from "./context";

export const EXPANDED: u32 = 0x80000000;

/** Entries in the pool, and the most it keeps. */
export let poolCount: u32 = 0;
let poolMax: u32 = 0;
/** No entry before this one waits to be expanded. */
export let poolCursor: u32 = 0;
/** What is farther is of no use: the distance of the last entry of a full pool, or where `boundPool` ends it; infinite before. */
export let worst: f32 = 0;
/** See `boundPool`; 0 where nothing but the size ends the pool. */
let rank: u32 = 0;
let stretch: f32 = 0;
let extra: f32 = 0;

export function resetPool(ef: u32): void {
  poolCount = 0;
  poolMax = ef;
  poolCursor = 0;
  rank = 0;
  worst = f32.MAX_VALUE;
  // `placeOf` reads whole blocks.
  const infinite = f32x4.splat(f32.MAX_VALUE);
  const end = pool + ((ef + 16) << 3);
  for (let at = pool; at < end; at += 16) v128.store(at, infinite);
}

/**
 * Ends the search at entries that are farther than the one of this rank, from 1, when its distance is stretched by a factor, at least 1, and
 * something is added; 0 for no such end.
 */
export function boundPool(ofRank: u32, by: f32, plus: f32): void {
  rank = ofRank;
  stretch = by;
  extra = plus;
  if (poolCount >= rank && rank > 0) narrowWorst();
}

/** Keeps the `ef` closest entries and no more from now on. @param ef  at most what it was reset to */
export function narrowPool(ef: u32): void {
  poolMax = ef;
  if (poolCount < ef) return;
  poolCount = ef;
  poolCursor = min(poolCursor, ef);
  worst = poolDistance(ef - 1);
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
  store<f32>(candidates, distance);
  store<u32>(candidates, slot, 4);
  mergeCandidates(1);
}

/**
 * Takes those of u32[n] slots into the pool that are closer than its worst entry.
 *
 * All at once: the pool is shifted once, and places are found by counting, which no branch predictor can get wrong.
 *
 * @param distances  f32[n]
 */
export function offerToPool(slots: usize, distances: usize, n: u32): void {
  let count: u32 = 0;
  const limit = worst;
  for (let i: u32 = 0; i < n; i++) {
    const distance = load<f32>(distances + (i << 2));
    if (distance >= limit) continue;
    let place = candidates + (count++ << 3);
    while (place > candidates && load<f32>(place - 8) > distance) {
      store<u64>(place, load<u64>(place - 8));
      place -= 8;
    }
    store<f32>(place, distance);
    store<u32>(place, load<u32>(slots + (i << 2)), 4);
  }
  if (count > 0) mergeCandidates(count);
}

/** Merges the first `count` candidates, which are sorted, into the pool. */
function mergeCandidates(count: u32): void {
  let end = poolCount;
  for (let i = <i32>count - 1; i >= 0; i--) {
    const candidate = load<u64>(candidates + (i << 3));
    // Behind `end` stand entries that were moved, and candidates, which may be at the same distance.
    const at = min(end, placeOf(reinterpret<f32>(<u32>candidate)));
    shift(at, end, i + 1);
    if (at + i < poolMax) store<u64>(pool + ((at + i) << 3), candidate);
    end = at;
  }
  if (end < poolCursor) poolCursor = end;
  poolCount = min(poolMax, poolCount + count);
  if (poolCount == poolMax) worst = poolDistance(poolMax - 1);
  if (rank > 0 && poolCount >= rank) narrowWorst();
}

// @ts-ignore: decorator
@inline
function narrowWorst(): void {
  const near = poolDistance(rank - 1);
  const far = near * stretch + extra;
  // What is added may come from a sample: where it is too small nothing can be said.
  if (far >= near) worst = min(worst, far);
}

/** Entries that are not farther than `distance`: of whole blocks first, then within one. Behind the last, all are infinite. */
// @ts-ignore: decorator
@inline
function placeOf(distance: f32): u32 {
  let block = pool;
  const end = pool + (poolCount << 3);
  let blocks: usize = 0;
  for (let last = pool + 120; last < end; last += 128) blocks += <usize>(load<f32>(last) <= distance);
  block += blocks << 7;
  const value = f32x4.splat(distance);
  let counts = f32x4.le(v128.load(block), value);
  counts = i32x4.add(counts, f32x4.le(v128.load(block, 16), value));
  counts = i32x4.add(counts, f32x4.le(v128.load(block, 32), value));
  counts = i32x4.add(counts, f32x4.le(v128.load(block, 48), value));
  counts = i32x4.add(counts, f32x4.le(v128.load(block, 64), value));
  counts = i32x4.add(counts, f32x4.le(v128.load(block, 80), value));
  counts = i32x4.add(counts, f32x4.le(v128.load(block, 96), value));
  counts = i32x4.add(counts, f32x4.le(v128.load(block, 112), value));
  return (<u32>blocks << 4) - <u32>(i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 2));
}

/** Moves the entries [from, to) up by `by`; what passes the end of the pool is lost. */
// @ts-ignore: decorator
@inline
function shift(from: u32, to: u32, by: u32): void {
  if (to + by > poolMax) to = poolMax > by ? poolMax - by : 0;
  const first = pool + (from << 3);
  const bytes: usize = by << 3;
  let at = pool + (to << 3);
  while (at >= first + 16) {
    at -= 16;
    v128.store(at + bytes, v128.load(at));
  }
  if (at > first) store<u64>(first + bytes, load<u64>(first));
}

/** Whether the candidate was expanded already. */
// @ts-ignore: decorator
@inline
export function isExpanded(i: u32): bool {
  return (load<u32>(pool + (i << 3), 4) & EXPANDED) != 0;
}

/** Marks the closest unexpanded entry and returns its slot; EXPANDED when there is none of any use. */
export function takeClosest(): u32 {
  while (poolCursor < poolCount) {
    const place = pool + (poolCursor << 3);
    const slot = load<u32>(place, 4);
    if (load<f32>(place) > worst) break;
    poolCursor++;
    if ((slot & EXPANDED) == 0) {
      store<u32>(place, slot | EXPANDED, 4);
      return slot;
    }
  }
  return EXPANDED;
}
