import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type Filter as EngineFilter,
  type ComparisonOperator as EngineOperator,
  type FilterValue as EngineValue,
  LIMITS,
  parseFilter,
  VecstoreError,
  validateFilter,
} from "@vecstore/engine";
import {
  ComparisonOperator,
  type Filter,
  type FilterSchema,
  type FilterValue,
  type FilterValueSchema,
} from "../../gen/vecstore/v1/filter_pb.js";
import { refuseUnknownFields } from "../../unimplemented.js";

/** The two fields that say which records. */
export interface FilterFields {
  readonly filter: string;
  readonly filterAst?: Filter;
}

/**
 * Reads the two forms of a filter.
 *
 * @returns undefined when neither was sent
 * @throws  VecstoreError INVALID_FILTER, also when both were: a bad filter is never an unfiltered answer
 */
export function filterFromWire({ filter, filterAst }: FilterFields): EngineFilter | undefined {
  if (filterAst === undefined) return filter === "" ? undefined : parseFilter(filter);
  if (filter !== "") throw invalid("filter", "and filter_ast are both set; send one of them");
  return validateFilter(treeFromWire(filterAst, "filter_ast", 1));
}

const OPERATORS: Readonly<Record<ComparisonOperator, EngineOperator | undefined>> = {
  [ComparisonOperator.UNSPECIFIED]: undefined,
  [ComparisonOperator.EQUAL]: "=",
  [ComparisonOperator.NOT_EQUAL]: "!=",
  [ComparisonOperator.GREATER]: ">",
  [ComparisonOperator.GREATER_OR_EQUAL]: ">=",
  [ComparisonOperator.LESS]: "<",
  [ComparisonOperator.LESS_OR_EQUAL]: "<=",
};

/** The path of each node is in its errors. `depth` bounds the recursion before the engine has seen the tree. */
function treeFromWire(filter: Filter | undefined, at: string, depth: number): EngineFilter {
  if (depth > LIMITS.filterDepthMax) throw invalid(at, `nests deeper than ${LIMITS.filterDepthMax} levels`);
  if (filter !== undefined) refuseUnknownFields(filter, at);
  const kind = filter?.kind ?? { case: undefined };
  const inner = `${at}.${kind.case?.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
  if (kind.value !== undefined) refuseUnknownFields(kind.value, inner);
  switch (kind.case) {
    case "andFilter":
    case "orFilter": {
      const operands = kind.value.operands.map((node, i) => treeFromWire(node, `${inner}.operands[${i}]`, depth + 1));
      return { kind: kind.case === "andFilter" ? "and" : "or", operands };
    }
    case "notFilter":
      return { kind: "not", operand: treeFromWire(kind.value.operand, `${inner}.operand`, depth + 1) };
    case undefined:
      throw invalid(at, "has no kind; set one of and_filter, or_filter, not_filter, compare_filter and so on");
    default:
      return termFromWire(kind, inner);
  }
}

type Term = Exclude<
  Filter["kind"],
  { case: "andFilter" } | { case: "orFilter" } | { case: "notFilter" } | { case: undefined }
>;

function termFromWire(term: Term, at: string): EngineFilter {
  const { path } = term.value;
  switch (term.case) {
    case "compareFilter": {
      // A newer client may send an operator that this server does not know.
      const operator = OPERATORS[term.value.operator];
      if (operator === undefined) throw invalid(`${at}.operator`, "is missing or unknown");
      return { kind: "compare", path, operator, value: valueFromWire(term.value.value, `${at}.value`) };
    }
    case "inFilter":
    case "notInFilter": {
      const values = term.value.values.map((value, i) => valueFromWire(value, `${at}.values[${i}]`));
      return { kind: term.case === "inFilter" ? "in" : "not_in", path, values };
    }
    case "containsFilter":
      return { kind: "contains", path, value: valueFromWire(term.value.value, `${at}.value`) };
    case "startsWithFilter":
      return { kind: "starts_with", path, prefix: term.value.prefix };
    case "existsFilter":
      return { kind: "exists", path };
    case "isNullFilter":
      return { kind: "is_null", path };
    case "betweenFilter": {
      const low = valueFromWire(term.value.low, `${at}.low`);
      return { kind: "between", path, low, high: valueFromWire(term.value.high, `${at}.high`) };
    }
  }
}

function valueFromWire(value: FilterValue | undefined, at: string): EngineValue {
  if (value !== undefined) refuseUnknownFields(value, at);
  const of = value?.value ?? { case: undefined };
  switch (of.case) {
    case "nullValue":
      return null;
    case "timestampValue":
      return { timestampMs: timestampMs(of.value) };
    case undefined:
      throw invalid(at, "has no value");
    default:
      return of.value;
  }
}

/** A filter of the engine as the typed tree of the schema. */
export function filterToWire(filter: EngineFilter): MessageInitShape<typeof FilterSchema> {
  switch (filter.kind) {
    case "and":
      return { kind: { case: "andFilter", value: { operands: filter.operands.map(filterToWire) } } };
    case "or":
      return { kind: { case: "orFilter", value: { operands: filter.operands.map(filterToWire) } } };
    case "not":
      return { kind: { case: "notFilter", value: { operand: filterToWire(filter.operand) } } };
    default:
      return { kind: termToWire(filter) };
  }
}

type EngineTerm = Exclude<EngineFilter, { kind: "and" | "or" | "not" }>;

function termToWire(term: EngineTerm): NonNullable<MessageInitShape<typeof FilterSchema>["kind"]> {
  const path = [...term.path];
  switch (term.kind) {
    case "compare": {
      const operator = operatorToWire(term.operator);
      return { case: "compareFilter", value: { path, operator, value: valueToWire(term.value) } };
    }
    case "in":
      return { case: "inFilter", value: { path, values: term.values.map(valueToWire) } };
    case "not_in":
      return { case: "notInFilter", value: { path, values: term.values.map(valueToWire) } };
    case "contains":
      return { case: "containsFilter", value: { path, value: valueToWire(term.value) } };
    case "starts_with":
      return { case: "startsWithFilter", value: { path, prefix: term.prefix } };
    case "exists":
      return { case: "existsFilter", value: { path } };
    case "is_null":
      return { case: "isNullFilter", value: { path } };
    case "between":
      return { case: "betweenFilter", value: { path, low: valueToWire(term.low), high: valueToWire(term.high) } };
  }
}

function operatorToWire(operator: EngineOperator): ComparisonOperator {
  const entry = Object.entries(OPERATORS).find(([, symbol]) => symbol === operator);
  return Number(entry?.[0]) as ComparisonOperator;
}

function valueToWire(value: EngineValue): MessageInitShape<typeof FilterValueSchema> {
  if (value === null) return { value: { case: "nullValue", value: 0 } };
  if (typeof value === "string") return { value: { case: "stringValue", value } };
  if (typeof value === "number") return { value: { case: "numberValue", value } };
  if (typeof value === "boolean") return { value: { case: "boolValue", value } };
  return { value: { case: "timestampValue", value: timestampFromMs(value.timestampMs) } };
}

function invalid(at: string, problem: string): VecstoreError {
  return new VecstoreError("INVALID_FILTER", `${at} ${problem}`);
}
