import { describe, expect, it } from "vitest";
import { toMetadata } from "./metadata.js";

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

describe("metadata", () => {
  it.each([
    [{ text: "é", number: 1.5, yes: true, none: null, list: [1, "a", [null]], nested: { deep: {} } }],
    [{ a: undefined, b: 1 }],
    [JSON.parse('{"__proto__": {"x": 1}}')],
    [Object.assign(Object.create(null), { a: 1 })],
  ])("may be %j", (metadata) => {
    expect(toMetadata(metadata, "metadata")).toBe(metadata);
  });

  it.each([
    ["a Date", { at: new Date(0) }, "metadata.at is a Date (use toISOString())"],
    ["NaN", { a: { b: Number.NaN } }, "metadata.a.b is NaN"],
    ["an infinity", { a: [0, Number.POSITIVE_INFINITY] }, "metadata.a[1] is Infinity"],
    ["a bigint", { a: 1n }, "metadata.a is of type bigint"],
    ["a function", { a: () => 1 }, "metadata.a is of type function"],
    ["undefined in a list", { a: [undefined] }, "metadata.a[0] is of type undefined"],
    ["a hole in a list", { a: new Array(1) }, "metadata.a[0] is of type undefined"],
    ["a typed array", { a: new Float32Array(1) }, "metadata.a is a Float32Array"],
    ["a Map", { a: new Map() }, "metadata.a is a Map"],
    ["half a surrogate pair", { a: "\ud800" }, "metadata.a holds half a surrogate pair"],
    ["a key with half a surrogate pair", { "\udc00": 1 }, "a key of metadata holds half"],
    ["a value that holds itself", cycle, "nests too deep"],
    ["a list at the top", [1], "metadata is a Array; it must be an object"],
    ["null at the top", null, "metadata is of type null"],
  ])("with %s are refused by the path", (_, metadata, message) => {
    expect(() => toMetadata(metadata as never, "metadata")).toThrow(
      expect.objectContaining({ reason: "INVALID_METADATA", message: expect.stringContaining(message) }),
    );
  });
});
