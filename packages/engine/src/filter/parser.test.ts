import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { Filter } from "../model/filter.js";
import { arbitraryFilter } from "./filter.cases.js";
import { formatFilter } from "./format.js";
import { parseFilter } from "./parser.js";

const SEED = 20_260_105;

const is = (path: string, value: number): Filter => ({ kind: "compare", path: [path], operator: "=", value });
const [a, b, c] = [is("a", 1), is("b", 2), is("c", 3)];

function refusal(text: string): VecstoreError {
  try {
    parseFilter(text);
  } catch (error) {
    if (error instanceof VecstoreError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe("parseFilter", () => {
  it.each<[string, Filter]>([
    ["a = 1", a],
    ["a=1", a],
    [" \t\r\n a\u00a0==\n1 ", a],
    ["a = 1 AND b = 2 and c = 3", { kind: "and", operands: [a, b, c] }],
    ["a = 1 OR b = 2 AND c = 3", { kind: "or", operands: [a, { kind: "and", operands: [b, c] }] }],
    ["(a = 1 OR b = 2) AND c = 3", { kind: "and", operands: [{ kind: "or", operands: [a, b] }, c] }],
    ["a = 1 AND (b = 2 AND c = 3)", { kind: "and", operands: [a, { kind: "and", operands: [b, c] }] }],
    ["not a = 1 and b = 2", { kind: "and", operands: [{ kind: "not", operand: a }, b] }],
    ["NOT NOT a = 1", { kind: "not", operand: { kind: "not", operand: a } }],
    ["NOT (a = 1 OR b = 2)", { kind: "not", operand: { kind: "or", operands: [a, b] } }],
    ["((((a = 1))))", a],
  ])("reads %j by precedence", (text, filter) => {
    expect(parseFilter(text)).toEqual(filter);
  });

  it.each<[string, Partial<Record<string, unknown>>]>([
    ["a != 1", { operator: "!=", value: 1 }],
    ["a <> 1", { operator: "!=", value: 1 }],
    ["a >= -1.5", { operator: ">=", value: -1.5 }],
    ["a<=+2E-3", { operator: "<=", value: 0.002 }],
    ["a > 1e21", { operator: ">", value: 1e21 }],
    ["a < 0", { operator: "<", value: 0 }],
    ["a = -0", { value: 0 }],
    ["a = 1e-999", { value: 0 }],
    ["a = 9007199254740993", { value: 2 ** 53 }],
    ["a = True", { value: true }],
    ["a = FALSE", { value: false }],
    ["a = null", { kind: "compare", operator: "=", value: null }],
    ["a = 'it''s'", { value: "it's" }],
    ["a = 'it\\'s \\\"x\\\"'", { value: 'it\'s "x"' }],
    ['a = "say ""hi"" it\'s"', { value: 'say "hi" it\'s' }],
    ["a = ''", { value: "" }],
    ["a = ''''", { value: "'" }],
    ["a = '\\n\\t\\\\\\/\\u0041\\u{1F600}\\ud83d\\ude00'", { value: "\n\t\\/A😀😀" }],
    ["a = timestamp '2026-01-01T00:00:00Z'", { value: { timestampMs: 1_767_225_600_000 } }],
    ["a = TIMESTAMP'2026-01-01T00:00:00Z'", { value: { timestampMs: 1_767_225_600_000 } }],
    ["a in [1, 'x', true, null]", { kind: "in", values: [1, "x", true, null] }],
    ["a IN []", { kind: "in", values: [] }],
    ["a Not In [1]", { kind: "not_in", values: [1] }],
    ["a CONTAINS 'x'", { kind: "contains", value: "x" }],
    ["a startswith 'x'", { kind: "starts_with", prefix: "x" }],
    ["EXISTS a", { kind: "exists" }],
    ["exists(a)", { kind: "exists" }],
    ["a EXISTS", { kind: "exists" }],
    ["a IS NULL", { kind: "is_null" }],
    ["a BETWEEN 1 AND 2", { kind: "between", low: 1, high: 2 }],
    ["a between 'x' and 'y'", { kind: "between", low: "x", high: "y" }],
  ])("reads %s", (text, expected) => {
    expect(parseFilter(text)).toEqual({ kind: "compare", operator: "=", path: ["a"], ...only(expected) });
  });

  it("reads IS NOT NULL as the negation of IS NULL", () => {
    expect(parseFilter("a IS NOT NULL")).toEqual({ kind: "not", operand: { kind: "is_null", path: ["a"] } });
  });

  it("takes the AND of BETWEEN for its own", () => {
    const between = { kind: "between", path: ["a"], low: 1, high: 2 };
    expect(parseFilter("a BETWEEN 1 AND 2 AND b = 2")).toEqual({ kind: "and", operands: [between, b] });
  });

  it.each<[string, string[]]>([
    ["author.name", ["author", "name"]],
    ["_x-1", ["_x-1"]],
    ["größe.名前", ["größe", "名前"]],
    ["a.0.in.not", ["a", "0", "in", "not"]],
    ["not.a", ["not", "a"]],
    ["timestamp", ["timestamp"]],
    // The Turkish dotless i upper-cases to I, but is no keyword's letter.
    ["ıs", ["ıs"]],
    ["`in`", ["in"]],
    ["`odd name`.`with.dot`.``", ["odd name", "with.dot", ""]],
    ["`a``b\\`c\\n`", ["a`b`c\n"]],
    ["__proto__.constructor", ["__proto__", "constructor"]],
  ])("reads the path %s", (text, path) => {
    expect(parseFilter(`${text} = 1`)).toEqual({ kind: "compare", path, operator: "=", value: 1 });
    expect(parseFilter(`EXISTS ${text}`)).toEqual({ kind: "exists", path });
  });

  it.each<[string, number, RegExp]>([
    ["", 0, /empty/],
    ["  ", 2, /empty/],
    ["a", 1, /expected =.*got the end/],
    ["a =", 3, /expected a string, number.*got the end/],
    ["a = b", 4, /text goes in quotes/],
    ["a = 1 b = 2", 6, /expected AND, OR or the end of the filter; got the name "b"/],
    ["a = 1)", 5, /expected AND, OR or the end/],
    ["(a = 1", 6, /expected AND, OR or \); got the end/],
    ["()", 1, /expected a field name/],
    ["a = 1 AND", 9, /expected a field name.*got the end/],
    ["a = 1 AND AND b = 2", 10, /got AND/],
    ["AND a = 1", 0, /backticks/],
    ["in = 1", 0, /backticks/],
    ["'a' = 1", 0, /backticks/],
    ["1 = a", 0, /expected a field name/],
    ["a & 1", 2, /unexpected character "&" \(U\+0026\)/],
    ["a = 1; x", 5, /unexpected character/],
    ["a = 1 -- x", 6, /unexpected character "-"/],
    ["a ! 1", 2, /unexpected character/],
    ["a === 1", 4, /expected a string, number/],
    ["a = 'x", 4, /never closed/],
    ['a = "x', 4, /never closed/],
    ["`a = 1", 0, /never closed/],
    ["a = 'x\\q'", 6, /unknown escape/],
    ["a = '\\u12'", 5, /unknown escape/],
    ["a = '\\u{110000}'", 5, /unknown escape/],
    ["a = '\\ud800'", 4, /surrogate/],
    ["a = '\ud800'", 4, /surrogate/],
    ["\ud800 = 1", 0, /U\+D800/],
    ["a = 'x'y", 7, /directly after a string/],
    ["a = 1x", 5, /directly after a number/],
    ["a = 1.", 5, /directly after a number/],
    ["a = .5", 4, /unexpected character/],
    ["a = 0x10", 5, /directly after a number/],
    ["a = 02139", 4, /leading zeros/],
    ["a = 1e999", 4, /range of a double/],
    ["a = NaN", 4, /text goes in quotes/],
    ["a. = 1", 2, /after the dot/],
    ["a..b = 1", 2, /after the dot/],
    [".a = 1", 0, /unexpected character/],
    ["a > true", 4, /compares numbers, strings and timestamps; got true/],
    ["a <= null", 5, /got null/],
    ["a BETWEEN 1 OR 2", 12, /expected AND and the upper end/],
    ["a BETWEEN 1 AND 'x'", 16, /one kind/],
    ["a BETWEEN true AND false", 10, /got true/],
    ["a IN (1, 2)", 5, /square brackets/],
    ["a IN [1, 2", 10, /expected , or \]/],
    ["a IN [1,]", 8, /expected a string, number/],
    ["a IN 1", 5, /square brackets/],
    ["a NOT CONTAINS 'x'", 6, /NOT before the field name/],
    ["a IS 1", 5, /NULL or NOT NULL/],
    ["a IS NOT 1", 9, /expected NULL/],
    ["a STARTSWITH 1", 13, /expected a string/],
    ["EXISTS (a", 9, /expected \)/],
    ["EXISTS a = 1", 9, /expected AND, OR or the end/],
    ["a AND b", 2, /expected =/],
    ["a = timestamp 5", 14, /RFC 3339/],
    ["a = timestamp '2026-01-01'", 14, /not an RFC 3339 time/],
    ["a = timestamp '2026-02-30T00:00:00Z'", 14, /not an RFC 3339 time/],
  ])("refuses %j at %i", (text, position, message) => {
    const error = refusal(text);
    expect(error.reason).toBe("INVALID_FILTER");
    expect(error.code).toBe("invalid_argument");
    expect(error.details).toEqual({ position: String(position) });
    expect(error.message).toMatch(message);
  });

  it("shows the place with a caret, on the line of the error", () => {
    const { message, details } = refusal("a = 'é𐀀' AND\n  (b = 2 AND) OR\nc = 3");
    expect(details).toEqual({ position: "26", line: "2" });
    const [first, line, caret] = message.split("\n") as [string, string, string];
    expect(first).toContain("line 2, position 26");
    expect(line).toBe("    (b = 2 AND) OR");
    expect([...line][caret.indexOf("^")]).toBe(")");
  });

  it("shows only the surroundings in a long filter, and no control characters", () => {
    const [, line, caret] = refusal(`${"a = '😀\u0007' AND ".repeat(20)}?${" OR b = 2".repeat(20)}`).message.split(
      "\n",
    ) as [string, string, string];
    expect([...line][caret.indexOf("^")]).toBe("?");
    expect(line.length).toBeLessThan(90);
    expect(line).not.toMatch(/\p{Cc}/u);
  });

  it("refuses what is not a string", () => {
    expect(() => parseFilter(undefined as unknown as string)).toThrow(VecstoreError);
  });
});

