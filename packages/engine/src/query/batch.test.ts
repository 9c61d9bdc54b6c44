import { expect, it } from "vitest";
import { VecstoreError } from "../errors.js";
import { ofQuery } from "./batch.js";

it.each([
  ["DIMENSION_MISMATCH", "queries[2]: wrong"],
  ["RECORD_NOT_FOUND", "queries[2]: wrong"],
  ["CANCELED", "wrong"],
  ["DATA_CORRUPTED", "wrong"],
] as const)("%s of a query in a batch says %j", (reason, message) => {
  const error = new VecstoreError(reason, "wrong", { id: "a" });
  expect(ofQuery(2, error)).toMatchObject({ reason, message, details: { id: "a" } });
});

it("leaves what is no error of the engine as it is", () => {
  const error = new Error("wrong");
  expect(ofQuery(0, error)).toBe(error);
});
