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
    expect(Array.from(new Float32Array(bytes.buffer as ArrayBuffer))).toEqual([Math.fround(0.1), 2]);
  });

  it.each([new ArrayBuffer(16), new SharedArrayBuffer(16)])("are read from a view at any place of %j", (buffer) => {
    const vector = new Float32Array(buffer, 4, 2);
    vector.set([1, 2]);
    expect([...toVectorBytes(vector, "vector")]).toEqual([0, 0, 128, 63, 0, 0, 0, 64]);
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
    const vector = new Float32Array([1, 2]);
    expect(fromVector(vector)).toBe(vector);
    expect(fromVector(new Float32Array())).toBeUndefined();
  });
});
