import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Quotas } from "./model/quotas.js";
import { afterKill, openNamespaced } from "./namespaced-fixture.cases.js";
import type { NamespacedVecStore } from "./namespaced-vecstore.js";
import { MemoryEnv } from "./storage/memory-env.js";
import type { VecStore } from "./vecstore.js";

let env: MemoryEnv;
let nowMs: number;
let all: NamespacedVecStore;
const open = () => openNamespaced(env);
beforeEach(async () => {
  nowMs = 1_000;
  env = new MemoryEnv({ now: () => nowMs });
  all = await open();
});
afterEach(() => all.close());

async function make(quotas: Quotas, dimension?: number): Promise<VecStore> {
  await all.createNamespace("docs", { quotas, dimension });
  return all.namespace("docs");
}

const set = (quotas: { readonly [K in keyof Quotas]: number | null }) => all.updateNamespace("docs", { quotas });
const records = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `r${from + i}`, vector: [1, from + i] }));
const usage = async () => (await all.namespaceUsage("docs")).vectorCount;
const exceeded = (quota: string, facts: object = {}) =>
  expect.objectContaining({
    reason: "QUOTA_EXCEEDED",
    code: "resource_exhausted",
    details: expect.objectContaining({ namespace: "docs", quota, ...facts }),
  }) as Error;
const reason = (name: string, quota?: string) =>
  expect.objectContaining({ reason: name, ...(quota && { details: expect.objectContaining({ quota }) }) }) as Error;

describe("quotas", () => {
  it("are kept, changed one by one, and survive a kill and a restart", async () => {
    const quotas = {
      maxVectors: 5,
      maxQps: 0.5,
      maxStorageBytes: 2 ** 40,
      maxConnections: 3,
      maxConcurrentQueries: 4,
      maxDimension: 8,
      maxResultsPerQuery: 9,
      maxBatchSize: 10,
    };
    await make(quotas);
    expect(all.getNamespace("docs").quotas).toEqual(quotas);
    expect((await set({ maxVectors: 6, maxQps: null, maxDimension: undefined })).quotas).toEqual({
      ...quotas,
      maxVectors: 6,
      maxQps: undefined,
    });
    const now = all.getNamespace("docs");
    expect(await afterKill(env, async (again) => again.getNamespace("docs"))).toEqual(now);
    await all.close();
    all = await open();
    expect(all.getNamespace("docs")).toEqual(now);
    expect(all.getNamespace("default").quotas).toEqual({});
    await all.updateNamespace("docs", { description: "x" });
    expect(all.getNamespace("docs").quotas).toEqual(now.quotas);
  });

  it("raise the format version only where there are some", async () => {
    const version = () => new TextDecoder().decode(env.readFile("data/VECSTORE")).split("\n")[0];
    await make({});
    expect(version()).toBe("vecstore 1");
    await set({ maxVectors: 1 });
    expect(version()).toBe("vecstore 2");
  });

  it.each([
    { maxVectors: -1 },
    { maxVectors: 1.5 },
    { maxQps: 0 },
    { maxQps: Number.POSITIVE_INFINITY },
    { maxQps: Number.NaN },
    { maxStorageBytes: -1 },
    { maxConnections: 0 },
    { maxConnections: 2 ** 32 },
    { maxConcurrentQueries: 0 },
    { maxDimension: 0 },
    { maxDimension: 65_536 },
    { maxResultsPerQuery: 0 },
    { maxResultsPerQuery: 10_001 },
    { maxBatchSize: 0 },
    { maxBatchSize: 10_001 },
    { maxSpeed: 1 } as Quotas,
  ] satisfies Quotas[])("of %o are refused", async (quotas) => {
    await expect(make(quotas)).rejects.toThrow(reason("INVALID_CONFIGURATION"));
    await make({});
    await expect(set(quotas)).rejects.toThrow(reason("INVALID_CONFIGURATION"));
    expect(all.getNamespace("docs").quotas).toEqual({});
  });
});

