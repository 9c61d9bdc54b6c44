const words = new DataView(new ArrayBuffer(8));

/** The next larger double: x > a is x >= nextUp(a). Infinity when there is none. */
export function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  if (value === Number.POSITIVE_INFINITY) return value;
  words.setFloat64(0, value);
  // Doubles of one sign are in the order of their bits.
  words.setBigInt64(0, words.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return words.getFloat64(0);
}

/** The next smaller double: x < a is x <= nextDown(a). */
export function nextDown(value: number): number {
  return 0 - nextUp(0 - value);
}
