import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { Filter } from "../model/filter.js";
import { arbitraryFilter } from "./filter.cases.js";
import { validateFilter } from "./validate.js";

const SEED = 20_260_107;

const path = ["a"];
const term = { kind: "exists", path } as Filter;
const validate = (filter: unknown): Filter => validateFilter(filter as Filter);

function refusal(filter: unknown): VecstoreError {
  try {
    validate(filter);
  } catch (error) {
    if (error instanceof VecstoreError) return error;
    throw error;
  }
  throw new Error("accepted");
}

const nested = (levels: number): Filter => (levels === 1 ? term : { kind: "not", operand: nested(levels - 1) });

describe("validateFilter", () => {
  it("returns valid filters as equal copies that share nothing", () => {
    const property = fc.property(arbitraryFilter, (filter) => {
      expect(validateFilter(filter)).toStrictEqual(filter);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
    const values = [1, 2];
    const checked = validateFilter({ kind: "in", path, values });
    values.push(Number.NaN);
    expect(checked).toEqual({ kind: "in", path, values: [1, 2] });
  });

  it("accepts an AND of one operand, keeps lists that are empty, and reads -0 as 0", () => {
    expect(() => validateFilter({ kind: "and", operands: [term] })).not.toThrow();
    expect(() => validateFilter({ kind: "in", path, values: [] })).not.toThrow();
    const zero = validateFilter({ kind: "compare", path, operator: "=", value: -0 });
    expect(zero).toStrictEqual({ kind: "compare", path, operator: "=", value: 0 });
  });

  it.each<[string, unknown, string]>([
    ["null", null, "filter"],
    ["a string", "a = 1", "filter"],
    ["an array", [term], "filter"],
    ["no kind", {}, "filter.kind"],
    ["an unknown kind", { kind: "near", path }, "filter.kind"],
    ["a kind of the prototype", { kind: "__proto__", path }, "filter.kind"],
    ["no operands", { kind: "and" }, "filter.operands"],
    ["empty operands", { kind: "or", operands: [] }, "filter.operands"],
    ["a hole in operands", { kind: "or", operands: new Array(1) }, "filter.operands[0]"],
    ["a bad operand", { kind: "and", operands: [term, { kind: "not" }] }, "filter.operands[1].operand"],
    ["no path", { kind: "exists" }, "filter.path"],
    ["a dotted string as path", { kind: "exists", path: "a.b" }, "filter.path"],
    ["an empty path", { kind: "exists", path: [] }, "filter.path"],
    ["a number in a path", { kind: "exists", path: ["a", 0] }, "filter.path[1]"],
    ["a lone surrogate in a path", { kind: "exists", path: ["\ud800"] }, "filter.path[0]"],
    ["an unknown operator", { kind: "compare", path, operator: "==", value: 1 }, "filter.operator"],
    ["no value", { kind: "compare", path, operator: "=" }, "filter.value"],
    ["NaN", { kind: "compare", path, operator: "=", value: Number.NaN }, "filter.value"],
    ["an infinity", { kind: "compare", path, operator: ">", value: Number.POSITIVE_INFINITY }, "filter.value"],
    ["a bigint", { kind: "contains", path, value: 1n }, "filter.value"],
    ["a list as value", { kind: "compare", path, operator: "=", value: [1] }, "filter.value"],
    ["a Date", { kind: "compare", path, operator: "=", value: new Date(0) }, "filter.value"],
    ["order of a boolean", { kind: "compare", path, operator: ">", value: true }, "filter.value"],
    ["a fraction of a ms", { kind: "contains", path, value: { timestampMs: 0.5 } }, "filter.value.timestampMs"],
    ["a time past 9999", { kind: "contains", path, value: { timestampMs: 1e15 } }, "filter.value.timestampMs"],
    ["a lone surrogate", { kind: "starts_with", path, prefix: "\udc00" }, "filter.prefix"],
    ["a number as prefix", { kind: "starts_with", path, prefix: 1 }, "filter.prefix"],
    ["no values", { kind: "in", path }, "filter.values"],
    ["a bad element", { kind: "not_in", path, values: [1, undefined] }, "filter.values[1]"],
    ["a hole in values", { kind: "in", path, values: new Array(1) }, "filter.values[0]"],
    ["null as low end", { kind: "between", path, low: null, high: 1 }, "filter.low"],
    ["ends of two kinds", { kind: "between", path, low: 1, high: "x" }, "filter.high"],
  ])("refuses %s and names its path", (_name, filter, at) => {
    const error = refusal(filter);
    expect(error.reason).toBe("INVALID_FILTER");
    expect(error.details).toEqual({ path: at });
    expect(error.message).toContain(at);
  });

  it("accepts the deepest tree and refuses one level more, and cycles", () => {
    expect(() => validateFilter(nested(LIMITS.filterDepthMax))).not.toThrow();
    expect(refusal(nested(LIMITS.filterDepthMax + 1)).message).toContain("levels");
    const cycle: Record<string, unknown> = { kind: "not" };
    cycle.operand = cycle;
    expect(refusal(cycle).message).toContain("levels");
  });

  it("accepts the most terms and refuses one more, also where one tree repeats", () => {
    const most = LIMITS.filterTermsMax;
    expect(() => validateFilter({ kind: "and", operands: new Array<Filter>(most).fill(term) })).not.toThrow();
    expect(() => validateFilter({ kind: "in", path, values: new Array<number>(most).fill(1) })).not.toThrow();
    expect(refusal({ kind: "and", operands: new Array(most + 1).fill(term) }).reason).toBe("INVALID_FILTER");
    expect(refusal({ kind: "in", path, values: new Array(most + 1).fill(1) }).reason).toBe("INVALID_FILTER");
    let tree = term;
    for (let level = 1; level < LIMITS.filterDepthMax; level++) tree = { kind: "or", operands: [tree, tree] };
    expect(refusal(tree).message).toContain(`more than ${most}`);
  });

  it("accepts the most bytes of names and strings and refuses one more", () => {
    const prefix = "x".repeat(LIMITS.filterBytesMax - 1);
    expect(() => validateFilter({ kind: "starts_with", path, prefix })).not.toThrow();
    expect(refusal({ kind: "starts_with", path: ["é"], prefix }).message).toContain("bytes");
  });
});
