import { LIST_ENTRIES, SCRATCH_ACCEPT, SCRATCH_COMPUTED, SCRATCH_DEVIATION, SCRATCH_EXPANDED, SCRATCH_LIMIT } from "../../src/core/layout";
import { bind, list, scratch } from "./context";
import { deviationOf } from "./deviation";
import { encodeQuery } from "./encode";
import { writePool } from "./hits";
import { offerList } from "./offer";
import { resetPool } from "./pool";
import { widenMargin } from "./sketch/query";
import { hasSketches } from "./sketch/write";

/** Slots compared together, or up to a word of the set more. */
const GROUP: u32 = LIST_ENTRIES - 48;

/** Deviations of sketches beyond those of a graph search. */
const MARGIN: f32 = 0.3;

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
  if (hasSketches()) widenMargin(MARGIN);
  resetPool(most);
  const set: usize = load<u32>(scratch + SCRATCH_ACCEPT);
  let scored: u32 = 0;
  let n: u32 = 0;
  const end = (to + 31) >> 5;
  for (let index = from >> 5; index < end; index++) {
    let word = load<u32>(set + (index << 2));
    if (index == from >> 5) word &= -1 << (from & 31);
    if (index == to >> 5) word &= (1 << (to & 31)) - 1;
    const first = index << 5;
    while (word != 0) {
      store<u32>(list + (n++ << 2), first + ctz<u32>(word));
      word &= word - 1;
    }
    if (n <= GROUP) continue;
    scored += offerList(n);
    n = 0;
  }
  scored += offerList(n);
  const hits = writePool();
  store<f32>(scratch + SCRATCH_DEVIATION, deviationOf(hits));
  store<u32>(scratch + SCRATCH_LIMIT, to);
  store<u32>(scratch + SCRATCH_EXPANDED, 0);
  store<u32>(scratch + SCRATCH_COMPUTED, scored);
  return hits;
}
