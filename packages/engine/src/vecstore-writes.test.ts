import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LIMITS } from "./limits.js";
import type { RecordInput } from "./model/record.js";
import type { Target } from "./model/write.js";
import { MemoryEnv } from "./storage/memory-env.js";
import { VecStore } from "./vecstore.js";

let nowMs: number;
let store: VecStore;
beforeEach(async () => {
  nowMs = 1_700_000_000_000;
  store = await VecStore.open("data", { env: new MemoryEnv({ now: () => nowMs }), threads: 0 });
});
afterEach(() => store.close());

const reason = (name: string) => expect.objectContaining({ name: "VecstoreError", reason: name }) as Error;
const records = (count: number, from = 0): RecordInput[] =>
  Array.from({ length: count }, (_, i) => ({ id: `r${from + i}`, vector: [1, from + i], metadata: { n: from + i } }));
const read = async (id: string) => (await store.get([id], { includeText: true, includeVector: true })).records[0];

describe("upsert", () => {
  it("takes 1 to 1,000 records", async () => {
    await expect(store.upsert([])).rejects.toThrow(reason("EMPTY_BATCH"));
    await expect(store.upsert(records(1_001))).rejects.toThrow(reason("BATCH_TOO_LARGE"));
    expect(await store.upsert(records(1_000))).toMatchObject({ upserted: 1_000, inserted: 1_000, sequence: 1 });
    expect((await store.stats()).sequence).toBe(1);
  });

  it.each<[string, RecordInput, string]>([
    ["a wrong dimension", { id: "x", vector: [1] }, "DIMENSION_MISMATCH"],
    ["no dimension", { id: "x", vector: [] }, "DIMENSION_OUT_OF_RANGE"],
    ["NaN", { id: "x", vector: [1, Number.NaN] }, "INVALID_VECTOR"],
    ["a zero vector", { id: "x", vector: [0, 0] }, "ZERO_VECTOR"],
    ["no id", { id: "", vector: [1, 1] }, "INVALID_ID"],
    ["a long id", { id: "é".repeat(257), vector: [1, 1] }, "INVALID_ID"],
    ["a known id twice", { id: "r1", vector: [1, 1] }, "DUPLICATE_ID"],
    ["NaN in metadata", { id: "x", vector: [1, 1], metadata: { n: Number.NaN } }, "INVALID_METADATA"],
    ["much metadata", { id: "x", vector: [1, 1], metadata: { n: "x".repeat(40_960) } }, "METADATA_TOO_LARGE"],
    ["much text", { id: "x", vector: [1, 1], text: "x".repeat(LIMITS.textBytesMax + 1) }, "TEXT_TOO_LARGE"],
    ["another version", { id: "r1x", vector: [1, 1], ifVersion: 5 }, "VERSION_CONFLICT"],
  ])("refuses a whole batch for %s", async (_name, record, name) => {
    await store.upsert(records(2));
    await expect(store.upsert([...records(2), record])).rejects.toThrow(reason(name));
    expect([await store.count(), (await read("r0"))!.version]).toEqual([2, 1]);
  });

  it("writes what its mode allows", async () => {
    await store.upsert(records(1));
    const write = (id: string, mode: string) => store.upsert([{ id, vector: [1, 1] }], { mode: mode as "upsert" });
    await expect(write("r0", "insert_only")).rejects.toThrow(reason("RECORD_EXISTS"));
    await expect(write("r1", "update_only")).rejects.toThrow(reason("RECORD_NOT_FOUND"));
    for (const mode of ["UPSERT", "toString", ""])
      await expect(write("r1", mode)).rejects.toThrow(reason("INVALID_ARGUMENT"));
    expect(await write("r1", "insert_only")).toMatchObject({ inserted: 1 });
    expect(await write("r1", "update_only")).toMatchObject({ inserted: 0, upserted: 1 });
  });

  it("returns the first outcome for an idempotency key, for a day", async () => {
    const write = () => store.upsert(records(2), { idempotencyKey: "k" });
    const first = await write();
    await store.delete({ all: true });
    expect(await write()).toEqual(first);
    expect(await store.count()).toBe(0);
    await expect(store.upsert(records(3), { idempotencyKey: "k" })).rejects.toThrow(reason("IDEMPOTENCY_KEY_REUSED"));
    await expect(store.upsert(records(2), { idempotencyKey: "k", mode: "insert_only" })).rejects.toThrow(
      reason("IDEMPOTENCY_KEY_REUSED"),
    );
    nowMs += LIMITS.idempotencyAgeMsMax;
    expect(await write()).toMatchObject({ inserted: 2, sequence: 6 });
    await expect(store.upsert(records(1), { idempotencyKey: "" })).rejects.toThrow(reason("INVALID_ARGUMENT"));
  });

  it("does not log what is canceled before", async () => {
    await expect(store.upsert(records(1), { signal: AbortSignal.abort() })).rejects.toThrow(reason("CANCELED"));
    expect((await store.stats()).sequence).toBe(0);
  });

  it("copies its input before it returns to the caller", async () => {
    const vector = Float32Array.of(1, 2);
    const metadata = { n: 1 };
    const written = store.upsert([{ id: "a", vector, metadata }]);
    vector.fill(9);
    metadata.n = 9;
    await written;
    expect(await read("a")).toMatchObject({ vector: Float32Array.of(1, 2), metadata: { n: 1 } });
  });
});

