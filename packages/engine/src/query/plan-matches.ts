import { LIMITS } from "../limits.js";
import type { Segment } from "../segment/segment.js";
import type { Costs, costsOf } from "./costs.js";
import { boundDistances, hasBounds, NO_GRAPH, type PlannedQuery, type SegmentPlan, TARGET_TOO_HIGH } from "./plan.js";
import { rescoredMax } from "./rescore.js";

/** A search of one segment under a filter, whose matches are counted. */
export interface MatchesToPlan {
  readonly query: PlannedQuery;
  /** Candidates of a graph search; undefined when no number is sure to reach the recall target. */
  readonly ef: number | undefined;
  readonly segment: Segment;
  /** Slots of the segment in the view. */
  readonly count: number;
  /** Of these, slots that the graph links. */
  readonly indexed: number;
  readonly need: number;
  readonly matches: number;
  readonly costs: typeof costsOf;
}

/**
 * What a walk with the filter inside costs, against an unfiltered search with as many candidates: at most, six times. A scan by
 * codes is preferred up to 2.8 times: on word vectors it finds what an unfiltered search finds with four times the candidates,
 * which takes that long, while the walk takes 1.4 to 2.2 times and finds what was asked for or a little less.
 */
export const WALK_FACTOR = { expected: 1.7, preferScan: 2.8, max: 6 };
/** Part of the share of all records that match below which matches are scarce around the query. */
const SCARCE = 0.5;
/** Distances of codes for each candidate of such a walk. Measured on word vectors, m = 16. */
const DISTANCES_PER_CANDIDATE = { min: 2, expected: 8, max: 40 };

/**
 * Decides how the matches of a segment are searched, by their exact number and by what comparing costs on this machine: few are
 * compared in f32, which finds all; more by their codes; and where even that costs more than a walk, the graph is walked.
 */
export function planMatches(plan: MatchesToPlan): SegmentPlan {
  const { query, ef, segment, indexed, need, matches } = plan;
  const { graph } = segment;
  const rescored = rescoredMax(segment, need);
  if (query.exact && (graph === undefined || graph.count === 0)) return byVectors(matches, EXACT);
  if (graph === undefined || graph.count === 0) return byVectors(matches, "the segment has no graph");
  if (!query.exact && rescored > LIMITS.efMax)
    return byVectors(matches, "more results are wanted than a search by codes can hold");
  const costs = plan.costs(segment, graph);
  if (query.exact) return exactly(plan, costs);
  const { vectorNs, scanNs, codeNs, exactSlots } = costs;
  if (matches <= Math.max(rescored, exactSlots)) return byVectors(matches, "few records match: each is compared");
  if (ef === undefined) return byVectors(matches, TARGET_TOO_HIGH);
  const walkNs = costs.searchNs + ef * costs.candidateNs;
  // An answer that is exact is worth as much as one that takes an unfiltered search.
  if (matches * vectorNs <= walkNs) return byVectors(matches, "comparing each match costs no more than a graph search");
  const tail = matches * (1 - indexed / Math.max(1, plan.count));
  const tailNs = tail > 0 ? scanNs + tail * codeNs : 0;
  const codesNs = scanNs + matches * codeNs;
  if (indexed === 0 || codesNs <= WALK_FACTOR.preferScan * walkNs + tailNs) return byCodes(matches, rescored);
  const share = matches / Math.max(1, plan.count);
  return { ...walk(indexed, ef, matches, tail), leastShare: codesNs <= WALK_FACTOR.max * walkNs ? SCARCE * share : 0 };
}

const EXACT = "the query asks for exact results";

/** Compares the vectors of all matches, or all codes where that costs less: their bounds leave few vectors to compare. */
function exactly({ segment, matches, count }: MatchesToPlan, { vectorNs, codeNs }: Costs): SegmentPlan {
  const plan = byVectors(matches, EXACT);
  if (!hasBounds(segment) || matches * vectorNs <= 2 * count * codeNs) return plan;
  return { ...plan, by: "bounds", distances: boundDistances(count) };
}

/** Each match is compared in f32. */
export function byVectors(matches: number, reason: string): SegmentPlan {
  const distances = { min: matches, expected: matches, max: matches };
  return { strategy: "filter_scan", by: "vectors", ...NO_GRAPH, matches, distances, reason };
}

/** The codes of all matches are compared. */
export function byCodes(matches: number, rescored: number): SegmentPlan {
  return {
    strategy: "filter_scan",
    by: "codes",
    ...NO_GRAPH,
    matches,
    // Sketches tell most codes apart from those that may be results.
    distances: { min: 2 * rescored, expected: matches / 10 + 2 * rescored, max: matches + 2 * rescored },
    reason: "comparing the codes of all matches costs less than walking the graph",
  };
}

/** The graph is walked with the filter inside. */
export function walk(indexed: number, ef: number, matches: number, tail: number): Omit<SegmentPlan, "leastShare"> {
  const { min, expected, max } = DISTANCES_PER_CANDIDATE;
  return {
    strategy: "filtered_graph",
    by: "codes",
    indexed,
    ef,
    matches,
    // At most: a walk in vain, then all matches.
    distances: { min: min * ef, expected: expected * ef + tail, max: max * ef + matches },
    reason: "so many records match that walking the graph with the filter inside costs less than comparing them",
  };
}
