import { type ErrorReason, invalidArgument } from "../errors.js";

const LONE_SURROGATE = /\p{Surrogate}/u;
/** Faster, where the engine has it. */
const isWellFormed = (String.prototype as { isWellFormed?: (this: string) => boolean }).isWellFormed;

/**
 * Returns a string that UTF-8 can hold. Half a surrogate pair would silently become U+FFFD on the way, and two
 * different ids would become one.
 *
 * @param name  the field, for the message
 * @throws VecStoreError with `reason` when it is no string, or no well-formed one
 */
export function toUtf8Safe(value: string, name: string, reason: ErrorReason = "INVALID_ARGUMENT"): string {
  if (typeof value !== "string") throw invalidArgument(`${name} is a ${typeof value}; it must be a string`, reason);
  if (!isUtf8Safe(value)) throw invalidArgument(`${name} holds half a surrogate pair; correct the text`, reason);
  return value;
}

/** Whether UTF-8 can hold a string. */
export function isUtf8Safe(value: string): boolean {
  return isWellFormed === undefined ? !LONE_SURROGATE.test(value) : isWellFormed.call(value);
}

/** The same for ids. @throws VecStoreError INVALID_ID */
export function toId(id: string, name: string): string {
  return toUtf8Safe(id, name, "INVALID_ID");
}