describe("update", () => {
  beforeEach(() =>
    store.upsert([
      { id: "a", vector: [1, 2], metadata: { x: 1, y: { z: 1 } }, text: "t" },
      { id: "b", vector: [3, 4] },
    ]),
  );

  it.each([
    [
      "merges metadata at the top level",
      { mergeMetadata: { y: 2, w: 3 } },
      { metadata: { x: 1, y: 2, w: 3 }, text: "t" },
    ],
    ["removes keys by null", { mergeMetadata: { x: null, nothing: null } }, { metadata: { y: { z: 1 } }, text: "t" }],
    ["replaces metadata", { replaceMetadata: { only: true } }, { metadata: { only: true }, text: "t" }],
    ["empties metadata", { replaceMetadata: {} }, { metadata: {}, text: "t" }],
    ["replaces the text", { text: "new" }, { metadata: { x: 1, y: { z: 1 } }, text: "new" }],
    ["empties the text", { text: "" }, { metadata: { x: 1, y: { z: 1 } }, text: "" }],
    ["removes the text", { text: null }, { metadata: { x: 1, y: { z: 1 } } }],
    ["changes nothing but the version", {}, { metadata: { x: 1, y: { z: 1 } }, text: "t" }],
  ])("%s", async (_name, update, expected) => {
    expect(await store.update([{ id: "a", ...update }])).toEqual({ updated: 1, sequence: 2, versions: [2] });
    expect(await read("a")).toEqual({ id: "a", version: 2, vector: Float32Array.of(1, 2), ...expected });
  });

  it("gives metadata to a record without", async () => {
    await store.update([{ id: "b", mergeMetadata: { n: 1 } }]);
    expect(await read("b")).toEqual({ id: "b", version: 2, vector: Float32Array.of(3, 4), metadata: { n: 1 } });
  });

  it.each([
    [[], "EMPTY_BATCH"],
    [[{ id: "a" }, { id: "x" }], "RECORD_NOT_FOUND"],
    [[{ id: "a" }, { id: "a" }], "DUPLICATE_ID"],
    [[{ id: "" }], "INVALID_ID"],
    [[{ id: "a", mergeMetadata: {}, replaceMetadata: {} }], "INVALID_ARGUMENT"],
    [[{ id: "a", ifVersion: 9 }], "VERSION_CONFLICT"],
    [[{ id: "a", ifVersion: 0 }], "VERSION_CONFLICT"],
    [
      [
        { id: "b", text: "new" },
        { id: "a", ifVersion: 9 },
      ],
      "VERSION_CONFLICT",
    ],
    [[{ id: "a", ifVersion: -1 }], "INVALID_ARGUMENT"],
    [[{ id: "a", text: "x".repeat(LIMITS.textBytesMax + 1) }], "TEXT_TOO_LARGE"],
    [[{ id: "a", mergeMetadata: { n: Number.NaN } }], "INVALID_METADATA"],
    [[{ id: "a", replaceMetadata: { n: "x".repeat(40_960) } }], "METADATA_TOO_LARGE"],
    [[{ id: "a", mergeMetadata: { n: "x".repeat(40_940) } }], "METADATA_TOO_LARGE"],
    [Array.from({ length: 1_001 }, (_, i) => ({ id: `i${i}` })), "BATCH_TOO_LARGE"],
  ])("refuses a whole batch: %#", async (updates, name) => {
    await expect(store.update(updates)).rejects.toThrow(reason(name));
    expect([(await read("a"))!.version, (await read("b"))!.version]).toEqual([1, 1]);
  });

  it("does not find what is hidden or deleted", async () => {
    await store.softDelete({ ids: ["a"] });
    await store.delete({ ids: ["b"] });
    for (const id of ["a", "b"]) await expect(store.update([{ id }])).rejects.toThrow(reason("RECORD_NOT_FOUND"));
  });

  it("loses nothing, however many come at once", async () => {
    const writers = Array.from({ length: 200 }, (_, i) => store.update([{ id: "a", mergeMetadata: { [`k${i}`]: i } }]));
    const results = await Promise.all(writers);
    expect(new Set(results.map(({ sequence }) => sequence)).size).toBe(200);
    expect(Object.keys((await read("a"))!.metadata!)).toHaveLength(202);
  });

  it("lets exactly one of many win that require the same version", async () => {
    const writers = Array.from({ length: 50 }, (_, i) => store.update([{ id: "a", ifVersion: 1, text: `${i}` }]));
    const settled = await Promise.allSettled(writers);
    const lost = settled.filter((one) => one.status === "rejected");
    expect(lost).toHaveLength(49);
    expect(lost.every((one) => one.reason.reason === "VERSION_CONFLICT")).toBe(true);
    const winner = settled.findIndex((one) => one.status === "fulfilled");
    expect((await read("a"))!.text).toBe(`${winner}`);
  });
});

