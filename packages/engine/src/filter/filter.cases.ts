import fc from "fast-check";
import type { Filter, FilterValue } from "../model/filter.js";
import type { JsonValue, Metadata } from "../model/metadata.js";

/** Names that meet each other often, among them those that a prototype would answer. */
const NAMES = ["a", "b", "author", "__proto__", "constructor", "toString", "odd name", "0", "in", "", "length"];

/** Strings of metadata that are times, with their value by hand, and some that only look like times. */
export const TIMES: ReadonlyMap<string, number | undefined> = new Map([
  ["2026-01-01T00:00:00Z", 1_767_225_600_000],
  ["2026-01-01t01:00:00.000+01:00", 1_767_225_600_000],
  ["2025-12-31T23:59:60Z", 1_767_225_600_000],
  ["2026-01-01T00:00:00.001Z", 1_767_225_600_001],
  ["1970-01-01T00:00:00Z", 0],
  ["2026-01-01", undefined],
  ["2026-01-01 00:00:00Z", undefined],
  ["2026-02-30T00:00:00Z", undefined],
]);

const TEXTS = ["", "a", "ab", "b", "1", "true", "it's", "\\", "\uffff", "𐀀", "line\nbreak", ...TIMES.keys()];
const NUMBERS = [0, 1, -1, 1.5, -2.25e-7, 1e21, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53];

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 4 }) },
);
const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
);
const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.double({ noNaN: true, noDefaultInfinity: true }));
/** -0 equals 0 and is read as it. */
const finite = number.map((value) => value + 0);
const time = fc.constantFrom(0, 1_767_225_600_000, 1_767_225_600_001).map((timestampMs) => ({ timestampMs }));

const ordered: fc.Arbitrary<FilterValue> = fc.oneof(text, finite, time);
const literal: fc.Arbitrary<FilterValue> = fc.oneof(text, finite, time, fc.boolean(), fc.constant(null));
const path = fc.array(name, { minLength: 1, maxLength: 3 });

/** Objects as literals make them; by default some would have no prototype. */
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;

const range = fc.oneof(fc.tuple(text, text), fc.tuple(finite, finite), fc.tuple(time, time)) as fc.Arbitrary<
  [FilterValue, FilterValue]
>;

const term: fc.Arbitrary<Filter> = fc.oneof(
  record({ kind: fc.constant("compare"), path, operator: fc.constantFrom("=", "!="), value: literal }),
  record({ kind: fc.constant("compare"), path, operator: fc.constantFrom(">", ">=", "<", "<="), value: ordered }),
  record({ kind: fc.constantFrom("in", "not_in"), path, values: fc.array(literal, { maxLength: 4 }) }),
  record({ kind: fc.constant("contains"), path, value: literal }),
  record({ kind: fc.constant("starts_with"), path, prefix: text }),
  record({ kind: fc.constantFrom("exists", "is_null"), path }),
  fc.tuple(path, range).map(([at, [low, high]]) => ({ kind: "between", path: at, low, high }) as const),
) as fc.Arbitrary<Filter>;

/** Valid filters well under the limits. An AND or OR has two operands or more, as the parser makes them. */
export const arbitraryFilter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 3, arbitrary: term },
    {
      weight: 1,
      arbitrary: record({
        kind: fc.constantFrom("and", "or"),
        operands: fc.array(tie("filter"), { minLength: 2, maxLength: 3 }),
      }),
    },
    { weight: 1, arbitrary: record({ kind: fc.constant("not" as const), operand: tie("filter") }) },
  ),
})).filter;

const value: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 4, arbitrary: fc.oneof(text, finite, fc.boolean(), fc.constant(null)) },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map(toObject) },
  ),
})).value;

/** Metadata that shares its names and values with `arbitraryFilter`, so that both outcomes are common. */
export const arbitraryMetadata: fc.Arbitrary<Metadata> = fc
  .array(fc.tuple(name, value), { maxLength: 6 })
  .map(toObject);

/** `fromEntries` defines properties, so `__proto__` is a key like any other. */
function toObject(entries: readonly (readonly [string, JsonValue])[]): Metadata {
  return Object.fromEntries(entries);
}
