import { VecstoreError } from "../errors.js";
import { quoteExcerpt, quoteValue } from "../metadata/describe.js";

/** @throws VecstoreError INVALID_CONFIGURATION when `value` is no integer of [min, max] */
export function checkRange(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) refuse(name, value, `integers from ${min} to ${max}`);
}

/**
 * Refuses an option that has no effect: most often it is misspelled, and its default would hold without a word.
 *
 * @param known  the names that there are
 * @param what   whose options they are, for the message
 * @throws VecstoreError INVALID_CONFIGURATION
 */
export function assertKnown(options: object, known: readonly string[], what: string): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const message = `${what} has no option ${quoteExcerpt(unknown)}; allowed are ${known.join(", ")}`;
  throw new VecstoreError("INVALID_CONFIGURATION", message, { option: unknown.slice(0, 128) });
}

/** @throws VecstoreError INVALID_CONFIGURATION, always */
export function refuse(name: string, got: unknown, allowed: string): never {
  const message = `option ${name} is ${quoteValue(got)}; allowed are ${allowed}`;
  throw new VecstoreError("INVALID_CONFIGURATION", message, { option: name });
}
