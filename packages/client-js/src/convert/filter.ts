import { invalidArgument } from "../errors.js";
import {
  type Filter as WireFilterMessage,
  type FilterValue as WireFilterValue,
  ComparisonOperator as WireOperator,
} from "../gen/vecstore/v1/filter_pb.js";
import type { ComparisonOperator, Filter, FilterValue } from "../model/filter.js";
import type { Init } from "../wire/schema.js";
import { toUtf8Safe } from "./text.js";
import { toTimestamp } from "./time.js";

type WireFilter = Init<WireFilterMessage>;
type WireValue = Init<WireFilterValue>;

const OPERATORS: Readonly<Record<ComparisonOperator, WireOperator>> = {
  "=": WireOperator.EQUAL,
  "!=": WireOperator.NOT_EQUAL,
  ">": WireOperator.GREATER,
  ">=": WireOperator.GREATER_OR_EQUAL,
  "<": WireOperator.LESS,
  "<=": WireOperator.LESS_OR_EQUAL,
};

/** Stops a filter that holds itself; the server's limit of 32 levels is below. */
const DEPTH_MAX = 200;

/**
 * Puts a filter in the field of the request that it belongs to.
 *
 * @throws VecStoreError INVALID_FILTER
 */
export function toFilterFields(filter: string | Filter | undefined): { filter?: string; filterAst?: WireFilter } {
  if (filter === undefined) return {};
  if (typeof filter !== "string") return { filterAst: toFilterAst(filter) };
  // On the wire an empty string is no filter. A caller that built one by mistake must not get, or delete, everything.
  if (filter.trim() === "") throw invalidFilter("filter is empty; leave it out to mean every record");
  return { filter: toUtf8Safe(filter, "filter", "INVALID_FILTER") };
}

/**
 * Turns a filter tree into its message.
 *
 * @throws VecStoreError INVALID_FILTER
 */
export function toFilterAst(filter: Filter, depth = 1): WireFilter {
  if (depth > DEPTH_MAX) throw invalidFilter("filter nests too deep; at most 32 levels are allowed");
  switch (filter?.kind) {
    case "and":
      return { andFilter: { operands: filter.operands.map((each) => toFilterAst(each, depth + 1)) } };
    case "or":
      return { orFilter: { operands: filter.operands.map((each) => toFilterAst(each, depth + 1)) } };
    case "not":
      return { notFilter: { operand: toFilterAst(filter.operand, depth + 1) } };
    case "compare":
      return {
        compareFilter: { ...toPath(filter), operator: toOperator(filter.operator), value: toValue(filter.value) },
      };
    case "in":
      return { inFilter: { ...toPath(filter), values: filter.values.map(toValue) } };
    case "not_in":
      return { notInFilter: { ...toPath(filter), values: filter.values.map(toValue) } };
    case "contains":
      return { containsFilter: { ...toPath(filter), value: toValue(filter.value) } };
    case "starts_with":
      return {
        startsWithFilter: { ...toPath(filter), prefix: toUtf8Safe(filter.prefix, "filter prefix", "INVALID_FILTER") },
      };
    case "exists":
      return { existsFilter: toPath(filter) };
    case "is_null":
      return { isNullFilter: toPath(filter) };
    case "between":
      return {
        betweenFilter: { ...toPath(filter), low: toValue(filter.low), high: toValue(filter.high) },
      };
    default:
      throw invalidFilter(
        `filter has the kind ${JSON.stringify((filter as { kind?: unknown } | null)?.kind)}; see the type Filter`,
      );
  }
}

function toPath(filter: { readonly path: readonly string[] }): { path: string[] } {
  if (!Array.isArray(filter.path))
    throw invalidFilter('a filter path is an array of names, such as ["author", "name"]');
  return { path: filter.path.map((name: string) => toUtf8Safe(name, "filter path", "INVALID_FILTER")) };
}

function toOperator(operator: ComparisonOperator): WireOperator {
  const wire = OPERATORS[operator];
  if (wire === undefined)
    throw invalidFilter(`filter has the operator ${JSON.stringify(operator)}; use = != > >= < <=`);
  return wire;
}

function toValue(value: FilterValue): WireValue {
  switch (typeof value) {
    case "string":
      return { stringValue: toUtf8Safe(value, "filter value", "INVALID_FILTER") };
    case "number":
      return { numberValue: value };
    case "boolean":
      return { boolValue: value };
    case "object":
      if (value === null) return { nullValue: 0 };
      return { timestampValue: toTimestamp(value.timestampMs, "timestampMs") };
    default:
      throw invalidFilter(
        `filter compares with a value of type ${typeof value}; use a string, number, boolean, null or {timestampMs}`,
      );
  }
}

function invalidFilter(message: string) {
  return invalidArgument(message, "INVALID_FILTER");
}