describe("delete, soft delete and restore", () => {
  beforeEach(() => store.upsert(records(10)));

  it("by ids, by filter and all", async () => {
    expect(await store.softDelete({ ids: ["r0", "r1", "x"] })).toEqual({ affected: 2, sequence: 2 });
    expect(await store.softDelete({ filter: "n < 5" })).toEqual({ affected: 3, sequence: 3 });
    expect(await store.count()).toBe(5);
    expect(await store.restore({ filter: "n = 1 OR n = 7" })).toMatchObject({ affected: 1 });
    expect(await store.delete({ filter: "n < 3" })).toMatchObject({ affected: 3 });
    expect(await store.restore({ all: true })).toMatchObject({ affected: 2 });
    expect(await store.delete({ ids: ["r3", "r3", "r9"] })).toMatchObject({ affected: 2 });
    expect(await store.count()).toBe(5);
    expect(await store.softDelete({ all: true })).toMatchObject({ affected: 5 });
    expect(await store.delete({ all: true })).toMatchObject({ affected: 5 });
    expect(await store.restore({ all: true })).toMatchObject({ affected: 0 });
    expect(await store.stats()).toMatchObject({ vectorCount: 0, softDeletedCount: 0 });
  });

  it("restores an id once, however often it is named", async () => {
    await store.softDelete({ all: true });
    expect(await store.restore({ ids: ["r1", "r1"] })).toMatchObject({ affected: 1 });
    expect((await store.list()).records).toEqual([{ id: "r1", version: 3, metadata: { n: 1 } }]);
  });

  it.each<[Target, string]>([
    [undefined as unknown as Target, "MISSING_TARGET"],
    [{}, "MISSING_TARGET"],
    [{ all: false as unknown as true }, "MISSING_TARGET"],
    [{ ids: ["r1"], all: true }, "MISSING_TARGET"],
    [{ ids: ["r1"], filter: "n = 1" }, "MISSING_TARGET"],
    [{ ids: "r1" as unknown as string[] }, "INVALID_ARGUMENT"],
    [{ ids: [] }, "EMPTY_BATCH"],
    [{ ids: Array(1_001).fill("r1") }, "BATCH_TOO_LARGE"],
    [{ ids: ["r1", ""] }, "INVALID_ID"],
    [{ filter: "" }, "INVALID_FILTER"],
    [{ filter: "n <" }, "INVALID_FILTER"],
  ])("refuse the target %#: %s", async (target, name) => {
    for (const kind of ["delete", "softDelete", "restore"] as const) {
      await expect(store[kind](target)).rejects.toThrow(reason(name));
    }
    expect([await store.count(), (await store.stats()).sequence]).toEqual([10, 1]);
  });

  it("by filter leaves alone what is written while it looks", async () => {
    const deleted = store.delete({ filter: "n < 5" });
    const written = store.upsert(records(2));
    const { affected } = await deleted;
    await written;
    expect(await store.count()).toBe(7);
    expect(affected).toBe(3);
  });

  it("by filter that finds nothing writes nothing", async () => {
    expect(await store.delete({ filter: "n > 99" })).toEqual({ affected: 0, sequence: 1 });
    expect((await store.stats()).sequence).toBe(1);
  });
});
