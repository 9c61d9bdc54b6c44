import { parseRfc3339 } from "../metadata/rfc3339.js";
import { compareUtf8 } from "../metadata/utf8.js";
import type { ComparisonOperator, Filter, FilterValue } from "../model/filter.js";
import type { JsonValue, Metadata } from "../model/metadata.js";

/** Whether the metadata of a record matches; a record without metadata has no fields. Never throws. */
export type Predicate = (metadata: Metadata | undefined) => boolean;

/**
 * Turns a filter into a function over metadata. What can be decided once, such as the set of an IN, is decided here.
 *
 * A missing field makes every comparison false, so `!=` and NOT IN, which are the negations of `=` and IN, hold for
 * it. Null is a value: `IS NULL` and `= null` hold for a field that is there with the value null, EXISTS holds for it
 * too, and neither IS NULL nor EXISTS holds for a missing field. IS NOT NULL is NOT (IS NULL).
 *
 * @param filter  valid, as `parseFilter`, `filterFromJson` and `validateFilter` return it
 * @throws        never, for a valid filter
 * Cost: linear in the filter; the function that is returned stops at the first operand that decides.
 */
export function compileFilter(filter: Filter): Predicate {
  switch (filter.kind) {
    case "and":
      return compileAnd(filter.operands.map(compileFilter));
    case "or":
      return compileOr(filter.operands.map(compileFilter));
    case "not": {
      const operand = compileFilter(filter.operand);
      return (metadata) => !operand(metadata);
    }
    default: {
      const test = compileTest(filter);
      const read = compilePath(filter.path);
      const negated = filter.kind === "not_in" || (filter.kind === "compare" && filter.operator === "!=");
      return (metadata) => {
        const value = read(metadata);
        return (value !== undefined && test(value)) !== negated;
      };
    }
  }
}

/** Whether the value of a field that is there passes. */
type Test = (value: JsonValue) => boolean;

type Term = Exclude<Filter, { kind: "and" | "or" | "not" }>;

/** The test of a term without its negation, so `!=` compiles as `=` and NOT IN as IN. */
function compileTest(term: Term): Test {
  switch (term.kind) {
    case "compare":
      return compileComparison(term.operator, term.value);
    case "in":
    case "not_in":
      return compileIn(term.values);
    case "contains":
      return compileContains(term.value);
    case "starts_with": {
      const prefix = term.prefix;
      return (value) => typeof value === "string" && value.startsWith(prefix);
    }
    case "exists":
      return () => true;
    case "is_null":
      return (value) => value === null;
    case "between": {
      const fromLow = compileComparison(">=", term.low);
      const toHigh = compileComparison("<=", term.high);
      return (value) => fromLow(value) && toHigh(value);
    }
  }
}

function compileComparison(operator: ComparisonOperator, literal: FilterValue): Test {
  if (operator === "=" || operator === "!=") return compileEquals(literal);
  const order = compileOrder(literal);
  switch (operator) {
    case ">":
      return (value) => order(value) > 0;
    case ">=":
      return (value) => order(value) >= 0;
    case "<":
      return (value) => order(value) < 0;
    case "<=":
      return (value) => order(value) <= 0;
  }
}

function compileEquals(literal: FilterValue): Test {
  if (typeof literal === "object" && literal !== null) {
    const { timestampMs } = literal;
    return (value) => typeof value === "string" && parseRfc3339(value) === timestampMs;
  }
  return (value) => value === literal;
}

/**
 * Compares a value with the literal: negative, 0 or positive, and NaN, which fails every comparison, when the two
 * are of different kinds.
 */
function compileOrder(literal: FilterValue): (value: JsonValue) => number {
  if (typeof literal === "number") return (value) => (typeof value === "number" ? value - literal : Number.NaN);
  if (typeof literal === "string")
    return (value) => (typeof value === "string" ? compareUtf8(value, literal) : Number.NaN);
  if (typeof literal === "object" && literal !== null) {
    const { timestampMs } = literal;
    return (value) => (typeof value === "string" ? (parseRfc3339(value) ?? Number.NaN) - timestampMs : Number.NaN);
  }
  return () => Number.NaN;
}

function compileIn(literals: readonly FilterValue[]): Test {
  const scalars = new Set<JsonValue>();
  const times = new Set<number>();
  for (const literal of literals) {
    if (typeof literal === "object" && literal !== null) times.add(literal.timestampMs);
    else scalars.add(literal);
  }
  if (times.size === 0) return (value) => scalars.has(value);
  return (value) => {
    if (scalars.has(value)) return true;
    const ms = typeof value === "string" ? parseRfc3339(value) : undefined;
    return ms !== undefined && times.has(ms);
  };
}

/** A substring of a string, or an element of an array that equals the literal; elements that nest never do. */
function compileContains(literal: FilterValue): Test {
  const equals = compileEquals(literal);
  return (value) => {
    if (Array.isArray(value)) return value.some(equals);
    return typeof value === "string" && typeof literal === "string" && value.includes(literal);
  };
}

function compilePath(path: readonly string[]): (metadata: Metadata | undefined) => JsonValue | undefined {
  const [only] = path;
  if (only === undefined || path.length > 1) return (metadata) => readField(path, metadata);
  return (metadata) => (metadata !== undefined && Object.hasOwn(metadata, only) ? metadata[only] : undefined);
}

/** Reads a field through objects only, never through an array, a string or the prototype; undefined when missing. */
export function readField(path: readonly string[], metadata: Metadata | undefined): JsonValue | undefined {
  let value: JsonValue | undefined = metadata;
  for (const name of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const fields: Metadata = value as Metadata;
    if (!Object.hasOwn(fields, name)) return undefined;
    value = fields[name];
  }
  return value;
}

function compileAnd(predicates: readonly Predicate[]): Predicate {
  return (metadata) => {
    for (const predicate of predicates) if (!predicate(metadata)) return false;
    return true;
  };
}

function compileOr(predicates: readonly Predicate[]): Predicate {
  return (metadata) => {
    for (const predicate of predicates) if (predicate(metadata)) return true;
    return false;
  };
}
