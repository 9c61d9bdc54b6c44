import { describe, expect, it } from "vitest";
import { bytesToVector, isZeroVector, vectorToBytes } from "./bytes.js";

describe("a vector as bytes", () => {
  it("comes back bit for bit, at every alignment, from arrays and from Node's buffers", () => {
    const vector = Float32Array.of(1.5, -0, 1e-45, 3.4e38);
    const bytes = vectorToBytes(vector);
    for (let shift = 0; shift < 4; shift++) {
      const array = new Uint8Array(bytes.length + shift);
      array.set(bytes, shift);
      const buffer = Buffer.alloc(bytes.length + shift);
      buffer.set(bytes, shift);
      for (const shifted of [array.subarray(shift), buffer.subarray(shift)]) {
        const again = bytesToVector(shifted);
        expect(again).toHaveLength(4);
        expect(again.every((value, i) => Object.is(value, vector[i]))).toBe(true);
      }
    }
  });

  it("is a view of the vector's part of a larger buffer", () => {
    const all = Float32Array.of(1, 2, 3, 4);
    expect(vectorToBytes(all.subarray(1, 3))).toHaveLength(8);
    expect(bytesToVector(vectorToBytes(all.subarray(1, 3)))).toEqual(Float32Array.of(2, 3));
  });

  it("is a zero vector when every component is 0 or -0", () => {
    const zero = (...values: number[]) => isZeroVector(vectorToBytes(Float32Array.from(values)));
    expect([zero(), zero(0), zero(-0, 0, -0)]).toEqual([true, true, true]);
    expect([zero(0, 1e-45), zero(-1e-45), zero(1), zero(0, 0, -2)]).toEqual([false, false, false, false]);
    // 0x80 in a byte that is not the sign is a number: 1.8e-43.
    expect(isZeroVector(Uint8Array.of(0x80, 0, 0, 0))).toBe(false);
  });
});
