import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.js";
import { changeLabels, validateDescription, validateLabels } from "./annotations.js";

const INVALID = expect.objectContaining({ reason: "INVALID_ARGUMENT" }) as Error;
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));

describe("a description", () => {
  it("has at most 1 KiB of UTF-8", () => {
    const most = "é".repeat(LIMITS.descriptionBytesMax / 2);
    expect(validateDescription(most)).toBe(most);
    expect(validateDescription("")).toBe("");
    for (const wrong of [`${most}x`, "\ud800", 7, null]) expect(() => validateDescription(wrong)).toThrow(INVALID);
  });
});

describe("labels", () => {
  it("are at most 64, with keys of 1 to 63 bytes and values of at most 255", () => {
    const { labelsMax, labelKeyBytesMax, labelValueBytesMax } = LIMITS;
    expect(Object.keys(validateLabels(many(labelsMax)))).toHaveLength(labelsMax);
    expect(() => validateLabels(many(labelsMax + 1))).toThrow(INVALID);
    const most = { ["k".repeat(labelKeyBytesMax)]: "v".repeat(labelValueBytesMax), empty: "" };
    expect(validateLabels(most)).toEqual(most);
    for (const key of ["", "k".repeat(labelKeyBytesMax + 1), "\udc00"])
      expect(() => validateLabels({ [key]: "v" })).toThrow(INVALID);
    for (const value of ["v".repeat(labelValueBytesMax + 1), 1, undefined])
      expect(() => validateLabels({ k: value })).toThrow(INVALID);
    for (const wrong of [null, "a=b", undefined]) expect(() => validateLabels(wrong)).toThrow(INVALID);
  });

  it("are changed by key", () => {
    const labels = { a: "1", b: "2" };
    expect(changeLabels(labels, { b: "3", c: "4" }, ["a", "nobody"])).toEqual({ b: "3", c: "4" });
    expect(labels).toEqual({ a: "1", b: "2" });
    expect(changeLabels(many(64), { more: "1" }, ["k0"])).not.toHaveProperty("k0");
    expect(() => changeLabels(many(64), { more: "1" }, [])).toThrow(INVALID);
    expect(() => changeLabels(labels, { a: "9" }, ["a"])).toThrow(INVALID);
  });
});
