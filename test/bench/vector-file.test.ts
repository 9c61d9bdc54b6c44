import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

/** The programs are plain JavaScript without declarations; these are the parts that are tested here. */
interface VectorFile {
  readonly dimension: number;
  readonly count: number;
}
const load = async <T>(path: string): Promise<T> => (await import(new URL(path, import.meta.url).href)) as T;
const { openVectorFile, readVectors } = await load<{
  openVectorFile(path: string): VectorFile;
  readVectors(file: VectorFile, most?: number): Float32Array;
}>("./vector-file.mjs");

const folder = mkdtempSync(join(tmpdir(), "vecstore-vectors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, ...parts: Uint8Array[]): string => {
  writeFileSync(join(folder, name), Buffer.concat(parts));
  return join(folder, name);
};
const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

const fvecs = (...vectors: number[][]): Uint8Array =>
  Buffer.concat(vectors.flatMap((one) => [bytesOf(Int32Array.of(one.length)), bytesOf(Float32Array.from(one))]));

/** As NumPy's `save` writes it: the head ends at a multiple of 64. */
const npy = (descr: string, shape: string, data: ArrayBufferView, order = "False", version = 1): Uint8Array => {
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const prefix = version === 1 ? 10 : 12;
  const length = Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix;
  const head = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, "latin1");
  const size = version === 1 ? bytesOf(Uint16Array.of(length)) : bytesOf(Uint32Array.of(length));
  return Buffer.concat([head, size, Buffer.from(`${text.padEnd(length - 1)}\n`, "latin1"), bytesOf(data)]);
};

describe("a file of vectors", () => {
  test.each([
    ["two.fvecs", fvecs([1, 2, 3], [4, 5, 6])],
    ["f4.npy", npy("<f4", "(2, 3)", Float32Array.of(1, 2, 3, 4, 5, 6))],
    ["f8.npy", npy("<f8", "(2, 3)", Float64Array.of(1, 2, 3, 4, 5, 6))],
    ["version2.npy", npy("<f4", "(2, 3)", Float32Array.of(1, 2, 3, 4, 5, 6), "False", 2)],
  ])("%s is read", (name, bytes) => {
    const file = openVectorFile(write(name, bytes));
    expect([file.dimension, file.count]).toEqual([3, 2]);
    expect(Array.from(readVectors(file))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Array.from(readVectors(file, 1))).toEqual([1, 2, 3]);
  });

  test("longer than a chunk is read whole", () => {
    const values = Float32Array.from({ length: 3 * 2 ** 20 }, (_, at) => at);
    const file = openVectorFile(write("long.npy", npy("<f4", `(${2 ** 20}, 3)`, values)));
    expect(Buffer.compare(bytesOf(readVectors(file)), bytesOf(values))).toBe(0);
  });

  test.each([
    ["cut.fvecs", fvecs([1, 2], [3, 4]).subarray(0, 20), "no fvecs file"],
    ["empty.fvecs", new Uint8Array(), "no fvecs file"],
    ["not.npy", Buffer.from("hello, world"), "no npy file"],
    ["column.npy", npy("<f4", "(2, 3)", Float32Array.of(1, 2, 3, 4, 5, 6), "True"), "C order"],
    ["int.npy", npy("<i4", "(2, 3)", Int32Array.of(1, 2, 3, 4, 5, 6)), "<f4 or <f8"],
    ["flat.npy", npy("<f4", "(6,)", Float32Array.of(1, 2, 3, 4, 5, 6)), "rows"],
    ["cut.npy", npy("<f4", "(2, 3)", Float32Array.of(1, 2)), "ends before"],
    ["vectors.txt", Buffer.from("1 2 3"), ".fvecs and .npy"],
  ])("%s is refused: %s", (name, bytes, message) => {
    expect(() => openVectorFile(write(name, bytes))).toThrow(message);
  });
});
