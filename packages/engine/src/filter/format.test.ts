import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Filter } from "../model/filter.js";
import { arbitraryFilter } from "./filter.cases.js";
import { formatFilter, formatFilterShape } from "./format.js";
import { parseFilter } from "./parser.js";

const SEED = 20_260_106;

describe("formatFilter", () => {
  it("is read back by parseFilter as the same tree", () => {
    const property = fc.property(arbitraryFilter, (filter) => {
      expect(parseFilter(formatFilter(filter))).toStrictEqual(filter);
    });
    fc.assert(property, { seed: SEED, numRuns: 3000 });
  });

  it.each([
    ["a=1 and b<>'x''y'", "a = 1 AND b != 'x\\'y'"],
    ["(a = 1 OR b = 2) AND NOT (c = 3 AND d = 4)", "(a = 1 OR b = 2) AND NOT (c = 3 AND d = 4)"],
    ["((a = 1) AND (b = 2)) OR ((c = 3))", "a = 1 AND b = 2 OR c = 3"],
    ["a = 1 AND (b = 2 AND c = 3)", "a = 1 AND (b = 2 AND c = 3)"],
    ["exists(a) or a is not null", "EXISTS a OR a IS NOT NULL"],
    ["`in`.in.`x y`.0 not in [ 1,'b',TRUE,null ]", "`in`.in.`x y`.0 NOT IN [1, 'b', true, null]"],
    ['a = "line\nbreak"', "a = 'line\\u000abreak'"],
    ["a > timestamp '2026-01-01T01:00:00+01:00'", "a > timestamp '2026-01-01T00:00:00.000Z'"],
  ])("writes %j as %j", (text, expected) => {
    expect(formatFilter(parseFilter(text))).toBe(expected);
  });

  it("writes an AND of one operand as the operand", () => {
    const one: Filter = { kind: "and", operands: [parseFilter("a = 1 OR b = 2")] };
    expect(formatFilter({ kind: "not", operand: one })).toBe("NOT (a = 1 OR b = 2)");
  });
});

describe("formatFilterShape", () => {
  it("puts ? for every literal and keeps the names", () => {
    const filter = parseFilter(
      "(a = 'secret' OR b IN [1, 2]) AND c BETWEEN 1 AND 2 AND d STARTSWITH 's' AND NOT e CONTAINS true AND f IS NULL " +
        "AND EXISTS g AND h NOT IN [] AND i > timestamp '2026-01-01T00:00:00Z'",
    );
    expect(formatFilterShape(filter)).toBe(
      "(a = ? OR b IN [?]) AND c BETWEEN ? AND ? AND d STARTSWITH ? AND NOT e CONTAINS ? AND f IS NULL " +
        "AND EXISTS g AND h NOT IN [?] AND i > ?",
    );
  });

  it("stays on one line whatever the names are", () => {
    const property = fc.property(arbitraryFilter, (filter) => {
      expect(formatFilterShape(filter)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });
});
