import {
  HEADER_BUILD_ENTRY, HEADER_EF_CONSTRUCTION, HEADER_INDEXED, HEADER_NEXT, HEADER_SEED, HEADER_TWIN_HEADS,
  HEADER_UPPER_BYTES, HEADER_UPPER_USED, LEVEL_MAX, NODE_LINKS, NODE_UPPER, UPPER_LEVEL, UPPER_LINKS, UPPER_TWIN,
} from "../../src/core/layout";
import {
  bind, candidates, codeAddress, codeBytes, header, levelOf, linksAddress, linksMax, list, m, nodeAddress, pool, scores,
  selected, upper,
} from "./context";
import { isDone, isLinked, markDone, markLinked, NO_SLOT, raiseEntry, takeSlot } from "./flight";
import { lock, lockOf, unlock } from "./lock";
import { poolCount, poolDistance, poolSlot } from "./pool";
import { score, setQueryNode } from "./score";
import { selectNeighbors } from "./select-neighbors";
import { setSketchQueryNode } from "./sketch/query";
import { hasSketches } from "./sketch/write";
import { touch } from "./touch";
import { descend, nearest, nearestDistance, resetCounts, scoreOne, setNearest, traverse } from "./traverse";

/** Candidates when a twin is looked for: it is at distance 0, so few suffice. */
const TWIN_EF: u32 = 32;
/** Neighbors chosen for the node that is inserted, at the front of the pool. */
let chosen: u32 = 0;

/**
 * Links up to `most` of the slots that have codes and no links; stops early when asked to through the header. Any number of
 * threads may be in here with one graph, each with a scratch of its own.
 *
 * @returns  how many were linked
 */
export function build(headerAddress: usize, scratchAddress: usize, most: u32): u32 {
  bind(headerAddress, scratchAddress);
  resetCounts();
  let done: u32 = 0;
  while (done < most) {
    const slot = takeSlot();
    if (slot == NO_SLOT) break;
    if (!isDone(slot)) insert(slot);
    markDone(slot);
    done++;
  }
  return done;
}

/**
 * Links one node (algorithm 1). Its own lists are written from the top down, when nobody can reach it; then the links
 * to it, from the bottom up: whoever reaches a node at one layer finds its lists at all layers below.
 */
function insert(slot: u32): void {
  const entry = atomic.load<u32>(header + HEADER_BUILD_ENTRY);
  const top: u32 = slot == 0 ? 0 : levelOf(entry);
  let level = drawLevel(slot);
  if (slot == 0) {
    level = placeUpper(slot, level);
    markLinked(slot);
    return;
  }
  // Before the first traversal: what is linked later is looked for among the slots in flight.
  const firstInFlight = atomic.load<u32>(header + HEADER_INDEXED);
  setQueryNode(slot);
  descend<i8>(entry, top, level, slot);
  if (level > 0 && hasTwinBelow(slot, min(level, top))) return;
  if (level > 0) level = placeUpper(slot, level);
  for (let layer = <i32>min(level, top); layer >= 0; layer--) {
    findCandidates(slot, layer);
    if (level == 0 && becomeTwin(slot)) return;
    chooseLinks(slot, layer);
  }
  markLinked(slot);
  for (let layer: u32 = 0; layer <= level; layer++) {
    if (level > 0) collectLinks(slot, layer);
    linkBack(slot, layer);
    linkToFlight(slot, layer, firstInFlight);
  }
  if (level > top) raiseEntry(slot, level);
}

/** Fills the pool with the closest nodes of one layer, from `nearest`. */
function findCandidates(slot: u32, layer: u32): void {
  setQueryNode(slot);
  if (hasSketches()) setSketchQueryNode(slot);
  traverse<i8>(layer, load<u32>(header + HEADER_EF_CONSTRUCTION), nearest, nearestDistance, slot);
}

/** Looks for a twin of a node that would have upper layers before any of them is linked; keeps `nearest`. */
function hasTwinBelow(slot: u32, layer: u32): bool {
  const from = nearest;
  const distance = nearestDistance;
  descend<i8>(from, layer, 0, slot);
  if (hasSketches()) setSketchQueryNode(slot);
  traverse<i8>(0, TWIN_EF, nearest, nearestDistance, slot);
  setNearest(from, distance);
  return becomeTwin(slot);
}

