import {
  HEADER_ENTRY_POINT, HEADER_INDEXED, SCRATCH_COMPUTED, SCRATCH_DEVIATION, SCRATCH_DISTANCES, SCRATCH_EXPANDED, SCRATCH_LIMIT,
  SCRATCH_SLOTS,
} from "../../src/core/layout";
import { accept, bindAccept, isIn, walkable } from "./accept";
import { bind, header, levelOf, scratch } from "./context";
import { deviationOf } from "./deviation";
import { encodeQuery } from "./encode";
import { boundPlain, boundScarce, noteSlack, PLAIN_SHARE, setReach, withReach, withScarceReach } from "./filtered-reach";
import { hitsFor, writeHits } from "./hits";
import { insertIntoPool, narrowPool, poolCount, poolDistance, poolSlot, resetPool, worst } from "./pool";
import { begin, computed, descend, expandClosest, expanded, leaveOut, nearest, nearestDistance, resetCounts } from "./traverse";
import { beginTraversal, markVisited } from "./visited";
import { offerSeeds, walkInside } from "./walk-inside";

// The numbers below were chosen on 340,479 word vectors, with filters that correlate with the query and that do not; decision
// 13 has what they gave.

/** LIMITS.efMax: what a pool holds. */
const EF_MAX: u32 = 2048;
/** Nodes expanded before the search looks at how many of the closest are acceptable. */
const PROBE: u32 = 48;
/** Candidates of an unfiltered walk at that share, `efFactor(PLAIN_SHARE)`, and some more for rounding. */
const PLAIN_EF_FACTOR: f32 = 2.5;
/** Share of a pool beyond which results are not trusted. */
const DEPTH_MAX: f32 = 0.85;
/** Candidates of a walk inside at PLAIN_SHARE, where acceptable nodes are as common around the query as elsewhere. */
const INSIDE_EF_FACTOR: f32 = 0.6;
/** The same where they are scarcer: the closest then lie far from each other, all around what is left out. */
const SCARCE_EF_FACTOR: f32 = 1.6;
/** Share of what is common elsewhere below which they are scarce. */
const SCARCE: f32 = 0.5;
/** Where so many neighbors are acceptable a walk inside needs no others; 2 is never. */
const DENSE_SHARE: f32 = 0.4;
const NEVER: f32 = 2;
/** Part of the share of all nodes that is expected around the query, until it is known. */
const PROBE_SHARE: f32 = 0.5;

/**
 * Searches the linked part of a graph for the slots of a set that are closest to the f32 query in the scratch's input. The
 * set is in the scratch, with zeros behind it.
 *
 * An unfiltered walk begins. What it meets around the query decides how the search goes on: where a good share is
 * acceptable the walk goes on, with as many more candidates as it will leave out; else it becomes one that steps on acceptable
 * nodes only, with more candidates where they are scarcer than elsewhere.
 *
 * @param share    share of all slots that is in the set
 * @param wanted   twice the hits that are needed: an unfiltered walk that finds less than half of them was in vain
 * @param least    share of acceptable nodes around the query below which nothing is found; 0 to go on in any case
 * @param rank, stretch, rareStretch, offset  as in `setReach`
 * @returns        hits, at most `ef`; their slots and distances, ascending, are in the scratch
 */
export function searchFiltered(
  headerAddress: usize, scratchAddress: usize, ef: u32, share: f32, wanted: u32, least: f32, rank: u32, stretch: f32,
  rareStretch: f32, offset: f32,
): u32 {
  bind(headerAddress, scratchAddress);
  resetCounts();
  let hits: u32 = 0;
  let deviation: f32 = 0;
  // Read in this order, as `search` does.
  const entry = atomic.load<u32>(header + HEADER_ENTRY_POINT);
  const limit = atomic.load<u32>(header + HEADER_INDEXED);
  if (limit > 0) {
    encodeQuery();
    bindAccept(limit);
    descend<i16>(entry, levelOf(entry), 0, limit);
    setReach(rank, stretch, rareStretch, offset);
    if (walk(ef, share, wanted, limit, least)) hits = writeHits(hitsFor(rank, ef), limit, accept);
    deviation = deviationOf(hits);
  }
  store<f32>(scratch + SCRATCH_DEVIATION, deviation);
  store<u32>(scratch + SCRATCH_LIMIT, limit);
  store<u32>(scratch + SCRATCH_EXPANDED, expanded);
  store<u32>(scratch + SCRATCH_COMPUTED, computed);
  return hits;
}

