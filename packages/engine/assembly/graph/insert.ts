import {
  HEADER_COUNT, HEADER_EF_CONSTRUCTION, HEADER_ENTRY_POINT, HEADER_INDEXED, HEADER_SEED, HEADER_STOP,
  HEADER_UPPER_BYTES, HEADER_UPPER_USED, LEVEL_MAX, NODE_LINKS, NODE_UPPER, UPPER_LEVEL, UPPER_LINKS, UPPER_TWIN,
} from "../../src/core/layout";
import {
  bind, candidates, codeAddress, codeBytes, header, levelOf, linksAddress, linksMax, list, m, nodeAddress, pool, scores,
  selected, upper,
} from "./context";
import { poolCount, poolDistance, poolSlot } from "./pool";
import { score, setQueryNode } from "./score";
import { selectNeighbors } from "./select-neighbors";
import { touch } from "./touch";
import { descend, nearest, nearestDistance, resetCounts, setNearest, traverse } from "./traverse";

/** Candidates when a twin is looked for: it is at distance 0, so few suffice. */
const TWIN_EF: u32 = 32;

/**
 * Links up to `most` of the slots that have codes and no links; stops early when asked to through the header.
 *
 * @returns  how many were linked
 */
export function build(headerAddress: usize, scratchAddress: usize, most: u32): u32 {
  bind(headerAddress, scratchAddress);
  resetCounts();
  let done: u32 = 0;
  while (done < most && atomic.load<u32>(header + HEADER_STOP) == 0) {
    const slot = atomic.load<u32>(header + HEADER_INDEXED);
    if (slot >= atomic.load<u32>(header + HEADER_COUNT)) break;
    insert(slot);
    done++;
  }
  return done;
}

/** Links one node (algorithm 1). Everything below `slot` is linked. */
function insert(slot: u32): void {
  const entry = atomic.load<u32>(header + HEADER_ENTRY_POINT);
  const top: u32 = slot == 0 ? 0 : levelOf(entry);
  let level = drawLevel(slot);
  if (slot == 0) {
    level = placeUpper(slot, level);
  } else {
    setQueryNode(slot);
    descend<i8>(entry, top, level, slot);
    if (level > 0 && hasTwinBelow(slot, min(level, top))) level = 0;
    else if (level > 0) level = linkUpperLayers(slot, level, top);
    else linkLowest(slot);
  }
  // In this order: a reader takes the entry point first and must then find it below `indexed`.
  atomic.store<u32>(header + HEADER_INDEXED, slot + 1);
  if (level > top) atomic.store<u32>(header + HEADER_ENTRY_POINT, slot);
}

/** Links a node at layer 0, from `nearest`, unless a linked node has the same code. */
function linkLowest(slot: u32): void {
  findCandidates(slot, 0);
  if (!becomeTwin(slot)) linkAtLayer(slot, 0);
}

/** Links a node at its upper layers and layer 0, from `nearest`; returns its level. */
function linkUpperLayers(slot: u32, level: u32, top: u32): u32 {
  level = placeUpper(slot, level);
  for (let layer = <i32>min(level, top); layer >= 0; layer--) {
    findCandidates(slot, layer);
    linkAtLayer(slot, layer);
  }
  return level;
}

/** Fills the pool with the closest nodes of one layer, from `nearest`. */
function findCandidates(slot: u32, layer: u32): void {
  setQueryNode(slot);
  traverse<i8>(layer, load<u32>(header + HEADER_EF_CONSTRUCTION), nearest, nearestDistance, slot);
}

/** Looks for a twin of a node that would have upper layers before any of them is linked; keeps `nearest`. */
function hasTwinBelow(slot: u32, layer: u32): bool {
  const from = nearest;
  const distance = nearestDistance;
  descend<i8>(from, layer, 0, slot);
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
    if (!hasSameCode(node, slot)) continue;
    if (load<u32>(nodeAddress(node) + NODE_UPPER) == 0 && !allocateUpper(node, 0)) return false;
    const first = upper + load<u32>(nodeAddress(node) + NODE_UPPER) + UPPER_TWIN;
    store<u32>(nodeAddress(slot) + NODE_LINKS, 0);
    store<u32>(nodeAddress(slot) + NODE_LINKS + 4, load<u32>(first));
    atomic.store<u32>(first, slot);
    return true;
  }
  return false;
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

/** Chooses neighbors from the pool, links both ways, and leaves the closest in `nearest`. */
function linkAtLayer(slot: u32, layer: u32): void {
  const n = selectNeighbors(pool, poolCount, m, selected, m);
  const links = linksAddress(slot, layer);
  memory.copy(links + 4, selected, n << 2);
  store<u32>(links, n);
  for (let i: u32 = 0; i < n; i++) {
    addLink(poolSlot(i), slot, poolDistance(i), layer);
  }
  setNearest(poolSlot(0), poolDistance(0));
}

/** Adds the link node -> slot; a full list is chosen anew, the new link included. */
function addLink(node: u32, slot: u32, distance: f32, layer: u32): void {
  const links = linksAddress(node, layer);
  const most = linksMax(layer);
  const count = load<u32>(links);
  if (count < most) {
    store<u32>(links + 4 + (count << 2), slot);
    atomic.store<u32>(links, count + 1);
    return;
  }
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
  const offset = load<u32>(header + HEADER_UPPER_USED);
  if (offset + bytes > load<u32>(header + HEADER_UPPER_BYTES)) return false;
  memory.fill(upper + offset, 0, bytes);
  store<u32>(upper + offset + UPPER_LEVEL, level);
  store<u32>(header + HEADER_UPPER_USED, offset + bytes);
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
