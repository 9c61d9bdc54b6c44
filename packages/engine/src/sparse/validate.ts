import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { SparseInput, SparseVector } from "../model/record.js";

const INDEX_MAX = 2 ** 32 - 1;

/**
 * Checks a sparse vector and copies it.
 *
 * @param what  how messages call it, for example `sparse vector of record "a"`
 * @returns     u32[n] indices, strictly ascending, and f32[n] values, none of them 0; n is 1..LIMITS.sparseComponentsMax
 * @throws VecstoreError INVALID_VECTOR
 */
export function validateSparse(input: SparseInput, what: string): SparseVector {
  const { indices, values } = input ?? {};
  if (!isList(indices) || !isList(values)) {
    throw invalid(`${what} is no pair of lists; give {indices, values}, arrays of numbers of equal length`);
  }
  const count = indices.length;
  if (count !== values.length) throw invalid(`${what} has ${count} indices and ${values.length} values; give one each`);
  if (count === 0 || count > LIMITS.sparseComponentsMax) {
    throw invalid(
      `${what} has ${count} components; allowed are 1 to ${LIMITS.sparseComponentsMax}; leave out an empty one`,
    );
  }
  return { indices: checkedIndices(indices, what), values: checkedValues(values, what) };
}

function isList(list: unknown): list is ArrayLike<unknown> {
  return Array.isArray(list) || (ArrayBuffer.isView(list) && !(list instanceof DataView));
}

function checkedIndices(input: ArrayLike<unknown>, what: string): Uint32Array {
  const indices = new Uint32Array(input.length);
  let before = -1;
  for (let i = 0; i < indices.length; i++) {
    const index = input[i];
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index > INDEX_MAX) {
      throw invalid(`${what}: indices[${i}] is ${String(index)}; indices are integers from 0 to ${INDEX_MAX}`);
    }
    if (index <= before) {
      throw invalid(`${what}: indices[${i}] is ${index} after ${before}; indices ascend, each once; sort them`);
    }
    indices[i] = index;
    before = index;
  }
  return indices;
}

function checkedValues(input: ArrayLike<unknown>, what: string): Float32Array {
  const values = new Float32Array(input.length);
  for (let i = 0; i < values.length; i++) {
    const value = input[i];
    values[i] = value as number;
    const stored = values[i]!;
    if (typeof value !== "number" || stored - stored !== 0) {
      const got = typeof value === "number" ? String(value) : typeof value;
      throw invalid(`${what}: values[${i}] is ${got}; values are finite numbers within f32's range`);
    }
    if (stored === 0) throw invalid(`${what}: values[${i}] is ${value}, which is 0 in f32; leave the component out`);
  }
  return values;
}

function invalid(message: string): VecstoreError {
  return new VecstoreError("INVALID_VECTOR", message);
}
