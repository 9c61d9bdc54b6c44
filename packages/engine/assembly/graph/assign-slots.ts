import {
  CONSOLIDATION_ENTRY, CONSOLIDATION_KEPT, CONSOLIDATION_LOOKED, CONSOLIDATION_NUMBERED, GONE, NODE_LINKS, NODE_UPPER,
  UPPER_TWIN,
} from "../../src/core/layout";
import { bindConsolidation, goes, newSlotOf, nodeCount, setNewSlot, stateField } from "./consolidation";
import { bind, levelOf, linksAddress, linksMax, nodeAddress, upper } from "./context";

/** Nodes looked at in one unit of work. */
const NODES_PER_UNIT: u32 = 1024;
/** In place of a new slot until all are looked at: the node goes too, and its neighbors are not to know it yet. */
const UPROOTED: u32 = 0xfffffffe;

/**
 * First step of a consolidation, by one thread: numbers the nodes that stay, in their order, and chooses the entry point among
 * them. Some nodes go with those that were named: who keeps their records appends them again. These are nodes most of whose
 * neighbors go, since what is left of their neighborhood says little of where they belong; and twins, which find each other.
 *
 * @returns  units done; fewer than `most` when nothing is left
 */
export function assignSlots(headerAddress: usize, scratchAddress: usize, most: u32): u32 {
  bind(headerAddress, scratchAddress);
  bindConsolidation();
  let units: u32 = 0;
  while (units < most && load<u32>(stateField(CONSOLIDATION_LOOKED)) < nodeCount) {
    const first = load<u32>(stateField(CONSOLIDATION_LOOKED));
    const end = min(first + NODES_PER_UNIT, nodeCount);
    for (let slot = first; slot < end; slot++) if (!goes(slot) && isUprooted(slot)) setNewSlot(slot, UPROOTED);
    store<u32>(stateField(CONSOLIDATION_LOOKED), end);
    units++;
  }
  while (units < most && load<u32>(stateField(CONSOLIDATION_NUMBERED)) < nodeCount) {
    const first = load<u32>(stateField(CONSOLIDATION_NUMBERED));
    const end = min(first + NODES_PER_UNIT, nodeCount);
    for (let slot = first; slot < end; slot++) assignSlot(slot);
    store<u32>(stateField(CONSOLIDATION_NUMBERED), end);
    units++;
  }
  return units;
}

/** Whether more than half of a node's neighbors go. */
function isUprooted(slot: u32): bool {
  const links = linksAddress(slot, 0);
  const count = min<u32>(load<u32>(links), linksMax(0));
  let lost: u32 = 0;
  for (let i: u32 = 0; i < count; i++) lost += <u32>goes(load<u32>(links + 4 + (i << 2)));
  return lost << 1 > count;
}

function assignSlot(slot: u32): void {
  const block = load<u32>(nodeAddress(slot) + NODE_UPPER);
  if (block != 0) dropTwins(upper + block + UPPER_TWIN, slot);
  if (newSlotOf(slot) == UPROOTED) setNewSlot(slot, GONE);
  if (goes(slot)) return;
  const kept = load<u32>(stateField(CONSOLIDATION_KEPT));
  setNewSlot(slot, kept);
  store<u32>(stateField(CONSOLIDATION_KEPT), kept + 1);
  const entry = load<u32>(stateField(CONSOLIDATION_ENTRY));
  if (entry == <u32>GONE || levelOf(slot) > levelOf(entry)) store<u32>(stateField(CONSOLIDATION_ENTRY), slot);
}

/** Lets the twins of a node go: they are younger, so they are numbered later. */
function dropTwins(first: usize, holder: u32): void {
  let twin = load<u32>(first);
  store<u32>(first, 0);
  let before = nodeCount;
  // Each points to an older one, so that the walk ends.
  while (twin > holder && twin < before) {
    setNewSlot(twin, GONE);
    before = twin;
    twin = load<u32>(nodeAddress(twin) + NODE_LINKS, 4);
  }
}
