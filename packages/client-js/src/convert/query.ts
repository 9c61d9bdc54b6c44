import { invalidArgument } from "../errors.js";
import {
  FusionMethod,
  type QueryExplain,
  type QueryRequest,
  type QueryResponse,
  type QueryResult,
  type QueryResultExplain,
  type Diversity as WireDiversity,
  type Fusion as WireFusion,
  type QueryPlan as WirePlan,
  type QueryStats as WireStats,
  QueryStrategy as WireStrategy,
} from "../gen/vecstore/v1/query_pb.js";
import type {
  Diversity,
  Fusion,
  HitExplanation,
  QueryExplanation,
  QueryHit,
  QueryParameters,
  QueryPlan,
  QueryResults,
  QuerySource,
  QueryStats,
  QueryStrategy,
} from "../model/query.js";
import type { VectorInput } from "../model/record.js";
import type { Init } from "../wire/schema.js";
import { toFilterFields } from "./filter.js";
import { toUint32 } from "./number.js";
import { fromSparse, toSparse } from "./record.js";
import { toId, toUtf8Safe } from "./text.js";
import { fromVector, toVectorBytes } from "./vector.js";

const STRATEGIES: Readonly<Partial<Record<WireStrategy, QueryStrategy>>> = {
  [WireStrategy.EMPTY]: "empty",
  [WireStrategy.FLAT_SCAN]: "flat_scan",
  [WireStrategy.GRAPH]: "graph",
  [WireStrategy.EXACT_SCAN]: "exact_scan",
  [WireStrategy.FILTER_SCAN]: "filter_scan",
  [WireStrategy.FILTERED_GRAPH]: "filtered_graph",
  [WireStrategy.INVERTED_INDEX]: "inverted_index",
  [WireStrategy.FUSED]: "fused",
};

const FUSION_METHODS = {
  reciprocal_rank: FusionMethod.RECIPROCAL_RANK,
  weighted: FusionMethod.WEIGHTED,
} as const;

/**
 * Turns a query into its message.
 *
 * @param source      a vector, or what else to look for
 * @param parameters  unset ones are left to the server
 * @throws VecStoreError invalid_argument for what the message cannot hold
 */
export function toQuery(
  source: VectorInput | QuerySource,
  parameters: QueryParameters,
  namespace: string,
): Init<QueryRequest> {
  return {
    namespace,
    ...toSource(source),
    ...toFilterFields(parameters.filter),
    limit: toUint32(parameters.limit, "limit"),
    efSearch: toUint32(parameters.efSearch, "efSearch"),
    recallTarget: parameters.recallTarget,
    exact: parameters.exact,
    scoreThreshold: parameters.scoreThreshold,
    offset: toUint32(parameters.offset, "offset"),
    groupBy: parameters.groupBy,
    groupSize: toUint32(parameters.groupSize, "groupSize"),
    diversity: parameters.diversity && toDiversity(parameters.diversity),
    fusion: parameters.fusion && toFusion(parameters.fusion),
    includeMetadata: parameters.includeMetadata,
    includeVector: parameters.includeVector,
    includeText: parameters.includeText,
    explain: parameters.explain,
  };
}

/** Turns an answer into an array of hits that carries its stats. */
export function fromQueryResponse<M extends object>(response: QueryResponse): QueryResults<M> {
  const hits = response.results.map((result) => fromResult<M>(result));
  // Not enumerable, so that printing, comparing and JSON.stringify see an ordinary array.
  Object.defineProperty(hits, "stats", { value: fromStats(response.stats) });
  if (response.explain) Object.defineProperty(hits, "explain", { value: fromExplain(response.explain) });
  return hits as QueryResults<M>;
}

/** Turns one result into a hit that the caller owns. */
export function fromResult<M extends object>(result: QueryResult): QueryHit<M> {
  const { id, score, distance, version, metadata, vector, sparse, text, explain } = result;
  return {
    id,
    score,
    ...(distance !== undefined && { distance }),
    version,
    ...(metadata !== undefined && { metadata: metadata as M }),
    ...(vector.length > 0 && { vector: fromVector(vector) }),
    ...(sparse !== undefined && { sparse: fromSparse(sparse) }),
    ...(text !== undefined && { text }),
    ...(explain !== undefined && { explain: fromResultExplain(explain) }),
  };
}

