import { LIMITS } from "../limits.js";
import type { QueryStrategy } from "../model/query.js";
import type { ValidQuery } from "./validate.js";
import type { SegmentView, View } from "./view.js";

/** What a plan depends on. */
export type PlannedQuery = Pick<ValidQuery, "exact" | "predicate">;

/** How one segment is searched, decided before anything runs. */
export interface SegmentPlan {
  readonly strategy: Exclude<QueryStrategy, "empty">;
  /** Slots searched by the graph; those from here to the view's count are scanned. */
  readonly indexed: number;
}

/** How the whole answer was found. */
export interface Summary {
  /** That of the segment with most slots. */
  readonly strategy: QueryStrategy;
  /** True when a closer record may have been missed. */
  readonly approximate: boolean;
}

/**
 * Decides how each segment of a view is searched, all before the first is.
 *
 * @param need  results wanted of all segments together
 */
export function planQuery(query: PlannedQuery, view: View, need: number): readonly SegmentPlan[] {
  return view.segments.map((segment) => planSegment(query, segment, need));
}

/**
 * What the strategies that the segments were searched by in the end mean for the whole answer.
 *
 * @param strategies  by segment; undefined for one that was not searched
 */
export function summarize(view: View, strategies: readonly (SegmentPlan["strategy"] | undefined)[]): Summary {
  let largest = -1;
  view.segments.forEach(({ count }, i) => {
    if (strategies[i] === undefined) return;
    if (largest < 0 || count > view.segments[largest]!.count) largest = i;
  });
  return { strategy: strategies[largest] ?? "empty", approximate: strategies.includes("graph") };
}

function planSegment(query: PlannedQuery, { segment, count }: SegmentView, need: number): SegmentPlan {
  if (query.exact) return { strategy: "exact_scan", indexed: 0 };
  if (query.predicate !== undefined) return { strategy: "filter_scan", indexed: 0 };
  const indexed = Math.min(segment.indexed, count);
  // Above that many candidates the sorted pool of the core costs more than a scan.
  if (indexed === 0 || need > LIMITS.efMax) return { strategy: "flat_scan", indexed: 0 };
  return { strategy: "graph", indexed };
}
