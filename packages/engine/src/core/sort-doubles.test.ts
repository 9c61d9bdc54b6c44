import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderOfDoubles } from "./sort-doubles.js";
import { finish } from "./steps.js";

const SEED = 20_261_205;

describe("the order of doubles", () => {
  it("is that of their values, then of their places", () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }).map((one) => one + 0),
      fc.constantFrom(0, 1, -1, Number.MAX_VALUE, -Number.MIN_VALUE, Number.POSITIVE_INFINITY, 2 ** 32, 2 ** 53),
    );
    const property = fc.property(fc.array(value, { maxLength: 60 }), (values) => {
      const expected = values
        .map((_, i) => i)
        .sort((a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : a - b));
      expect([...finish(orderOfDoubles(Float64Array.from(values)))]).toEqual(expected);
    });
    fc.assert(property, { seed: SEED, numRuns: 2_000 });
  });

  it("is found in steps that each look at some thousands", () => {
    const values = Float64Array.from({ length: 50_000 }, (_, i) => Math.sin(i) * 1e6);
    let steps = 0;
    const sorting = orderOfDoubles(values);
    let step = sorting.next();
    for (; step.done !== true; step = sorting.next()) steps++;
    const expected = [...values].sort((a, b) => a - b);
    expect(Array.from(step.value, (i) => values[i])).toEqual(expected);
    // 50,000 in seven pieces: the words once, the six digits twice each, unless all share one.
    expect(steps).toBe(7 * (1 + 2 * 6));
  });
});
