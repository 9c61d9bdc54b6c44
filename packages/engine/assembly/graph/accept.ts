// Which slots a filtered search may return, one bit each, as core/slot-set.ts lays them out; and which nodes it may step on.
import { HEADER_TWIN_HEADS, SCRATCH_ACCEPT, SCRATCH_WALK } from "../../src/core/layout";
import { header, scratch } from "./context";

/** Address of the slots that may be returned. */
export let accept: usize = 0;
/** Address of the nodes that may be stepped on: those, and every node with twins, of which one may be among those. */
export let walkable: usize = 0;

/**
 * Fills the globals, and the bits of what may be stepped on.
 *
 * @param limit  slots from here on are not seen
 */
export function bindAccept(limit: u32): void {
  accept = load<u32>(scratch + SCRATCH_ACCEPT);
  walkable = load<u32>(scratch + SCRATCH_WALK);
  const twinHeads: usize = load<u32>(header + HEADER_TWIN_HEADS);
  const bytes = <usize>((limit + 127) >> 7) << 4;
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(walkable + at, v128.or(v128.load(accept + at), v128.load(twinHeads + at)));
  }
}

/** Whether a slot is in the set at an address. */
// @ts-ignore: decorator
@inline
export function isIn(set: usize, slot: u32): bool {
  return ((load<u32>(set + ((slot >> 5) << 2)) >> (slot & 31)) & 1) != 0;
}
