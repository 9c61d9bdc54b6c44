import type { Filter, FilterValue } from "../model/filter.js";
import type { JsonValue, Metadata } from "../model/metadata.js";
import { TIMES } from "./filter.cases.js";

/**
 * The semantics of docs/filters.md once more, written to be read and not to be fast, and sharing no code with
 * `compileFilter`: entries instead of properties, bytes instead of code points, a table instead of a time parser.
 */
export function matchesNaively(filter: Filter, metadata: Metadata | undefined): boolean {
  const is = (inner: Filter) => matchesNaively(inner, metadata);
  switch (filter.kind) {
    case "and":
      return filter.operands.filter((operand) => !is(operand)).length === 0;
    case "or":
      return filter.operands.filter(is).length > 0;
    case "not":
      return !is(filter.operand);
    case "not_in":
      return !is({ ...filter, kind: "in" });
    case "in":
      return filter.values.map((value): Filter => ({ ...filter, kind: "compare", operator: "=", value })).some(is);
    case "between":
      return (
        is({ kind: "compare", path: filter.path, operator: ">=", value: filter.low }) &&
        is({ kind: "compare", path: filter.path, operator: "<=", value: filter.high })
      );
    case "compare":
      if (filter.operator === "!=") return !is({ ...filter, operator: "=" });
      return fieldsAt(metadata, filter.path).some((field) => holds(field, filter.operator, filter.value));
    case "exists":
      return fieldsAt(metadata, filter.path).length === 1;
    case "is_null":
      return fieldsAt(metadata, filter.path).some((field) => JSON.stringify(field) === "null");
    case "starts_with":
      return fieldsAt(metadata, filter.path).some(
        (field) => typeof field === "string" && field.indexOf(filter.prefix) === 0,
      );
    case "contains":
      return fieldsAt(metadata, filter.path).some((field) => contains(field, filter.value));
  }
}

/** The field's value in a list of one, or an empty list. */
function fieldsAt(root: JsonValue | undefined, path: readonly string[]): JsonValue[] {
  if (root === undefined) return [];
  const [name, ...rest] = path;
  if (name === undefined) return [root];
  if (root === null || typeof root !== "object" || Array.isArray(root)) return [];
  return Object.entries(root)
    .filter(([key]) => key === name)
    .flatMap(([, inner]) => fieldsAt(inner as JsonValue, rest));
}

function contains(field: JsonValue, literal: FilterValue): boolean {
  if (Array.isArray(field)) return field.filter((element) => holds(element, "=", literal)).length > 0;
  return (
    typeof field === "string" && typeof literal === "string" && field.split(literal).length > 1 - Number(literal === "")
  );
}

function holds(field: JsonValue, operator: string, literal: FilterValue): boolean {
  const order = compare(field, literal);
  if (order === undefined) return false;
  if (operator === "=") return order === 0;
  if (typeof field === "boolean" || field === null) return false;
  return operator.startsWith(order > 0 ? ">" : order < 0 ? "<" : "none") || (order === 0 && operator.endsWith("="));
}

/** -1, 0 or 1, or undefined when the two cannot be compared. */
function compare(field: JsonValue, literal: FilterValue): number | undefined {
  if (literal !== null && typeof literal === "object") {
    const ms = typeof field === "string" ? TIMES.get(field) : undefined;
    return ms === undefined ? undefined : Math.sign(ms - literal.timestampMs);
  }
  if (field === null || literal === null) return field === literal ? 0 : undefined;
  if (typeof field === "string" && typeof literal === "string") {
    return Buffer.compare(Buffer.from(field), Buffer.from(literal));
  }
  if (typeof field === "object" || typeof field !== typeof literal) return undefined;
  return field > literal ? 1 : field < literal ? -1 : 0;
}
