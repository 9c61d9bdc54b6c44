import type { FilterValue } from "../model/filter.js";

/** The kinds of literal; values of different kinds never compare. */
export type ValueKind = "string" | "number" | "boolean" | "null" | "timestamp";

/** The kind of a literal. */
export function kindOf(value: FilterValue): ValueKind {
  if (value === null) return "null";
  if (typeof value === "object") return "timestamp";
  return typeof value as "string" | "number" | "boolean";
}

/**
 * Says why a literal cannot be put in order; `a > true` could only ever be false, so it is refused.
 *
 * @returns  undefined when it can
 */
export function orderProblem(value: FilterValue, operator: string): string | undefined {
  const kind = kindOf(value);
  if (kind !== "boolean" && kind !== "null") return undefined;
  return `${operator} compares numbers, strings and timestamps; got ${String(value)}`;
}

/** Says why two literals cannot be the ends of one range, or undefined when they can. */
export function rangeProblem(low: FilterValue, high: FilterValue): string | undefined {
  if (kindOf(low) === kindOf(high)) return undefined;
  return `BETWEEN needs two ends of one kind; got a ${kindOf(low)} and a ${kindOf(high)}`;
}
