import type { ComparisonOperator, Filter, FilterValue } from "./model/filter.js";
import type { FieldFilters, FilterBuilder } from "./model/filter-builder.js";
import type { Metadata } from "./model/metadata.js";

/**
 * Makes filters whose paths and values the compiler checks.
 *
 * @typeParam M  the type of the metadata
 * @example
 * const { field, and } = filterBuilder<{ year: number; tags: string[]; author: { name: string } }>();
 * const filter = and(field("year").gte(2020), field("author.name").eq("Ada"), field("tags").contains("new"));
 */
export function filterBuilder<M extends object = Metadata>(): FilterBuilder<M> {
  return BUILDER as unknown as FilterBuilder<M>;
}

/** At run time the type of the metadata makes no difference. */
const BUILDER: FilterBuilder<Metadata> = {
  field: (path) => fieldFilters(path.split(".")),
  path: (...names) => fieldFilters(names),
  and: (...operands) => ({ kind: "and", operands }),
  or: (...operands) => ({ kind: "or", operands }),
  not: (operand) => ({ kind: "not", operand }),
};

function fieldFilters(path: readonly string[]): FieldFilters<FilterValue> {
  const compare = (operator: ComparisonOperator) => (value: Comparable) => {
    return { kind: "compare", path, operator, value: toValue(value) } satisfies Filter;
  };
  return {
    eq: compare("="),
    ne: compare("!="),
    gt: compare(">"),
    gte: compare(">="),
    lt: compare("<"),
    lte: compare("<="),
    in: (values) => ({ kind: "in", path, values: values.map(toValue) }),
    notIn: (values) => ({ kind: "not_in", path, values: values.map(toValue) }),
    between: (low, high) => ({ kind: "between", path, low: toValue(low), high: toValue(high) }),
    contains: (value) => ({ kind: "contains", path, value: toValue(value) }),
    startsWith: (prefix) => ({ kind: "starts_with", path, prefix }),
    exists: () => ({ kind: "exists", path }),
    isNull: () => ({ kind: "is_null", path }),
  };
}

type Comparable = FilterValue | Date;

function toValue(value: Comparable): FilterValue {
  return value instanceof Date ? { timestampMs: value.getTime() } : value;
}
