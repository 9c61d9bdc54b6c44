import { LIMITS } from "../limits.js";
import type { Costs, costsOf } from "./costs.js";
import { graphDistances, type SegmentPlan } from "./plan.js";
import { byCodes, byVectors, WALK_FACTOR, walk } from "./plan-matches.js";
import { rescoredMax } from "./rescore.js";
import type { QueryRun } from "./run.js";

/** A way to search a segment that was not taken. */
export type RejectedPlan = Pick<SegmentPlan, "strategy" | "reason" | "ef" | "distances">;

/**
 * The other ways to search a segment, and why they were not taken.
 *
 * @param index   of the segment in the view
 * @param chosen  its plan
 */
export function rejectedPlans(
  run: QueryRun,
  index: number,
  need: number,
  chosen: SegmentPlan,
  costs: typeof costsOf,
): RejectedPlan[] {
  const { segment, count } = run.view.segments[index]!;
  const { graph } = segment;
  if (graph === undefined || graph.count === 0) return [];
  if (run.query.filter !== undefined && chosen.matches !== undefined)
    return waysToMatches(run, index, need, chosen, costs(segment, graph));
  if (chosen.strategy !== "graph") return [graphPlan(run, index, need)];
  const { expected } = chosen.distances;
  const reason = `exact, but it compares ${count} vectors, where the graph search is expected to compute ${expected} distances`;
  return [{ strategy: "exact_scan", reason, ef: 0, distances: only(count) }];
}

/** A graph search where records are scanned although there is a graph. */
function graphPlan({ query, view }: QueryRun, index: number, need: number): RejectedPlan {
  const { segment, count } = view.segments[index]!;
  const strategy = query.filter === undefined ? "graph" : "filtered_graph";
  const ef = Math.min(LIMITS.efMax, Math.max(query.ef, need));
  const distances = graphDistances(ef, count - Math.min(count, segment.indexed), count);
  return { strategy, reason: whyNoGraph(query, need), ef, distances };
}

function whyNoGraph({ exact, filter, recallTarget }: QueryRun["query"], need: number): string {
  if (exact) return "it may miss a closer record";
  if (need > LIMITS.efMax) return `it holds at most ${LIMITS.efMax} candidates`;
  if (recallTarget !== undefined) return "no number of candidates is sure to reach the recall target";
  return filter === undefined ? "it links no record yet" : "it needs to know which records match";
}

/** Under a filter whose matches are counted. */
function waysToMatches(run: QueryRun, index: number, need: number, chosen: SegmentPlan, costs: Costs): RejectedPlan[] {
  const { query, view } = run;
  const { segment, count } = view.segments[index]!;
  const matches = chosen.matches!;
  const ef = Math.max(query.ef, need, chosen.ef);
  const indexed = Math.min(count, segment.indexed);
  const tail = matches * (1 - indexed / Math.max(1, count));
  const { scanNs, codeNs, searchNs, candidateNs } = costs;
  const tailNs = tail > 0 ? scanNs + tail * codeNs : 0;
  const walkNs = WALK_FACTOR.expected * (searchNs + ef * candidateNs) + tailNs;
  const ways = [
    { by: "vectors", ns: matches * costs.vectorNs, plan: byVectors(matches, "") },
    { by: "codes", ns: scanNs + matches * codeNs, plan: byCodes(matches, rescoredMax(segment, need)) },
    { by: "graph", ns: walkNs, plan: walk(indexed, ef, matches, tail) },
  ] as const;
  const taken = chosen.strategy === "filtered_graph" ? "graph" : chosen.by;
  const takenNs = ways.find(({ by }) => by === taken)?.ns ?? scanNs + count * codeNs;
  return ways
    .filter(({ by }) => by !== taken)
    .map(({ by, ns, plan }) => ({
      ...plan,
      reason: query.exact && by !== "vectors" ? "it may miss a closer record" : compare(by, ns, takenNs),
    }));
}

const WORK = {
  vectors: "comparing the vector of each match",
  codes: "comparing the code of each match",
  graph: "walking the graph with the filter inside",
} as const;

function compare(way: keyof typeof WORK, ns: number, takenNs: number): string {
  if (ns === Number.POSITIVE_INFINITY) return `${WORK[way]} reads each from the disk`;
  const { format } = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });
  const times = `about ${format(ns / 1e6)} ms, against ${format(takenNs / 1e6)} ms`;
  return ns > takenNs ? `${WORK[way]} takes ${times}` : `${WORK[way]} takes ${times}, and may miss a closer record`;
}

function only(count: number) {
  return { min: count, expected: count, max: count };
}
