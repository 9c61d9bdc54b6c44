import { invalidArgument } from "../errors.js";

const UINT32_MAX = 4_294_967_295;

/**
 * Checks that an optional number fits an unsigned 32-bit field; the server knows the narrower range.
 *
 * @param name  the field, for the message
 * @throws VecStoreError LIMIT_OUT_OF_RANGE
 */
export function toUint32(value: number | undefined, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && value >= 0 && value <= UINT32_MAX) return value;
  throw invalidArgument(`${name} is ${value}; it must be an integer, 0..4,294,967,295`, "LIMIT_OUT_OF_RANGE");
}

/**
 * Checks that an optional number fits an unsigned 64-bit field.
 *
 * @throws VecStoreError INVALID_ARGUMENT when it is no integer of 0..2^53 - 1
 */
export function toUint64(value: number | undefined, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw invalidArgument(`${name} is ${value}; it must be an integer, 0..9,007,199,254,740,991`);
}
