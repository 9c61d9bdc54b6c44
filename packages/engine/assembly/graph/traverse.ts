import { SCRATCH_WITHOUT } from "../../src/core/layout";
import { linksAddress, linksMax, list, scores, scratch, visited } from "./context";
import {
  EXPANDED, insertIntoPool, isExpanded, offerToPool, poolCount, poolCursor, poolSlot, resetPool, takeClosest, worst,
} from "./pool";
import { score } from "./score";
import { sift } from "./sketch/sift";
import { hasSketches } from "./sketch/write";
import { touch, touchBytes, touchGroup } from "./touch";
import { beginTraversal, epoch, markVisited } from "./visited";

/** Nodes expanded and distances computed since the export began. */
export let expanded: u32 = 0;
export let computed: u32 = 0;

/** Adds to the counts what a search of its own did. */
export function countWork(nodes: u32, distances: u32): void {
  expanded += nodes;
  computed += distances;
}

export function resetCounts(): void {
  expanded = 0;
  computed = 0;
}

/** Distance of the current query, stored as Q, from one slot. */
export function scoreOne<Q>(slot: u32): f32 {
  store<u32>(list, slot);
  score<Q>(list, 1, scores);
  computed++;
  return load<f32>(scores);
}

/** Nodes expanded together. Nearly every candidate is expanded in the end, so the order costs little; their loads overlap. */
export const WIDTH: u32 = 4;

/**
 * Copies the links of a node that are below `limit` and not yet visited to the list behind its first `n` entries, and
 * marks them; returns the new length.
 *
 * Count and slots are clamped: a builder may be writing this block.
 */
// @ts-ignore: decorator
@inline
function collect(links: usize, linkMax: u32, limit: u32, n: u32): u32 {
  const end = links + 4 + (min<u32>(load<u32>(links), linkMax) << 2);
  for (let link = links + 4; link < end; link += 4) {
    const slot = load<u32>(link);
    if (slot >= limit) continue;
    const mark = visited + (slot << 1);
    const fresh = <u32>(<u32>load<u16>(mark) != epoch);
    store<u16>(mark, epoch);
    // Branchless: a slot seen before is overwritten by the next one.
    store<u32>(list + (n << 2), slot);
    n += fresh;
  }
  return n;
}

/**
 * As `collect`, for the slot that a search goes around. Had it never been linked, the lists that it stands in would have another
 * slot of the neighborhood: it leads to one, and nowhere else. Not to its closest neighbor, which would be found too easily.
 */
function collectStandIn(links: usize, limit: u32, n: u32): u32 {
  const count = load<u32>(links);
  const slot = load<u32>(links + (count > 1 ? 8 : 4));
  if (count == 0 || slot >= limit || <u32>load<u16>(visited + (slot << 1)) == epoch) return n;
  markVisited(slot);
  store<u32>(list + (n << 2), slot);
  return n + 1;
}

/**
 * Fills the pool with the `ef` slots of one layer closest to the query, ascending (algorithm 2).
 *
 * @param entry     where to begin, at distance `entryDistance`
 * @param limit     slots from here on are not seen
 */
export function traverse<Q>(layer: u32, ef: u32, entry: u32, entryDistance: f32, limit: u32): void {
  begin(ef, entry, entryDistance, limit);
  expandClosest<Q>(layer, limit, u32.MAX_VALUE);
}

/** Readies pool and marks for a traversal that begins at `entry`. */
export function begin(ef: u32, entry: u32, entryDistance: f32, limit: u32): void {
  resetPool(ef);
  beginTraversal();
  markVisited(entry);
  insertIntoPool(entryDistance, entry);
}

/** Marks the slot to search around as visited: never met, it is neither scored nor expanded. */
export function leaveOut(limit: u32): void {
  const without = load<u32>(scratch + SCRATCH_WITHOUT) - 1;
  if (without < limit) markVisited(without);
}

/** Expands the closest candidate of the pool, `most` times or until all were expanded. */
export function expandClosest<Q>(layer: u32, limit: u32, most: u32): void {
  const without = load<u32>(scratch + SCRATCH_WITHOUT) - 1;
  const linkMax = linksMax(layer);
  const group = touchGroup();
  const sketched = hasSketches();
  for (let left = most; left > 0; ) {
    const widest = min(WIDTH, left);
    let n: u32 = 0;
    let width: u32 = 0;
    while (width < widest) {
      const slot = takeClosest();
      if (slot == EXPANDED) break;
      const links = linksAddress(slot, layer);
      n = slot == without ? collectStandIn(links, limit, n) : collect(links, linkMax, limit, n);
      width++;
    }
    if (width == 0) break;
    touchNext(layer, 4 + (linkMax << 2));
    if (sketched && worst < f32.MAX_VALUE) n = sift(n, worst);
    for (let first: u32 = 0; first < n; first += group) {
      const part = min(group, n - first);
      touch(list + (first << 2), part);
      score<Q>(list + (first << 2), part, scores);
      offerToPool(list + (first << 2), scores, part);
    }
    expanded += width;
    computed += n;
    left -= width;
  }
}

/** Likely the nodes that are expanded next: their links are on their way while these codes are scored. */
// @ts-ignore: decorator
@inline
export function touchNext(layer: u32, bytes: u32): void {
  let left = WIDTH;
  for (let i = poolCursor; i < poolCount && left > 0; i++) {
    if (isExpanded(i)) continue;
    touchBytes(linksAddress(poolSlot(i), layer), bytes);
    left--;
  }
}

/** Where `descend` ended. */
export let nearest: u32 = 0;
export let nearestDistance: f32 = 0;

export function setNearest(slot: u32, distance: f32): void {
  nearest = slot;
  nearestDistance = distance;
}

/** Walks greedily from `entry` through the layers above `layer`, leaving the closest node met in `nearest`. */
export function descend<Q>(entry: u32, top: u32, layer: u32, limit: u32): void {
  nearest = entry;
  nearestDistance = scoreOne<Q>(entry);
  for (; top > layer; top--) {
    let moved = true;
    while (moved) moved = stepCloser<Q>(top, limit);
  }
}

function stepCloser<Q>(layer: u32, limit: u32): bool {
  const without = load<u32>(scratch + SCRATCH_WITHOUT);
  const links = linksAddress(nearest, layer);
  const count = min<u32>(load<u32>(links), linksMax(layer));
  let n: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const slot = load<u32>(links + 4 + (i << 2));
    store<u32>(list + (n << 2), slot);
    n += <u32>(slot < limit && slot + 1 != without);
  }
  score<Q>(list, n, scores);
  computed += n;
  expanded++;
  let moved = false;
  for (let i: u32 = 0; i < n; i++) {
    const distance = load<f32>(scores + (i << 2));
    if (distance < nearestDistance) {
      nearestDistance = distance;
      nearest = load<u32>(list + (i << 2));
      moved = true;
    }
  }
  return moved;
}
