import { formatRfc3339 } from "../metadata/rfc3339.js";
import type { Filter, FilterValue } from "../model/filter.js";
import { formatPath } from "./path.js";
import { writeQuoted } from "./quoted.js";

/**
 * Writes a filter as a string that `parseFilter` reads back as the same tree.
 *
 * The string of a tree near the limits may be longer than a filter string may be, and an AND or OR of one operand is
 * written as the operand.
 *
 * @param filter  valid, as `parseFilter`, `filterFromJson` and `validateFilter` return it
 * @throws        never, for a valid filter
 * Cost: linear in the filter.
 */
export function formatFilter(filter: Filter): string {
  return format(filter, LITERALS, OR);
}

/**
 * Writes a filter with `?` for every literal, and `[?]` for every list: what may be logged, and what filters that
 * differ in their values only have in common. Field names are kept.
 *
 * @param filter  valid, as for `formatFilter`
 * @throws        never, for a valid filter
 * Cost: linear in the filter.
 */
export function formatFilterShape(filter: Filter): string {
  return format(filter, PLACEHOLDERS, OR);
}

/** How literals and lists of them are written. */
interface Style {
  readonly value: (value: FilterValue) => string;
  readonly list: (values: readonly FilterValue[]) => string;
}

const LITERALS: Style = { value: formatValue, list: (values) => `[${values.map(formatValue).join(", ")}]` };
const PLACEHOLDERS: Style = { value: () => "?", list: () => "[?]" };

/** How strongly a node binds; one that binds less than its place asks for goes in parentheses. */
const OR = 1;
const AND = 2;
const NOT = 3;

function format(filter: Filter, style: Style, minimum: number): string {
  switch (filter.kind) {
    case "and":
    case "or":
      return formatChain(filter.kind, filter.operands, style, minimum);
    case "not":
      return formatNot(filter.operand, style);
    default:
      return formatTerm(filter, style);
  }
}

/** An AND directly inside an AND keeps its parentheses, so that the tree comes back as it was. */
function formatChain(kind: "and" | "or", operands: readonly Filter[], style: Style, minimum: number): string {
  const [first] = operands;
  if (first !== undefined && operands.length === 1) return format(first, style, minimum);
  const strength = kind === "and" ? AND : OR;
  const text = operands.map((operand) => format(operand, style, strength + 1)).join(kind === "and" ? " AND " : " OR ");
  return strength < minimum ? `(${text})` : text;
}

function formatNot(operand: Filter, style: Style): string {
  if (operand.kind === "is_null") return `${formatPath(operand.path)} IS NOT NULL`;
  return `NOT ${format(operand, style, NOT)}`;
}

function formatTerm(filter: Exclude<Filter, { kind: "and" | "or" | "not" }>, style: Style): string {
  const path = formatPath(filter.path);
  switch (filter.kind) {
    case "compare":
      return `${path} ${filter.operator} ${style.value(filter.value)}`;
    case "in":
      return `${path} IN ${style.list(filter.values)}`;
    case "not_in":
      return `${path} NOT IN ${style.list(filter.values)}`;
    case "contains":
      return `${path} CONTAINS ${style.value(filter.value)}`;
    case "starts_with":
      return `${path} STARTSWITH ${style.value(filter.prefix)}`;
    case "exists":
      return `EXISTS ${path}`;
    case "is_null":
      return `${path} IS NULL`;
    case "between":
      return `${path} BETWEEN ${style.value(filter.low)} AND ${style.value(filter.high)}`;
  }
}

function formatValue(value: FilterValue): string {
  if (typeof value === "string") return writeQuoted(value, "'");
  if (typeof value === "object" && value !== null) return `timestamp '${formatRfc3339(value.timestampMs)}'`;
  return String(value);
}
