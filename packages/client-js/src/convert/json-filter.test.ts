import { describe, expect, it } from "vitest";
import type { ComparisonOperator, Filter, FilterValue } from "../model/filter.js";
import { filterFromJson } from "./json-filter.js";

const compare = (path: string, operator: ComparisonOperator, value: FilterValue): Filter => ({
  kind: "compare",
  path: path.split("."),
  operator,
  value,
});
const and = (...operands: Filter[]): Filter => ({ kind: "and", operands });
const not = (operand: Filter): Filter => ({ kind: "not", operand });

describe("filterFromJson", () => {
  it.each<[Record<string, unknown>, Filter]>([
    [{ a: 1 }, compare("a", "=", 1)],
    [{ a: null }, compare("a", "=", null)],
    [{ a: "x", "b.c": true }, and(compare("a", "=", "x"), compare("b.c", "=", true))],
    [{ a: { $ne: 1 } }, compare("a", "!=", 1)],
    [{ a: { $gt: 1, $lte: 5 } }, and(compare("a", ">", 1), compare("a", "<=", 5))],
    [{ a: { $gte: "x" }, b: { $lt: 2 } }, and(compare("a", ">=", "x"), compare("b", "<", 2))],
    [{ a: { $in: [1, "x", null] } }, { kind: "in", path: ["a"], values: [1, "x", null] }],
    [{ a: { $nin: [] } }, { kind: "not_in", path: ["a"], values: [] }],
    [{ a: { $contains: "x" } }, { kind: "contains", path: ["a"], value: "x" }],
    [{ a: { $exists: true } }, { kind: "exists", path: ["a"] }],
    [{ a: { $exists: false } }, not({ kind: "exists", path: ["a"] })],
    [{ a: { $not: { $gt: 5 } } }, not(compare("a", ">", 5))],
    [{ a: { $not: 5 } }, not(compare("a", "=", 5))],
    [{ $not: { a: { $eq: 1 } } }, not(compare("a", "=", 1))],
    [
      { $or: [{ a: 1 }, { $and: [{ b: 2 }] }] },
      { kind: "or", operands: [compare("a", "=", 1), and(compare("b", "=", 2))] },
    ],
    [{ a: { $timestamp: "1970-01-01T00:00:01Z" } }, compare("a", "=", { timestampMs: 1_000 })],
    [{ a: { $gt: { $timestamp: "1970-01-01T01:00:00+01:00" } } }, compare("a", ">", { timestampMs: 0 })],
    [{ "odd name.in": 1 }, compare("odd name.in", "=", 1)],
    [{ "`with.dot`.b": 1 }, { kind: "compare", path: ["with.dot", "b"], operator: "=", value: 1 }],
    [{ "`a``b`": 1 }, compare("a`b", "=", 1)],
    [{ "`\\`\\n\\u00e9\\u{1F600}\\\\`": 1 }, compare("`\né😀\\", "=", 1)],
    [JSON.parse('{"__proto__":1}'), compare("__proto__", "=", 1)],
  ])("reads %j", (json, filter) => {
    expect(filterFromJson(json)).toEqual(filter);
  });

  const cycle: Record<string, unknown> = {};
  cycle.$not = cycle;

  it.each<[unknown, string]>([
    [undefined, "filter "],
    ["a = 1", "filter "],
    [[], "filter "],
    [{}, "filter is empty"],
    [{ $and: [] }, "filter.$and "],
    [{ $or: [{ a: 1 }, {}] }, "filter.$or[1] "],
    [{ $nor: [{ a: 1 }] }, "filter.$nor "],
    [{ a: [1] }, "filter.a "],
    [{ a: {} }, "filter.a "],
    [{ a: { b: 1 } }, "filter.a.b "],
    [{ a: { $regex: "x" } }, "filter.a.$regex "],
    [{ a: { $exists: 1 } }, "filter.a.$exists "],
    [{ a: { $in: "x" } }, "filter.a.$in "],
    [{ a: { $in: [{}] } }, "filter.a.$in[0] "],
    [{ a: undefined }, "filter.a "],
    [{ a: new Date(0) }, "filter.a "],
    [{ a: { $timestamp: "2026-01-01" } }, "filter.a "],
    [{ a: { $timestamp: "2026-01-01T00:00:00Z", $gt: 1 } }, "filter.a "],
    [{ "": 1 }, "filter. "],
    [{ "a..b": 1 }, "filter.a..b "],
    [{ ".a": 1 }, "filter..a "],
    [{ "a.": 1 }, "filter.a. "],
    [{ "`a`b": 1 }, "filter.`a`b "],
    [{ "`\\x`": 1 }, "filter.`\\x` "],
    [{ "`\\u{110000}`": 1 }, "filter.`\\u{110000}` "],
    [{ "`a": 1 }, "filter.`a "],
    [cycle, "filter.$not.$not"],
  ])("refuses %s and names the part", (json, at) => {
    expect(() => filterFromJson(json as never)).toThrow(
      expect.objectContaining({ reason: "INVALID_FILTER", message: expect.stringContaining(at) }),
    );
  });
});
