import { CONSOLIDATION_DONE, CONSOLIDATION_TAKEN, HEADER_STOP } from "../../src/core/layout";
import { bindConsolidation, goes, nodeCount, stateField } from "./consolidation";
import { bind, header, levelOf, linksAddress, linksMax, list, pool, scores, selected, visited } from "./context";
import { addLink, holds } from "./insert";
import { lock, lockOf, unlock } from "./lock";
import { offerToPool, poolCount, poolDistance, poolSlot, resetPool } from "./pool";
import { score, setQueryNode } from "./score";
import { selectNeighbors } from "./select-neighbors";
import { touch, touchGroup } from "./touch";
import { beginTraversal, epoch } from "./visited";

/** Nodes that a thread takes at once: as much as one insert costs. */
const NODES_PER_UNIT: u32 = 4;
/** The closest of those found are chosen from. */
const CANDIDATES: u32 = 96;
/** Slots scored together. */
const BATCH: u32 = 128;
/** Nodes that go and whose neighbors are looked at in place of them. */
const DETOURS_MAX: u32 = 256;

/** Slots in the list that are not scored yet. */
let gathered: u32 = 0;
/** Slots gathered for one list of links. */
let met: u32 = 0;
/** Nodes that go, in `selected`. */
let detours: u32 = 0;

/**
 * Gives the nodes that stay other links in place of those to nodes that go: chosen anew among the links that stay and the neighbors
 * of those that go, as FreshDiskANN consolidates deletions (arXiv:2105.09613, algorithm 4), and links the new neighbors back.
 *
 * Any number of threads may be in here, each with a scratch of its own: they read the lists of nodes that go, which nobody writes, and
 * write those of others under their locks. A link back that comes while its node is repaired may get lost; the link itself stays.
 *
 * @returns  units done; fewer than `most` when nothing is left to take, or builders shall stop
 */
export function repair(headerAddress: usize, scratchAddress: usize, most: u32): u32 {
  bind(headerAddress, scratchAddress);
  bindConsolidation();
  let units: u32 = 0;
  while (units < most && atomic.load<u32>(header + HEADER_STOP) == 0) {
    const first = atomic.add<u32>(stateField(CONSOLIDATION_TAKEN), NODES_PER_UNIT);
    if (first >= nodeCount) break;
    const end = min(first + NODES_PER_UNIT, nodeCount);
    for (let slot = first; slot < end; slot++) if (!goes(slot)) repairNode(slot);
    atomic.add<u32>(stateField(CONSOLIDATION_DONE), end - first);
    units++;
  }
  return units;
}

function repairNode(slot: u32): void {
  const level = levelOf(slot);
  for (let layer: u32 = 0; layer <= level; layer++) repairLinks(slot, layer);
}

function repairLinks(slot: u32, layer: u32): void {
  const most = linksMax(layer);
  const links = linksAddress(slot, layer);
  const count = min<u32>(load<u32>(links), most);
  if (!anyGoes(links + 4, count)) return;
  beginTraversal();
  resetPool(CANDIDATES);
  setQueryNode(slot);
  store<u16>(visited + (slot << 1), epoch);
  gathered = 0;
  met = 0;
  detours = 0;
  gather(links, count);
  const direct = detours;
  // Farther ones only where whole neighborhoods go.
  for (let i: u32 = 0; i < detours && (i < direct || met < CANDIDATES); i++) {
    const around = linksAddress(load<u32>(selected + (i << 2)), layer);
    gather(around, min<u32>(load<u32>(around), most));
  }
  scoreGathered();
  const n = selectNeighbors(pool, poolCount, most, list, count);
  let fresh: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (!holds(links + 4, count, poolSlot(i))) store<u64>(pool + (fresh++ << 3), load<u64>(pool + (i << 3)));
  }
  const own = lockOf(slot);
  lock(own);
  memory.copy(links + 4, list, n << 2);
  store<u32>(links, n);
  unlock(own);
  for (let i: u32 = 0; i < fresh; i++) addLink(poolSlot(i), slot, poolDistance(i), layer);
}

function anyGoes(slots: usize, n: u32): bool {
  for (let i: u32 = 0; i < n; i++) if (goes(load<u32>(slots + (i << 2)))) return true;
  return false;
}

/** Puts the links that were not met yet into the list when they stay, among the detours when they go. */
function gather(links: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const slot = load<u32>(links + 4 + (i << 2));
    const mark = visited + (slot << 1);
    if (slot >= nodeCount || <u32>load<u16>(mark) == epoch) continue;
    store<u16>(mark, epoch);
    if (goes(slot)) {
      if (detours < DETOURS_MAX) store<u32>(selected + (detours++ << 2), slot);
      continue;
    }
    if (gathered == BATCH) scoreGathered();
    store<u32>(list + (gathered++ << 2), slot);
    met++;
  }
}

/** Empties the list into the pool. */
function scoreGathered(): void {
  const group = touchGroup();
  for (let first: u32 = 0; first < gathered; first += group) {
    const part = min(group, gathered - first);
    touch(list + (first << 2), part);
    score<i8>(list + (first << 2), part, scores);
    offerToPool(list + (first << 2), scores, part);
  }
  gathered = 0;
}
