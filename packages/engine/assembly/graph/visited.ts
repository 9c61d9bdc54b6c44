import { HEADER_COUNT, SCRATCH_EPOCH } from "../../src/core/layout";
import { header, scratch, visited } from "./context";

/** Value that marks a slot as seen in the current traversal. */
export let epoch: u32 = 0;

/** Begins a traversal; the previous marks become void, since its epoch is a new one. */
export function beginTraversal(): void {
  epoch = load<u32>(scratch + SCRATCH_EPOCH) + 1;
  if (epoch > 0xffff) {
    // Once in 65,535 traversals. Only slots that have codes were ever marked.
    memory.fill(visited, 0, atomic.load<u32>(header + HEADER_COUNT) << 1);
    epoch = 1;
  }
  store<u32>(scratch + SCRATCH_EPOCH, epoch);
}

// @ts-ignore: decorator
@inline
export function markVisited(slot: u32): void {
  store<u16>(visited + (slot << 1), epoch);
}
