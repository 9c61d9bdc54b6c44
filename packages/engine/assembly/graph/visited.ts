import { SCRATCH_EPOCH } from "../../src/core/layout";
import { scratch, visited } from "./context";

/** Value that marks a slot as seen in the current traversal. */
export let epoch: u32 = 0;

/**
 * Begins a traversal of slots below `limit`; the previous marks become void, since its epoch is a new one.
 *
 * u16 marks are cleared once in 65,535 traversals. Clearing up to `limit` is enough: limits of one thread never
 * shrink, so nothing beyond was ever marked.
 */
export function beginTraversal(limit: u32): void {
  epoch = load<u32>(scratch + SCRATCH_EPOCH) + 1;
  if (epoch > 0xffff) {
    memory.fill(visited, 0, limit << 1);
    epoch = 1;
  }
  store<u32>(scratch + SCRATCH_EPOCH, epoch);
}

// @ts-ignore: decorator
@inline
export function markVisited(slot: u32): void {
  store<u16>(visited + (slot << 1), epoch);
}
