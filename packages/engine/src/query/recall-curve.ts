import type { RecallCurve } from "../gen/vecstore/storage/v1/manifest.js";
import { LIMITS } from "../limits.js";
import type { CalibratedGraph, Probe } from "./calibrate.js";
import type { Pace } from "./pace.js";
import { widthOf } from "./reach.js";
import { rescoredMax } from "./rescore.js";

/** Numbers of results that a graph is measured for, ascending. */
export const CURVE_LIMITS: readonly number[] = [1, 10, 100];

const EFS = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, LIMITS.efMax];
/** Up to this ef all probes are searched for. */
const EF_MOST_PROBES = 256;
/** Standard errors that a bound lies below the mean: 19 of 20 such bounds hold. */
const DEVIATIONS = 1.64;
/** No larger ef is tried when all bounds are here. */
const RECALL_ENOUGH = 0.9995;

/** Hits of one search in f32; a search runs to its end in one turn. */
const candidates = new Uint32Array(LIMITS.efMax);
const distances = new Float32Array(LIMITS.efMax);

/** Measures the recall of a graph at each ef, for each number of results; of each a lower bound. */
export async function measureCurves(
  place: CalibratedGraph,
  probes: readonly Probe[],
  pace: Pace,
): Promise<RecallCurve[]> {
  const curves = CURVE_LIMITS.map((limit): RecallCurve => ({ limit, efs: [], recalls: [] }));
  for (const ef of EFS) {
    // Where nearly all is found, fewer probes say as much.
    const used = ef <= EF_MOST_PROBES ? probes : probes.slice(0, Math.ceil(probes.length / 2));
    const shares = CURVE_LIMITS.map(() => new Float64Array(used.length));
    for (const [i, probe] of used.entries()) {
      if (pace.due) await pace.next();
      for (const [k, limit] of CURVE_LIMITS.entries())
        if (ef >= limit) shares[k]![i] = search(place, probe, ef, limit, probe.farthest[k]!);
    }
    for (const [k, curve] of curves.entries()) {
      if (ef < curve.limit) continue;
      curve.efs.push(ef);
      curve.recalls.push(lowerBound(shares[k]!, curve.limit));
    }
    if (curves.every(({ recalls }) => (recalls.at(-1) ?? 0) >= RECALL_ENOUGH)) break;
  }
  for (const { recalls } of curves) neverDescend(recalls);
  return curves;
}

/** Searches for one probe; returns the share of its `limit` results that were found: those up to the distance `farthest`. */
function search(
  { view, segment, graph, indexed }: CalibratedGraph,
  { slot: own, vector }: Probe,
  ef: number,
  limit: number,
  farthest: number,
): number {
  const width = widthOf(segment, graph, vector, ef, limit);
  const found = graph.search(vector, width.ef, own, width.reach);
  const most = rescoredMax(segment, limit);
  let count = 0;
  for (let i = 0; i < found.count && count < most; i++) {
    const slot = found.slots[i]!;
    if (slot !== own && slot < indexed && segment.isVisible(slot, view)) candidates[count++] = slot;
  }
  segment.vectors.distancesOf(segment.vectors.prepare(vector), candidates, count, distances);
  let hits = 0;
  for (let i = 0; i < count && hits < limit; i++) if (distances[i]! <= farthest) hits++;
  return hits / limit;
}

/** A recall that is reached in all likelihood, by the recalls of single queries: below their mean by its standard error. */
function lowerBound(shares: Float64Array, limit: number): number {
  const count = shares.length;
  const mean = shares.reduce((sum, share) => sum + share, 0) / count;
  const squares = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0);
  const error = Math.sqrt(squares / (count * (count - 1)));
  // Where nothing was missed one may yet be.
  return Math.max(0, mean - DEVIATIONS * error - 1 / (count * limit));
}

/** A larger ef finds no less: where chance says otherwise the lower figure counts. */
function neverDescend(recalls: number[]): void {
  for (let i = recalls.length - 2; i >= 0; i--) recalls[i] = Math.min(recalls[i]!, recalls[i + 1]!);
}
