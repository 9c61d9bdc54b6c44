import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type Fusion as EngineFusion,
  type QueryRequest as EngineQuery,
  type QueryStats as EngineStats,
  type Projection,
  type QueryAnswer,
  type QueryHit,
  type QueryObserver,
  VecstoreError,
} from "@vecstore/engine";
import {
  type Fusion,
  FusionMethod,
  type QueryRequest,
  type QueryResponseSchema,
  type QueryResultSchema,
  type QueryStatsSchema,
} from "../../gen/vecstore/v1/query_pb.js";
import { explainToWire } from "./explain.js";
import { filterFromWire } from "./filter.js";
import { toUint64 } from "./numbers.js";
import { metadataToWire } from "./record.js";
import { STRATEGIES } from "./strategies.js";
import { sparseToWire, vectorFromWire, vectorToWire } from "./vector.js";

/** The three fields that every read shares. */
export interface ProjectionFields {
  readonly includeMetadata?: boolean;
  readonly includeVector?: boolean;
  readonly includeText?: boolean;
}

/** Absent stays absent: the defaults are the engine's. */
export function projectionFromWire({ includeMetadata, includeVector, includeText }: ProjectionFields): Projection {
  return { includeMetadata, includeVector, includeText };
}

/** How a query ends early. */
export interface Ending {
  readonly signal: AbortSignal;
  readonly deadlineMs: number | undefined;
}

/** A query. `path` names it in errors, for example `queries[3]`; the observer is told how it goes. */
export function queryFromWire(
  request: QueryRequest,
  path: string,
  { signal, deadlineMs }: Ending,
  observer?: QueryObserver,
): EngineQuery {
  const vector = vectorFromWire(request.vector, request.vectorF32, path);
  const { id, sparse, text } = request;
  if ([vector, id, sparse, text].every((way) => way === undefined))
    throw new VecstoreError("MISSING_QUERY", `${path} looks for nothing; give a vector, an id, sparse or text`);
  // Field by field: an object that is spread and then grows is slow to make, and slow to read ever after.
  return {
    includeMetadata: request.includeMetadata,
    includeVector: request.includeVector,
    includeText: request.includeText,
    vector,
    id,
    sparse,
    text,
    fusion: request.fusion && fusionFromWire(request.fusion),
    limit: request.limit,
    filter: filterFromWire(request),
    efSearch: request.efSearch,
    recallTarget: request.recallTarget,
    exact: request.exact,
    scoreThreshold: request.scoreThreshold,
    offset: request.offset,
    groupBy: request.groupBy || undefined,
    groupSize: request.groupSize,
    explain: request.explain,
    diversity: request.diversity && { lambda: request.diversity.lambda, candidates: request.diversity.candidates },
    observer,
    signal,
    deadlineMs,
  };
}

function fusionFromWire({ method, rankConstant, alpha, candidates }: Fusion): EngineFusion {
  return { method: FUSION_METHODS[method], rankConstant, alpha, candidates };
}

/** One page of answers. */
export function answerToWire(answer: QueryAnswer): MessageInitShape<typeof QueryResponseSchema> {
  const { results, stats, explain } = answer;
  return {
    results: results.map(hitToWire),
    stats: queryStatsToWire(stats),
    explain: explain && explainToWire(explain),
  };
}

/** One result. */
export function hitToWire(hit: QueryHit): MessageInitShape<typeof QueryResultSchema> {
  return {
    id: hit.id,
    score: hit.score,
    distance: hit.distance,
    version: toUint64(hit.version),
    metadata: metadataToWire(hit.metadata),
    vector: vectorToWire(hit.vector),
    sparse: sparseToWire(hit.sparse),
    text: hit.text,
    explain: hit.explain,
  };
}

/** Unknown ones were refused before. */
const FUSION_METHODS: Readonly<Record<FusionMethod, EngineFusion["method"]>> = {
  [FusionMethod.UNSPECIFIED]: undefined,
  [FusionMethod.RECIPROCAL_RANK]: "reciprocal_rank",
  [FusionMethod.WEIGHTED]: "weighted",
};

/** How an answer was found. */
export function queryStatsToWire(stats: EngineStats): MessageInitShape<typeof QueryStatsSchema> {
  return {
    strategy: STRATEGIES[stats.strategy],
    candidates: toUint64(stats.candidates),
    filteredCount: stats.filteredCount === undefined ? undefined : toUint64(stats.filteredCount),
    nodesVisited: toUint64(stats.nodesVisited),
    distanceComputations: toUint64(stats.distanceComputations),
    durationMs: stats.durationMs,
    cacheHit: stats.cacheHit,
    approximate: stats.approximate,
    exhausted: stats.exhausted,
    segments: stats.segments,
  };
}
