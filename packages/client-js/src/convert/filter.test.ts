import { fromBinary, toJson } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Filter as WireFilter } from "../gen/vecstore/v1/filter_pb.js";
import type { Filter } from "../model/filter.js";
import { FilterSchema } from "../testing/gen/vecstore/v1/filter_pb.js";
import { encode } from "../wire/encode.js";
import { toFilterAst, toFilterFields } from "./filter.js";

const path = ["author", "name"];

const CASES: [Filter, unknown][] = [
  [
    { kind: "compare", path, operator: "=", value: "a" },
    { compareFilter: { path, operator: "COMPARISON_OPERATOR_EQUAL", value: { stringValue: "a" } } },
  ],
  [
    { kind: "compare", path, operator: "!=", value: null },
    { compareFilter: { path, operator: "COMPARISON_OPERATOR_NOT_EQUAL", value: { nullValue: null } } },
  ],
  [
    { kind: "compare", path, operator: ">", value: 0 },
    { compareFilter: { path, operator: "COMPARISON_OPERATOR_GREATER", value: { numberValue: 0 } } },
  ],
  [
    { kind: "compare", path, operator: ">=", value: false },
    { compareFilter: { path, operator: "COMPARISON_OPERATOR_GREATER_OR_EQUAL", value: { boolValue: false } } },
  ],
  [
    { kind: "compare", path, operator: "<", value: { timestampMs: 1500 } },
    {
      compareFilter: {
        path,
        operator: "COMPARISON_OPERATOR_LESS",
        value: { timestampValue: "1970-01-01T00:00:01.500Z" },
      },
    },
  ],
  [
    { kind: "compare", path, operator: "<=", value: -1.5 },
    { compareFilter: { path, operator: "COMPARISON_OPERATOR_LESS_OR_EQUAL", value: { numberValue: -1.5 } } },
  ],
  [{ kind: "in", path, values: ["a", 1] }, { inFilter: { path, values: [{ stringValue: "a" }, { numberValue: 1 }] } }],
  [{ kind: "not_in", path, values: [true] }, { notInFilter: { path, values: [{ boolValue: true }] } }],
  [{ kind: "contains", path, value: "" }, { containsFilter: { path, value: { stringValue: "" } } }],
  [{ kind: "starts_with", path, prefix: "é" }, { startsWithFilter: { path, prefix: "é" } }],
  [{ kind: "exists", path }, { existsFilter: { path } }],
  [{ kind: "is_null", path }, { isNullFilter: { path } }],
  [
    { kind: "between", path, low: 1, high: 2 },
    { betweenFilter: { path, low: { numberValue: 1 }, high: { numberValue: 2 } } },
  ],
  [
    { kind: "and", operands: [{ kind: "or", operands: [{ kind: "exists", path }] }] },
    { andFilter: { operands: [{ orFilter: { operands: [{ existsFilter: { path } }] } }] } },
  ],
  [{ kind: "not", operand: { kind: "exists", path } }, { notFilter: { operand: { existsFilter: { path } } } }],
];

describe("toFilterAst", () => {
  it.each(CASES)("turns %j into its message", (filter, json) => {
    const bytes = encode(WireFilter, toFilterAst(filter));
    expect(toJson(FilterSchema, fromBinary(FilterSchema, bytes))).toEqual(json);
  });

  it.each([
    ["an unknown kind", { kind: "like", path }],
    ["no kind", {}],
    ["null", null],
    ["an unknown operator", { kind: "compare", path, operator: "==", value: 1 }],
    ["a dotted path", { kind: "exists", path: "author.name" }],
    ["a value of another type", { kind: "compare", path, operator: "=", value: 1n }],
    ["half a surrogate pair", { kind: "contains", path, value: "\ud800" }],
  ])("refuses a filter with %s", (_, filter) => {
    expect(() => toFilterAst(filter as never)).toThrow(expect.objectContaining({ reason: "INVALID_FILTER" }));
  });

  it("refuses a filter that holds itself", () => {
    const filter: { kind: "not"; operand: Filter } = { kind: "not", operand: { kind: "exists", path } };
    filter.operand = filter;
    expect(() => toFilterAst(filter)).toThrow(expect.objectContaining({ reason: "INVALID_FILTER" }));
  });
});

describe("toFilterFields", () => {
  it("puts a string and a tree in their fields", () => {
    expect(toFilterFields("a = 1")).toEqual({ filter: "a = 1" });
    expect(toFilterFields({ kind: "exists", path })).toHaveProperty("filterAst");
    expect(toFilterFields(undefined)).toEqual({});
  });

  it.each(["", "  "])("refuses the empty string %j, which would mean every record", (filter) => {
    expect(() => toFilterFields(filter)).toThrow(expect.objectContaining({ reason: "INVALID_FILTER" }));
  });
});
