import { describe, expect, it } from "vitest";
import { bytesOf } from "./bytes-of.js";

describe("bytes of a value", () => {
  it("count texts, numbers, arrays and objects, however deep", () => {
    const scalars = [bytesOf(undefined), bytesOf(null), bytesOf(true), bytesOf(1.5), bytesOf("abc")];
    expect(scalars).toEqual([0, 0, 0, 16, 30]);
    expect(bytesOf([1, 2])).toBe(48 + 2 * (8 + 16));
    expect(bytesOf(new Float32Array(768))).toBe(400 + 4 * 768);
    expect(bytesOf({ a: { b: "x" } })).toBe(64 + 16 + 64 + 16 + 26);
  });
});
