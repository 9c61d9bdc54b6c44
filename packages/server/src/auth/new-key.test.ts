import type { ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { errorInfoOf } from "../errors.js";
import { KEY_LIMITS } from "./limits.js";
import { type NewKey, validateNewKey } from "./new-key.js";

const NOW_MS = 1_000;
const isNamespaceName = (name: string) => /^[a-z0-9]{1,128}$/.test(name);
const many = (count: number) => Array.from({ length: count }, (_, at) => `n${at}`);

function reasonOf(key: Partial<NewKey>): string {
  try {
    validateNewKey({ name: "", role: "reader", namespaces: ["docs"], ...key }, NOW_MS, isNamespaceName);
    return "taken";
  } catch (error) {
    return errorInfoOf(error as ConnectError).reason;
  }
}

describe("validateNewKey", () => {
  it.each<[string, Partial<NewKey>, string]>([
    ["no name", { name: "" }, "taken"],
    ["a name of 128 bytes", { name: "é".repeat(64) }, "taken"],
    ["a name of 129 bytes", { name: `${"é".repeat(64)}x` }, "LIMIT_OUT_OF_RANGE"],
    ["an emoji", { name: "👩‍💻 laptop" }, "taken"],
    ["a path", { name: "../../etc/passwd" }, "taken"],
    ["NUL", { name: "a\0b" }, "INVALID_ARGUMENT"],
    ["a line break", { name: "a\nb" }, "INVALID_ARGUMENT"],
    ["an escape sequence", { name: "\u001b[31m" }, "INVALID_ARGUMENT"],
    ["half a surrogate pair", { name: "\ud800" }, "INVALID_ARGUMENT"],
    ["no namespace", { namespaces: [] }, "LIMIT_OUT_OF_RANGE"],
    ["as many namespaces as allowed", { namespaces: many(KEY_LIMITS.namespacesMax) }, "taken"],
    ["one more", { namespaces: many(KEY_LIMITS.namespacesMax + 1) }, "LIMIT_OUT_OF_RANGE"],
    ["a hostile namespace", { namespaces: ["../x"] }, "INVALID_NAME"],
    ["a long namespace", { namespaces: ["x".repeat(10_000)] }, "INVALID_NAME"],
    ["an admin of one namespace", { role: "admin" }, "INVALID_ARGUMENT"],
    ["an admin", { role: "admin", namespaces: [] }, "taken"],
    ["metrics of one namespace", { role: "metrics" }, "INVALID_ARGUMENT"],
    ["a time now", { expiresAtMs: NOW_MS }, "INVALID_ARGUMENT"],
    ["a time in the future", { expiresAtMs: NOW_MS + 1 }, "taken"],
    ["the last time that there is", { expiresAtMs: 253_402_300_799_999 }, "taken"],
    ["a time after it", { expiresAtMs: 253_402_300_800_000 }, "INVALID_ARGUMENT"],
    ["no number", { expiresAtMs: Number.NaN }, "INVALID_ARGUMENT"],
  ])("decides on %s", (_, key, reason) => {
    expect(reasonOf(key)).toBe(reason);
  });

  it("keeps each namespace once, in order", () => {
    const key = { name: "", role: "reader", namespaces: ["b", "a", "b"] } as const;
    expect(validateNewKey(key, NOW_MS, isNamespaceName).namespaces).toEqual(["a", "b"]);
  });
});
