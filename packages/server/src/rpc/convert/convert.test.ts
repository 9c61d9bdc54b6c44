import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { type Filter, formatFilter, LIMITS, parseFilter } from "@vecstore/engine";
import { describe, expect, it } from "vitest";
import { FilterSchema } from "../../gen/vecstore/v1/filter_pb.js";
import { filterFromWire, filterToWire } from "./filter.js";
import { fromTimestamp, fromUint64 } from "./numbers.js";
import { snapshotPageToWire } from "./snapshot.js";
import { vectorFromWire } from "./vector.js";

const reasonOf = (act: () => unknown): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as { reason?: string }).reason;
  }
};

describe("vectorFromWire", () => {
  const bytes = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer);

  it("reads numbers and bytes alike", () => {
    expect(vectorFromWire([1, 2.5], new Uint8Array(), "v")).toEqual(new Float32Array([1, 2.5]));
    expect(vectorFromWire([], bytes(1, 2.5), "v")).toEqual(new Float32Array([1, 2.5]));
    expect(vectorFromWire([], new Uint8Array(), "v")).toBeUndefined();
  });

  it("copies out of an unaligned window of a larger buffer", () => {
    const packet = new Uint8Array(13);
    packet.set(bytes(1, 2, 3), 1);
    const vector = vectorFromWire([], packet.subarray(1), "v");
    packet.fill(0);
    expect(vector).toEqual(new Float32Array([1, 2, 3]));
  });

  it.each([1, 2, 3, 5, 7])("refuses %i bytes", (length) => {
    expect(reasonOf(() => vectorFromWire([], new Uint8Array(length), "v"))).toBe("INVALID_VECTOR");
  });

  it("refuses both forms together", () => {
    expect(reasonOf(() => vectorFromWire([1], bytes(1), "v"))).toBe("INVALID_VECTOR");
  });
});

describe("a filter tree", () => {
  const TEXTS = [
    "a = 1",
    "a.b != 'x' AND NOT c > 2.5",
    "a >= 1 OR b < 2 OR c <= 3",
    "a IN [1, 'x', null, true]",
    "a NOT IN [1]",
    "tags CONTAINS 'x'",
    "a STARTSWITH 'x'",
    "EXISTS a",
    "a IS NULL",
    "a BETWEEN 1 AND 2",
    "a > timestamp '2026-01-01T00:00:00Z'",
  ];

  it.each(TEXTS)("says the same over the wire: %s", (text) => {
    let filter: Filter;
    try {
      filter = parseFilter(text);
    } catch {
      filter = parseFilter(text.replace("EXISTS a", "a EXISTS"));
    }
    const filterAst = create(FilterSchema, filterToWire(filter));
    expect(filterFromWire({ filter: "", filterAst })).toEqual(filter);
    expect(filterFromWire({ filter: formatFilter(filter) })).toEqual(filter);
  });

  it("is refused when empty, incomplete, too deep, or given twice", () => {
    let deep = create(FilterSchema, filterToWire({ kind: "exists", path: ["a"] }));
    for (let depth = 0; depth < 40; depth++)
      deep = create(FilterSchema, { kind: { case: "notFilter", value: { operand: deep } } });
    const incomplete = create(FilterSchema, { kind: { case: "compareFilter", value: { path: ["a"], operator: 1 } } });
    const noOperator = create(FilterSchema, {
      kind: { case: "compareFilter", value: { path: ["a"], value: { value: { case: "boolValue", value: true } } } },
    });
    const noOperands = create(FilterSchema, { kind: { case: "andFilter", value: {} } });
    for (const filterAst of [create(FilterSchema), deep, incomplete, noOperator, noOperands]) {
      expect(reasonOf(() => filterFromWire({ filter: "", filterAst }))).toBe("INVALID_FILTER");
    }
    const fine = create(FilterSchema, filterToWire({ kind: "exists", path: ["a"] }));
    expect(reasonOf(() => filterFromWire({ filter: "a = 1", filterAst: fine }))).toBe("INVALID_FILTER");
  });
});

describe("fromUint64", () => {
  it("reads up to 2^53 - 1", () => {
    expect(fromUint64(2n ** 53n - 1n, "v")).toBe(Number.MAX_SAFE_INTEGER);
    expect(reasonOf(() => fromUint64(2n ** 53n, "v"))).toBe("INVALID_ARGUMENT");
  });
});

describe("fromTimestamp", () => {
  const time = (seconds: bigint, nanos: number) => create(TimestampSchema, { seconds, nanos });

  it("reads milliseconds and leaves out what is smaller", () => {
    expect(fromTimestamp(undefined, "t")).toBeUndefined();
    expect(fromTimestamp(time(1n, 999_999_999), "t")).toBe(1_999);
    expect(fromTimestamp(time(-1n, 1_000_000), "t")).toBe(-999);
    expect(fromTimestamp(time(253_402_300_799n, 999_999_999), "t")).toBe(LIMITS.expiresAtMsMax);
  });

  it.each([-1, 1_000_000_000])("refuses %i nanoseconds", (nanos) => {
    expect(reasonOf(() => fromTimestamp(time(1n, nanos), "t"))).toBe("INVALID_ARGUMENT");
  });
});

describe("snapshotPageToWire", () => {
  const snapshots = ["b", "c", "a"].map((name) => ({ name, createdAtMs: 1, sequence: 1, vectorCount: 1, bytes: 1 }));
  const page = (pageSize: number | undefined, pageToken: string) =>
    snapshotPageToWire(snapshots, { pageSize, pageToken }, "n");

  it("pages by name and ends", () => {
    const first = page(2, "");
    expect(first.snapshots?.map((each) => each.name)).toEqual(["a", "b"]);
    const second = page(2, first.nextPageToken as string);
    expect([second.snapshots?.map((each) => each.name), second.nextPageToken]).toEqual([["c"], ""]);
  });

  it.each([
    [0, "", "LIMIT_OUT_OF_RANGE"],
    [1_001, "", "LIMIT_OUT_OF_RANGE"],
    [1, "!", "INVALID_PAGE_TOKEN"],
  ])("refuses size %j and token %j", (pageSize, token, reason) => {
    expect(reasonOf(() => page(pageSize, token))).toBe(reason);
  });
});
