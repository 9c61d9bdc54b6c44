import { appendPath, describeValue, isPlainObject, quoteExcerpt } from "../metadata/describe.js";
import { parseRfc3339 } from "../metadata/rfc3339.js";
import type { ComparisonOperator, Filter, FilterValue } from "../model/filter.js";
import { depthProblem, FilterBudget } from "./budget.js";
import { filterPathError } from "./filter-error.js";
import { readArray, readScalar, readText, refuse } from "./literals.js";
import { parseKeyPath } from "./path.js";
import { orderProblem } from "./values.js";

/**
 * Reads the JSON form of a filter, such as `{"year": {"$gte": 2020}, "author.name": "Ada"}`.
 *
 * Several keys of one object, and several operators of one field, must all hold. A time is written as
 * `{"$timestamp": "2026-01-01T00:00:00Z"}` wherever a value may stand.
 *
 * @param value  as `JSON.parse` returns it, from a caller and not trusted
 * @returns      valid under the limits of a filter string, new, and sharing nothing with `value`
 * @throws VecstoreError INVALID_FILTER with the path of the part, such as `filter.$and[1].year.$gte`
 * Cost: linear in the filter, which is bounded: 32 levels, 1,024 comparisons and list elements.
 */
export function filterFromJson(value: unknown): Filter {
  return new JsonReader().filter(value, "filter", 1);
}

const COMPARISONS: ReadonlyMap<string, ComparisonOperator> = new Map([
  ["$eq", "="],
  ["$ne", "!="],
  ["$gt", ">"],
  ["$gte", ">="],
  ["$lt", "<"],
  ["$lte", "<="],
]);

const FIELD_OPERATORS = "$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $contains, $exists or $not";
const TIMESTAMP_FORM = `{"$timestamp": "2026-01-01T00:00:00Z"}, an RFC 3339 time`;

/**
 * One walk over one value. `depth` counts the levels of the tree that is built, and grows with each step inwards, so
 * that a value in memory that contains itself ends; the count of terms ends one that repeats itself.
 */
class JsonReader {
  readonly #budget = new FilterBudget();

  filter(value: unknown, at: string, depth: number): Filter {
    return this.#all(value, at, depth, (key, entry, entryAt, inner) => this.#entry(key, entry, entryAt, inner));
  }

  /** Reads every entry of an object; more than one make an AND, which is a level of its own. */
  #all(value: unknown, at: string, depth: number, read: ReadEntry): Filter {
    refuse(depthProblem(depth), at);
    if (!isPlainObject(value)) throw filterPathError(at, `is ${describeValue(value)}; expected an object`);
    const keys = Object.keys(value);
    const [only] = keys;
    if (only === undefined) {
      throw filterPathError(at, "is empty; to match every record, leave the filter out");
    }
    if (keys.length === 1) return read(only, value[only], appendPath(at, only), depth);
    return { kind: "and", operands: keys.map((key) => read(key, value[key], appendPath(at, key), depth + 1)) };
  }

  #entry(key: string, value: unknown, at: string, depth: number): Filter {
    switch (key) {
      case "$and":
        return { kind: "and", operands: this.#operands(value, at, depth) };
      case "$or":
        return { kind: "or", operands: this.#operands(value, at, depth) };
      case "$not":
        return { kind: "not", operand: this.filter(value, at, depth + 1) };
    }
    if (key.startsWith("$")) {
      throw filterPathError(
        at,
        "is no operator; expected $and, $or, $not or a field, in backticks if it begins with $",
      );
    }
    const read = parseKeyPath(key);
    if ("problem" in read) throw filterPathError(at, read.problem);
    return this.#field(read.path, value, at, depth);
  }

  #operands(value: unknown, at: string, depth: number): readonly Filter[] {
    const operands = readArray(value, at);
    if (operands.length === 0) throw filterPathError(at, "is empty; it needs at least one filter");
    return operands.map((operand, i) => this.filter(operand, `${at}[${i}]`, depth + 1));
  }

  #field(path: readonly string[], value: unknown, at: string, depth: number): Filter {
    if (Array.isArray(value)) {
      throw filterPathError(at, "is an array; use $in for one of several values, $contains for an element of an array");
    }
    if (!isPlainObject(value) || Object.hasOwn(value, "$timestamp")) {
      return this.#operator(path, "$eq", value, at, depth);
    }
    return this.#all(value, at, depth, (key, entry, entryAt, inner) =>
      this.#operator(path, key, entry, entryAt, inner),
    );
  }

  #operator(path: readonly string[], key: string, value: unknown, at: string, depth: number): Filter {
    refuse(depthProblem(depth), at);
    if (key === "$not") return { kind: "not", operand: this.#field(path, value, at, depth + 1) };
    refuse(this.#budget.addTerms(1), at);
    for (const name of path) readText(name, at, this.#budget);
    const operator = COMPARISONS.get(key);
    if (operator !== undefined) return this.#compare(path, operator, value, at);
    switch (key) {
      case "$in":
        return { kind: "in", path, values: this.#literals(value, at) };
      case "$nin":
        return { kind: "not_in", path, values: this.#literals(value, at) };
      case "$contains":
        return { kind: "contains", path, value: this.#literal(value, at) };
      case "$exists":
        return exists(path, value, at, depth);
      default:
        throw filterPathError(at, unknownOperator(key));
    }
  }

  #compare(path: readonly string[], operator: ComparisonOperator, value: unknown, at: string): Filter {
    const literal = this.#literal(value, at);
    if (operator !== "=" && operator !== "!=") refuse(orderProblem(literal, operator), at);
    return { kind: "compare", path, operator, value: literal };
  }

  #literals(value: unknown, at: string): readonly FilterValue[] {
    const values = readArray(value, at);
    refuse(this.#budget.addTerms(Math.max(values.length - 1, 0)), at);
    return values.map((item, i) => this.#literal(item, `${at}[${i}]`));
  }

  #literal(value: unknown, at: string): FilterValue {
    if (!isPlainObject(value)) return readScalar(value, at, this.#budget);
    const text = Object.hasOwn(value, "$timestamp") ? value.$timestamp : undefined;
    const ms = typeof text === "string" && Object.keys(value).length === 1 ? parseRfc3339(text) : undefined;
    if (ms === undefined) throw filterPathError(at, `is an object; the only one that is a value is ${TIMESTAMP_FORM}`);
    return { timestampMs: ms };
  }
}

type ReadEntry = (key: string, value: unknown, at: string, depth: number) => Filter;

function exists(path: readonly string[], value: unknown, at: string, depth: number): Filter {
  if (typeof value !== "boolean") throw filterPathError(at, `is ${describeValue(value)}; expected true or false`);
  if (value) return { kind: "exists", path };
  refuse(depthProblem(depth + 1), at);
  return { kind: "not", operand: { kind: "exists", path } };
}

function unknownOperator(key: string): string {
  const hint = key.startsWith("$") ? "" : '; a field inside a field is written with a dot, as in "author.name"';
  return `is no operator (${quoteExcerpt(key)}); expected ${FIELD_OPERATORS}${hint}`;
}
