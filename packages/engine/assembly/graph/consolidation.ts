// A consolidation takes nodes out of a graph that nobody searches yet: `repair` gives the nodes that stay other links in
// place of those to nodes that go, then `renumber` moves them together. Its state lies at the start of the ring of newest
// codes, which nothing uses meanwhile.
import { CONSOLIDATION_COUNT, CONSOLIDATION_SLOTS, GONE, HEADER_TAIL } from "../../src/core/layout";
import { header } from "./context";

let state: usize = 0;
let slots: usize = 0;
/** Nodes before the consolidation. */
export let nodeCount: u32 = 0;

/** Fills the globals; follows `bind`. */
export function bindConsolidation(): void {
  state = load<u32>(header + HEADER_TAIL);
  slots = state + CONSOLIDATION_SLOTS;
  nodeCount = load<u32>(state + CONSOLIDATION_COUNT);
}

/** Address of a field of the state. */
// @ts-ignore: decorator
@inline
export function stateField(offset: usize): usize {
  return state + offset;
}

/** The slot that a node gets; GONE when it goes. */
// @ts-ignore: decorator
@inline
export function newSlotOf(slot: u32): u32 {
  return load<u32>(slots + (slot << 2));
}

export function setNewSlot(slot: u32, newSlot: u32): void {
  store<u32>(slots + (slot << 2), newSlot);
}

/** Whether a node goes. */
// @ts-ignore: decorator
@inline
export function goes(slot: u32): bool {
  return newSlotOf(slot) == <u32>GONE;
}
