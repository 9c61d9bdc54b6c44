import { randomUUID } from "node:crypto";
import {
  formatFilterShape,
  LIMITS,
  type QueryExplain,
  type QueryObserver,
  type QueryRequest,
  type QueryStats,
  type QueryStretch,
} from "@vecstore/engine";
import type { Call, QueryAbout, QueryRecorder, SlowQuery } from "../call.js";

/**
 * Watches one query of a call, and tells metrics, log and trace what it was like. It is the observer that the engine is given. It needs
 * no more than the call, so any door may use it; a query that is never answered counts as failed when its call ends.
 */
export class QueryWatch implements QueryObserver {
  readonly explainFromMs: number;
  /** Absent where no spans are kept: then the engine tells of no stages. */
  readonly onStretch?: (stretch: QueryStretch) => void;
  readonly #call: Call;
  readonly #queryId = randomUUID();
  #about: QueryAbout | undefined;
  #recorder: QueryRecorder | undefined;
  #explain: SlowQuery | undefined;

  /** @param slowQueryMs  a query that takes as long has its plan kept for the log */
  constructor(call: Call, slowQueryMs: number) {
    this.explainFromMs = slowQueryMs;
    this.#call = call;
    call.facts.queryId ??= this.#queryId;
    if (call.trace?.recorder !== undefined) this.onStretch = (stretch) => this.#recorder?.stretch(stretch);
  }

  onExplain(explain: QueryExplain): void {
    this.#explain = slowQueryOf(explain);
  }

  /** The query begins. */
  begin(query: QueryRequest): void {
    const recorder = this.#call.trace?.recorder;
    if (recorder === undefined) return;
    this.#about = aboutOf(this.#queryId, query);
    this.#recorder = recorder.query(this.#about);
  }

  /** The query was answered. */
  answered(query: QueryRequest, stats: QueryStats, resultsCount: number): void {
    const { queryId, dimension, limit, filterShape } = this.#about ?? aboutOf(this.#queryId, query);
    // Field by field: spreading is what costs, where a whole query takes tens of microseconds.
    const facts = {
      queryId,
      dimension,
      limit,
      filterShape,
      strategy: stats.strategy,
      durationMs: stats.durationMs,
      resultsCount,
      nodesVisited: stats.nodesVisited,
      distanceComputations: stats.distanceComputations,
      candidates: stats.candidates,
      filteredCount: stats.filteredCount,
      selectivity: stats.selectivity,
      cacheHit: stats.cacheHit,
      explain: this.#explain,
    };
    this.#call.facts.queries.push(facts);
    this.#recorder?.answered(facts);
  }
}

function aboutOf(queryId: string, { vector, limit = LIMITS.queryLimitAbsent, filter }: QueryRequest): QueryAbout {
  // What is no tree here did not parse, and is refused before it runs.
  const filterShape = filter === undefined || typeof filter === "string" ? undefined : formatFilterShape(filter);
  return { queryId, dimension: vector?.length, limit, filterShape };
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
