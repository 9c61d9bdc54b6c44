import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.js";
import type { SparseInput } from "../model/record.js";
import { validateSparse } from "./validate.js";

const most = Array.from({ length: LIMITS.sparseComponentsMax }, (_, i) => i);

describe("validateSparse", () => {
  it.each<[string, SparseInput]>([
    ["one component", { indices: [0], values: [1] }],
    ["the largest index", { indices: [0, 2 ** 32 - 1], values: [-1, 1e-30] }],
    ["typed arrays", { indices: Uint32Array.of(3, 9), values: Float32Array.of(0.25, -4) }],
    ["as many components as are allowed", { indices: most, values: most.map((i) => i + 1) }],
  ])("takes and copies %s", (_, input) => {
    const checked = validateSparse(input, "sparse vector");
    expect([...checked.indices]).toEqual([...input.indices]);
    expect([...checked.values]).toEqual(Array.from(input.values, Math.fround));
    expect(checked.indices).not.toBe(input.indices);
    expect(checked.values).not.toBe(input.values);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["no values", { indices: [1] }],
    ["text for lists", { indices: "12", values: "34" }],
    ["lists of unequal length", { indices: [1, 2], values: [1] }],
    ["no component", { indices: [], values: [] }],
    ["one component too many", { indices: [...most, 5_000], values: [...most, 1].map((i) => i + 1) }],
    ["an index twice", { indices: [4, 4], values: [1, 1] }],
    ["descending indices", { indices: [5, 4], values: [1, 1] }],
    ["a negative index", { indices: [-1], values: [1] }],
    ["an index of 2^32", { indices: [2 ** 32], values: [1] }],
    ["half an index", { indices: [0.5], values: [1] }],
    ["an index that is text", { indices: ["1"], values: [1] }],
    ["NaN", { indices: [1], values: [Number.NaN] }],
    ["an infinity", { indices: [1], values: [Number.POSITIVE_INFINITY] }],
    ["more than f32 holds", { indices: [1], values: [1e39] }],
    ["zero", { indices: [1], values: [0] }],
    ["minus zero", { indices: [1], values: [-0] }],
    ["what is zero in f32", { indices: [1], values: [1e-50] }],
    ["a hole", { indices: [1, 2], values: [1, undefined] }],
  ])("refuses %s", (_, input) => {
    expect(() => validateSparse(input as SparseInput, "sparse vector")).toThrow(
      expect.objectContaining({ reason: "INVALID_VECTOR" }),
    );
  });
});
