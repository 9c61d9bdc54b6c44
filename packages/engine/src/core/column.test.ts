import { describe, expect, it } from "vitest";
import { createFloat64Column, createUint32Column } from "./column.js";

describe("a column", () => {
  it("reads 0 where nothing was written and costs nothing there", () => {
    const column = createFloat64Column();
    expect(column.get(1_000_000)).toBe(0);
    expect(column.bytes).toBe(0);
    column.set(200_000, 2 ** 53 - 1);
    expect(column.get(200_000)).toBe(2 ** 53 - 1);
    expect(column.get(199_999)).toBe(0);
    expect(column.get(5)).toBe(0);
    expect(column.bytes).toBe(8 * 65_536);
  });

  it("gives back slices over chunk borders", () => {
    const column = createUint32Column();
    const values = Uint32Array.from({ length: 150_000 }, (_, i) => i * 3);
    column.setAll(10, values.subarray(0, 50), 7);
    column.setAll(60, values.subarray(50), 7);
    expect(column.slice(10, 150_010, 7)).toEqual(values);
    expect(column.slice(65_530, 65_545, 7)).toEqual(values.slice(65_520, 65_535));
    expect([...column.slice(8, 12)]).toEqual([0, 0, 7, 10]);
  });
});
