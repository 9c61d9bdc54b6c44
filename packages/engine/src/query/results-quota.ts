import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { QueryRequest } from "../model/query.js";
import type { Quotas } from "../model/quotas.js";

/**
 * A query that asks for no more results than its namespace may give at once; one that names no limit gets what is allowed. Groups
 * count with all their results.
 *
 * @throws VecstoreError LIMIT_OUT_OF_RANGE
 */
export function withinQuota(request: QueryRequest, namespace: string, { maxResultsPerQuery }: Quotas): QueryRequest {
  if (maxResultsPerQuery === undefined) return request;
  const perGroup = request?.groupBy === undefined ? 1 : (request.groupSize ?? 1);
  const limit =
    request?.limit ?? Math.max(1, Math.min(LIMITS.queryLimitAbsent, Math.floor(maxResultsPerQuery / perGroup)));
  if (!(limit * perGroup > maxResultsPerQuery)) return { ...request, limit };
  const message = `the query asks for ${limit * perGroup} results; namespace ${JSON.stringify(namespace)} gives at most ${maxResultsPerQuery} (max_results_per_query)`;
  const facts = {
    namespace,
    quota: "max_results_per_query",
    got: String(limit * perGroup),
    limit: String(maxResultsPerQuery),
  };
  throw new VecstoreError("LIMIT_OUT_OF_RANGE", message, facts);
}
