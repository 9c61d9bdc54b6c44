import { CODES_BINARY, CODES_VECTORS, SCRATCH_SLOTS } from "../../src/core/layout";
import { codeAddress, codes, scratch } from "./context";
import { queryNorm, queryScale } from "./score";
import { SPREAD } from "./sketch/query";
import { sumOfSquares } from "./sketch/write";

/** Hits whose scales are averaged: those that are rescored. */
const SCALES: u32 = 32;
/** Deviation of a number that was rounded to an integer: 1 / sqrt(12). */
const ROUNDING: f32 = 0.28867513;

/**
 * Standard deviation of the distances of the first hits, which were computed on codes: each component of a code is off by
 * up to half a step, and a dot product adds these errors up, weighted by the query. Where codes are vectors, 0: they have none.
 */
export function deviationOf(hits: u32): f32 {
  if (codes == CODES_VECTORS) return 0;
  const slots: usize = load<u32>(scratch + SCRATCH_SLOTS);
  const n = min(hits, SCALES);
  let sum: f32 = 0;
  for (let i: u32 = 0; i < n; i++) sum += load<f32>(codeAddress(load<u32>(slots + (i << 2))) - 8);
  if (n == 0) return 0;
  const spread = codes == CODES_BINARY ? SPREAD * sqrt<f32>(sumOfSquares()) : ROUNDING * queryNorm();
  return (sum / <f32>n) * queryScale * spread;
}
