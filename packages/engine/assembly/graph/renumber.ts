import {
  CONSOLIDATION_KEPT, CONSOLIDATION_MOVED, CONSOLIDATION_UPPER_FROM, CONSOLIDATION_UPPER_TO, GONE, HEADER_UPPER_USED,
  LEVEL_MAX, NODE_LINKS, NODE_UPPER, UPPER_LEVEL, UPPER_LINKS,
} from "../../src/core/layout";
import { bindConsolidation, goes, newSlotOf, nodeCount, stateField } from "./consolidation";
import { bind, header, levelOf, linksAddress, linksMax, m, nodeAddress, stride, upper } from "./context";
import { hasSketches, writeSketch } from "./sketch/write";

/** Nodes or blocks moved in one unit of work. */
const MOVES_PER_UNIT: u32 = 128;
/** While blocks of upper links are moved, they name their node here, above the level. */
const OWNER_SHIFT: u32 = 4;

/**
 * Last step of a consolidation, by one thread: moves the nodes that stay together, under their new slots, and then their upper links.
 *
 * @returns  units done; fewer than `most` when nothing is left
 */
export function renumber(headerAddress: usize, scratchAddress: usize, most: u32): u32 {
  bind(headerAddress, scratchAddress);
  bindConsolidation();
  let units: u32 = 0;
  while (units < most && load<u32>(stateField(CONSOLIDATION_MOVED)) < nodeCount) {
    moveNodes();
    units++;
  }
  while (units < most && load<u32>(stateField(CONSOLIDATION_UPPER_FROM)) < load<u32>(header + HEADER_UPPER_USED)) {
    moveBlocks();
    units++;
  }
  return units;
}

function moveNodes(): void {
  let slot = load<u32>(stateField(CONSOLIDATION_MOVED));
  const end = min(slot + MOVES_PER_UNIT, nodeCount);
  for (; slot < end; slot++) if (!goes(slot)) moveNode(slot);
  store<u32>(stateField(CONSOLIDATION_MOVED), end);
}

function moveNode(slot: u32): void {
  const newSlot = newSlotOf(slot);
  const level = levelOf(slot);
  for (let layer: u32 = 0; layer <= level; layer++) renameLinks(linksAddress(slot, layer), linksMax(layer));
  const block = load<u32>(nodeAddress(slot) + NODE_UPPER);
  if (block != 0) store<u32>(upper + block + UPPER_LEVEL, ((newSlot + 1) << OWNER_SHIFT) | level);
  if (newSlot != slot) memory.copy(nodeAddress(newSlot), nodeAddress(slot), stride);
  if (hasSketches()) writeSketch(newSlot);
}

function renameLinks(links: usize, most: u32): void {
  const count = min<u32>(load<u32>(links), most);
  let n: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const slot = load<u32>(links + 4 + (i << 2));
    if (slot >= nodeCount || goes(slot)) continue;
    store<u32>(links + 4 + (n++ << 2), newSlotOf(slot));
  }
  store<u32>(links, n);
}

/** Blocks stand one after the other; those that name no node were of nodes that go, or of twins. */
function moveBlocks(): void {
  const end = load<u32>(header + HEADER_UPPER_USED);
  let from = load<u32>(stateField(CONSOLIDATION_UPPER_FROM));
  let to = load<u32>(stateField(CONSOLIDATION_UPPER_TO));
  for (let i: u32 = 0; i < MOVES_PER_UNIT && from < end; i++) {
    const head = load<u32>(upper + from + UPPER_LEVEL);
    const level = head & <u32>LEVEL_MAX;
    const bytes = UPPER_LINKS + level * (4 + (m << 2));
    if (head >> OWNER_SHIFT != 0) {
      // A block without layers was there for twins alone.
      store<u32>(nodeAddress((head >> OWNER_SHIFT) - 1) + NODE_UPPER, level > 0 ? to : 0);
      if (level > 0) {
        memory.copy(upper + to, upper + from, bytes);
        store<u32>(upper + to + UPPER_LEVEL, level);
        to += bytes;
      }
    }
    from += bytes;
  }
  store<u32>(stateField(CONSOLIDATION_UPPER_FROM), from);
  store<u32>(stateField(CONSOLIDATION_UPPER_TO), to);
  if (from >= end) store<u32>(header + HEADER_UPPER_USED, to);
}
