import { LIMITS } from "../limits.js";
import { describeValue } from "../metadata/describe.js";
import { isWellFormed } from "../metadata/utf8.js";
import type { FilterBudget } from "./budget.js";
import { filterPathError } from "./filter-error.js";

/**
 * Reads a literal other than a timestamp, from a caller and not trusted.
 *
 * @param at  path of the literal, for the message
 * @throws VecstoreError INVALID_FILTER when it is not a well-formed string, a finite number, a boolean or null
 */
export function readScalar(value: unknown, at: string, budget: FilterBudget): string | number | boolean | null {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return readText(value, at, budget);
  // Adding 0 turns -0 into 0: the two are equal, and one filter should have one form.
  if (typeof value === "number" && Number.isFinite(value)) return value + 0;
  throw filterPathError(at, `is ${describeValue(value)}; expected a string, finite number, boolean, null or timestamp`);
}

/** Reads a name or a string literal, and counts it. */
export function readText(text: unknown, at: string, budget: FilterBudget): string {
  if (typeof text !== "string") throw filterPathError(at, `is ${describeValue(text)}; expected a string`);
  refuse(budget.addText(text), at);
  if (!isWellFormed(text)) throw filterPathError(at, "holds half of a surrogate pair");
  return text;
}

/**
 * Reads an array of at most as many elements as a filter may have terms. The holes of a sparse array come back as
 * undefined, which no reader of elements accepts.
 */
export function readArray(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw filterPathError(at, `is ${describeValue(value)}; expected an array`);
  if (value.length <= LIMITS.filterTermsMax) return Array.from<unknown>(value);
  throw filterPathError(at, `has ${value.length} elements; at most ${LIMITS.filterTermsMax} are allowed`);
}

/** Throws when there is a problem. */
export function refuse(problem: string | undefined, at: string): void {
  if (problem !== undefined) throw filterPathError(at, problem);
}
