import { randomUUID } from "node:crypto";
import {
  formatFilterShape,
  LIMITS,
  type QueryExplain,
  type QueryObserver,
  type QueryRequest,
  type QueryStats,
} from "@vecstore/engine";
import type { Call, QueryAbout, SlowQuery } from "../call.js";

/** One query of a call, from its begin to its answer: what metrics, log and trace are told of it. */
export interface QueryWatch {
  /** The query to run: the one that was given, and who watches it. */
  readonly request: QueryRequest;
  /** The query was answered; one that never is counts as failed when its call ends. */
  answered(stats: QueryStats, resultsCount: number): void;
}

/**
 * Begins to watch a query. It needs no more than the call, so any door may use it.
 *
 * @param slowQueryMs  a query that takes as long has its plan kept for the log
 */
export function watchQuery(call: Call, query: QueryRequest, slowQueryMs: number): QueryWatch {
  const about = aboutOf(query);
  call.facts.queryId ??= about.queryId;
  const recorder = call.trace?.recorder?.query(about);
  let explain: SlowQuery | undefined;
  const observer: QueryObserver = {
    explainFromMs: slowQueryMs,
    onExplain: (told) => {
      explain = slowQueryOf(told);
    },
    ...(recorder !== undefined && { onStretch: (stretch) => recorder.stretch(stretch) }),
  };
  const answered = (stats: QueryStats, resultsCount: number) => {
    const { queryId, dimension, limit, filterShape } = about;
    const { strategy, durationMs, nodesVisited, distanceComputations, candidates } = stats;
    const { filteredCount, selectivity, cacheHit } = stats;
    const work = { nodesVisited, distanceComputations, candidates, filteredCount, selectivity, cacheHit };
    const facts = { queryId, dimension, limit, filterShape, strategy, durationMs, resultsCount, ...work, explain };
    call.facts.queries.push(facts);
    recorder?.answered(facts);
  };
  return { request: { ...query, observer }, answered };
}

function aboutOf({ vector, limit = LIMITS.queryLimitAbsent, filter }: QueryRequest): QueryAbout {
  // What is no tree here did not parse, and is refused before it runs.
  const filterShape = filter === undefined || typeof filter === "string" ? undefined : formatFilterShape(filter);
  return { queryId: randomUUID(), dimension: vector?.length, limit, filterShape };
}

function slowQueryOf({ plan, stages }: QueryExplain): SlowQuery {
  const { strategy, reason, efSearch, distances, selectivity } = plan;
  return {
    plan: {
      strategy,
      reason,
      ef_search: efSearch,
      distances_expected: Math.round(distances.expected),
      ...(selectivity !== undefined && { selectivity: selectivity.expected }),
    },
    stagesMs: Object.fromEntries(stages.map(({ name, durationMs }) => [name, durationMs])),
  };
}
