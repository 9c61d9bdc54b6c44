import type { QueryAnswer, QueryRequest, VecStore } from "@vecstore/engine";
import type { Call } from "../call.js";
import { chain, ending, type Maybe } from "../maybe.js";
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
 * @throws what the engine throws, and ConnectError CONCURRENCY_LIMITED, at once or by the promise
 */
export function answerQuery(deps: RpcDeps, { call, store, query, watch }: WatchedQuery): Maybe<QueryAnswer> {
  watch.begin(query);
  const running = countedQuery(deps, { call, store }, () =>
    queryThroughCache(deps, call.facts.namespace!, store, query),
  );
  return chain(running, (answer) => {
    watch.answered(query, answer.stats, answer.results.length);
    deps.liveRecall?.offer(store, query);
    return answer;
  });
}

/** Whose query it is, and of which namespace. */
type Asked = Pick<WatchedQuery, "call" | "store">;

/** Counts a query that runs in the namespace that was opened, until what is returned is called. */
export function beginQuery({ traffic }: RpcDeps, { store }: Asked): () => void {
  return traffic.beginQuery(store.present);
}

/** The same around something that ends by itself. */
export function countedQuery<T>(deps: RpcDeps, asked: Asked, run: () => Maybe<T>): Maybe<T> {
  return ending(run, beginQuery(deps, asked));
}