/** Turns the stats of an answer; a server that sends none gets zeros and the strategy `unknown`. */
export function fromStats(stats: WireStats | undefined): QueryStats {
  const filteredCount = stats?.filteredCount;
  return {
    strategy: fromStrategy(stats?.strategy),
    candidates: stats?.candidates ?? 0,
    ...(filteredCount !== undefined && { filteredCount }),
    nodesVisited: stats?.nodesVisited ?? 0,
    distanceComputations: stats?.distanceComputations ?? 0,
    durationMs: stats?.durationMs ?? 0,
    cacheHit: stats?.cacheHit ?? false,
    approximate: stats?.approximate ?? false,
    exhausted: stats?.exhausted ?? false,
    segments: stats?.segments ?? 0,
  };
}

/** Turns the explanation of an answer. */
export function fromExplain(explain: QueryExplain): QueryExplanation {
  return {
    plan: explain.plan && fromPlan(explain.plan),
    rejectedPlans: explain.rejectedPlans.map(fromPlan),
    stages: explain.stages.map(({ name, durationMs }) => ({ name, durationMs })),
  };
}

function toSource(source: VectorInput | QuerySource) {
  if (typeof source !== "object" || source === null)
    throw invalidArgument("a query takes a vector, or {vector, id, sparse, text}", "MISSING_QUERY");
  if (isVector(source)) return { vectorF32: toVectorBytes(source, "vector") };
  const { vector, id, sparse, text } = source;
  return {
    vectorF32: vector === undefined ? undefined : toVectorBytes(vector, "vector"),
    id: id === undefined ? undefined : toId(id, "id"),
    sparse: sparse === undefined ? undefined : toSparse(sparse, "sparse"),
    text: text === undefined ? undefined : toUtf8Safe(text, "text"),
  };
}

function isVector(source: VectorInput | QuerySource): source is VectorInput {
  return Array.isArray(source) || ArrayBuffer.isView(source);
}

function toFusion(fusion: Fusion): Init<WireFusion> {
  const method = fusion.method && FUSION_METHODS[fusion.method];
  if (fusion.method !== undefined && method === undefined)
    throw invalidArgument(`fusion.method is ${JSON.stringify(fusion.method)}; use reciprocal_rank or weighted`);
  return {
    method,
    rankConstant: toUint32(fusion.rankConstant, "fusion.rankConstant"),
    alpha: fusion.alpha,
    candidates: toUint32(fusion.candidates, "fusion.candidates"),
  };
}

function toDiversity({ lambda, candidates }: Diversity): Init<WireDiversity> {
  return { lambda, candidates: toUint32(candidates, "diversity.candidates") };
}

function fromStrategy(strategy: WireStrategy | undefined): QueryStrategy {
  return (strategy !== undefined && STRATEGIES[strategy]) || "unknown";
}

function fromPlan(plan: WirePlan): QueryPlan {
  const { strategy, reason, efSearch, selectivity } = plan;
  return {
    strategy: fromStrategy(strategy),
    reason,
    efSearch,
    estimatedDistanceComputations: plan.estimatedDistanceComputations,
    minDistanceComputations: plan.minDistanceComputations,
    maxDistanceComputations: plan.maxDistanceComputations,
    ...(selectivity !== undefined && {
      selectivity: { min: selectivity.min, expected: selectivity.expected, max: selectivity.max },
    }),
  };
}

function fromResultExplain(explain: QueryResultExplain): HitExplanation {
  const { vectorDistance, sparseScore, textScore, filterMatched } = explain;
  return {
    ...(vectorDistance !== undefined && { vectorDistance }),
    ...(sparseScore !== undefined && { sparseScore }),
    ...(textScore !== undefined && { textScore }),
    ...(filterMatched !== undefined && { filterMatched }),
  };
}
