import type { SlotSet } from "../core/slot-set.js";
import { costsOf } from "./costs.js";
import type { DenseQuery } from "./dense.js";
import { searchGraph, TAIL_SLOTS_MIN } from "./graph-search.js";
import type { Hit } from "./hydrate.js";
import {
  compareMatchesAtOnce,
  MATCHES_PER_TURN,
  type MatchTask,
  scanMatchesAtOnce,
  searchInside,
} from "./match-search.js";
import type { Pace } from "./pace.js";
import { planQuery, type SegmentOutcome, type SegmentPlan, type Summary, summarize } from "./plan.js";
import type { SearchWidth } from "./reach.js";
import { BLOCK_SLOTS, type Counters, compareBlock, createScanContext, type ScanContext } from "./scan.js";
import { TopK } from "./top-k.js";
import type { SegmentView, View } from "./view.js";

/** What was found in one turn; without hits when that was not possible, and then with what the attempt cost. */
export type AtOnce =
  | (Summary & {
      readonly hits: readonly Hit[];
      readonly counters: Counters;
      /** Visible records that match the filter; undefined without one. */
      readonly filteredCount: number | undefined;
    })
  | { readonly hits: undefined; readonly counters: Counters };

/**
 * As `searchDense`, in this turn and without a promise: where every segment has a graph that links all but few of its slots, or is small,
 * or few of its records match. It is how nearly all queries are answered.
 *
 * @param matches  by segment, the visible slots that match; undefined without a filter
 * @param costs    of a segment with a graph; measured on this machine unless a test says otherwise
 */
export function searchDenseAtOnce(
  query: DenseQuery,
  view: View,
  pace: Pace,
  need: number,
  matches: readonly (SlotSet | undefined)[] | undefined,
  costs = costsOf,
): AtOnce {
  const top = new TopK(need, view);
  const context = createScanContext({ view, top, predicate: undefined, pace });
  const { counters } = context;
  const plan = planQuery(query, view, need, matches?.map(countOf), costs);
  for (let i = 0; i < plan.length; i++) if (!isShort(view.segments[i]!, plan[i]!)) return { hits: undefined, counters };
  const outcomes: (SegmentOutcome | undefined)[] = [];
  for (let i = 0; i < plan.length; i++) {
    const isSearched = view.segments[i]!.segment.dimension > 0;
    const outcome = isSearched
      ? searchSegment(context, { query, plan: plan[i]!, need, matches: matches?.[i] }, i)
      : undefined;
    if (isSearched && outcome === undefined) return { hits: undefined, counters };
    outcomes.push(outcome);
  }
  const filteredCount = matches?.reduce((sum, set) => sum + (set?.count() ?? 0), 0);
  return { hits: top.drain(), counters, filteredCount, ...summarize(view, outcomes) };
}

function countOf(matches: SlotSet | undefined): number | undefined {
  return matches?.count();
}

/** Components of vectors compared in one turn under a filter: some tenths of a millisecond. */
const COMPONENTS_MAX = 1 << 20;

/** Whether what is not searched by the graph is little, and in memory. */
function isShort({ segment, count }: SegmentView, { strategy, by, indexed, matches }: SegmentPlan): boolean {
  const { dimension, graph, vectors } = segment;
  if (dimension === 0) return true;
  if (by === "bounds") return false;
  if (matches === undefined) {
    // A longer tail of a graph is compared by codes.
    const most = strategy === "graph" ? TAIL_SLOTS_MIN - 1 : BLOCK_SLOTS;
    return count - indexed <= most && vectors.storedCount <= indexed;
  }
  if (by === "vectors") return matches * dimension <= COMPONENTS_MAX && vectors.storedCount === 0;
  const coded = graph?.count ?? 0;
  if (count - coded > BLOCK_SLOTS || vectors.storedCount > coded) return false;
  return strategy === "filtered_graph" ? count - indexed <= MATCHES_PER_TURN : matches <= MATCHES_PER_TURN;
}

interface SegmentSearch {
  readonly query: DenseQuery;
  readonly plan: SegmentPlan;
  readonly need: number;
  readonly matches: SlotSet | undefined;
}

/** Returns how the segment was searched in the end; undefined when that would take longer. */
function searchSegment(
  context: ScanContext,
  { query, plan, need, matches }: SegmentSearch,
  segmentIndex: number,
): SegmentOutcome | undefined {
  const { segment, count } = context.view.segments[segmentIndex]!;
  const { graph } = segment;
  const { vector } = query;
  const prepared = segment.vectors.prepare(vector);
  if (matches !== undefined && plan.by === "vectors") {
    compareMatchesAtOnce(context, { segmentIndex, prepared, matches });
    return { strategy: plan.strategy, approximate: false };
  }
  if (graph !== undefined && plan.by === "codes") {
    const { ef, indexed, leastShare } = plan;
    const ahead = query.ahead && ((width: SearchWidth) => query.ahead?.(segmentIndex, width));
    const task = { segmentIndex, graph, prepared, vector, ef, need, indexed, without: undefined, ahead };
    if (matches !== undefined)
      return searchMatches(context, plan, { ...task, matches, count: matches.count(), leastShare });
    if (!searchGraph(context, task)) return undefined;
  }
  if (plan.indexed < count) compareBlock(context, segmentIndex, prepared, plan.indexed, count);
  return { strategy: plan.strategy, approximate: plan.strategy === "graph" };
}

/** Walks the graph with the filter inside, or compares the codes of the matches, also where the walk finds too few. */
function searchMatches(context: ScanContext, plan: SegmentPlan, task: MatchTask): SegmentOutcome | undefined {
  if (plan.strategy === "filtered_graph" && searchInside(context, task)) {
    if (task.indexed < task.matches.limit) scanMatchesAtOnce(context, task, task.indexed);
    return { strategy: "filtered_graph", approximate: true };
  }
  if (task.count > MATCHES_PER_TURN) return undefined;
  scanMatchesAtOnce(context, task, 0);
  return { strategy: "filter_scan", approximate: task.graph.quantization !== "none" };
}
