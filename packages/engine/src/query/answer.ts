import type { QueryAnswer } from "../model/query.js";
import type { Execution } from "./execute.js";
import { explainResults, explainRun } from "./explain.js";
import { hydrate } from "./hydrate.js";

/** Reads the records that a query found. */
export function answerOf({ hits, stats, trace, run }: Execution): QueryAnswer {
  trace?.enter("hydrate");
  const results = hydrate(run.view, run.query, hits);
  trace?.end();
  return { results, stats };
}

/**
 * Says how an answer was found, if the query asks for that.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export function explained({ hits, trace, run }: Execution, answer: QueryAnswer): QueryAnswer | Promise<QueryAnswer> {
  if (trace === undefined || !run.query.explain) return answer;
  const results = explainResults({ hits, trace, run }, answer.results);
  return explainRun({ trace, run }).then((explain) => ({ ...answer, results, explain }));
}