/**
 * Chains a node to one of the closest in the pool that has the same code, in place of linking it.
 *
 * Equal vectors are all at the same distance from anything: linked, they would fill each other's lists and every
 * candidate list near them, and cut the graph apart.
 */
function becomeTwin(slot: u32): bool {
  for (let i: u32 = 0; i < min(poolCount, 4); i++) {
    const node = poolSlot(i);
    // The builders' entry point can be a later slot, which readers may not see yet.
    if (node > slot || !hasSameCode(node, slot)) continue;
    const own = lockOf(node);
    lock(own);
    const placed = load<u32>(nodeAddress(node) + NODE_UPPER) != 0 || allocateUpper(node, 0);
    if (placed) {
      markTwinHead(node);
      chainTwin(upper + load<u32>(nodeAddress(node) + NODE_UPPER) + UPPER_TWIN, slot);
    }
    unlock(own);
    return placed;
  }
  return false;
}

/** A filtered search steps on a node with twins whatever the filter says of the node itself. */
function markTwinHead(node: u32): void {
  const heads: usize = load<u32>(header + HEADER_TWIN_HEADS);
  atomic.or<u32>(heads + ((node >> 5) << 2), 1 << (node & 31));
}

/** Puts a slot into the chain that begins at `place`, newest slots first. */
function chainTwin(place: usize, slot: u32): void {
  let next = load<u32>(place);
  while (next > slot) {
    place = nodeAddress(next) + NODE_LINKS + 4;
    next = load<u32>(place);
  }
  if (next == slot) return;
  store<u32>(nodeAddress(slot) + NODE_LINKS, 0);
  store<u32>(nodeAddress(slot) + NODE_LINKS + 4, next);
  atomic.store<u32>(place, slot);
}

function hasSameCode(a: u32, b: u32): bool {
  const codeA = codeAddress(a);
  const codeB = codeAddress(b);
  if (load<u64>(codeA - 8) != load<u64>(codeB - 8)) return false;
  for (let i: u32 = 0; i < codeBytes; i += 8) {
    if (load<u64>(codeA + i) != load<u64>(codeB + i)) return false;
  }
  return true;
}

/** Chooses neighbors from the pool, which move to its front, as the links of a new node; leaves the closest in `nearest`. */
function chooseLinks(slot: u32, layer: u32): void {
  chosen = selectNeighbors(pool, poolCount, m, selected, m);
  const links = linksAddress(slot, layer);
  memory.copy(links + 4, selected, chosen << 2);
  store<u32>(links, chosen);
  setNearest(poolSlot(0), poolDistance(0));
}

/** Puts the links of a new node back to the front of the pool: at its layers above the lowest, others came after them. */
function collectLinks(slot: u32, layer: u32): void {
  const links = linksAddress(slot, layer);
  chosen = min(load<u32>(links), m);
  memory.copy(selected, links + 4, chosen << 2);
  setQueryNode(slot);
  score<i8>(selected, chosen, scores);
  for (let i: u32 = 0; i < chosen; i++) {
    store<f32>(pool + (i << 3), load<f32>(scores + (i << 2)));
    store<u32>(pool + (i << 3), load<u32>(selected + (i << 2)), 4);
  }
}

/** Links the chosen neighbors at the front of the pool to a new node. */
function linkBack(slot: u32, layer: u32): void {
  for (let i: u32 = 0; i < chosen; i++) addLink(poolSlot(i), slot, poolDistance(i), layer);
}

/**
 * Links a node both ways with those that other builders insert at this moment and that its traversals could not meet, as far as they
 * are closer than its chosen neighbors at the front of the pool. Both look for each other after both were marked, or
 * the one that was marked later does: no pair is missed.
 */
