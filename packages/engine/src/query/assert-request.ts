import { VecstoreError } from "../errors.js";
import { describeValue } from "../metadata/describe.js";

/**
 * Checks that what a caller without types handed in is an object: a filter in its place would be none, and all records would count.
 *
 * @param what  how messages call it
 * @param todo  what to do about it
 * @throws VecstoreError INVALID_ARGUMENT
 */
export function assertRequest(
  request: unknown,
  what: string,
  todo = 'give an object, such as { filter: "year > 2020" }',
): asserts request is object {
  if (typeof request === "object" && request !== null && !Array.isArray(request)) return;
  throw new VecstoreError("INVALID_ARGUMENT", `${what} is ${describeValue(request)}; ${todo}`);
}

/**
 * The same for options, which may be left out.
 *
 * @param method  whose options they are, for the message
 * @throws VecstoreError INVALID_ARGUMENT
 */
export function assertOptions(options: unknown, method: string): asserts options is object {
  assertRequest(options, `the argument \`options\` of ${method}`, "give an object, or leave it out");
}
