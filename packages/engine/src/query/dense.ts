import { LIMITS } from "../limits.js";
import { type GraphTask, searchGraph, searchTail } from "./graph-search.js";
import type { Hit } from "./hydrate.js";
import type { Pace } from "./pace.js";
import { planQuery, type SegmentPlan, type Summary, summarize } from "./plan.js";
import { type Counters, createScanContext, type ScanContext, scanRange } from "./scan.js";
import { TopK } from "./top-k.js";
import type { ValidQuery } from "./validate.js";
import type { View } from "./view.js";

/** What the search by a dense vector needs of a query. */
export interface DenseQuery extends Pick<ValidQuery, "ef" | "exact" | "predicate"> {
  /** f32[dimension] */
  readonly vector: Float32Array;
  /** A slot that is not searched for, as though it had never been written; for the measure of recall. */
  readonly without?: { readonly segment: number; readonly slot: number };
}

/** What a search by a dense vector found. */
export interface DenseResult extends Summary {
  /** At most `need`, closest first, ties by id. */
  readonly hits: readonly Hit[];
  readonly counters: Counters;
}

/**
 * Finds the `need` records closest to the query's vector. A graph search below the time of a slice runs to its end without
 * giving up the turn.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function searchDense(query: DenseQuery, view: View, pace: Pace, need: number): Promise<DenseResult> {
  const top = createTop(query, view, need);
  const context = createScanContext({ view, top, predicate: query.predicate, pace });
  const plan = planQuery(query, view, need);
  const strategies: (SegmentPlan["strategy"] | undefined)[] = [];
  for (const [i, segmentPlan] of plan.entries()) {
    // Records without a vector are near to nothing.
    if (view.segments[i]!.segment.dimension === 0) strategies.push(undefined);
    else strategies.push(await searchSegment(context, segmentPlan, query, need, i));
  }
  return { hits: top.drain(), counters: context.counters, ...summarize(view, strategies) };
}

/** Returns how the segment was searched in the end: scanned whole when its graph could not find enough. */
async function searchSegment(
  context: ScanContext,
  plan: SegmentPlan,
  query: DenseQuery,
  need: number,
  index: number,
): Promise<SegmentPlan["strategy"]> {
  const { segment, count } = context.view.segments[index]!;
  const { strategy } = plan;
  const prepared = segment.vectors.prepare(query.vector);
  const graph = segment.graph;
  if (strategy !== "graph" || graph === undefined) {
    await scanRange(context, index, prepared, 0, count);
    // A graph that was given up since the plan leaves a segment without one.
    return strategy === "graph" ? "flat_scan" : strategy;
  }
  const indexed = Math.min(plan.indexed, graph.indexed);
  const ef = Math.max(query.ef, Math.min(need, LIMITS.efMax));
  const without = query.without?.segment === index ? query.without.slot : undefined;
  const task: GraphTask = { segmentIndex: index, graph, prepared, vector: query.vector, ef, need, indexed, without };
  const complete = searchGraph(context, task);
  await searchTail(context, task);
  if (complete) return "graph";
  const { top, view } = context;
  const rest = createTop(query, view, need);
  // Slots the graph did find are met again by the scan, so it fills a heap of its own, then takes over the others.
  await scanRange({ ...context, top: rest }, index, prepared, 0, count);
  top.replaceSegment(index, rest);
  return "exact_scan";
}

function createTop({ without }: DenseQuery, view: View, need: number): TopK {
  const top = new TopK(need, view);
  if (without !== undefined) top.leaveOut(without);
  return top;
}
