import type { AnswerBasis } from "../model/answer-basis.js";
import { refuseReads } from "../state/apply.js";
import type { DataDirectory } from "./data-directory.js";
import type { OpenNamespace } from "./open-namespace.js";

/**
 * Reads what the answers of a namespace depend on; undefined when a query would be refused.
 *
 * Cost: a look at each segment, and at each record whose time has passed and that no entry has removed yet.
 */
export function answerBasisOf(directory: DataDirectory, { state, number }: OpenNamespace): AnswerBasis | undefined {
  const entry = directory.catalog.byNumber(number);
  if (entry === undefined || refuseReads(state) !== undefined) return undefined;
  const nowMs = directory.nowMs();
  return {
    number,
    incarnation: state.incarnation,
    sequence: state.sequence,
    nowMs,
    writtenAtMs: state.timeMs,
    nextExpiryMs: state.nextExpiryAfterMs(nowMs),
    maxResultsPerQuery: state.quotas.maxResultsPerQuery,
    cacheAnswers: entry.cacheAnswers,
  };
}
