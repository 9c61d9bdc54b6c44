import { VecstoreError } from "../errors.js";
import { describeValue } from "../metadata/describe.js";
import type { QueryObserver } from "../model/observer.js";

/**
 * Checks who watches a query before it runs: the query would be answered, and fail as it is told of.
 *
 * @throws VecstoreError INVALID_ARGUMENT
 */
export function validateObserver(observer: QueryObserver | undefined): QueryObserver | undefined {
  if (observer === undefined) return undefined;
  const { explainFromMs, onExplain, onStretch } = observer ?? {};
  const isTold = typeof onExplain === "function" && (onStretch === undefined || typeof onStretch === "function");
  if (isTold && typeof explainFromMs === "number") return observer;
  const message = `the observer of the query is ${describeValue(observer)}; give { explainFromMs, onExplain }, a number and a function, and onStretch, a function, if stretches are wanted`;
  throw new VecstoreError("INVALID_ARGUMENT", message);
}
