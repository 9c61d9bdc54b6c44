import { invalidArgument, type VecStoreError } from "../errors.js";
import type { ComparisonOperator, Filter, FilterValue } from "../model/filter.js";

/** A filter in the JSON form: fields and their conditions, `$and`, `$or`, `$not`. */
export interface JsonFilter {
  /** A path and its condition, or an operator and its operands. */
  readonly [fieldOrOperator: string]: unknown;
}

const COMPARISONS: ReadonlyMap<string, ComparisonOperator> = new Map([
  ["$eq", "="],
  ["$ne", "!="],
  ["$gt", ">"],
  ["$gte", ">="],
  ["$lt", "<"],
  ["$lte", "<="],
]);

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** Stops a filter that holds itself; the server's limit of 32 levels is below. */
const DEPTH_MAX = 100;

/**
 * Turns the JSON form of a filter, such as `{"year": {"$gte": 2020}, "author.name": "Ada"}`, into a filter.
 *
 * Several keys of one object, and several operators of one field, must all hold. A name that holds a dot goes in
 * backticks, which are doubled inside. A time is `{"$timestamp": "2026-01-01T00:00:00Z"}`.
 *
 * @throws VecStoreError INVALID_FILTER with the path of the part, such as `filter.$and[1].year.$gte`; the server refuses
 *         what is well-formed and makes no sense
 */
export function filterFromJson(json: JsonFilter): Filter {
  return readFilter(json, "filter", 1);
}

function readFilter(value: unknown, at: string, depth: number): Filter {
  return readAll(value, at, depth, (key, entry, entryAt) => {
    if (key === "$and") return { kind: "and", operands: readOperands(entry, entryAt, depth) };
    if (key === "$or") return { kind: "or", operands: readOperands(entry, entryAt, depth) };
    if (key === "$not") return { kind: "not", operand: readFilter(entry, entryAt, depth + 1) };
    if (key.startsWith("$")) throw invalid(entryAt, "is no operator; use $and, $or, $not or a field");
    return readField(readPath(key, entryAt), entry, entryAt, depth);
  });
}

/** Reads every entry of an object; more than one make an AND. */
function readAll(
  value: unknown,
  at: string,
  depth: number,
  read: (key: string, entry: unknown, at: string) => Filter,
): Filter {
  if (depth > DEPTH_MAX) throw invalid(at, "nests too deep; at most 32 levels are allowed");
  if (!isObject(value)) throw invalid(at, "must be an object");
  const operands = Object.entries(value).map(([key, entry]) => read(key, entry, `${at}.${key}`));
  const [only] = operands;
  if (only === undefined) throw invalid(at, "is empty; to match every record, leave the filter out");
  return operands.length === 1 ? only : { kind: "and", operands };
}

function readOperands(value: unknown, at: string, depth: number): Filter[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid(at, "must be an array of at least one filter");
  return value.map((operand, position) => readFilter(operand, `${at}[${position}]`, depth + 1));
}

function readField(path: readonly string[], value: unknown, at: string, depth: number): Filter {
  if (Array.isArray(value))
    throw invalid(at, "is an array; use $in for one of several values, $contains for an element");
  if (!isObject(value) || "$timestamp" in value)
    return { kind: "compare", path, operator: "=", value: readValue(value, at) };
  return readAll(value, at, depth, (key, entry, entryAt) => {
    if (key === "$not") return { kind: "not", operand: readField(path, entry, entryAt, depth + 1) };
    return readOperator(path, key, entry, entryAt);
  });
}

function readOperator(path: readonly string[], key: string, value: unknown, at: string): Filter {
  const operator = COMPARISONS.get(key);
  if (operator !== undefined) return { kind: "compare", path, operator, value: readValue(value, at) };
  switch (key) {
    case "$in":
      return { kind: "in", path, values: readValues(value, at) };
    case "$nin":
      return { kind: "not_in", path, values: readValues(value, at) };
    case "$contains":
      return { kind: "contains", path, value: readValue(value, at) };
    case "$exists":
      if (value === true) return { kind: "exists", path };
      if (value === false) return { kind: "not", operand: { kind: "exists", path } };
      throw invalid(at, "must be true or false");
    default:
      throw invalid(at, "is no operator; a field inside a field is written with a dot, as in author.name");
  }
}

function readValues(value: unknown, at: string): FilterValue[] {
  if (!Array.isArray(value)) throw invalid(at, "must be an array of values");
  return value.map((each, position) => readValue(each, `${at}[${position}]`));
}

function readValue(value: unknown, at: string): FilterValue {
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return value as FilterValue;
  const text = isObject(value) && Object.keys(value).length === 1 ? value.$timestamp : undefined;
  const timestampMs = typeof text === "string" && RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(timestampMs))
    throw invalid(at, 'must be a string, number, boolean, null or {"$timestamp": "2026-01-01T00:00:00Z"}');
  return { timestampMs };
}

/** A name in backticks: the backtick itself is doubled, or after a backslash; the other escapes are JSON's. */
const ESCAPE = /``|\\u([0-9a-f]{4})|\\u\{((?:10|0?[0-9a-f])?[0-9a-f]{1,4})\}|\\([nrtbf/\\'"`])/gi;
const PATH_NAME = new RegExp(`\`(?:[^\`\\\\]|${ESCAPE.source})*\`|[^.\`][^.]*`, "gi");
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** Splits a key at its dots; a name in backticks may hold anything. */
function readPath(key: string, at: string): string[] {
  const names = key.match(PATH_NAME) ?? [];
  if (key === "" || names.join(".") !== key)
    throw invalid(at, "is no path; names are joined by dots, odd ones in backticks");
  return names.map((name) => (name.startsWith("`") ? name.slice(1, -1).replace(ESCAPE, unescapeOne) : name));
}

function unescapeOne(whole: string, four?: string, braced?: string, simple?: string): string {
  if (whole === "``") return "`";
  const digits = four ?? braced;
  if (digits !== undefined) return String.fromCodePoint(Number.parseInt(digits, 16));
  return CONTROLS[simple ?? ""] ?? simple ?? whole;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function invalid(at: string, problem: string): VecStoreError {
  return invalidArgument(`${at} ${problem}`, "INVALID_FILTER");
}
