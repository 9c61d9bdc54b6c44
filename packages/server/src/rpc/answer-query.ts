import type { QueryAnswer, QueryRequest, VecStore } from "@vecstore/engine";
import type { Call } from "../call.js";
import { queryThroughCache } from "./cached-query.js";
import type { RpcDeps } from "./deps.js";
import type { QueryWatch } from "./query-watch.js";

/** A query that was read, and where it goes. */
export interface WatchedQuery {
  readonly call: Call;
  readonly store: VecStore;
  /** Its observer is `watch`. */
  readonly query: QueryRequest;
  readonly watch: QueryWatch;
}

/**
 * Runs one query of a namespace that was opened for the call: counted while it runs, and told of to metrics, log and trace when it is
 * answered. Any door may use it.
 *
 * @throws what the engine throws, and ConnectError CONCURRENCY_LIMITED
 */
export async function answerQuery(deps: RpcDeps, { call, store, query, watch }: WatchedQuery): Promise<QueryAnswer> {
  watch.begin(query);
  const answer = await countedQuery(deps, call, () => queryThroughCache(deps, call.facts.namespace!, store, query));
  watch.answered(query, answer.stats, answer.results.length);
  deps.liveRecall?.offer(store, query);
  return answer;
}

/** Counts a query that runs in the namespace that was opened, until what is returned is called. */
export function beginQuery({ traffic, directory }: RpcDeps, call: Call): () => void {
  return traffic.beginQuery(directory().getNamespace(call.facts.namespace!));
}

/** The same around something that ends by itself. */
export async function countedQuery<T>(deps: RpcDeps, call: Call, run: () => Promise<T>): Promise<T> {
  const end = beginQuery(deps, call);
  try {
    return await run();
  } finally {
    end();
  }
}