describe("the limits of parseFilter", () => {
  const depth = LIMITS.filterDepthMax;
  const terms = LIMITS.filterTermsMax;

  it("accepts the longest filter and refuses one byte more", () => {
    const longest = `a='${"é".repeat((LIMITS.filterBytesMax - 4) / 2)}'`;
    expect(() => parseFilter(longest)).not.toThrow();
    expect(refusal(`${longest} `).details).toEqual({ bytesMax: String(LIMITS.filterBytesMax) });
    expect(refusal(" ".repeat(1_000_000)).reason).toBe("INVALID_FILTER");
  });

  it.each<[string, (levels: number) => string]>([
    ["NOT", (levels) => `${"NOT ".repeat(levels - 1)}a=1`],
    ["parentheses", (levels) => `${"(".repeat(levels - 1)}a=1${")".repeat(levels - 1)}`],
    ["AND in parentheses", (levels) => `${"(a=1 AND ".repeat(levels - 1)}a=1${")".repeat(levels - 1)}`],
  ])("accepts the deepest nesting of %s and refuses one level more", (_name, nest) => {
    expect(() => parseFilter(nest(depth))).not.toThrow();
    expect(refusal(nest(depth + 1)).message).toContain(`more than ${depth} levels`);
  });

  it("counts the levels of the tree as well as the parentheses", () => {
    const nest = (levels: number) => `${"NOT (a=1 OR b=1 AND ".repeat(levels)}c=1${")".repeat(levels)}`;
    expect(() => parseFilter(nest(10))).not.toThrow();
    expect(refusal(nest(11)).message).toContain("levels");
  });

  it("refuses thousands of levels without a deep stack", () => {
    expect(refusal("(".repeat(8000)).details.position).toBe(String(depth));
    expect(refusal("NOT ".repeat(2000)).reason).toBe("INVALID_FILTER");
  });

  it("accepts the most terms, as list values and as comparisons, and refuses one more", () => {
    const list = (count: number) => `a IN [${new Array(count).fill("1").join(",")}]`;
    const values = list(terms);
    expect(() => parseFilter(values)).not.toThrow();
    expect(refusal(list(terms + 1)).message).toContain(`more than ${terms}`);
    expect(() => parseFilter(`${list(terms - 1)} OR b=1`)).not.toThrow();
    expect(refusal(`${values} OR b=1`).details.position).toBe(String(values.length + 4));
  });
});

