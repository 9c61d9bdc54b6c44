import { VecstoreError } from "../errors.js";
import type { QueryExplain } from "../model/explain.js";
import type { QueryObserver } from "../model/observer.js";
import { estimateQuery } from "./estimate.js";
import { explainRun } from "./explain.js";
import type { QueryRun } from "./run.js";
import type { Trace } from "./trace.js";

/** What is known of a query that was answered. */
export interface Observed {
  /** Undefined where it was answered at once: then there are no stages to tell of. */
  readonly trace: Trace | undefined;
  readonly run: QueryRun;
}

/**
 * Explains a query to whoever watches it, when it took long enough for that. The answer stands already, so what ends the
 * explanation, such as the deadline, ends no more than that.
 *
 * @param durationMs  what the query took
 * @returns  no promise where there is nothing to explain, as for nearly every query
 */
export function observe({ trace, run }: Observed, durationMs: number): Promise<void> | undefined {
  const { observer } = run.query;
  if (observer === undefined || durationMs < observer.explainFromMs) return undefined;
  return explainTo(observer, { trace, run });
}

async function explainTo(observer: QueryObserver, { trace, run }: Observed): Promise<void> {
  try {
    observer.onExplain(trace === undefined ? await planOf(run) : await explainRun({ trace, run }));
  } catch (error) {
    if (!(error instanceof VecstoreError)) throw error;
  }
}

async function planOf({ query, view }: QueryRun): Promise<QueryExplain> {
  return { ...(await estimateQuery(query, view, {})), stages: [] };
}
