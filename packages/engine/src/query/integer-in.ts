import { VecstoreError } from "../errors.js";
import { quoteValue } from "../metadata/describe.js";

/**
 * Checks that a number given by a caller is an integer of [min, max].
 *
 * @throws VecstoreError LIMIT_OUT_OF_RANGE
 */
export function integerIn(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new VecstoreError(
    "LIMIT_OUT_OF_RANGE",
    `${name} is ${quoteValue(value)}; allowed are integers from ${min} to ${max}`,
    {
      field: name,
      got: String(value),
      min: String(min),
      max: String(max),
    },
  );
}