describe("parseFilter on any input", () => {
  const words =
    "a author.name `x y` AND OR NOT IN CONTAINS STARTSWITH EXISTS IS NULL BETWEEN true 1 -2.5e3 'x' \"y\" timestamp";
  const pieces = [
    ..."()[],=<>!.'\"`\\ \n",
    ...words.split(" "),
    "'2026-01-01T00:00:00Z'",
    "\ud800",
    "é",
    "𐀀",
    "__proto__",
  ];

  const onlyInvalidFilter = (text: string): void => {
    try {
      // What is accepted has one canonical text, which means the same.
      const filter = parseFilter(text);
      expect(parseFilter(formatFilter(filter))).toEqual(filter);
    } catch (error) {
      if (!(error instanceof VecstoreError)) throw error;
      expect(error.reason).toBe("INVALID_FILTER");
      const position = Number(error.details.position);
      expect(position).toBeGreaterThanOrEqual(0);
      expect(position).toBeLessThanOrEqual(text.length);
    }
  };

  it("throws nothing but INVALID_FILTER on words of the grammar", () => {
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 20 }).chain((parts) => {
      return fc.constantFrom("", " ").map((separator) => parts.join(separator));
    });
    fc.assert(fc.property(text, onlyInvalidFilter), { seed: SEED, numRuns: 5000 });
  });

  it("throws nothing but INVALID_FILTER on any UTF-16", () => {
    const units = fc.array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 32, max: 126 })));
    const text = units.map((codes) => String.fromCharCode(...codes));
    fc.assert(fc.property(text, onlyInvalidFilter), { seed: SEED, numRuns: 2000 });
  });

  it("throws nothing but INVALID_FILTER on damaged filters", () => {
    const damaged = fc.tuple(arbitraryFilter, fc.nat(), fc.nat(3), fc.constantFrom("", ...pieces));
    const property = fc.property(damaged, ([filter, at, removed, piece]) => {
      const text = formatFilter(filter);
      const position = at % (text.length + 1);
      onlyInvalidFilter(text.slice(0, position) + piece + text.slice(position + removed));
    });
    fc.assert(property, { seed: SEED, numRuns: 2000 });
  });
});

/** A row that names its kind replaces the operator and value of the comparison that rows are by default. */
function only(expected: Partial<Record<string, unknown>>): Partial<Record<string, unknown>> {
  return expected.kind === undefined || expected.kind === "compare" ? expected : { operator: undefined, ...expected };
}
