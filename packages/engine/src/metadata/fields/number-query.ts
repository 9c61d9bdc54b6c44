/** Which numbers are wanted. Both ends of a range are in it; they may be infinite. A list ascends. */
export type NumberQuery =
  | { readonly kind: "any"; readonly list: Float64Array }
  | { readonly kind: "range"; readonly low: number; readonly high: number };

/** Whether a number is wanted; NaN never is. */
export function isWantedNumber(query: NumberQuery, value: number): boolean {
  if (query.kind === "range") return value >= query.low && value <= query.high;
  return query.list[lowerBound(query.list, value)] === value;
}

/** Index of the first of some ascending values that is `value` or more. */
export function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first of some ascending values that is more than `value`. */
export function upperBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