function linkToFlight(slot: u32, layer: u32, first: u32): void {
  let farthest: f32 = chosen < m ? f32.MAX_VALUE : 0;
  for (let i: u32 = 0; i < chosen; i++) farthest = max(farthest, poolDistance(i));
  const end = atomic.load<u32>(header + HEADER_NEXT);
  for (let other = first; other < end; other++) {
    if (other == slot || !isLinked(other) || levelOf(other) < layer) continue;
    setQueryNode(slot);
    const distance = scoreOne<i8>(other);
    if (distance >= farthest) continue;
    addLink(slot, other, distance, layer);
    addLink(other, slot, distance, layer);
  }
}

/** Adds the link node -> slot, once; a full list is chosen anew, the new link included. */
export function addLink(node: u32, slot: u32, distance: f32, layer: u32): void {
  const own = lockOf(node);
  lock(own);
  const links = linksAddress(node, layer);
  const most = linksMax(layer);
  const count = load<u32>(links);
  if (!holds(links + 4, count, slot)) {
    if (count < most) {
      store<u32>(links + 4 + (count << 2), slot);
      atomic.store<u32>(links, count + 1);
    } else {
      chooseAnew(node, links, most, slot, distance);
    }
  }
  unlock(own);
}

/** Whether u32[n] holds a value. */
export function holds(values: usize, n: u32, value: u32): bool {
  for (let i: u32 = 0; i < n; i++) if (load<u32>(values + (i << 2)) == value) return true;
  return false;
}

/** Chooses the links of a node from those of its full list and one more. */
function chooseAnew(node: u32, links: usize, most: u32, slot: u32, distance: f32): void {
  setQueryNode(node);
  memory.copy(list, links + 4, most << 2);
  touch(list, most);
  score<i8>(list, most, scores);
  for (let i: u32 = 0; i < most; i++) insertCandidate(i, load<f32>(scores + (i << 2)), load<u32>(list + (i << 2)));
  insertCandidate(most, distance, slot);
  const n = selectNeighbors(candidates, most + 1, most, list, 0);
  // Readers may see old and new links mixed; both are slots of this graph, which is all they rely on.
  memory.copy(links + 4, list, n << 2);
  atomic.store<u32>(links, n);
}

/** Inserts into the first `count` candidates, ascending by distance. */
function insertCandidate(count: u32, distance: f32, slot: u32): void {
  let place = candidates + (count << 3);
  while (place > candidates && load<f32>(place - 8) > distance) {
    store<u64>(place, load<u64>(place - 8));
    place -= 8;
  }
  store<f32>(place, distance);
  store<u32>(place, slot, 4);
}

/** Gives a node room for its upper links; returns its level, 0 when that room is used up. */
function placeUpper(slot: u32, level: u32): u32 {
  store<u32>(nodeAddress(slot) + NODE_UPPER, 0);
  return level > 0 && allocateUpper(slot, level) ? level : 0;
}

/** Gives a node an empty block of upper links; false when the area is full. */
function allocateUpper(slot: u32, level: u32): bool {
  const bytes = UPPER_LINKS + level * (4 + (m << 2));
  let offset: u32 = 0;
  do {
    offset = atomic.load<u32>(header + HEADER_UPPER_USED);
    if (offset + bytes > load<u32>(header + HEADER_UPPER_BYTES)) return false;
  } while (atomic.cmpxchg<u32>(header + HEADER_UPPER_USED, offset, offset + bytes) != offset);
  memory.fill(upper + offset, 0, bytes);
  store<u32>(upper + offset + UPPER_LEVEL, level);
  atomic.store<u32>(nodeAddress(slot) + NODE_UPPER, offset);
  return true;
}

/** A level that one in m^level nodes reaches; integers alone, so that every machine draws the same. */
function drawLevel(slot: u32): u32 {
  const threshold = 0xffffffff / m;
  let hash = mix(slot ^ load<u32>(header + HEADER_SEED));
  let level: u32 = 0;
  while (level < <u32>LEVEL_MAX && hash < threshold) {
    level++;
    hash = mix(hash + 0x9e3779b9);
  }
  return level;
}

/** The finalizer of MurmurHash3. */
function mix(value: u32): u32 {
  value = (value ^ (value >> 16)) * 0x85ebca6b;
  value = (value ^ (value >> 13)) * 0xc2b2ae35;
  return value ^ (value >> 16);
}
