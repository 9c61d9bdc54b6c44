import type { QueryAnswer, QueryRequest, VecStore } from "@vecstore/engine";
import { chain, type Maybe } from "../maybe.js";
import type { RpcDeps } from "./deps.js";

/**
 * Answers a query with what is kept, else by the engine. Stands behind the decision who may ask and behind the quotas, so that a kept
 * answer is given to nobody who would not get a new one.
 *
 * Not kept are answers that explain themselves: they tell of the run that made them.
 *
 * @param namespace  the name of the store's namespace
 */
export function queryThroughCache(
  { cache, directory }: Pick<RpcDeps, "cache" | "directory">,
  namespace: string,
  store: VecStore,
  query: QueryRequest,
): Maybe<QueryAnswer> {
  if (cache === undefined || query.explain === true) return store.queryNow(query);
  const startedMs = performance.now();
  const all = directory();
  const basis = all.answerBasis(namespace);
  const look = basis?.cacheAnswers === true ? cache.look(basis, query) : undefined;
  if (look === undefined) return store.queryNow(query);
  if (look.answer !== undefined) {
    all.countQuery(namespace);
    const { stats, results } = look.answer;
    return { results, stats: { ...stats, cacheHit: true, durationMs: performance.now() - startedMs } };
  }
  return chain(store.queryNow(query), (answer) => {
    const after = all.answerBasis(namespace);
    cache.offer(look, after?.cacheAnswers === true ? after : undefined, answer);
    return answer;
  });
}
