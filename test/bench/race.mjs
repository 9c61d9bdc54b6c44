// Curves of recall and speed. The sides take turns at each ef; who goes first changes from one ef to the next.
import { median } from "./report.mjs";

export const EFS = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];
export const RECALLS = [0.9, 0.95, 0.975, 0.99];

/**
 * @typedef {object} Pass
 * @property {number} recall
 * @property {number} answered    queries
 * @property {number} seconds
 * @property {number} [cpuSeconds]
 *
 * @typedef {object} Point
 * @property {number} ef
 * @property {number} recall
 * @property {number} queriesPerSecond  median of the rounds
 * @property {number} cpuPerWall        processor seconds of all its threads for each second; NaN where not measured
 * @property {number[]} rounds
 */

/**
 * @param {{exact?: boolean, pass: (ef: number) => Promise<Pass>}[]} sides  an exact one is measured at the first ef only
 * @param {{rounds: number, efs?: number[], clock?: "wall" | "cpu"}} options  one more round warms up
 * @returns {Promise<Point[][]>}  a curve for each side, by ascending ef
 */
export async function measureCurves(sides, { rounds, efs = EFS, clock = "wall" }) {
  const passes = sides.map(() => efs.map(() => []));
  for (let round = -1; round < rounds; round++) {
    for (const [at, ef] of efs.entries()) {
      for (const turn of turns(sides.length, round + 1 + at)) {
        if (sides[turn].exact && at > 0) continue;
        const pass = await sides[turn].pass(ef);
        if (round >= 0 || rounds === 0) passes[turn][at].push(pass);
      }
    }
  }
  return passes.map((side) => side.map((list, at) => pointOf(efs[at], list, clock)).filter((point) => point !== null));
}

/** 0..count-1, beginning with another one each time. */
export function turns(count, time) {
  return Array.from({ length: count }, (_, at) => (at + time) % count);
}

function pointOf(ef, passes, clock) {
  if (passes.length === 0) return null;
  const speeds = passes.map((pass) => pass.answered / (clock === "cpu" ? pass.cpuSeconds : pass.seconds));
  return {
    ef,
    // A pass that ran out of time answered fewer queries; the longest says most.
    recall: passes.reduce((best, pass) => (pass.answered > best.answered ? pass : best)).recall,
    queriesPerSecond: median(speeds),
    cpuPerWall: median(passes.map((pass) => pass.cpuSeconds / pass.seconds)),
    rounds: speeds,
  };
}

/** Queries a second at a recall, between the two neighboring points of the curve; NaN when it is never reached. */
export function speedAt(curve, recall) {
  for (let at = 0; at < curve.length; at++) {
    if (curve[at].recall < recall) continue;
    if (at === 0) return curve[0].queriesPerSecond;
    const [low, high] = [curve[at - 1], curve[at]];
    const share = (recall - low.recall) / (high.recall - low.recall);
    return Math.exp(Math.log(low.queriesPerSecond) * (1 - share) + Math.log(high.queriesPerSecond) * share);
  }
  return Number.NaN;
}
