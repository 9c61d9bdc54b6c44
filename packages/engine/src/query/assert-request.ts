import { VecstoreError } from "../errors.js";

/**
 * Checks that what a caller without types handed in is an object: a filter in its place would be none, and all records would count.
 *
 * @param what  how messages call it
 * @throws VecstoreError INVALID_ARGUMENT
 */
export function assertRequest(request: unknown, what: string): asserts request is object {
  if (typeof request === "object" && request !== null) return;
  const got = request === null ? "null" : typeof request;
  throw new VecstoreError("INVALID_ARGUMENT", `${what} is ${got}; give an object, such as { filter: "year > 2020" }`);
}
