import { describe, expect, it } from "vitest";
import { mismatch } from "./match.js";

describe("mismatch", () => {
  it.each([
    [{ a: 1 }, { a: 2 }, "it.a: expected 1, got 2"],
    [{ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, "it.a[1].b: expected 2, got 3"],
    [[1], [1, 2], "it: expected [1], got [1,2]"],
    [null, 0, "it: expected null, got 0"],
    [{ a: 1 }, null, 'it: expected {"a":1}, got null'],
    ["1", 1, 'it: expected "1", got 1'],
    [{ $exact: { a: 1 } }, { a: 1, b: 2 }, 'it: expected {"$exact":{"a":1}}, got {"a":1,"b":2}'],
    [{ $length: 3 }, "ab", 'it: expected {"$length":3}, got "ab"'],
    [{ $not: { a: 1 } }, { a: 1, b: 2 }, 'it: expected {"$not":{"a":1}}, got {"a":1,"b":2}'],
    [{ $contains: { id: "a" } }, [{ id: "b" }], 'it: expected {"$contains":{"id":"a"}}, got [{"id":"b"}]'],
    [{ $any: true }, undefined, 'it: expected {"$any":true}, got nothing'],
  ])("of %j and %j is said", (expected, actual, message) => {
    expect(mismatch(expected, actual)).toBe(message);
  });

  it.each([
    [{ a: 1 }, { a: 1, b: 2 }],
    [null, undefined],
    [0, -0],
    [{ $length: { $at_least: 1 } }, [1, 2]],
    [{ $approx: [1, 0.1] }, 1.05],
  ])("of %j and %j is none", (expected, actual) => {
    expect(mismatch(expected, actual)).toBeUndefined();
  });
});
