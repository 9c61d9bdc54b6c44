import type { QueryStats } from "../model/query.js";
import { searchDense } from "./dense.js";
import { aboveThreshold, type Hit } from "./hydrate.js";
import { type Bounds, Pace } from "./pace.js";
import type { ValidQuery } from "./validate.js";
import type { View } from "./view.js";

/** The places of the results, closest first, and what finding them took. */
export interface Execution {
  readonly hits: readonly Hit[];
  /** The caller's to finish: `durationMs` covers the search, not yet the reading of the records. */
  readonly stats: { -readonly [K in keyof QueryStats]: QueryStats[K] };
}

/**
 * Runs a query on a view.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function executeQuery(query: ValidQuery, view: View, bounds: Bounds): Promise<Execution> {
  const startedMs = performance.now();
  const found = await searchDense(query, view, new Pace(bounds), query.offset + query.limit);
  const hits = aboveThreshold(view.metric, found.hits.slice(query.offset), query.scoreThreshold);
  const { candidates, nodesVisited, distanceComputations } = found.counters;
  const stats: Execution["stats"] = {
    strategy: found.strategy,
    candidates,
    nodesVisited,
    distanceComputations,
    approximate: found.approximate,
    durationMs: performance.now() - startedMs,
    cacheHit: false,
    exhausted: hits.length < query.limit,
    segments: view.segments.length,
  };
  return { hits, stats };
}
