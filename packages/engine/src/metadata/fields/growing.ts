/** Elements that a growing array begins with: a small namespace has many of them. */
const FIRST_LENGTH = 16;

/**
 * Makes room for `length` elements by doubling.
 *
 * @returns  the same array, or a longer copy; what is behind the old end is 0
 */
export function grown<A extends Uint16Array | Uint32Array | Float64Array>(array: A, length: number): A {
  if (array.length >= length) return array;
  let capacity = Math.max(FIRST_LENGTH, array.length);
  while (capacity < length) capacity *= 2;
  const longer = new (array.constructor as new (length: number) => A)(capacity);
  longer.set(array);
  return longer;
}
