import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NumberReader } from "./json-numbers.js";

const SEED = 20_261_202;

/** Reads a number that stands between others. */
function read(text: string): { value: number; rest: string } {
  const bytes = new TextEncoder().encode(`9,${text}`);
  const reader = new NumberReader();
  const value = reader.read(bytes, 2);
  return { value, rest: `9,${text}`.slice(reader.end) };
}

describe("NumberReader", () => {
  it("reads every double as JSON.parse does, to the last bit", () => {
    const doubles = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.tuple(fc.maxSafeInteger(), fc.nat(22)).map(([digits, shift]) => digits / 10 ** shift),
    );
    const property = fc.property(doubles, fc.constantFrom("", ",", "}", "]", " "), (value, end) => {
      const text = JSON.stringify(value);
      expect(read(text + end)).toEqual({ value: JSON.parse(text) as number, rest: end });
    });
    fc.assert(property, { seed: SEED, numRuns: 20_000 });
  });

  it.each([
    ["0", 0],
    ["-0", 0],
    ["-0.0", 0],
    ["-0e5", 0],
    ["123456789012345", 123456789012345],
    ["1234567890123456", 1234567890123456],
    ["9007199254740993", 9007199254740992],
    ["0.1", 0.1],
    ["0.000000000000001", 1e-15],
    ["0.30000000000000004", 0.30000000000000004],
    ["1.7976931348623157e308", Number.MAX_VALUE],
    ["5e-324", Number.MIN_VALUE],
    ["1E+2", 100],
    ["12e-1", 1.2],
  ])("reads %s", (text, value) => {
    expect(read(`${text},`)).toEqual({ value, rest: "," });
  });

  it.each(["", "x", "-", ".", "-.", "1.2.3", "1e", "--1", "1-2", "e5"])("says NaN of %j", (text) => {
    expect(read(`${text},`).value).toBeNaN();
  });
});