describe("max_vectors", () => {
  it("takes as many records, and not one more; overwriting is no new one", async () => {
    const docs = await make({ maxVectors: 10 });
    await docs.upsert(records(0, 9));
    await expect(docs.upsert(records(9, 2))).rejects.toThrow(exceeded("max_vectors", { usage: "9", limit: "10" }));
    expect(await usage()).toBe(9);
    await docs.upsert(records(0, 10));
    await docs.upsert(records(0, 10));
    await docs.update([{ id: "r1", text: "x" }]);
    await expect(docs.upsert(records(10, 1))).rejects.toThrow(exceeded("max_vectors"));
    await expect(docs.upsert([...records(9, 1), ...records(10, 1)])).rejects.toThrow(exceeded("max_vectors"));
    await afterKill(env, async (again) => {
      const store = await again.namespace("docs");
      await expect(store.upsert(records(10, 1))).rejects.toThrow(exceeded("max_vectors"));
      await store.upsert(records(9, 1));
    });
  });

  it("counts soft-deleted records, which can be brought back and written over", async () => {
    const docs = await make({ maxVectors: 3 });
    await docs.upsert(records(0, 3));
    await docs.softDelete({ ids: ["r0", "r1"] });
    await expect(docs.upsert(records(3, 1))).rejects.toThrow(exceeded("max_vectors"));
    await docs.restore({ ids: ["r0"] });
    await docs.upsert(records(1, 1));
    await docs.delete({ ids: ["r2"] });
    await docs.upsert(records(3, 1));
    expect([await usage(), await docs.count()]).toEqual([3, 3]);
  });

  it("does not count what has expired, whether it was removed or not", async () => {
    const docs = await make({ maxVectors: 1 });
    await docs.upsert([{ id: "a", vector: [1, 0], expiresAtMs: 2_000 }]);
    await expect(docs.upsert(records(0, 1))).rejects.toThrow(exceeded("max_vectors"));
    nowMs = 2_000;
    await docs.upsert(records(0, 1));
    await expect(docs.upsert([{ id: "a", vector: [1, 0] }])).rejects.toThrow(exceeded("max_vectors"));
  });

  it("never blocks reads nor deletes, also when it is lowered below what is there", async () => {
    const docs = await make({});
    await docs.upsert(records(0, 8));
    await set({ maxVectors: 2 });
    await docs.upsert(records(0, 8));
    await expect(docs.upsert(records(8, 1))).rejects.toThrow(exceeded("max_vectors", { usage: "8", limit: "2" }));
    expect((await docs.query({ vector: [1, 0] })).results).toHaveLength(8);
    await docs.softDelete({ ids: ["r0"] });
    await docs.delete({ ids: ["r0", "r1", "r2", "r3", "r4", "r5", "r6"] });
    await docs.upsert(records(8, 1));
    await set({ maxVectors: null });
    await docs.upsert(records(100, 50));
    await set({ maxVectors: 0 });
    await expect(docs.upsert(records(500, 1))).rejects.toThrow(exceeded("max_vectors"));
  });

  it("holds to the record under 32 writers at once, and after a kill", async () => {
    const docs = await make({ maxVectors: 100 });
    let taken = 0;
    const write = async (writer: number) => {
      for (let i = 0; i < 20; i++) {
        await docs.upsert([{ id: `${writer}.${i}`, vector: [1, i] }]).then(
          () => taken++,
          (error) => expect(error).toEqual(exceeded("max_vectors")),
        );
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, writer) => write(writer)));
    expect([taken, await usage(), await docs.count()]).toEqual([100, 100, 100]);
    await afterKill(env, async (again) => {
      expect((await again.namespaceUsage("docs")).vectorCount).toBe(100);
      expect((await again.namespaceUsage("docs")).writesTotal).toBe(100);
    });
  });

  it("refuses a key once, and not when it is sent again and there is room", async () => {
    const docs = await make({ maxVectors: 1 });
    await docs.upsert(records(0, 1));
    const send = () => docs.upsert(records(1, 1), { idempotencyKey: "k" });
    await expect(send()).rejects.toThrow(exceeded("max_vectors"));
    await set({ maxVectors: 2 });
    expect(await send()).toMatchObject({ inserted: 1 });
    await docs.delete({ all: true });
    expect(await send()).toMatchObject({ inserted: 1 });
    expect(await usage()).toBe(0);
  });

  it("refuses a snapshot that holds more, and takes one that holds less than is there", async () => {
    const docs = await make({});
    await docs.upsert(records(0, 5));
    await docs.createSnapshot("five");
    await docs.upsert(records(5, 5));
    await set({ maxVectors: 3 });
    await docs.restoreSnapshot("five");
    await docs.delete({ ids: ["r0", "r1", "r2"] });
    await expect(docs.restoreSnapshot("five")).rejects.toThrow(exceeded("max_vectors", { usage: "2", limit: "3" }));
    expect(await usage()).toBe(2);
  });

  it("refuses a restore that it did not when it was begun, and so does the replay", async () => {
    const docs = await make({});
    await docs.upsert(records(0, 5));
    await docs.createSnapshot("five");
    await docs.delete({ ids: ["r0", "r1", "r2"] });
    const restored = docs.restoreSnapshot("five");
    await set({ maxVectors: 3 });
    await expect(restored).rejects.toThrow(exceeded("max_vectors"));
    await docs.upsert(records(9, 1));
    const { sequence } = await docs.stats();
    await afterKill(env, async (again) => {
      const store = await again.namespace("docs");
      expect([await store.count(), (await store.stats()).sequence]).toEqual([3, sequence]);
    });
  });

  it("decides by its place in the log, and a replay decides the same", async () => {
    const docs = await make({ maxVectors: 4 });
    const outcomes = await Promise.allSettled([
      docs.upsert(records(0, 4)),
      set({ maxVectors: 6 }),
      docs.upsert(records(4, 2), { idempotencyKey: "k" }),
      set({ maxVectors: 3 }),
      docs.upsert(records(6, 1), { idempotencyKey: "l" }),
      docs.upsert(records(0, 6)),
    ]);
    const ids = async (store: VecStore) => (await store.list()).records.map(({ id, version }) => [id, version]);
    const found = await ids(docs);
    expect(outcomes.at(-2)?.status).toBe("rejected");
    expect(await afterKill(env, async (again) => ids(await again.namespace("docs")))).toEqual(found);
    await all.checkpoint();
    expect(await afterKill(env, async (again) => ids(await again.namespace("docs")))).toEqual(found);
  });
});

