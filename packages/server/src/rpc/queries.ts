import type { ServiceImpl } from "@connectrpc/connect";
import { type QueryRequest as EngineQuery, VecstoreError } from "@vecstore/engine";
import { CALL } from "../call.js";
import type { QueryRequest } from "../gen/vecstore/v1/query_pb.js";
import type { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { answerQuery, beginQuery, countedQuery } from "./answer-query.js";
import { explainToWire } from "./convert/explain.js";
import { filterFromWire } from "./convert/filter.js";
import { answerToWire, type Ending, hitToWire, queryFromWire, queryStatsToWire } from "./convert/query.js";
import { recallToWire } from "./convert/stats.js";
import { openNamespace, type RpcDeps } from "./deps.js";
import { endingOf } from "./ending.js";
import { QueryWatch } from "./query-watch.js";

type Handlers = Pick<ServiceImpl<typeof VecStoreService>, "query" | "queryStream" | "batchQuery" | "measureRecall">;

/** Searches, and how good they are. */
export function createQueryHandlers(deps: RpcDeps): Handlers {
  return {
    async query(request, context) {
      const store = await openNamespace(deps, request.namespace, context);
      const call = context.values.get(CALL);
      const watch = new QueryWatch(call, deps.slowQueryMs);
      const query = queryFromWire(request, "the query", endingOf(context), watch);
      return answerToWire(await answerQuery(deps, { call, store, query, watch }));
    },

    async *queryStream(request, context) {
      if (request.query === undefined) throw new VecstoreError("MISSING_QUERY", "query is not set");
      validateInner(request.query.namespace, request.namespace, "query");
      const store = await openNamespace(deps, request.namespace || request.query.namespace, context);
      const call = context.values.get(CALL);
      const watch = new QueryWatch(call, deps.slowQueryMs);
      const query = queryFromWire(request.query, "query", endingOf(context), watch);
      let resultsCount = 0;
      const end = beginQuery(deps, call);
      watch.begin(query);
      try {
        for await (const { results, stats, explain } of store.queryStream(query)) {
          resultsCount += results.length;
          if (stats !== undefined) watch.answered(query, stats, resultsCount);
          const told = { stats: stats && queryStatsToWire(stats), explain: explain && explainToWire(explain) };
          yield { results: results.map(hitToWire), ...told };
        }
      } finally {
        end();
      }
    },

    async batchQuery(request, context) {
      for (const [at, query] of request.queries.entries()) {
        validateInner(query.namespace, request.namespace, `queries[${at}]`);
      }
      const store = await openNamespace(deps, request.namespace, context);
      const ending = endingOf(context);
      const call = context.values.get(CALL);
      const watches = request.queries.map(() => new QueryWatch(call, deps.slowQueryMs));
      const queries = request.queries.map((query, at) => innerQueryFromWire(query, at, ending, watches[at]!));
      for (const [at, query] of queries.entries()) watches[at]!.begin(query);
      const answers = await countedQuery(deps, call, () => store.batchQuery(queries));
      for (const [at, { stats, results }] of answers.entries())
        watches[at]!.answered(queries[at]!, stats, results.length);
      return { responses: answers.map(answerToWire) };
    },

    async measureRecall(request, context) {
      const store = await openNamespace(deps, request.namespace, context);
      const { sampleSize, limit, efSearch } = request;
      const filter = filterFromWire(request);
      const measurement = { samples: sampleSize, limit, efSearch, filter, ...endingOf(context) };
      return recallToWire(await countedQuery(deps, context.values.get(CALL), () => store.measureRecall(measurement)));
    },
  };
}

/** A query of a batch; the message of whatever is wrong with it begins with its place. */
function innerQueryFromWire(query: QueryRequest, at: number, ending: Ending, watch: QueryWatch): EngineQuery {
  const path = `queries[${at}]`;
  try {
    return queryFromWire(query, path, ending, watch);
  } catch (error) {
    if (!(error instanceof VecstoreError) || error.message.startsWith(path)) throw error;
    throw new VecstoreError(error.reason, `${path}: ${error.message}`, error.details, { cause: error });
  }
}

/** A query inside of a request cannot go to another namespace than the request. */
function validateInner(inner: string, outer: string, path: string): void {
  if (inner === "" || inner === outer) return;
  if (outer === "" && path === "query") return;
  throw new VecstoreError(
    "INVALID_ARGUMENT",
    `${path}.namespace is ${JSON.stringify(inner)}; it must be empty or the request's ${JSON.stringify(outer)}`,
  );
}
