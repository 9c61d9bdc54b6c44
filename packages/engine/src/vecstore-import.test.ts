import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryEnv, NamespacedVecStore, type RecordInput, VecStore, VecstoreError } from "./index.js";

let store: VecStore;
beforeEach(async () => {
  store = await VecStore.open("db", { env: new MemoryEnv(), threads: 0 });
});
afterEach(() => store.close());

const reasons = ({ failures }: Awaited<ReturnType<VecStore["upsertEach"]>>) =>
  failures.map(({ index, error }) => [index, error.reason]);

const good = (id: string, more: Partial<RecordInput> = {}): RecordInput => ({ id, vector: [1, 2, 3], ...more });

describe("upsertEach", () => {
  it("writes the good rows and names each bad one, by position and reason", async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(17)}1${"}".repeat(17)}`);
    const rows = [
      good("a"),
      good(""),
      good("b", { vector: [1, 2] }),
      good("c", { vector: [Number.NaN, 0, 0] }),
      good("d", { vector: [0, 0, 0] }),
      { id: "e" },
      good("f", { metadata: deep }),
      good("g", { metadata: { a: "x".repeat(41 * 1024) } }),
      good("h", { text: "x".repeat(1024 * 1024 + 1) }),
      good("i", { sparse: { indices: [2, 1], values: [1, 1] } }),
      good("j", { expiresAtMs: -1 }),
      good("k", { ifVersion: 5 }),
      new VecstoreError("INVALID_ARGUMENT", "line 12 is no JSON"),
      good("l"),
    ];
    const result = await store.upsertEach(rows);
    expect(reasons(result)).toEqual([
      [1, "INVALID_ID"],
      [2, "DIMENSION_MISMATCH"],
      [3, "INVALID_VECTOR"],
      [4, "ZERO_VECTOR"],
      [5, "EMPTY_RECORD"],
      [6, "INVALID_METADATA"],
      [7, "METADATA_TOO_LARGE"],
      [8, "TEXT_TOO_LARGE"],
      [9, "INVALID_VECTOR"],
      [10, "INVALID_ARGUMENT"],
      [11, "VERSION_CONFLICT"],
      [12, "INVALID_ARGUMENT"],
    ]);
    expect(result.failures[6 - 1]!.error.message).toContain("records[6].metadata");
    expect(result).toMatchObject({ upserted: 2, sequence: (await store.stats()).sequence });
    expect((await store.get(["a", "l"])).records).toHaveLength(2);
    expect(await store.count()).toBe(2);
  });

  it("lets no bad row fix the dimension", async () => {
    const bad = good("a", { vector: [1, 2], metadata: { a: "x".repeat(41 * 1024) } });
    expect(reasons(await store.upsertEach([bad, good("b"), good("c", { vector: [1, 2] })]))).toEqual([
      [0, "METADATA_TOO_LARGE"],
      [2, "DIMENSION_MISMATCH"],
    ]);
    expect((await store.stats()).dimension).toBe(3);
  });

  it("writes rows of one id in the order given", async () => {
    const rows = [good("a", { text: "1" }), good("b"), good("a", { text: "2" }), good("a", { text: "3" })];
    expect(await store.upsertEach(rows)).toMatchObject({ upserted: 4, failures: [] });
    expect((await store.get(["a"], { includeText: true })).records[0]!.text).toBe("3");
    const inserts = [good("n", { text: "1" }), good("n", { text: "2" })];
    expect(reasons(await store.upsertEach(inserts, { mode: "insert_only" }))).toEqual([[1, "RECORD_EXISTS"]]);
    expect((await store.get(["n"], { includeText: true })).records[0]!.text).toBe("1");
  });

  it("keeps the modes, row by row", async () => {
    await store.upsert([good("a")]);
    const rows = [good("a"), good("b")];
    expect(reasons(await store.upsertEach(rows, { mode: "update_only" }))).toEqual([[1, "RECORD_NOT_FOUND"]]);
    expect(reasons(await store.upsertEach(rows, { mode: "insert_only" }))).toEqual([[0, "RECORD_EXISTS"]]);
    await expect(store.upsertEach(rows, { mode: "replace" as never })).rejects.toMatchObject({
      reason: "INVALID_ARGUMENT",
    });
  });

  it("counts what it wrote before as written, when the same comes again", async () => {
    await store.upsert([good("old")]);
    const { sequence: since } = await store.upsertEach([]);
    const rows: RecordInput[] = [
      good("old"),
      good("a", { metadata: { n: 1 }, text: "t", expiresAtMs: 253_402_300_799_999 }),
      { id: "b", sparse: { indices: [3, 9], values: [0.1, 2] } },
      good("c", { ifVersion: 0 }),
      good("d"),
    ];
    const first = await store.upsertEach(rows, { mode: "insert_only", since });
    expect([first.upserted, reasons(first)]).toEqual([4, [[0, "RECORD_EXISTS"]]]);
    await store.upsert([good("d", { text: "changed by somebody else" })]);
    const before = await store.stats();
    const again = await store.upsertEach(rows, { mode: "insert_only", since });
    expect([again.upserted, reasons(again)]).toEqual([
      3,
      [
        [0, "RECORD_EXISTS"],
        [4, "RECORD_EXISTS"],
      ],
    ]);
    expect((await store.stats()).sequence).toBe(before.sequence);
    for (const changed of [{ text: "u" }, { metadata: { n: 2 } }, { vector: [1, 2, -3] }, { expiresAtMs: undefined }]) {
      const row = { ...rows[1]!, ...changed };
      expect(reasons(await store.upsertEach([row], { mode: "insert_only", since }))).toEqual([[0, "RECORD_EXISTS"]]);
    }
    expect(reasons(await store.upsertEach(rows, { mode: "insert_only" }))).toHaveLength(5);
  });

  it("loses no row and writes none twice while others write the same ids", async () => {
    const rows = Array.from({ length: 200 }, (_, n) => good(`r${n}`));
    const writers = Array.from({ length: 8 }, (_, w) =>
      store.upsertEach(w % 2 === 0 ? rows : rows.toReversed(), { mode: "insert_only" }),
    );
    const results = await Promise.all(writers);
    expect(results.reduce((sum, { upserted }) => sum + upserted, 0)).toBe(rows.length);
    for (const { upserted, failures } of results) expect(upserted + failures.length).toBe(rows.length);
    expect(await store.count()).toBe(rows.length);
  });

  it("refuses what is no row's fault as a whole", async () => {
    const many = Array.from({ length: 1_001 }, (_, n) => good(`r${n}`));
    await expect(store.upsertEach(many)).rejects.toMatchObject({ reason: "BATCH_TOO_LARGE" });
    await expect(store.upsertEach([null as never])).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
    await expect(store.upsertEach([good("a")], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      reason: "CANCELED",
    });
    expect(await store.count()).toBe(0);
  });

  it("gives the sequence for no rows, and writes nothing", async () => {
    const { sequence } = await store.upsert([good("a")]);
    expect(await store.upsertEach([])).toEqual({ upserted: 0, failures: [], sequence });
  });
});

describe("an export that is imported", () => {
  it("is the same again, in another namespace", async () => {
    const all = await NamespacedVecStore.open("two", { env: new MemoryEnv(), threads: 0 });
    await all.createNamespace("to");
    const [from, to] = [await all.namespace("default"), await all.namespace("to")];
    const record = (n: number): RecordInput => ({
      id: `r${n}`,
      vector: Float32Array.of(n, -0, 1e-40, 1),
      metadata: { n, list: [n / 3, null] },
      ...(n % 2 === 0 && { text: `t${n}`, sparse: { indices: [n], values: [0.3] } }),
      ...(n % 3 === 0 && { expiresAtMs: 253_402_300_799_999 }),
    });
    for (let n = 0; n < 5; n++) {
      await from.upsert(Array.from({ length: 500 }, (_, i) => record(500 * n + i)));
    }
    for await (const { records } of from.export()) expect((await to.upsertEach(records)).failures).toEqual([]);
    const read = async (store: VecStore) => {
      const found = [];
      for await (const { records } of store.export()) for (const { version, ...rest } of records) found.push(rest);
      return found;
    };
    expect(await read(to)).toEqual(await read(from));
    expect(await to.count()).toBe(2_500);
    await all.close();
  });
});
