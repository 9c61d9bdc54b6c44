import type { BlockBits } from "../../core/block-bits.js";
import type { NumberQuery } from "../../metadata/fields/number-query.js";
import type { StringBound, StringQuery } from "../../metadata/fields/string-query.js";
import type { ValueBlock } from "../../metadata/fields/value-block.js";
import { encodeUtf8 } from "../../metadata/utf8.js";
import type { ComparisonOperator, FilterValue } from "../../model/filter.js";
import { nextDown, nextUp } from "./double-steps.js";

/** What a term asks of the scalars of a field, prepared once; values of other kinds never pass. */
export type ValueTest =
  | { readonly kind: "null" | "true" | "false" }
  | { readonly kind: "number" | "time"; readonly query: NumberQuery }
  | { readonly kind: "string"; readonly query: StringQuery };

/** The tests of a value that equals any of some literals: one for each kind of literal. */
export function equalToAny(literals: readonly FilterValue[]): readonly ValueTest[] {
  const tests: ValueTest[] = [];
  if (literals.includes(null)) tests.push({ kind: "null" });
  if (literals.includes(true)) tests.push({ kind: "true" });
  if (literals.includes(false)) tests.push({ kind: "false" });
  const numbers = literals.filter((literal) => typeof literal === "number");
  if (numbers.length > 0) tests.push({ kind: "number", query: anyNumber(numbers) });
  const times = literals.filter((literal) => typeof literal === "object" && literal !== null);
  if (times.length > 0) tests.push({ kind: "time", query: anyNumber(times.map(({ timestampMs }) => timestampMs)) });
  const strings = literals.filter((literal) => typeof literal === "string");
  if (strings.length > 0) tests.push({ kind: "string", query: { kind: "any", list: strings.map(encodeUtf8) } });
  return tests;
}

function anyNumber(numbers: readonly number[]): NumberQuery {
  const [only] = numbers;
  // One comparison for each value, in place of a search.
  if (only !== undefined && numbers.length === 1) return { kind: "range", low: only, high: only };
  return { kind: "any", list: Float64Array.from(numbers).sort() };
}

/** An order comparison, without equality and inequality. */
export type OrderOperator = Exclude<ComparisonOperator, "=" | "!=">;

/** The test of a value in order with a literal; none for literals that have no order. */
export function ordered(operator: OrderOperator, literal: FilterValue): readonly ValueTest[] {
  const isUpper = operator === "<" || operator === "<=";
  const inclusive = operator === ">=" || operator === "<=";
  if (literal === null || typeof literal === "boolean") return [];
  if (typeof literal === "string") {
    const bound: StringBound = { bytes: encodeUtf8(literal), inclusive };
    return [{ kind: "string", query: isUpper ? stringRange(undefined, bound) : stringRange(bound, undefined) }];
  }
  const query = isUpper
    ? range(Number.NEGATIVE_INFINITY, inclusive ? numberOf(literal) : nextDown(numberOf(literal)))
    : range(inclusive ? numberOf(literal) : nextUp(numberOf(literal)), Number.POSITIVE_INFINITY);
  return [{ kind: typeof literal === "number" ? "number" : "time", query }];
}

/** The test of a value from `low` to `high`, which are of one kind; none for literals that have no order. */
export function between(low: FilterValue, high: FilterValue): readonly ValueTest[] {
  if (typeof low === "string" && typeof high === "string") {
    const [from, to] = [low, high].map((end): StringBound => ({ bytes: encodeUtf8(end), inclusive: true }));
    return [{ kind: "string", query: stringRange(from, to) }];
  }
  if (typeof low === "number" && typeof high === "number") return [{ kind: "number", query: range(low, high) }];
  if (!isTime(low) || !isTime(high)) return [];
  return [{ kind: "time", query: range(low.timestampMs, high.timestampMs) }];
}

type Time = Extract<FilterValue, object>;

function isTime(literal: FilterValue): literal is Time {
  return typeof literal === "object" && literal !== null;
}

function numberOf(literal: number | Time): number {
  return typeof literal === "number" ? literal : literal.timestampMs;
}

function range(low: number, high: number): NumberQuery {
  return { kind: "range", low, high };
}

function stringRange(low: StringBound | undefined, high: StringBound | undefined): StringQuery {
  return { kind: "range", low, high };
}

/** Adds the slots of which a value passes. */
export function addPassing(test: ValueTest, values: ValueBlock, into: BlockBits): void {
  switch (test.kind) {
    case "null":
      values.nulls.addTo(into);
      break;
    case "true":
      values.trues.addTo(into);
      break;
    case "false":
      values.falses.addTo(into);
      break;
    case "number":
      values.numbers?.addWanted(test.query, into);
      break;
    case "time":
      values.strings?.addTimes(test.query, into);
      break;
    case "string":
      values.strings?.addWanted(test.query, into);
  }
}
