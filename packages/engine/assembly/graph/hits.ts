import { NODE_LINKS, NODE_UPPER, SCRATCH_DISTANCES, SCRATCH_SLOTS, UPPER_TWIN } from "../../src/core/layout";
import { isIn } from "./accept";
import { nodeAddress, scratch, upper } from "./context";
import { poolCount, poolDistance, poolSlot } from "./pool";

/** More than are compared again in f32, with room for dead ones among them. */
const HITS_MIN: u32 = 160;
const HITS_PER_RANK: u32 = 6;

let slots: usize = 0;
let distances: usize = 0;
let count: u32 = 0;

/**
 * Copies the pool to the scratch, each node followed by its twins.
 *
 * @param most   hits at most
 * @param limit  slots from here on are left out
 * @param only   address of the set that hits are in; 0 for all
 * @returns      hits
 */
export function writeHits(most: u32, limit: u32, only: usize): u32 {
  slots = load<u32>(scratch + SCRATCH_SLOTS);
  distances = load<u32>(scratch + SCRATCH_DISTANCES);
  count = 0;
  for (let i: u32 = 0; i < poolCount && count < most; i++) {
    const distance = poolDistance(i);
    write(poolSlot(i), distance, limit, only);
    let twin = firstTwin(poolSlot(i));
    while (twin != 0 && count < most) {
      write(twin, distance, limit, only);
      // Each twin points to an older one, so that the walk ends.
      const next = load<u32>(nodeAddress(twin) + NODE_LINKS, 4);
      twin = next < twin ? next : 0;
    }
  }
  return count;
}

/** Hits that are of use of a search for one of this rank, 0 for any: what is farther behind it is no result. */
export function hitsFor(rank: u32, ef: u32): u32 {
  return rank > 0 ? min<u32>(ef, max<u32>(HITS_MIN, HITS_PER_RANK * rank)) : ef;
}

/** Copies the pool to the scratch; returns how many it holds. */
export function writePool(): u32 {
  slots = load<u32>(scratch + SCRATCH_SLOTS);
  distances = load<u32>(scratch + SCRATCH_DISTANCES);
  for (let i: u32 = 0; i < poolCount; i++) {
    store<u32>(slots + (i << 2), poolSlot(i));
    store<f32>(distances + (i << 2), poolDistance(i));
  }
  return poolCount;
}

// @ts-ignore: decorator
@inline
function write(slot: u32, distance: f32, limit: u32, only: usize): void {
  store<u32>(slots + (count << 2), slot);
  store<f32>(distances + (count << 2), distance);
  count += <u32>(slot < limit && (only == 0 || isIn(only, slot)));
}

/** The newest of the slots whose codes equal that of a node; 0 for none. */
export function firstTwin(slot: u32): u32 {
  const offset = load<u32>(nodeAddress(slot) + NODE_UPPER);
  return offset == 0 ? 0 : load<u32>(upper + offset + UPPER_TWIN);
}