describe("max_storage_bytes", () => {
  const bytes = async () => (await all.namespaceUsage("docs")).storageBytes;

  it("is not passed by any write, however many come at once, and lets deletes and reads go on", async () => {
    const docs = await make({ maxStorageBytes: 10_000 });
    let taken = 0;
    const errors: unknown[] = [];
    const write = (i: number) =>
      docs.upsert([{ id: `r${i}`, vector: [1, i], text: "x".repeat(100) }]).then(
        () => taken++,
        (e) => errors.push(e),
      );
    await Promise.all(Array.from({ length: 200 }, (_, i) => write(i)));
    const used = await bytes();
    expect(used).toBeLessThanOrEqual(10_000);
    // One more of the same size does not fit.
    expect(used + Math.ceil(used / taken)).toBeGreaterThan(10_000);
    expect(errors).toHaveLength(200 - taken);
    for (const error of errors) expect(error).toEqual(exceeded("max_storage_bytes", { limit: "10000" }));
    await afterKill(env, async (again) => {
      expect((await again.namespaceUsage("docs")).storageBytes).toBe(used);
      const store = await again.namespace("docs");
      await expect(store.upsert(records(500, 50))).rejects.toThrow(exceeded("max_storage_bytes"));
    });
    expect(await docs.count()).toBe(taken);
    await docs.softDelete({ all: true });
    await set({ maxStorageBytes: 9_000 });
    await expect(docs.restore({ all: true })).rejects.toThrow(exceeded("max_storage_bytes"));
    expect((await docs.query({ vector: [1, 0] })).results).toEqual([]);
    await docs.delete({ all: true });
    await docs.compact();
    await all.checkpoint();
    await docs.upsert(records(0, 10));
    expect(await bytes()).toBeLessThan(10_000);
  });

  it("is given back by a write that the disk refused", async () => {
    const docs = await make({ maxStorageBytes: 500 });
    await docs.upsert(records(0, 1));
    const before = await bytes();
    await set({ maxStorageBytes: before + 70 });
    await expect(docs.upsert(records(1, 30))).rejects.toThrow(exceeded("max_storage_bytes", { usage: `${before}` }));
    expect(await bytes()).toBe(before);
    await set({ maxStorageBytes: null });
    await docs.upsert(records(1, 30));
  });

  it("refuses a snapshot that is larger", async () => {
    const docs = await make({});
    await docs.upsert(records(0, 100));
    await docs.createSnapshot("s");
    await docs.delete({ all: true });
    await docs.compact();
    await set({ maxStorageBytes: 200 });
    await expect(docs.restoreSnapshot("s")).rejects.toThrow(exceeded("max_storage_bytes"));
    expect(await docs.count()).toBe(0);
  });
});

