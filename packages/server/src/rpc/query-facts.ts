import { randomUUID } from "node:crypto";
import type { HandlerContext } from "@connectrpc/connect";
import { formatFilterShape, LIMITS, type QueryRequest, type QueryStats } from "@vecstore/engine";
import { CALL } from "../call.js";

/** Tells metrics and log what an answered query was like. */
export function tellQuery(context: HandlerContext, query: QueryRequest, stats: QueryStats, resultsCount: number): void {
  context.values.get(CALL).facts.queries.push({
    queryId: randomUUID(),
    dimension: query.vector?.length,
    limit: query.limit ?? LIMITS.queryLimitAbsent,
    filterShape:
      query.filter === undefined || typeof query.filter === "string" ? undefined : formatFilterShape(query.filter),
    strategy: stats.strategy,
    durationMs: stats.durationMs,
    resultsCount,
    nodesVisited: stats.nodesVisited,
    distanceComputations: stats.distanceComputations,
    candidates: stats.candidates,
    filteredCount: stats.filteredCount,
    cacheHit: stats.cacheHit,
  });
}
