import { compileFilter } from "../filter/evaluate.js";
import { LIMITS } from "../limits.js";
import type { MeasureRecallRequest } from "../model/recall.js";
import { assertRequest } from "./assert-request.js";
import { integerIn } from "./integer-in.js";
import { type QueryContext, readFilter, type ValidQuery, validateEf } from "./validate.js";

/** A measure of recall with every default filled in: the queries, and which records they are. */
export interface ValidMeasurement
  extends Pick<ValidQuery, "limit" | "ef" | "recallTarget" | "exact" | "filter" | "predicate"> {
  readonly samples: number;
  /** u32 */
  readonly seed: number;
}

/**
 * Checks a measure of recall and fills in its defaults.
 *
 * @throws VecstoreError INVALID_ARGUMENT, LIMIT_OUT_OF_RANGE, INVALID_FILTER
 */
export function validateMeasurement(request: MeasureRecallRequest, context: QueryContext): ValidMeasurement {
  assertRequest(request, "the request of measureRecall");
  const limit = integerIn("limit", request.limit ?? LIMITS.queryLimitAbsent, 1, context.limitMax);
  const filter = readFilter(request.filter);
  return {
    limit,
    samples: integerIn("samples", request.samples ?? LIMITS.recallSamplesAbsent, 1, LIMITS.recallSamplesMax),
    seed: integerIn("seed", request.seed ?? 1, 0, 2 ** 32 - 1),
    ef: validateEf(request.efSearch, context, limit, 0),
    recallTarget: undefined,
    exact: false,
    filter,
    predicate: filter && compileFilter(filter),
  };
}
