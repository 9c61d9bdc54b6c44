const OBJECT_BYTES = 64;
const PROPERTY_BYTES = 16;
const ARRAY_BYTES = 48;
const ELEMENT_BYTES = 8;
const STRING_BYTES = 24;
const NUMBER_BYTES = 16;
const TYPED_ARRAY_BYTES = 400;

/**
 * Bytes of the heap that a value takes, reckoned high: as though each text had two bytes a character, and each number an object of its
 * own. Of plain objects, arrays, typed arrays and scalars; what is in it twice counts twice.
 */
export function bytesOf(value: unknown): number {
  if (typeof value === "string") return STRING_BYTES + 2 * value.length;
  if (typeof value === "number") return NUMBER_BYTES;
  if (typeof value !== "object" || value === null) return 0;
  if (ArrayBuffer.isView(value)) return TYPED_ARRAY_BYTES + value.byteLength;
  let sum = 0;
  if (Array.isArray(value)) {
    for (const item of value) sum += ELEMENT_BYTES + bytesOf(item);
    return ARRAY_BYTES + sum;
  }
  for (const item of Object.values(value)) sum += PROPERTY_BYTES + bytesOf(item);
  return OBJECT_BYTES + sum;
}