describe("limits of a request", () => {
  it("max_dimension holds for what is created and written", async () => {
    await expect(make({ maxDimension: 2 }, 3)).rejects.toThrow(reason("INVALID_CONFIGURATION"));
    const docs = await make({ maxDimension: 2 });
    const wide = [{ id: "a", vector: [1, 2, 3] }];
    await expect(docs.upsert(wide)).rejects.toThrow(reason("DIMENSION_OUT_OF_RANGE", "max_dimension"));
    expect(all.getNamespace("docs").config.dimension).toBeUndefined();
    await docs.upsert(records(0, 1));
    await set({ maxDimension: 1 });
    await expect(docs.upsert(records(1, 1))).rejects.toThrow(reason("DIMENSION_OUT_OF_RANGE", "max_dimension"));
    await docs.upsert([{ id: "t", text: "no vector" }]);
    expect((await docs.query({ vector: [1, 0] })).results).toHaveLength(1);
  });

  it("max_batch_size holds for records that are written", async () => {
    const docs = await make({ maxBatchSize: 3 });
    await docs.upsert(records(0, 3));
    await expect(docs.upsert(records(0, 4))).rejects.toThrow(reason("BATCH_TOO_LARGE", "max_batch_size"));
    const updates = ["r0", "r1", "r2", "r3"].map((id) => ({ id, text: "x" }));
    await docs.update(updates.slice(0, 3));
    await expect(docs.update(updates)).rejects.toThrow(reason("BATCH_TOO_LARGE", "max_batch_size"));
    expect((await docs.get(["r0", "r1", "r2", "r3"])).missing).toEqual(["r3"]);
    await docs.delete({ ids: ["r0", "r1", "r2", "r3"] });
  });

  it("max_results_per_query holds for every query, and for what is absent", async () => {
    const docs = await make({ maxResultsPerQuery: 4 });
    await docs.upsert(records(0, 20).map((record, i) => ({ ...record, metadata: { g: i % 5 } })));
    const vector = [1, 0];
    expect((await docs.query({ vector })).results).toHaveLength(4);
    expect((await docs.query({ vector, limit: 4 })).results).toHaveLength(4);
    expect((await docs.query({ vector, groupBy: "g", groupSize: 2 })).results).toHaveLength(4);
    const much = reason("LIMIT_OUT_OF_RANGE", "max_results_per_query");
    await expect(docs.query({ vector, limit: 5 })).rejects.toThrow(much);
    await expect(docs.query({ vector, limit: 2, groupBy: "g", groupSize: 3 })).rejects.toThrow(much);
    await expect(docs.batchQuery([{ vector }, { vector, limit: 5 }])).rejects.toThrow(much);
    await expect(docs.estimate({ vector, limit: 5 })).rejects.toThrow(much);
    expect(() => docs.queryStream({ vector, limit: 5 })).toThrow(much);
    await expect(docs.query({ vector, limit: 0 })).rejects.toThrow(reason("LIMIT_OUT_OF_RANGE"));
    await set({ maxResultsPerQuery: null });
    expect((await docs.query({ vector, limit: 5 })).results).toHaveLength(5);
  });
});
