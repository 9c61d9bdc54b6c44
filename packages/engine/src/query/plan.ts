import { LIMITS } from "../limits.js";
import type { QueryStrategy } from "../model/query.js";
import type { ValidQuery } from "./validate.js";
import type { SegmentView, View } from "./view.js";

/** How one segment is searched, decided before anything runs. */
export interface SegmentPlan {
  readonly strategy: Exclude<QueryStrategy, "empty">;
  /** Slots searched by the graph; those from here to the view's count are scanned. */
  readonly indexed: number;
}

/** All decisions of a query, as a value: execution makes none. */
export interface Plan {
  readonly segments: readonly SegmentPlan[];
  /** That of the segment with most slots. */
  readonly strategy: QueryStrategy;
  /** True when a closer record may be missed. */
  readonly approximate: boolean;
}

/** Decides how a query runs on a view. */
export function planQuery(query: ValidQuery, view: View): Plan {
  const segments = view.segments.map((segment) => planSegment(query, segment));
  const strategies = segments.map(({ strategy }) => strategy);
  const { strategy, approximate } = summarize(view, strategies);
  return { segments, strategy, approximate };
}

/** What the strategies of the segments mean for the whole answer, as planned or as it came to be. */
export function summarize(
  view: View,
  strategies: readonly SegmentPlan["strategy"][],
): Pick<Plan, "strategy" | "approximate"> {
  let largest = -1;
  view.segments.forEach(({ count }, i) => {
    if (largest < 0 || count > view.segments[largest]!.count) largest = i;
  });
  return { strategy: strategies[largest] ?? "empty", approximate: strategies.includes("graph") };
}

function planSegment(query: ValidQuery, { segment, count }: SegmentView): SegmentPlan {
  if (query.exact) return { strategy: "exact_scan", indexed: 0 };
  if (query.predicate !== undefined) return { strategy: "filter_scan", indexed: 0 };
  const indexed = Math.min(segment.indexed, count);
  const pool = query.offset + query.limit;
  // Above that many candidates the sorted pool of the core costs more than a scan.
  if (indexed === 0 || pool > LIMITS.efMax) return { strategy: "flat_scan", indexed: 0 };
  return { strategy: "graph", indexed };
}
