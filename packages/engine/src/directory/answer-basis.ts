import type { AnswerBasis } from "../model/answer-basis.js";
import { refuseReads } from "../state/apply.js";
import type { CatalogEntry } from "../state/catalog.js";
import type { DataDirectory } from "./data-directory.js";

/**
 * Reads what the answers of a namespace depend on; undefined when a query would be refused, or only a query can tell: where the
 * namespace is not in memory and some of its records have expired.
 *
 * Cost: a look at each segment, and at each record whose time has passed and that no entry has removed yet.
 */
export function answerBasisOf(directory: DataDirectory, entry: CatalogEntry): AnswerBasis | undefined {
  const { number, status, quotas, cacheAnswers } = entry;
  const { residents } = directory;
  if (refuseReads({ status, context: entry }) !== undefined || residents.damageOf(number) !== undefined)
    return undefined;
  const nowMs = directory.nowMs();
  const { maxResultsPerQuery } = quotas;
  const state = residents.get(number)?.state;
  const known =
    state === undefined ? ofClosed(entry, nowMs) : { ...state, nextExpiryMs: state.nextExpiryAfterMs(nowMs) };
  if (known === undefined) return undefined;
  const { incarnation, sequence, timeMs: writtenAtMs, nextExpiryMs } = known;
  return { number, incarnation, sequence, nowMs, writtenAtMs, nextExpiryMs, maxResultsPerQuery, cacheAnswers };
}

function ofClosed({ summary }: CatalogEntry, nowMs: number) {
  return summary === undefined || summary.nextExpiryMs <= nowMs ? undefined : summary;
}