/** Fills the pool from `nearest`; returns false when it gave up. */
function walk(ef: u32, share: f32, wanted: u32, limit: u32, least: f32): bool {
  begin(scaled(withReach(ef), PLAIN_EF_FACTOR), nearest, nearestDistance, limit);
  boundPlain(max<f32>(PLAIN_SHARE, share * PROBE_SHARE));
  expandClosest<i16>(0, limit, PROBE);
  const local = localShare(wanted);
  if (local < least) return false;
  noteSlack();
  if (local >= PLAIN_SHARE) {
    narrowPool(scaled(withReach(ef), min<f32>(PLAIN_EF_FACTOR, efFactor(local))));
    boundPlain(local);
    expandClosest<i16>(0, limit, u32.MAX_VALUE);
    if (isDeepEnough(wanted)) return true;
  }
  if (local >= share * SCARCE) {
    const rarity = min<f32>(INSIDE_EF_FACTOR * efFactor(min<f32>(1, share / PLAIN_SHARE)), SCARCE_EF_FACTOR);
    turnInside(scaled(ef, rarity), limit);
    walkInside(limit, DENSE_SHARE);
    return true;
  }
  turnInside(scaled(withScarceReach(ef), SCARCE_EF_FACTOR), limit);
  boundScarce();
  walkInside(limit, NEVER);
  return true;
}

function scaled(ef: u32, factor: f32): u32 {
  return min<u32>(EF_MAX, <u32>ceil<f32>(<f32>ef * factor));
}

/** How many more candidates find the closest of a share of nodes as surely as `ef` find the closest of all: share ^ -5/16. */
function efFactor(share: f32): f32 {
  const root = sqrt<f32>(sqrt<f32>(share));
  return 1 / (root * sqrt<f32>(sqrt<f32>(root)));
}

/** Share of acceptable nodes among the closest, up to the one that completes the hits wanted. */
function localShare(wanted: u32): f32 {
  let n: u32 = 0;
  for (let i: u32 = 0; i < poolCount; i++) {
    n += <u32>isIn(walkable, poolSlot(i));
    if (n == wanted) return <f32>n / <f32>(i + 1);
  }
  return <f32>n / <f32>poolCount;
}

/** Whether the pool holds half of the hits wanted, and not at its very end, where it has but a part of the closest. */
function isDeepEnough(wanted: u32): bool {
  const end = <u32>(<f32>poolCount * DEPTH_MAX);
  let missing = (wanted + 1) >> 1;
  for (let i: u32 = 0; i < end && missing > 0; i++) missing -= <u32>isIn(walkable, poolSlot(i));
  return missing == 0;
}

/** Makes a pool of the acceptable nodes of this one, none of them expanded, and forgets what was visited. */
function turnInside(ef: u32, limit: u32): void {
  const slots: usize = load<u32>(scratch + SCRATCH_SLOTS);
  const distances: usize = load<u32>(scratch + SCRATCH_DISTANCES);
  let n: u32 = 0;
  for (let i: u32 = 0; i < poolCount; i++) {
    store<u32>(slots + (n << 2), poolSlot(i));
    store<f32>(distances + (n << 2), poolDistance(i));
    n += <u32>isIn(walkable, poolSlot(i));
  }
  resetPool(ef);
  beginTraversal();
  leaveOut(limit);
  // Also when it may not be returned: what is acceptable may be behind it.
  if (n == 0) enter(nearest, nearestDistance);
  for (let i: u32 = 0; i < n; i++) enter(load<u32>(slots + (i << 2)), load<f32>(distances + (i << 2)));
  offerSeeds(limit);
}

function enter(slot: u32, distance: f32): void {
  markVisited(slot);
  if (distance < worst) insertIntoPool(distance, slot);
}
