import { expect, it } from "vitest";
import { VecstoreError } from "../errors.js";
import { validateId } from "./validate-id.js";

/** The reason of the error, or "ok". */
function reasonOf(run: () => unknown): string {
  try {
    run();
    return "ok";
  } catch (error) {
    if (!(error instanceof VecstoreError)) throw error;
    return error.reason;
  }
}

it.each([
  ["", "INVALID_ID"],
  ["a", "ok"],
  ["\0", "ok"],
  ["a".repeat(512), "ok"],
  ["a".repeat(513), "INVALID_ID"],
  ["é".repeat(256), "ok"],
  [`${"é".repeat(256)}a`, "INVALID_ID"],
  ["😀".repeat(128), "ok"],
  [`${"😀".repeat(128)}a`, "INVALID_ID"],
  ["\ud83d", "INVALID_ID"],
  [42, "INVALID_ID"],
  [undefined, "INVALID_ID"],
])("the id %j: %s", (id, reason) => {
  expect(reasonOf(() => validateId(id, "ids[0]"))).toBe(reason);
});
