import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Metadata } from "../model/metadata.js";
import { compileFilter } from "./evaluate.js";
import { arbitraryFilter, arbitraryMetadata } from "./filter.cases.js";
import { matchesNaively } from "./naive.cases.js";
import { parseFilter } from "./parser.js";

const SEED = 20_260_103;

const matches = (filter: string, metadata: Metadata | undefined) => compileFilter(parseFilter(filter))(metadata);
const parse = (json: string): Metadata => JSON.parse(json) as Metadata;

const RECORD: Metadata = {
  year: 2024,
  title: "Vector search",
  draft: false,
  author: { name: "Ada", tags: ["x", 3, null, true, ["nested"], "2026-01-01T01:00:00+01:00"] },
  nothing: null,
  created: "2026-01-01T00:00:00.500Z",
  big: 2 ** 53,
  astral: "𐀀",
};

describe("compileFilter", () => {
  it.each<[string, boolean]>([
    ["year = 2024", true],
    ["year = 2024.0", true],
    ["year = '2024'", false],
    ["year != '2024'", true],
    ["year > 2023 AND year < 2025", true],
    ["year >= 2024 AND year <= 2024", true],
    ["year > 2024 OR year < 2024", false],
    ["title > 'V' AND title < 'W'", true],
    ["title > 3 OR title < 3", false],
    ["year > 'a' OR year < 'a'", false],
    ["draft = false", true],
    ["draft = 0", false],
    ["draft != true", true],
    ["big = 9007199254740993", true],
    // A missing field makes every comparison false and every negation true.
    ["missing = 1", false],
    ["missing != 1", true],
    ["NOT missing = 1", true],
    ["missing > 1 OR missing <= 1", false],
    ["missing IN [1, null]", false],
    ["missing NOT IN [1]", true],
    ["missing CONTAINS 'a'", false],
    ["missing STARTSWITH ''", false],
    ["missing BETWEEN 0 AND 9", false],
    ["missing = null", false],
    ["missing != null", true],
    ["missing IS NULL", false],
    ["missing IS NOT NULL", true],
    ["EXISTS missing", false],
    // Null is a value.
    ["nothing IS NULL", true],
    ["nothing IS NOT NULL", false],
    ["nothing = null", true],
    ["nothing != null", false],
    ["nothing IN [null]", true],
    ["EXISTS nothing", true],
    ["nothing EXISTS", true],
    ["year IS NULL", false],
    // Paths go through objects only.
    ["author.name = 'Ada'", true],
    ["EXISTS author", true],
    ["author = 'Ada'", false],
    ["EXISTS author.name.length", false],
    ["EXISTS author.tags.0", false],
    ["EXISTS author.tags.length", false],
    // Arrays are asked with CONTAINS.
    ["author.tags = 'x'", false],
    ["author.tags != 'x'", true],
    ["author.tags IN ['x']", false],
    ["author.tags CONTAINS 'x'", true],
    ["author.tags CONTAINS 3", true],
    ["author.tags CONTAINS '3'", false],
    ["author.tags CONTAINS null", true],
    ["author.tags CONTAINS true", true],
    ["author.tags CONTAINS 'nested'", false],
    ["author.tags CONTAINS timestamp '2026-01-01T00:00:00Z'", true],
    ["title CONTAINS 'tor s'", true],
    ["title CONTAINS 'TOR'", false],
    ["title CONTAINS ''", true],
    ["year CONTAINS 2024", false],
    ["year CONTAINS '2'", false],
    ["title STARTSWITH 'Vector'", true],
    ["title STARTSWITH 'vector'", false],
    ["author.tags STARTSWITH 'x'", false],
    ["year IN [1, 'a', 2024]", true],
    ["year IN ['2024']", false],
    ["year NOT IN [2024]", false],
    ["year IN []", false],
    ["year NOT IN []", true],
    ["year BETWEEN 2024 AND 2025", true],
    ["year BETWEEN 2023 AND 2024", true],
    ["year BETWEEN 2025 AND 2023", false],
    ["title BETWEEN 'A' AND 'Z'", true],
    // Code points: U+10000 comes after U+FFFF, although its first UTF-16 unit is smaller.
    ["astral > '\uffff'", true],
    ["created > timestamp '2026-01-01T00:00:00Z'", true],
    ["created = timestamp '2026-01-01T01:00:00.5+01:00'", true],
    ["created = timestamp '2026-01-01T00:00:00.5004Z'", true],
    ["created != timestamp '2026-01-01T00:00:00.501Z'", true],
    ["created BETWEEN timestamp '2026-01-01T00:00:00Z' AND timestamp '2026-01-02T00:00:00Z'", true],
    ["created IN [timestamp '2026-01-01T00:00:00.500Z']", true],
    ["created IN ['x', timestamp '2026-01-02T00:00:00Z']", false],
    ["title > timestamp '2000-01-01T00:00:00Z'", false],
    ["title < timestamp '2000-01-01T00:00:00Z'", false],
    ["title != timestamp '2000-01-01T00:00:00Z'", true],
    ["year > timestamp '1970-01-01T00:00:00Z'", false],
    ["NOT (year = 2024 AND draft = true)", true],
    ["year = 1 OR year = 2024 AND draft = true", false],
  ])("%s is %s", (filter, expected) => {
    expect(matches(filter, RECORD)).toBe(expected);
  });

  it("takes a record without metadata for one without fields", () => {
    expect(matches("a = 1", undefined)).toBe(false);
    expect(matches("a.b != 1", undefined)).toBe(true);
    expect(matches("EXISTS a", undefined)).toBe(false);
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])(
    "reads %s as an own field only",
    (name) => {
      expect(matches(`EXISTS ${name}`, {})).toBe(false);
      expect(matches(`EXISTS ${name}.name`, {})).toBe(false);
      expect(matches(`EXISTS a.${name}`, { a: {} })).toBe(false);
      expect(matches(`${name}.x = 1`, parse(`{"${name}":{"x":1}}`))).toBe(true);
    },
  );

  it("agrees with the naive evaluator", () => {
    let matched = 0;
    const property = fc.property(
      arbitraryFilter,
      fc.option(arbitraryMetadata, { nil: undefined }),
      (filter, metadata) => {
        const expected = matchesNaively(filter, metadata);
        matched += Number(expected);
        expect(compileFilter(filter)(metadata)).toBe(expected);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 3000 });
    // A test of which nearly every answer is the same would prove little.
    expect(matched).toBeGreaterThan(600);
    expect(matched).toBeLessThan(2400);
  });
});
