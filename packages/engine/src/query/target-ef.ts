import type { GraphCalibration, RecallCurve } from "../gen/vecstore/storage/v1/manifest.js";
import { LIMITS } from "../limits.js";

/** The graph that is searched. */
export interface TargetGraph {
  /** Undefined until it was measured. */
  readonly calibration: GraphCalibration | undefined;
  /** Slots that it links. */
  readonly indexed: number;
  /** Share of its slots that are visible, above 0 and at most 1. */
  readonly visibleShare: number;
}

/** An ef that is enough for ten results on any data that was tried, as 1 - target times this. */
const UNMEASURED = 25.6;
const UNMEASURED_LIMIT = 10;

/**
 * With how many candidates a graph is searched so that the recall of the results is the target or more.
 *
 * By the curve that was measured for as many results, or for the next larger number: the more results, the lower the recall. Since then
 * a graph may have grown, which takes about the root of the growth more candidates, and dead slots take the room of visible ones.
 * Before the first measure a large number is assumed: 512 for ten results at 0.95.
 *
 * @param target  above 0, at most 1
 * @param limit   results wanted
 * @returns       ef, `limit`..LIMITS.efMax; undefined when no ef is sure to be enough, so that the records must be scanned
 */
export function efForTarget(target: number, limit: number, graph: TargetGraph): number | undefined {
  const measured =
    graph.calibration === undefined ? unmeasuredEf(target, limit) : calibratedEf(target, limit, graph.calibration);
  const growth =
    graph.calibration === undefined ? 1 : Math.sqrt(Math.max(1, graph.indexed / graph.calibration.indexed));
  const ef = Math.ceil(Math.max(limit, (measured * growth) / graph.visibleShare));
  return ef <= LIMITS.efMax ? ef : undefined;
}

function unmeasuredEf(target: number, limit: number): number {
  return (UNMEASURED / (1 - target)) * Math.max(1, Math.sqrt(limit / UNMEASURED_LIMIT));
}

function calibratedEf(target: number, limit: number, { curves }: GraphCalibration): number {
  const curve = curves.find((each) => each.limit >= limit) ?? curves.at(-1)!;
  return crossing(curve, target) * Math.max(1, limit / curve.limit);
}

/** The ef at which a curve crosses the target; infinite when it does not. Between two points recall lies above the line. */
function crossing({ efs, recalls }: RecallCurve, target: number): number {
  const above = recalls.findIndex((recall) => recall >= target);
  if (above < 0) return Number.POSITIVE_INFINITY;
  if (above === 0) return efs[0]!;
  const low = recalls[above - 1]!;
  const share = (target - low) / (recalls[above]! - low);
  return efs[above - 1]! + share * (efs[above]! - efs[above - 1]!);
}
