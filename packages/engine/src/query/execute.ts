import type { QueryStats } from "../model/query.js";
import { type GraphTask, searchGraph, searchTail } from "./graph-search.js";
import { aboveThreshold, type Hit } from "./hydrate.js";
import { type Bounds, Pace } from "./pace.js";
import { planQuery, type SegmentPlan, summarize } from "./plan.js";
import { createScanContext, type ScanContext, scanRange } from "./scan.js";
import { TopK } from "./top-k.js";
import type { ValidQuery } from "./validate.js";
import type { View } from "./view.js";

/** The places of the results, closest first, and what finding them took. */
export interface Execution {
  readonly hits: readonly Hit[];
  /** The caller's to finish: `durationMs` covers the search, not yet the reading of the records. */
  readonly stats: { -readonly [K in keyof QueryStats]: QueryStats[K] };
}

/**
 * Runs a query on a view. A graph search below the time of a slice runs to its end without giving up the turn.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function executeQuery(query: ValidQuery, view: View, bounds: Bounds): Promise<Execution> {
  const startedMs = performance.now();
  const pace = new Pace(bounds);
  const top = new TopK(query.offset + query.limit, view);
  const context = createScanContext({ view, top, predicate: query.predicate, pace });
  const plan = planQuery(query, view);
  const strategies: SegmentPlan["strategy"][] = [];
  for (const [i, segmentPlan] of plan.entries()) strategies.push(await searchSegment(context, segmentPlan, query, i));
  const found = top.drain().slice(query.offset);
  const hits = aboveThreshold(view.metric, found, query.scoreThreshold);
  const { candidates, nodesVisited, distanceComputations } = context.counters;
  const { strategy, approximate } = summarize(view, strategies);
  const stats: Execution["stats"] = {
    strategy,
    candidates,
    nodesVisited,
    distanceComputations,
    approximate,
    durationMs: performance.now() - startedMs,
    cacheHit: false,
    exhausted: hits.length < query.limit,
    segments: view.segments.length,
  };
  return { hits, stats };
}

/** Returns how the segment was searched in the end: scanned whole when its graph could not find enough. */
async function searchSegment(
  context: ScanContext,
  plan: SegmentPlan,
  query: ValidQuery,
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
  const need = query.offset + query.limit;
  const task: GraphTask = { segmentIndex: index, graph, prepared, vector: query.vector, ef: query.ef, need, indexed };
  const complete = searchGraph(context, task);
  await searchTail(context, task);
  if (complete) return "graph";
  const { top, view } = context;
  const rest = new TopK(need, view);
  // Slots the graph did find are met again by the scan, so it fills a heap of its own, then takes over the others.
  await scanRange({ ...context, top: rest }, index, prepared, 0, count);
  top.replaceSegment(index, rest);
  return "exact_scan";
}
