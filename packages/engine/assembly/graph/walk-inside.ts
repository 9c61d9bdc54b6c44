import { CODES_BINARY, LIST_ENTRIES, NODE_LINKS } from "../../src/core/layout";
import { accept, isIn, walkable } from "./accept";
import { candidates, codes, linksAddress, linksMax, list, nodeAddress, selected, visited } from "./context";
import { offerList } from "./offer";
import { EXPANDED, takeClosest } from "./pool";
import { score } from "./score";
import { sift } from "./sketch/sift";
import { hasSketches } from "./sketch/write";
import { touchBytes } from "./touch";
import { countWork, touchNext, WIDTH } from "./traverse";
import { epoch, markVisited } from "./visited";

/** Neighbors that may not be stepped on whose own neighbors are looked at, for each node expanded: those closest to the query. */
const THROUGH: u32 = 6;
/** Where walkable nodes are kept while the others are in the list. */
const ASIDE: u32 = LIST_ENTRIES / 2;
/** Walkable nodes found in one round at most: the list, less what padding to a multiple of four needs. */
const FOUND_MAX: u32 = LIST_ENTRIES / 2 - 16;
/** Places of the graph where a walk begins besides what is known. */
const SEEDS: u32 = 128;

/** Of the current round: walkable nodes that were not visited, and neighbors that are not walkable. */
let found: u32 = 0;
let others: u32 = 0;

/**
 * Expands the closest candidates of a pool that holds walkable nodes only, until all are expanded.
 *
 * Where few neighbors of a node are walkable, the neighbors of some others are looked at in their place: so the graph that
 * is walked stays connected although most nodes are missing from it.
 *
 * @param denseShare  share of walkable neighbors from which on their own neighbors suffice; above 1 for never
 * Source: the two-hop expansion of ACORN-1, Patel et al., arXiv:2403.04871; that it goes through the neighbors closest to the
 * query is ours: half of the work for the same recall.
 */
export function walkInside(limit: u32, denseShare: f32): void {
  const most = linksMax(0);
  const widest = max<u32>(1, min<u32>(WIDTH, ASIDE / most));
  for (;;) {
    found = 0;
    others = 0;
    let width: u32 = 0;
    let through: u32 = 0;
    while (width < widest) {
      const slot = takeClosest();
      if (slot == EXPANDED) break;
      if (sortNeighbors(linksAddress(slot, 0), most, limit) < denseShare) through += THROUGH;
      width++;
    }
    if (width == 0) return;
    collectThrough(through > 0 ? chooseClosest(others, through) : 0, most, limit);
    touchNext(0, 4 + (most << 2));
    countWork(width, offerList(found));
  }
}

/** Offers some acceptable nodes from all over the graph to the pool: a walk that knows none near the query comes from there. */
export function offerSeeds(limit: u32): void {
  const words = (limit + 31) >> 5;
  found = 0;
  for (let i: u32 = 0; i < SEEDS; i++) {
    let at = <u32>((<u64>i * words) / SEEDS);
    const end = <u32>((<u64>(i + 1) * words) / SEEDS);
    while (at < end && load<u32>(accept + (at << 2)) == 0) at++;
    if (at >= end) continue;
    const slot = (at << 5) + ctz<u32>(load<u32>(accept + (at << 2)));
    // A twin has no links; it is found by the node that it is a twin of.
    if (slot < limit && load<u32>(nodeAddress(slot) + NODE_LINKS) != 0 && !isVisited(slot)) keep(slot, list);
  }
  countWork(0, offerList(found));
}

// @ts-ignore: decorator
@inline
function isVisited(slot: u32): bool {
  return <u32>load<u16>(visited + (slot << 1)) == epoch;
}

/** Adds a slot that was not visited to those found. */
// @ts-ignore: decorator
@inline
function keep(slot: u32, into: usize): void {
  markVisited(slot);
  store<u32>(into + (found++ << 2), slot);
}

/** Puts the walkable neighbors of a node aside and the others into the list; returns the share of the walkable ones. */
function sortNeighbors(links: usize, most: u32, limit: u32): f32 {
  const count = min<u32>(load<u32>(links), most);
  const end = links + 4 + (count << 2);
  const aside = list + (ASIDE << 2);
  let passable: u32 = 0;
  for (let link = links + 4; link < end; link += 4) {
    const slot = load<u32>(link);
    if (slot >= limit) continue;
    const isWalkable = isIn(walkable, slot);
    passable += <u32>isWalkable;
    if (isVisited(slot)) continue;
    if (isWalkable) keep(slot, aside);
    else store<u32>(list + (others++ << 2), slot);
  }
  return <f32>passable / <f32>max<u32>(1, count);
}

/** Puts the `most` closest of u32[n] slots of the list into the candidates; returns how many. Without sketches or binary codes, the first. */
function chooseClosest(n: u32, most: u32): u32 {
  const sketched = hasSketches();
  const left = sketched ? sift(n, f32.MAX_VALUE) : n;
  const binary = codes == CODES_BINARY;
  if (binary) score<i16>(list, n, selected);
  let count: u32 = 0;
  for (let i: u32 = 0; i < left; i++) {
    const distance = sketched || binary ? load<f32>(selected + (i << 2)) : <f32>i;
    if (count == most && distance >= load<f32>(candidates + ((most - 1) << 3))) continue;
    if (count < most) count++;
    let place = candidates + ((count - 1) << 3);
    while (place > candidates && load<f32>(place - 8) > distance) {
      store<u64>(place, load<u64>(place - 8));
      place -= 8;
    }
    store<f32>(place, distance);
    store<u32>(place, load<u32>(list + (i << 2)), 4);
  }
  return count;
}

/** Makes the list of what was put aside, and of the walkable neighbors of the first n candidates. */
function collectThrough(n: u32, most: u32, limit: u32): void {
  memory.copy(list, list + (ASIDE << 2), found << 2);
  for (let i: u32 = 0; i < n; i++) touchBytes(linksAddress(load<u32>(candidates + (i << 3), 4), 0), 4 + (most << 2));
  for (let i: u32 = 0; i < n; i++) {
    const through = load<u32>(candidates + (i << 3), 4);
    if (isVisited(through)) continue;
    // Once is enough for each search.
    markVisited(through);
    collectBehind(linksAddress(through, 0), most, limit);
    countWork(1, 0);
  }
}

// @ts-ignore: decorator
@inline
function collectBehind(links: usize, most: u32, limit: u32): void {
  const end = links + 4 + (min<u32>(load<u32>(links), most) << 2);
  for (let link = links + 4; link < end && found < FOUND_MAX; link += 4) {
    const slot = load<u32>(link);
    if (slot < limit && isIn(walkable, slot) && !isVisited(slot)) keep(slot, list);
  }
}
