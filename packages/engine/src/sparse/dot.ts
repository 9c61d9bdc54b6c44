import type { SparseVector } from "../model/record.js";

/**
 * The dot product of two sparse vectors, summed in f64 by ascending component: the score of a record, to the last bit the same
 * wherever it lies.
 */
export function sparseDot(a: SparseVector, b: SparseVector): number {
  let sum = 0;
  let i = 0;
  let k = 0;
  while (i < a.indices.length && k < b.indices.length) {
    const left = a.indices[i]!;
    const right = b.indices[k]!;
    if (left === right) sum += a.values[i]! * b.values[k]!;
    if (left <= right) i++;
    if (right <= left) k++;
  }
  return sum;
}
