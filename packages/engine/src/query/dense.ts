import type { SlotSet } from "../core/slot-set.js";
import { scanByBounds } from "./bound-scan.js";
import { costsOf } from "./costs.js";
import { searchGraph, searchTail } from "./graph-search.js";
import type { Hit } from "./hydrate.js";
import { type MatchTask, scanMatchesByCode, scanMatchesExactly, searchInside } from "./match-search.js";
import { isCountable, resolveMatches } from "./matches.js";
import type { Pace } from "./pace.js";
import { planQuery, type SegmentOutcome, type SegmentPlan, type Summary, summarize } from "./plan.js";
import type { GraphTask } from "./rescore.js";
import { type Counters, createScanContext, type ScanContext, scanRange } from "./scan.js";
import { TopK } from "./top-k.js";
import type { ValidQuery } from "./validate.js";
import type { View } from "./view.js";

/** What the search by a dense vector needs of a query. */
export interface DenseQuery
  extends Pick<ValidQuery, "ef" | "recallTarget" | "exact" | "filter" | "predicate" | "ahead"> {
  /** f32[dimension] */
  readonly vector: Float32Array;
  /** A slot that is not searched for, as though it had never been written; for the measure of recall. */
  readonly without?: { readonly segment: number; readonly slot: number };
  /** As `resolveMatches` finds them; for whoever runs several searches under one filter. */
  readonly matchesOf?: (segment: number) => Promise<SlotSet>;
}

/** What a search by a dense vector found. */
export interface DenseResult extends Summary {
  /** At most `need`, closest first, ties by id. */
  readonly hits: readonly Hit[];
  readonly counters: Counters;
  /** Visible records that match the filter; undefined without one, or when they were not counted. */
  readonly filteredCount: number | undefined;
}

/** What is common to the searches of all segments. */
interface DenseSearch {
  readonly query: DenseQuery;
  readonly context: ScanContext;
  readonly need: number;
}

/**
 * Finds the `need` records closest to the query's vector. A graph search below the time of a slice runs to its end without
 * giving up the turn.
 *
 * @param costs  of a segment with a graph; measured on this machine unless a test says otherwise
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function searchDense(
  query: DenseQuery,
  view: View,
  pace: Pace,
  need: number,
  costs = costsOf,
): Promise<DenseResult> {
  const top = createTop(query, view, need);
  const context = createScanContext({ view, top, predicate: query.predicate, pace });
  if (query.filter !== undefined) pace.trace?.enter("filter");
  const matches = query.filter === undefined ? [] : await matchesBySegment(query, view, pace);
  const counts = matches.map((set) => set?.count());
  pace.trace?.enter("plan");
  const plan = planQuery(query, view, need, counts, costs);
  pace.trace?.begin(plan, need, context.counters);
  const outcomes: (SegmentOutcome | undefined)[] = [];
  for (const [i, segmentPlan] of plan.entries()) {
    // Records without a vector are near to nothing.
    if (view.segments[i]!.segment.dimension === 0) outcomes.push(undefined);
    else outcomes.push(await searchSegment({ query, context, need }, segmentPlan, i, matches[i]));
  }
  const filteredCount = query.filter === undefined ? undefined : sumOf(view, counts);
  return { hits: top.drain(), counters: context.counters, filteredCount, ...summarize(view, outcomes) };
}

/** By segment, the visible slots that match; undefined where columns lag far behind. */
export async function matchesBySegment(
  query: Pick<DenseQuery, "filter" | "matchesOf">,
  view: View,
  pace: Pace,
): Promise<(SlotSet | undefined)[]> {
  const matches: (SlotSet | undefined)[] = [];
  for (const [i, segment] of view.segments.entries()) {
    if (segment.segment.dimension === 0 || !isCountable(segment)) matches.push(undefined);
    else matches.push(await (query.matchesOf?.(i) ?? resolveMatches(query, view, i, pace)));
  }
  return matches;
}

/** Returns how the segment was searched in the end: scanned whole when its graph could not find enough. */
async function searchSegment(
  search: DenseSearch,
  plan: SegmentPlan,
  index: number,
  matches: SlotSet | undefined,
): Promise<SegmentOutcome> {
  const { query, context } = search;
  const { segment, count } = context.view.segments[index]!;
  const prepared = segment.vectors.prepare(query.vector);
  const { graph } = segment;
  if (graph !== undefined && plan.by === "bounds") {
    const without = query.without?.segment === index ? query.without.slot : undefined;
    const { vector } = query;
    await scanByBounds(context, { segmentIndex: index, graph, prepared, vector, need: search.need, without, matches });
    return { strategy: plan.strategy, approximate: false };
  }
  if (matches !== undefined && (graph === undefined || plan.by !== "codes")) {
    await scanMatchesExactly(context, { segmentIndex: index, prepared, matches });
    return { strategy: "filter_scan", approximate: false };
  }
  if (graph === undefined || plan.by !== "codes") {
    await scanRange(context, index, prepared, 0, count);
    // A graph that was given up since the plan leaves a segment without one.
    return { strategy: plan.strategy === "graph" ? "flat_scan" : plan.strategy, approximate: false };
  }
  const task: GraphTask = {
    segmentIndex: index,
    graph,
    prepared,
    vector: query.vector,
    ef: plan.ef,
    need: search.need,
    indexed: Math.min(plan.indexed, graph.indexed),
    without: query.without?.segment === index ? query.without.slot : undefined,
    ahead: query.ahead && ((width) => query.ahead?.(index, width)),
  };
  if (matches === undefined) return searchAll(search, task);
  return searchFiltered(search, plan, {
    ...task,
    matches,
    count: plan.matches ?? matches.count(),
    leastShare: plan.leastShare,
  });
}

/** Searches the graph and what it does not link yet. */
async function searchAll({ query, context, need }: DenseSearch, task: GraphTask): Promise<SegmentOutcome> {
  const complete = searchGraph(context, task);
  await searchTail(context, task);
  if (complete) return { strategy: "graph", approximate: true };
  const { top, view } = context;
  const { segmentIndex, prepared } = task;
  const rest = createTop(query, view, need);
  // Slots the graph did find are met again by the scan, so it fills a heap of its own, then takes over the others.
  await scanRange({ ...context, top: rest }, segmentIndex, prepared, 0, view.segments[segmentIndex]!.count);
  top.replaceSegment(segmentIndex, rest);
  return { strategy: "exact_scan", approximate: false };
}

/** Walks the graph with the filter inside, or compares the codes of all matches: also where the walk finds too few. */
async function searchFiltered({ context }: DenseSearch, plan: SegmentPlan, task: MatchTask): Promise<SegmentOutcome> {
  if (plan.strategy === "filtered_graph" && searchInside(context, task)) {
    if (task.indexed < task.matches.limit) await scanMatchesByCode(context, task, task.indexed);
    return { strategy: "filtered_graph", approximate: true };
  }
  await scanMatchesByCode(context, task, 0);
  return { strategy: "filter_scan", approximate: task.graph.quantization !== "none" };
}

function createTop({ without }: DenseQuery, view: View, need: number): TopK {
  const top = new TopK(need, view);
  if (without !== undefined) top.leaveOut(without);
  return top;
}

/** Undefined when the count of a segment that is searched is missing. */
function sumOf(view: View, counts: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const [i, count] of counts.entries()) {
    if (view.segments[i]!.segment.dimension === 0) continue;
    if (count === undefined) return undefined;
    sum += count;
  }
  return sum;
}
