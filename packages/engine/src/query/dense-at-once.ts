import type { DenseQuery } from "./dense.js";
import { searchGraph, TAIL_SLOTS_MIN } from "./graph-search.js";
import type { Hit } from "./hydrate.js";
import type { Pace } from "./pace.js";
import { planQuery, type SegmentPlan, summarize } from "./plan.js";
import type { SearchWidth } from "./reach.js";
import { BLOCK_SLOTS, type Counters, compareBlock, createScanContext, type ScanContext } from "./scan.js";
import { TopK } from "./top-k.js";
import type { SegmentView, View } from "./view.js";

/** What was found in one turn; without hits when that was not possible, and then with what the attempt cost. */
export type AtOnce =
  | ({ readonly hits: readonly Hit[]; readonly counters: Counters } & ReturnType<typeof summarize>)
  | { readonly hits: undefined; readonly counters: Counters };

/**
 * As `searchDense` of a query without a filter, in this turn and without a promise: where every segment has a graph that links all but
 * few of its slots, or is small. It is how nearly all queries are answered.
 */
export function searchDenseAtOnce(query: DenseQuery, view: View, pace: Pace, need: number): AtOnce {
  const top = new TopK(need, view);
  const context = createScanContext({ view, top, predicate: undefined, pace });
  const { counters } = context;
  const plan = planQuery(query, view, need);
  for (let i = 0; i < plan.length; i++) if (!isShort(view.segments[i]!, plan[i]!)) return { hits: undefined, counters };
  const outcomes = [];
  for (let i = 0; i < plan.length; i++) {
    const outcome = view.segments[i]!.segment.dimension === 0 ? undefined : plan[i]!;
    if (outcome !== undefined && !searchSegment(context, query, outcome, i, need)) return { hits: undefined, counters };
    outcomes.push(outcome && { strategy: outcome.strategy, approximate: outcome.strategy === "graph" });
  }
  return { hits: top.drain(), counters, ...summarize(view, outcomes) };
}

/** Whether what is not searched by the graph is little, and in memory. */
function isShort({ segment, count }: SegmentView, { strategy, indexed }: SegmentPlan): boolean {
  if (segment.dimension === 0) return true;
  // A longer tail of a graph is compared by codes.
  const most = strategy === "graph" ? TAIL_SLOTS_MIN - 1 : BLOCK_SLOTS;
  return count - indexed <= most && segment.vectors.storedCount <= indexed;
}

/** Returns false when the graph cannot find enough. */
function searchSegment(
  context: ScanContext,
  query: DenseQuery,
  plan: SegmentPlan,
  segmentIndex: number,
  need: number,
): boolean {
  const { segment, count } = context.view.segments[segmentIndex]!;
  const { graph } = segment;
  const { vector } = query;
  const prepared = segment.vectors.prepare(vector);
  if (graph !== undefined && plan.strategy === "graph") {
    const { ef, indexed } = plan;
    const ahead = query.ahead && ((width: SearchWidth) => query.ahead?.(segmentIndex, width));
    const task = { segmentIndex, graph, prepared, vector, ef, need, indexed, without: undefined, ahead };
    if (!searchGraph(context, task)) return false;
  }
  if (plan.indexed < count) compareBlock(context, segmentIndex, prepared, plan.indexed, count);
  return true;
}
