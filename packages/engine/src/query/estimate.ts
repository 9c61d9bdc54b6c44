import type { QueryEstimate } from "../model/explain.js";
import { matchesBySegment } from "./dense.js";
import { explainPlans } from "./explain.js";
import { firstNeed } from "./groups.js";
import { type Bounds, Pace } from "./pace.js";
import { planQuery, type SegmentPlan } from "./plan.js";
import { QueryRun } from "./run.js";
import type { ValidQuery } from "./validate.js";
import { candidatesFor } from "./validate-fusion.js";
import type { View } from "./view.js";

/**
 * Says what a query is going to do, without searching.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED; RECORD_NOT_FOUND when the query names a record that the view does not see
 * Cost: with a filter, that of counting its matches.
 */
export async function estimateQuery(query: ValidQuery, view: View, bounds: Bounds): Promise<QueryEstimate> {
  const pace = new Pace(bounds);
  await pace.begin();
  const run = new QueryRun(query, view, pace);
  const need = needOf(query);
  return explainPlans(run, query.dense === undefined ? [] : await planDense(run, need), need);
}

async function planDense(run: QueryRun, need: number): Promise<readonly SegmentPlan[]> {
  const { query, view, pace } = run;
  if (query.filter === undefined) return planQuery(query, view, need);
  const matchesOf = (segment: number) => run.matchesOf(segment);
  const matches = await matchesBySegment({ filter: query.filter, matchesOf }, view, pace);
  return planQuery(
    query,
    view,
    need,
    matches.map((set) => set?.count()),
  );
}

/** Results that the search by a dense vector looks for at first. */
function needOf(query: ValidQuery): number {
  const { groups, diversity, sparse, text, fusion, offset, limit } = query;
  const need = groups !== undefined ? firstNeed(query, groups) : (diversity?.candidates ?? offset + limit);
  return sparse === undefined && text === undefined ? need : (fusion.candidates ?? candidatesFor(need));
}
