import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextDown, nextUp } from "./double-steps.js";

const SEED = 20_261_203;

describe("the next double", () => {
  it.each([
    [0, Number.MIN_VALUE],
    [1, 1 + Number.EPSILON],
    [-Number.MIN_VALUE, 0],
    [Number.MAX_VALUE, Number.POSITIVE_INFINITY],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [2 ** 53, 2 ** 53 + 2],
  ])("above %d is %d", (value, above) => {
    expect(nextUp(value) === above).toBe(true);
  });

  it("has nothing between itself and where it came from", () => {
    const property = fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const above = nextUp(value);
      const middle = value / 2 + above / 2;
      expect(above).toBeGreaterThan(value);
      expect(middle <= value || middle >= above).toBe(true);
      expect(nextDown(-value) === -above).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 2_000 });
  });
});
