import {
  HEADER_ENTRY_POINT, HEADER_INDEXED, NODE_LINKS, NODE_UPPER, SCRATCH_COMPUTED, SCRATCH_DEVIATION, SCRATCH_DISTANCES,
  SCRATCH_EXPANDED, SCRATCH_LIMIT, SCRATCH_SLOTS, SCRATCH_WITHOUT, UPPER_TWIN,
} from "../../src/core/layout";
import { bind, codeAddress, header, levelOf, nodeAddress, scratch, upper } from "./context";
import { encodeQuery } from "./encode";
import { queryNorm, queryScale } from "./score";
import { poolCount, poolDistance, poolSlot } from "./pool";
import { computed, descend, expanded, nearest, nearestDistance, resetCounts, traverse } from "./traverse";

/**
 * Searches the linked part of a graph for the f32 query in the scratch's input (algorithm 5).
 *
 * @returns  hits; their slots and distances, ascending, are in the scratch
 */
export function search(headerAddress: usize, scratchAddress: usize, ef: u32): u32 {
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
    traverse<i16>(0, ef, nearest, nearestDistance, limit);
    hits = writeHits(ef, limit);
    deviation = deviationOf(hits);
  }
  store<f32>(scratch + SCRATCH_DEVIATION, deviation);
  store<u32>(scratch + SCRATCH_LIMIT, limit);
  store<u32>(scratch + SCRATCH_EXPANDED, expanded);
  store<u32>(scratch + SCRATCH_COMPUTED, computed);
  return hits;
}

/** A node that leads to slots of the same code is not left out: they would be out with it. */
function keepTwins(): void {
  const without = load<u32>(scratch + SCRATCH_WITHOUT);
  if (without != 0 && firstTwin(without - 1) != 0) store<u32>(scratch + SCRATCH_WITHOUT, 0);
}

/** Hits whose scales are averaged: those that are rescored. */
const SCALES: u32 = 32;
/** Deviation of a number that was rounded to an integer: 1 / sqrt(12). */
const ROUNDING: f32 = 0.28867513;

/**
 * Standard deviation of the distances of the first hits, which were computed on codes: each component of a code is off by
 * up to half a step, and a dot product adds these errors up, weighted by the query.
 */
function deviationOf(hits: u32): f32 {
  const slots: usize = load<u32>(scratch + SCRATCH_SLOTS);
  const n = min(hits, SCALES);
  let sum: f32 = 0;
  for (let i: u32 = 0; i < n; i++) sum += load<f32>(codeAddress(load<u32>(slots + (i << 2))) - 8);
  return n == 0 ? 0 : (sum / <f32>n) * queryScale * queryNorm() * ROUNDING;
}

/** Copies the pool to the scratch, each node followed by its twins, `ef` hits at most. */
function writeHits(ef: u32, limit: u32): u32 {
  const slots: usize = load<u32>(scratch + SCRATCH_SLOTS);
  const distances: usize = load<u32>(scratch + SCRATCH_DISTANCES);
  let n: u32 = 0;
  for (let i: u32 = 0; i < poolCount && n < ef; i++) {
    const slot = poolSlot(i);
    const distance = poolDistance(i);
    store<u32>(slots + (n << 2), slot);
    store<f32>(distances + (n << 2), distance);
    n++;
    let twin = firstTwin(slot);
    while (twin != 0 && n < ef) {
      store<u32>(slots + (n << 2), twin);
      store<f32>(distances + (n << 2), distance);
      n += <u32>(twin < limit);
      // Each twin points to an older one, so that the walk ends.
      const next = load<u32>(nodeAddress(twin) + NODE_LINKS, 4);
      twin = next < twin ? next : 0;
    }
  }
  return n;
}

function firstTwin(slot: u32): u32 {
  const offset = load<u32>(nodeAddress(slot) + NODE_UPPER);
  return offset == 0 ? 0 : load<u32>(upper + offset + UPPER_TWIN);
}
