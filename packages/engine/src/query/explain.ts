import type { Estimate, HitExplain, QueryEstimate, QueryExplain, QueryPlan } from "../model/explain.js";
import type { QueryHit } from "../model/query.js";
import { costsOf } from "./costs.js";
import type { Execution } from "./execute.js";
import { type Hit, scoreOf } from "./hydrate.js";
import type { SegmentPlan } from "./plan.js";
import { rejectedPlans } from "./rejected-plans.js";
import type { QueryRun } from "./run.js";
import { selectivityOf } from "./selectivity.js";
import type { Trace } from "./trace.js";

/** An execution of a query that asks to be explained. */
export type Traced = Omit<Execution, "trace"> & { readonly trace: Trace };

/** Says how a query was answered, and how long each stage took until now. */
export async function explainRun({ trace, run }: Pick<Traced, "trace" | "run">): Promise<QueryExplain> {
  const stages = trace.stages();
  return { ...(await explainPlans(run, trace.plans, trace.need)), stages };
}

/** Says of each result where it came from. */
export function explainResults(
  { hits, trace, run }: Pick<Traced, "hits" | "trace" | "run">,
  results: readonly QueryHit[],
): QueryHit[] {
  const found = trace.ways.map(({ hits: candidates }) => {
    const distances = new Map<string, number>();
    for (const { segment, slot, distance } of candidates) distances.set(`${segment}/${slot}`, distance);
    return distances;
  });
  return results.map((result, i) => ({ ...result, explain: explainHit(run, trace, found, hits[i]!) }));
}

function explainHit(
  { query, view, scale }: QueryRun,
  { ways }: Trace,
  found: readonly ReadonlyMap<string, number>[],
  { segment, slot, distance }: Hit,
): HitExplain {
  const explain: { -readonly [K in keyof HitExplain]: HitExplain[K] } = {};
  // Groups and diverse results may be none of the last list, but are as far as they say.
  if (scale !== "score") explain.vectorDistance = scoreOf(scale, distance).distance!;
  for (const [i, { kind }] of ways.entries()) {
    const own = found[i]!.get(`${segment}/${slot}`);
    if (own === undefined) continue;
    if (kind === "dense") explain.vectorDistance = scoreOf(view.metric, own).distance!;
    else explain[kind === "sparse" ? "sparseScore" : "textScore"] = scoreOf("score", own).score;
  }
  if (query.predicate !== undefined)
    explain.filterMatched = query.predicate(view.segments[segment]!.segment.metadataOf(slot));
  return explain;
}

/**
 * Says what the plans of a query are, and which others there are.
 *
 * @param plans  of the search by a dense vector, by segment; none without one
 * @param need   results that it looks for
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function explainPlans(
  run: QueryRun,
  plans: readonly SegmentPlan[],
  need: number,
  costs = costsOf,
): Promise<QueryEstimate> {
  const searched = plans.flatMap((plan, i) => (run.view.segments[i]!.segment.dimension > 0 ? [{ plan, i }] : []));
  const countOf = (i: number) => run.view.segments[i]!.count;
  const [largest] = searched.toSorted((a, b) => countOf(b.i) - countOf(a.i));
  const selectivity = await selectivityOf(run);
  const rejected = largest === undefined ? [] : rejectedPlans(run, largest.i, need, largest.plan, costs);
  const distances = sumOf(searched.map(({ plan }) => plan.distances));
  return {
    plan: withSelectivity({ ...choose(run, largest?.plan), efSearch: largest?.plan.ef ?? 0, distances }, selectivity),
    rejectedPlans: rejected.map(({ strategy, reason, ef, distances: own }) =>
      withSelectivity({ strategy, reason, efSearch: ef, distances: own }, selectivity),
    ),
  };
}

function withSelectivity(plan: QueryPlan, selectivity: Estimate | undefined): QueryPlan {
  return selectivity === undefined ? plan : { ...plan, selectivity };
}

function choose({ query, view }: QueryRun, largest: SegmentPlan | undefined): Pick<QueryPlan, "strategy" | "reason"> {
  const { dense, sparse, text } = query;
  const ways = [dense && "vectors", sparse && "sparse vectors", text !== undefined && "texts"].filter(Boolean);
  if (view.segments.length === 0) return { strategy: "empty", reason: "there are no records" };
  if (ways.length > 1) {
    const ofVectors = largest === undefined ? "" : `; vectors: ${largest.strategy}, as ${largest.reason}`;
    return { strategy: "fused", reason: `the query looks for ${ways.join(" and ")}${ofVectors}` };
  }
  if (dense === undefined) {
    return { strategy: "inverted_index", reason: `${ways[0]} are found by the lists of what they hold` };
  }
  if (largest === undefined) return { strategy: "empty", reason: "no record has a vector" };
  return { strategy: largest.strategy, reason: largest.reason };
}

function sumOf(estimates: readonly Estimate[]): Estimate {
  const sum = { min: 0, expected: 0, max: 0 };
  for (const { min, expected, max } of estimates) {
    sum.min += min;
    sum.expected += expected;
    sum.max += max;
  }
  return sum;
}
