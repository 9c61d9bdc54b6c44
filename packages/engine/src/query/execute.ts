import type { QueryStats } from "../model/query.js";
import { type DenseResult, searchDense } from "./dense.js";
import { aboveThreshold, type Hit } from "./hydrate.js";
import { vectorOfRecord } from "./locate.js";
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
 * Runs a query on a view: the search, then threshold and offset.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED; RECORD_NOT_FOUND when the query names a record that the view does not see
 */
export async function executeQuery(query: ValidQuery, view: View, bounds: Bounds): Promise<Execution> {
  const startedMs = performance.now();
  const found = await search(query, view, new Pace(bounds), query.offset + query.limit);
  const hits = aboveThreshold(view.metric, found.hits, query.scoreThreshold).slice(query.offset);
  return { hits, stats: statsOf(query, view, found, hits, performance.now() - startedMs) };
}

/** Searches each way that the query asks for. */
function search(query: ValidQuery, view: View, pace: Pace, need: number): Promise<DenseResult> {
  const vector = query.dense.vector ?? vectorOfRecord(view, query.dense.id);
  return searchDense({ ...query, vector }, view, pace, need);
}

function statsOf(
  query: ValidQuery,
  view: View,
  found: DenseResult,
  hits: readonly Hit[],
  durationMs: number,
): Execution["stats"] {
  const { candidates, nodesVisited, distanceComputations } = found.counters;
  return {
    strategy: found.strategy,
    candidates,
    nodesVisited,
    distanceComputations,
    approximate: found.approximate,
    durationMs,
    cacheHit: false,
    exhausted: hits.length < query.limit,
    segments: view.segments.length,
  };
}
