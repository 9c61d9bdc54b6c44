import {
  HEADER_ENTRY_POINT, HEADER_INDEXED, SCRATCH_COMPUTED, SCRATCH_DEVIATION, SCRATCH_EXPANDED, SCRATCH_LIMIT, SCRATCH_WITHOUT,
} from "../../src/core/layout";
import { bind, header, levelOf, scratch } from "./context";
import { encodeQuery } from "./encode";
import { deviationOf } from "./deviation";
import { firstTwin, hitsFor, writeHits } from "./hits";
import { boundPool } from "./pool";
import { begin, computed, descend, expandClosest, expanded, nearest, nearestDistance, resetCounts } from "./traverse";

/**
 * Searches the linked part of a graph for the f32 query in the scratch's input (algorithm 5).
 *
 * @param rank, stretch  as in `boundPool`
 * @param offset         added to a distance before it is stretched
 * @returns  hits; their slots and distances, ascending, are in the scratch
 */
export function search(
  headerAddress: usize, scratchAddress: usize, ef: u32, rank: u32, stretch: f32, offset: f32,
): u32 {
  bind(headerAddress, scratchAddress);
  resetCounts();
  let hits: u32 = 0;
  let deviation: f32 = 0;
  // Read in this order: builders publish them the other way round, so the entry point is always linked.
  const entry = atomic.load<u32>(header + HEADER_ENTRY_POINT);
  const limit = atomic.load<u32>(header + HEADER_INDEXED);
  if (limit > 0) {
    encodeQuery();
    keepTwins();
    descend<i16>(entry, levelOf(entry), 0, limit);
    begin(ef, nearest, nearestDistance, limit);
    boundPool(min(rank, ef), stretch, offset * (stretch - 1));
    expandClosest<i16>(0, limit, u32.MAX_VALUE);
    hits = writeHits(hitsFor(rank, ef), limit, 0);
    deviation = deviationOf(hits);
  }
  store<f32>(scratch + SCRATCH_DEVIATION, deviation);
  store<u32>(scratch + SCRATCH_LIMIT, limit);
  store<u32>(scratch + SCRATCH_EXPANDED, expanded);
  store<u32>(scratch + SCRATCH_COMPUTED, computed);
  return hits;
}

/** A search does not go around a node that leads to slots of the same code: they would be missed with it. */
function keepTwins(): void {
  const without = load<u32>(scratch + SCRATCH_WITHOUT);
  if (without != 0 && firstTwin(without - 1) != 0) store<u32>(scratch + SCRATCH_WITHOUT, 0);
}
