import { LIMITS } from "../limits.js";
import type { Estimate } from "../model/explain.js";
import type { QueryStrategy } from "../model/query.js";
import type { Segment } from "../segment/segment.js";
import { type Costs, costsOf } from "./costs.js";
import { planMatches } from "./plan-matches.js";
import { efForTarget } from "./target-ef.js";
import type { ValidQuery } from "./validate.js";
import type { SegmentView, View } from "./view.js";

/** What a plan depends on. */
export type PlannedQuery = Pick<ValidQuery, "ef" | "recallTarget" | "exact" | "filter">;

/** How one segment is searched, decided before anything runs. */
export interface SegmentPlan {
  readonly strategy: Exclude<QueryStrategy, "empty">;
  /**
   * What records are compared by at first. Those compared by codes are compared again in f32 where they may be results in all
   * likelihood, unless codes are the vectors; those compared by bounds of their codes unless that is impossible.
   */
  readonly by: "vectors" | "codes" | "bounds";
  /** Slots searched by the graph; those from here to the view's count are scanned. */
  readonly indexed: number;
  /** Candidates of the graph search; 0 without one. */
  readonly ef: number;
  /** Share of matches around the query below which a walk is given up, and all matches are scanned in its place. */
  readonly leastShare: number;
  /** Visible records that match; undefined without a filter, or when they were not counted. */
  readonly matches: number | undefined;
  /** Distances to be computed, of codes and of vectors. */
  readonly distances: Estimate;
  /** Why it is searched so, one sentence for people. */
  readonly reason: string;
}

/** How the whole answer was found. */
export interface Summary {
  /** That of the segment with most slots. */
  readonly strategy: QueryStrategy;
  /** True when a closer record may have been missed. */
  readonly approximate: boolean;
}

/** How one segment was searched in the end. */
export interface SegmentOutcome {
  readonly strategy: SegmentPlan["strategy"];
  readonly approximate: boolean;
}

/**
 * Decides how each segment of a view is searched, all before the first is.
 *
 * @param need     results wanted of all segments together
 * @param matches  by segment, how many visible records match the filter; undefined where they were not counted
 * @param costs    of a segment with a graph; measured on this machine unless a test says otherwise
 */
export function planQuery(
  query: PlannedQuery,
  view: View,
  need: number,
  matches: readonly (number | undefined)[] = [],
  costs: typeof costsOf = costsOf,
): readonly SegmentPlan[] {
  return view.segments.map((segment, i) => planSegment(query, segment, need, matches[i], costs));
}

/**
 * What the ways that the segments were searched in the end mean for the whole answer.
 *
 * @param outcomes  by segment; undefined for one that was not searched
 */
export function summarize(view: View, outcomes: readonly (SegmentOutcome | undefined)[]): Summary {
  let largest = -1;
  view.segments.forEach(({ count }, i) => {
    if (outcomes[i] === undefined) return;
    if (largest < 0 || count > view.segments[largest]!.count) largest = i;
  });
  return {
    strategy: outcomes[largest]?.strategy ?? "empty",
    approximate: outcomes.some((outcome) => outcome?.approximate === true),
  };
}

/**
 * Distances of codes for each candidate of a graph search: with sketches and without, in a query that ends early and in one that keeps
 * four times as many. Measured on word vectors, m = 16.
 */
const DISTANCES_PER_CANDIDATE = { min: 1, expected: 6, max: 100 };

function planSegment(
  query: PlannedQuery,
  view: SegmentView,
  need: number,
  matches: number | undefined,
  costs: (...of: Parameters<typeof costsOf>) => Costs,
): SegmentPlan {
  const { segment, count } = view;
  const indexed = Math.min(segment.indexed, count);
  const ef = efFor(query, view, indexed, need);
  if (query.filter !== undefined) {
    if (matches === undefined) return scanPlan("filter_scan", count, "the columns of the metadata are not filled yet");
    return planMatches({ query, ef, segment, count, indexed, need, matches, costs });
  }
  if (query.exact) return exactPlan(view, "the query asks for exact results");
  if (indexed === 0) return scanPlan("flat_scan", count, "the segment has no graph");
  // Above that many candidates the sorted pool of the core costs more than a scan.
  if (need > LIMITS.efMax) return scanPlan("flat_scan", count, "more results are wanted than a graph search can hold");
  if (ef === undefined) return exactPlan(view, TARGET_TOO_HIGH);
  return {
    strategy: "graph",
    by: "codes",
    indexed,
    ef,
    leastShare: 0,
    matches: undefined,
    distances: graphDistances(ef, count - indexed, count),
    reason: reasonOf(query, segment),
  };
}

/**
 * Candidates of which as many are visible as the query asks for: dead slots are walked through and take places among them. At
 * most twice as many, where more than half of a segment is dead.
 */
function efAmongDead(ef: number, { visible, count }: SegmentView): number {
  return Math.min(LIMITS.efMax, Math.ceil(ef * Math.min(2, count / Math.max(1, visible))));
}

/** What a graph search with so many candidates computes, and the scan of the `tail` that the graph does not link yet. */
export function graphDistances(ef: number, tail: number, count: number): Estimate {
  const { min, expected, max } = DISTANCES_PER_CANDIDATE;
  const linked = count - tail;
  return {
    min: Math.min(min * ef, linked) + tail,
    expected: Math.min(expected * ef, linked) + tail,
    // At most: a search in vain, then all vectors.
    max: Math.min(max * ef, linked) + count,
  };
}

/** Candidates of a graph search; undefined when no number is sure to reach the recall target. */
function efFor(query: PlannedQuery, view: SegmentView, indexed: number, need: number): number | undefined {
  const { recallTarget } = query;
  if (recallTarget === undefined) return efAmongDead(Math.max(query.ef, need), view);
  const { calibration } = view.segment;
  const visibleShare = Math.max(1, view.visible) / Math.max(1, view.count);
  return efForTarget(recallTarget, need, { calibration, indexed, visibleShare });
}

/** Why a segment is scanned whose graph could be searched. */
export const TARGET_TOO_HIGH = "no number of candidates is sure to reach the recall target";

function reasonOf({ recallTarget }: PlannedQuery, { calibration }: Segment): string {
  if (recallTarget === undefined) return "the segment has a graph";
  if (calibration === undefined)
    return "the graph is not measured yet: candidates enough for the recall target on any data";
  return "the graph reaches the recall target with so many candidates, by its own measure";
}

/** What a plan without a graph says of it. */
export const NO_GRAPH = { indexed: 0, ef: 0, leastShare: 0 } as const;

/** All codes are compared where there are codes, and few vectors. */
function exactPlan({ segment, count }: SegmentView, reason: string): SegmentPlan {
  const plan = scanPlan("exact_scan", count, reason);
  return hasBounds(segment) ? { ...plan, by: "bounds", distances: boundDistances(count) } : plan;
}

/** Whether the codes of a segment bound the distances of its vectors. */
export function hasBounds({ graph }: Segment): boolean {
  return graph !== undefined && graph.count > 0 && graph.quantization === "int8";
}

/** What a scan of so many codes by their bounds computes: hardly a vector, or all. */
export function boundDistances(count: number): Estimate {
  return { min: count, expected: 1.05 * count, max: 2.5 * count };
}

function scanPlan(strategy: SegmentPlan["strategy"], count: number, reason: string): SegmentPlan {
  const distances = { min: count, expected: count, max: count };
  return { strategy, by: "vectors", ...NO_GRAPH, matches: undefined, distances, reason };
}
