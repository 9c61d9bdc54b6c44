import { LIST_ENTRIES, SCRATCH_ACCEPT, SCRATCH_COMPUTED, SCRATCH_DEVIATION, SCRATCH_EXPANDED, SCRATCH_LIMIT } from "../../src/core/layout";
import { bind, list, scratch } from "./context";
import { deviationOf } from "./deviation";
import { encodeQuery } from "./encode";
import { writePool } from "./hits";
import { offerList } from "./offer";
import { resetPool } from "./pool";

/** Slots compared together. */
const GROUP: u32 = LIST_ENTRIES - 16;

/**
 * Compares the f32 query in the scratch's input with the codes of those of the slots [from, to) that are in the set in the
 * scratch, linked or not.
 *
 * @param most  hits kept, at most what the pool holds
 * @returns     hits; their slots and distances, ascending, are in the scratch
 */
export function scanSet(headerAddress: usize, scratchAddress: usize, from: u32, to: u32, most: u32): u32 {
  bind(headerAddress, scratchAddress);
  encodeQuery();
  resetPool(most);
  const set: usize = load<u32>(scratch + SCRATCH_ACCEPT);
  let scored: u32 = 0;
  let n: u32 = 0;
  for (let index = from >> 5; index < (to + 31) >> 5; index++) {
    let word = load<u32>(set + (index << 2));
    while (word != 0) {
      const slot = (index << 5) + ctz<u32>(word);
      word &= word - 1;
      if (slot < from || slot >= to) continue;
      store<u32>(list + (n++ << 2), slot);
      if (n < GROUP) continue;
      scored += offerList(n);
      n = 0;
    }
  }
  scored += offerList(n);
  const hits = writePool();
  store<f32>(scratch + SCRATCH_DEVIATION, deviationOf(hits));
  store<u32>(scratch + SCRATCH_LIMIT, to);
  store<u32>(scratch + SCRATCH_EXPANDED, 0);
  store<u32>(scratch + SCRATCH_COMPUTED, scored);
  return hits;
}
