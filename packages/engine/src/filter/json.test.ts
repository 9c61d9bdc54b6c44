import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { JsonValue } from "../model/metadata.js";
import { arbitraryMetadata } from "./filter.cases.js";
import { filterFromJson } from "./json.js";
import { parseFilter } from "./parser.js";
import { validateFilter } from "./validate.js";

const SEED = 20_260_108;

function refusal(value: unknown): VecstoreError {
  try {
    filterFromJson(value);
  } catch (error) {
    if (error instanceof VecstoreError) return error;
    throw error;
  }
  throw new Error("accepted");
}

describe("filterFromJson", () => {
  it.each<[unknown, string]>([
    [{ a: 1 }, "a = 1"],
    [{ a: null }, "a = null"],
    [{ a: "x", "b.c": true }, "a = 'x' AND b.c = true"],
    [{ a: { $eq: 1 } }, "a = 1"],
    [{ a: { $ne: 1 } }, "a != 1"],
    [{ a: { $gt: 1, $lte: 5 } }, "a > 1 AND a <= 5"],
    [{ a: { $gte: "x" }, b: { $lt: 2 } }, "a >= 'x' AND b < 2"],
    [{ a: { $in: [1, "x", null] } }, "a IN [1, 'x', null]"],
    [{ a: { $nin: [] } }, "a NOT IN []"],
    [{ a: { $contains: "x" } }, "a CONTAINS 'x'"],
    [{ a: { $exists: true } }, "EXISTS a"],
    [{ a: { $exists: false } }, "NOT EXISTS a"],
    [{ a: { $not: { $gt: 5 } } }, "NOT a > 5"],
    [{ a: { $not: 5 } }, "NOT a = 5"],
    [{ $not: { a: 1 } }, "NOT a = 1"],
    [{ $or: [{ a: 1 }, { b: 2, c: 3 }] }, "a = 1 OR b = 2 AND c = 3"],
    [{ $and: [{ a: 1 }, { $or: [{ b: 2 }, { c: 3 }] }] }, "a = 1 AND (b = 2 OR c = 3)"],
    [{ a: 1, $or: [{ b: 2 }, { c: 3 }] }, "a = 1 AND (b = 2 OR c = 3)"],
    [{ a: { $timestamp: "2026-01-01T00:00:00Z" } }, "a = timestamp '2026-01-01T00:00:00Z'"],
    [{ a: { $gt: { $timestamp: "2026-01-01T00:00:00Z" } } }, "a > timestamp '2026-01-01T00:00:00Z'"],
    [{ a: { $in: [{ $timestamp: "1970-01-01T00:00:00Z" }] } }, "a IN [timestamp '1970-01-01T00:00:00Z']"],
    [{ "odd name.in": 1 }, "`odd name`.in = 1"],
    [{ "`with.dot`.`$x`": 1 }, "`with.dot`.`$x` = 1"],
    [JSON.parse('{"__proto__":1}'), "__proto__ = 1"],
    [JSON.parse('{"constructor":{"$gt":1}}'), "constructor > 1"],
  ])("reads %j as %s", (value, text) => {
    expect(filterFromJson(value)).toEqual(parseFilter(text));
  });

  it.each<[unknown, string]>([
    [undefined, "filter"],
    [null, "filter"],
    ["a = 1", "filter"],
    [[], "filter"],
    [{}, "filter"],
    [new Map([["a", 1]]), "filter"],
    [{ $and: [] }, "filter.$and"],
    [{ $and: { a: 1 } }, "filter.$and"],
    [{ $or: [{ a: 1 }, {}] }, "filter.$or[1]"],
    [{ $or: [1] }, "filter.$or[0]"],
    [{ $not: [] }, "filter.$not"],
    [{ $nor: [{ a: 1 }] }, "filter.$nor"],
    [{ $gt: 1 }, "filter.$gt"],
    [{ a: [1] }, "filter.a"],
    [{ a: {} }, "filter.a"],
    [{ a: { b: 1 } }, "filter.a.b"],
    [{ a: { $regex: "x" } }, "filter.a.$regex"],
    [{ a: JSON.parse('{"__proto__":1}') }, "filter.a.__proto__"],
    [{ a: { $gt: 1, $constructor: 1 } }, "filter.a.$constructor"],
    [{ a: undefined }, "filter.a"],
    [{ a: Number.NaN }, "filter.a"],
    [{ a: new Date(0) }, "filter.a"],
    [{ a: "\ud800" }, "filter.a"],
    [{ a: { $gt: null } }, "filter.a.$gt"],
    [{ a: { $lt: true } }, "filter.a.$lt"],
    [{ a: { $eq: { b: 1 } } }, "filter.a.$eq"],
    [{ a: { $eq: [1] } }, "filter.a.$eq"],
    [{ a: { $in: 1 } }, "filter.a.$in"],
    [{ a: { $in: [1, [2]] } }, "filter.a.$in[1]"],
    [{ $and: [{ x: 1 }, { year: { $gte: Number.NaN } }] }, "filter.$and[1].year.$gte"],
    [{ a: { $exists: 1 } }, "filter.a.$exists"],
    [{ a: { $timestamp: "2026-01-01" } }, "filter.a"],
    [{ a: { $timestamp: "2026-01-01T00:00:00Z", $gt: 1 } }, "filter.a"],
    [{ a: { $gt: { $timestamp: 5 } } }, "filter.a.$gt"],
    [{ "": 1 }, 'filter[""]'],
    [{ "a..b": 1 }, 'filter["a..b"]'],
    [{ "a.": 1 }, 'filter["a."]'],
    [{ "`a": 1 }, 'filter["`a"]'],
    [{ "`a`b": 1 }, 'filter["`a`b"]'],
    [{ "\ud800": 1 }, 'filter["\\ud800"]'],
  ])("refuses %j and names its path", (value, path) => {
    const error = refusal(value);
    expect(error.reason).toBe("INVALID_FILTER");
    expect(error.details).toEqual({ path });
    expect(error.message).toContain(path);
  });

  it("accepts the deepest tree and refuses one level more, and cycles", () => {
    const nested = (levels: number): unknown => (levels === 1 ? { a: 1 } : { $not: nested(levels - 1) });
    expect(() => filterFromJson(nested(LIMITS.filterDepthMax))).not.toThrow();
    expect(refusal(nested(LIMITS.filterDepthMax + 1)).message).toContain("levels");
    const cycle: Record<string, unknown> = {};
    cycle.$not = cycle;
    expect(refusal(cycle).message).toContain("levels");
    const operators: Record<string, unknown> = {};
    operators.$not = operators;
    expect(refusal({ a: operators }).message).toContain("levels");
  });

  it("accepts the most terms and refuses one more, also where one value repeats", () => {
    const most = LIMITS.filterTermsMax;
    expect(() => filterFromJson({ a: { $in: new Array(most).fill(1) } })).not.toThrow();
    expect(refusal({ a: { $in: new Array(most + 1).fill(1) } }).reason).toBe("INVALID_FILTER");
    let value: unknown = { a: 1 };
    for (let level = 1; level < LIMITS.filterDepthMax; level++) value = { $or: [value, value] };
    expect(refusal(value).message).toContain(`more than ${most}`);
  });

  it("refuses names and strings of too many bytes", () => {
    expect(() => filterFromJson({ a: "x".repeat(LIMITS.filterBytesMax - 1) })).not.toThrow();
    expect(refusal({ a: "x".repeat(LIMITS.filterBytesMax) }).message).toContain("bytes");
  });

  it("gives filters that validateFilter accepts as they are, and throws nothing but INVALID_FILTER", () => {
    const operators = ["$and", "$or", "$not", "$eq", "$ne", "$gt", "$in", "$nin", "$contains", "$exists", "$timestamp"];
    const key = fc.constantFrom(...operators, "a", "a.b", "__proto__");
    const json = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<JsonValue>(1, "x", true, null, "2026-01-01T00:00:00Z"),
        fc.dictionary(key, tie("value"), { minKeys: 1, maxKeys: 2 }),
        fc.array(tie("value"), { minLength: 1, maxLength: 2 }),
        arbitraryMetadata,
      ),
    })).value;
    let accepted = 0;
    const property = fc.property(json, (value) => {
      try {
        const filter = filterFromJson(value);
        accepted++;
        expect(validateFilter(filter)).toStrictEqual(filter);
      } catch (error) {
        if (!(error instanceof VecstoreError)) throw error;
        expect(error.reason).toBe("INVALID_FILTER");
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 5000 });
    expect(accepted).toBeGreaterThan(100);
  });
});
