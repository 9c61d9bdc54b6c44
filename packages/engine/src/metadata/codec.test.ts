import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { Metadata } from "../model/metadata.js";
import { decodeMetadata, encodeMetadata, mergeMetadata } from "./codec.js";
import { encodeUtf8 } from "./utf8.js";

const SEED = 20_260_102;

/** Metadata as it comes off the wire, own `__proto__` keys included. */
const parse = (json: string): Metadata => JSON.parse(json) as Metadata;

/** What a caller without types may hand in. */
const encode = (value: unknown, path?: string): Uint8Array => encodeMetadata(value as Metadata, path);

function refusal(run: () => unknown): VecstoreError {
  try {
    run();
  } catch (error) {
    if (error instanceof VecstoreError) return error;
    throw error;
  }
  throw new Error("expected a refusal");
}

/** An object that nests `levels` levels, itself included. */
function nested(levels: number): Metadata {
  return levels === 1 ? {} : { a: nested(levels - 1) };
}

describe("encodeMetadata", () => {
  it("gives UTF-8 JSON that decodes to the same value", () => {
    const key = fc.oneof(fc.constantFrom("__proto__", "constructor", ""), fc.string({ unit: "binary", maxLength: 5 }));
    const json = fc.json({ stringUnit: "binary", maxDepth: 5 }).map((text) => JSON.parse(text) as null);
    const property = fc.property(fc.dictionary(key, json, { maxKeys: 6 }), (record) => {
      const metadata = parse(JSON.stringify(record));
      expect(decodeMetadata(encodeMetadata(metadata))).toEqual(metadata);
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });

  it("keeps a key named __proto__ as data", () => {
    const decoded = decodeMetadata(encodeMetadata(parse('{"__proto__":{"polluted":1}}')));
    expect(Object.keys(decoded)).toEqual(["__proto__"]);
    expect((decoded as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("accepts objects without a prototype and the empty object", () => {
    expect(encodeMetadata(Object.assign(Object.create(null), { a: 1 }))).toEqual(encodeUtf8('{"a":1}'));
    expect(encodeMetadata({})).toEqual(encodeUtf8("{}"));
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  it.each<[string, unknown, string]>([
    ["undefined", { a: undefined }, "metadata.a"],
    ["a function", { a: { b: () => 1 } }, "metadata.a.b"],
    ["a bigint", { author: { tags: ["x", "y", 1n] } }, "metadata.author.tags[2]"],
    ["a symbol", { a: [Symbol("s")] }, "metadata.a[0]"],
    ["NaN", { "odd key": Number.NaN }, 'metadata["odd key"]'],
    ["an infinity", { a: Number.NEGATIVE_INFINITY }, "metadata.a"],
    ["a Date", { a: new Date(0) }, "metadata.a"],
    ["a Map", { a: new Map() }, "metadata.a"],
    ["bytes", { a: new Uint8Array(1) }, "metadata.a"],
    ["a hole of an array", { a: new Array(2) }, "metadata.a[0]"],
    ["toJSON", { a: { toJSON: () => 1 } }, "metadata.a.toJSON"],
    ["a lone surrogate", { a: ["\ud800"] }, "metadata.a[0]"],
    ["a lone surrogate in a key", { a: { "\udc00": 1 } }, "metadata.a"],
    ["a cycle", cyclic, `metadata${".self".repeat(LIMITS.metadataDepthMax)}`],
    ["null at the root", null, "metadata"],
    ["an array at the root", [], "metadata"],
    ["a string at the root", "{}", "metadata"],
  ])("refuses %s and names its path", (_name, value, path) => {
    const error = refusal(() => encode(value));
    expect(error.reason).toBe("INVALID_METADATA");
    expect(error.details).toEqual({ path });
    expect(error.message.startsWith(`${path} `)).toBe(true);
  });

  it("begins the path with the name it is given, and shortens long keys", () => {
    const error = refusal(() => encode({ ["k".repeat(1000)]: undefined }, "records[3].metadata"));
    expect(error.details.path).toBe(`records[3].metadata["${"k".repeat(40)}…"]`);
  });

  it("accepts the deepest nesting and refuses one level more", () => {
    expect(() => encodeMetadata(nested(LIMITS.metadataDepthMax))).not.toThrow();
    expect(refusal(() => encodeMetadata(nested(LIMITS.metadataDepthMax + 1))).reason).toBe("INVALID_METADATA");
  });

  it("accepts the largest size and refuses one byte more", () => {
    const frame = encodeMetadata({ a: "" }).length;
    const largest = { a: "x".repeat(LIMITS.metadataBytesMax - frame) };
    expect(encodeMetadata(largest)).toHaveLength(LIMITS.metadataBytesMax);
    const error = refusal(() => encodeMetadata({ a: `${largest.a}x` }));
    expect(error.reason).toBe("METADATA_TOO_LARGE");
    expect(error.details).toEqual({ path: "metadata", bytesMax: String(LIMITS.metadataBytesMax) });
  });

  it("counts bytes, not characters", () => {
    const text = "é".repeat(LIMITS.metadataBytesMax / 2);
    expect(refusal(() => encodeMetadata({ a: text })).reason).toBe("METADATA_TOO_LARGE");
    expect(() => encodeMetadata({ a: text.slice(0, -10) })).not.toThrow();
  });

  it("ends early on a value that contains itself many times over", () => {
    let value: Metadata = {};
    for (let level = 1; level < LIMITS.metadataDepthMax - 1; level += 2)
      value = { list: new Array<Metadata>(50).fill(value) };
    expect(refusal(() => encodeMetadata(value)).reason).toBe("METADATA_TOO_LARGE");
  });
});

describe("decodeMetadata", () => {
  it.each([["not JSON"], ["[1]"], ["null"], ["3"], [""]])("calls %j damaged data", (text) => {
    expect(refusal(() => decodeMetadata(encodeUtf8(text))).reason).toBe("DATA_CORRUPTED");
  });
});

describe("mergeMetadata", () => {
  it.each<[string, Metadata | undefined, Metadata, Metadata]>([
    ["adds to nothing", undefined, { a: 1 }, { a: 1 }],
    ["adds and replaces", { a: 1, b: 2 }, { b: 3, c: 4 }, { a: 1, b: 3, c: 4 }],
    ["removes by null", { a: 1, b: 2 }, { a: null, missing: null }, { b: 2 }],
    ["replaces nested objects whole", { a: { x: 1 } }, { a: { y: null } }, { a: { y: null } }],
    ["keeps a stored null", { a: null }, { b: 1 }, { a: null, b: 1 }],
  ])("%s", (_name, stored, patch, expected) => {
    expect(mergeMetadata(stored, patch)).toEqual(expected);
  });

  it("merges a key named __proto__ as data and changes neither argument", () => {
    const stored = Object.freeze({ a: 1 });
    const merged = mergeMetadata(stored, parse('{"__proto__":{"b":2}}'));
    expect(Object.keys(merged)).toEqual(["a", "__proto__"]);
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(Object.keys(mergeMetadata(merged, parse('{"__proto__":null}')))).toEqual(["a"]);
  });
});
