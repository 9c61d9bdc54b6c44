import { describe, expect, it } from "vitest";
import { assertLittleEndian, fromVector, toVectorBytes } from "./vector.js";

describe("vectors on the wire", () => {
  it("travel as little-endian f32, bit for bit", () => {
    const vector = new Float32Array([1, -0, 1.5e-45, 3.4028234e38, 0.1]);
    const bytes = toVectorBytes(vector, "vector");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    expect(bytes.length).toBe(20);
    vector.forEach((value, axis) => {
      expect(Object.is(view.getFloat32(4 * axis, true), value)).toBe(true);
    });
  });

  it("are rounded to f32 when they come as numbers", () => {
    const bytes = toVectorBytes([0.1, 2], "vector");
    expect(Array.from(new Float32Array(bytes.buffer))).toEqual([Math.fround(0.1), 2]);
  });

  it("are read from a view at an odd place of its buffer, and copied", () => {
    const buffer = new ArrayBuffer(16);
    const vector = new Float32Array(buffer, 4, 2);
    vector.set([1, 2]);
    const bytes = toVectorBytes(vector, "vector");
    vector.set([3, 4]);
    expect(Array.from(new Float32Array(bytes.buffer))).toEqual([1, 2]);
  });

  it("may lie in shared memory", () => {
    const vector = new Float32Array(new SharedArrayBuffer(8));
    vector.set([5, 6]);
    expect(toVectorBytes(vector, "vector").buffer).toBeInstanceOf(ArrayBuffer);
  });

  it.each([[[]], [new Float32Array(0)], [5], ["12"], [null], [{}]])("are refused when they are %j", (vector) => {
    expect(() => toVectorBytes(vector as never, "records[0].vector")).toThrow(
      expect.objectContaining({ code: "invalid_argument", reason: "INVALID_VECTOR" }),
    );
  });

  it("are refused on a big-endian machine", () => {
    expect(() => assertLittleEndian(false)).toThrow(expect.objectContaining({ reason: "NOT_IMPLEMENTED" }));
    expect(() => assertLittleEndian(true)).not.toThrow();
  });

  it("come back as a Float32Array, or not at all", () => {
    expect(fromVector([1, 2])).toEqual(new Float32Array([1, 2]));
    expect(fromVector([])).toBeUndefined();
  });
});
