import { expect, it } from "vitest";
import { VecstoreError } from "../errors.js";
import { joinPath, parentPath } from "./env.js";
import { corrupted, isAlreadyThere, isNotFound, toStorageError } from "./errors.js";

it.each([
  ["ENOSPC", "DISK_FULL", "no_space"],
  ["EDQUOT", "DISK_FULL", "no_space"],
  ["ENOENT", "INTERNAL", "not_found"],
  ["EEXIST", "INTERNAL", "exists"],
  ["EACCES", "INTERNAL", "denied"],
  ["EIO", "INTERNAL", "io"],
])("maps %s to %s of kind %s, with operation and file", (code, reason, kind) => {
  const cause = Object.assign(new Error("from the system"), { code });
  const error = toStorageError(cause, "write", "data/x");
  expect(error).toMatchObject({ reason, kind, cause, details: { file: "data/x", operation: "write", kind } });
  expect(isNotFound(error)).toBe(kind === "not_found");
  expect(isAlreadyThere(error)).toBe(kind === "exists");
});

it.each([
  ["QuotaExceededError", "no_space"],
  ["NotFoundError", "not_found"],
  ["TypeMismatchError", "not_found"],
  ["NotAllowedError", "denied"],
  ["InvalidStateError", "io"],
])("maps a browser's %s to kind %s", (name, kind) => {
  expect(toStorageError(new DOMException("from the browser", name), "write", "data/x")).toMatchObject({ kind });
});

it("passes an error of ours unchanged and wraps what is no error at all", () => {
  const ours = new VecstoreError("STORE_CLOSED", "closed");
  expect(toStorageError(ours, "write", "x")).toBe(ours);
  expect(toStorageError("odd", "write", "x")).toMatchObject({ reason: "INTERNAL", kind: "io" });
  expect(isNotFound(new Error("x"))).toBe(false);
});

it("names file and offset of damage", () => {
  expect(corrupted("data/x", 12, "the crc")).toMatchObject({
    reason: "DATA_CORRUPTED",
    details: { file: "data/x", offset: "12" },
  });
});

it.each([
  [["a", "b"], "a/b"],
  [["a/", "/b", ""], "a/b"],
  [["", "a"], "a"],
  [["/", "a"], "/a"],
  [[""], ""],
])("joins %j to %s", (parts, joined) => {
  expect(joinPath(...parts)).toBe(joined);
});

it.each([
  ["a/b/c", "a/b"],
  ["a", ""],
  ["/a", "/"],
  ["/", ""],
  ["", ""],
])("the parent of %s is %s", (path, parent) => {
  expect(parentPath(path)).toBe(parent);
});
