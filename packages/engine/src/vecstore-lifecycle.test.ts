import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RecordInput } from "./model/record.js";
import { MemoryEnv } from "./storage/memory-env.js";
import { VecStore } from "./vecstore.js";

let env: MemoryEnv;
let store: VecStore;
const open = (options = {}) => VecStore.open("data", { env, threads: 0, graphRecordsMin: 100, ...options });
beforeEach(async () => {
  env = new MemoryEnv();
  store = await open();
});
afterEach(() => store.close());

const reason = (name: string) => expect.objectContaining({ name: "VecstoreError", reason: name }) as Error;
const records = (count: number, from = 0, factor = 1): RecordInput[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `r${from + i}`,
    vector: [factor, from + i + 1],
    metadata: { n: from + i },
  }));
const ids = async () => (await store.list({ pageSize: 1_000 })).records.map(({ id, version }) => `${id}@${version}`);

describe("stats", () => {
  it("of a new store are all zero", async () => {
    expect(await store.stats()).toEqual({
      namespace: "default",
      vectorCount: 0,
      softDeletedCount: 0,
      deadCount: 0,
      dimension: undefined,
      sequence: 0,
      incarnation: 1,
      segments: [],
      indexBacklog: 0,
      indexState: "flat",
      diskBytes: 0,
      snapshotBytes: 0,
      memoryBytes: 0,
      logBytes: expect.any(Number) as number,
      lastCheckpointMs: undefined,
      memoryBytesPerRecord: 0,
      diskBytesPerRecord: 0,
    });
  });

  it("count what is there", async () => {
    await store.upsert(records(90));
    expect(await store.stats()).toMatchObject({
      indexState: "flat",
      indexBacklog: 0,
      segments: [{ hasGraph: false, indexed: 0 }],
    });
    await store.upsert(records(30, 90));
    expect(await store.stats()).toMatchObject({ indexState: "building", indexBacklog: 120 });
    await store.settled();
    await store.upsert(records(10));
    await store.softDelete({ ids: ["r20", "r21"] });
    await store.delete({ ids: ["r22"] });
    await store.settled();
    const stats = await store.stats();
    expect(stats).toMatchObject({
      vectorCount: 117,
      softDeletedCount: 2,
      deadCount: 11,
      sequence: 5,
      indexState: "ready",
    });
    expect(stats.segments).toMatchObject([{ slots: 130, live: 117, indexed: 130, hasGraph: true }]);
    expect(stats.memoryBytes).toBeGreaterThan(130 * 2 * 4);
    await store.createSnapshot("s");
    const after = await store.stats();
    expect(after.diskBytes).toBeGreaterThan(0);
    expect(after.snapshotBytes).toBe((await store.listSnapshots())[0]!.bytes);
    expect(after.lastCheckpointMs).toBeGreaterThan(0);
  });
});

describe("compact", () => {
  it("says on a dry run what it will do, then does it", async () => {
    await store.upsert(records(300));
    await store.delete({ filter: "n < 120" });
    await store.softDelete({ ids: ["r200"] });
    await store.upsert(records(10, 290, 2));
    const plan = await store.compact({ dryRun: true });
    expect(plan).toMatchObject({ removed: 130, segmentsBefore: 1, segmentsAfter: 1 });
    expect(plan.freedBytes).toBeGreaterThan(130 * 8);
    const before = await ids();
    const { memoryBytes } = await store.stats();
    expect(await store.compact()).toEqual(plan);
    expect(await ids()).toEqual(before);
    const stats = await store.stats();
    expect(stats).toMatchObject({ vectorCount: 179, softDeletedCount: 1, deadCount: 0, segments: [{ slots: 180 }] });
    expect(stats.memoryBytes).toBeLessThan(memoryBytes);
    expect(await store.restore({ ids: ["r200"] })).toMatchObject({ affected: 1 });
    expect(await store.compact({ dryRun: true })).toMatchObject({ removed: 1 });
  });

  it("of nothing does nothing", async () => {
    const nothing = { removed: 0, freedBytes: 0, segmentsBefore: 0, segmentsAfter: 0 };
    expect(await store.compact()).toEqual(nothing);
    await store.upsert(records(3));
    expect(await store.compact()).toEqual({ ...nothing, segmentsBefore: 1, segmentsAfter: 1 });
  });

  it("leaves a store of dead records empty and writable", async () => {
    await store.upsert(records(150));
    await store.delete({ all: true });
    expect(await store.compact()).toMatchObject({ removed: 150 });
    expect(await store.query({ vector: [1, 1] })).toMatchObject({ results: [] });
    await store.upsert(records(2));
    await store.close();
    store = await open();
    expect(await ids()).toEqual(["r0@3", "r1@3"]);
  });

  it("merges small neighbours with dead slots and leaves the others", async () => {
    await store.close();
    store = await open({ segmentRecordsMax: 100 });
    await store.upsert(records(450));
    await store.delete({ filter: "n < 100 AND n >= 20" });
    const plan = await store.compact({ dryRun: true });
    expect(await store.compact()).toEqual(plan);
    expect(plan).toMatchObject({ removed: 80, segmentsBefore: 5, segmentsAfter: 5 });
    await store.delete({ filter: "n < 190" });
    const second = await store.compact({ dryRun: true });
    expect(second.segmentsAfter).toBeLessThan(5);
    expect(await store.compact()).toEqual(second);
    expect(await store.count()).toBe(260);
  });

  it("stops when it is canceled, with the records as they were", async () => {
    await store.upsert(records(400));
    await store.settled();
    await store.delete({ filter: "n < 100" });
    await expect(store.compact({ signal: AbortSignal.abort() })).rejects.toThrow(reason("CANCELED"));
    const controller = new AbortController();
    const compacting = store.compact({ signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(compacting).rejects.toThrow(reason("CANCELED"));
    expect(await store.count()).toBe(300);
    expect(await store.compact()).toMatchObject({ removed: 100 });
  });

  it("is told when the store closes under it", async () => {
    await store.upsert(records(400));
    await store.delete({ filter: "n < 100" });
    const told = expect(store.compact()).rejects.toThrow(reason("STORE_CLOSED"));
    await store.close();
    await told;
  });

  it("does not disturb who waits for the index", async () => {
    await store.upsert(records(400));
    await store.delete({ filter: "n < 100" });
    const settled = store.settled();
    await store.compact();
    await settled;
    expect(await store.stats()).toMatchObject({ indexBacklog: 0, indexState: "ready" });
  });
});

describe("snapshots", () => {
  it("are listed by name, restored and deleted", async () => {
    await store.upsert(records(3));
    const info = await store.createSnapshot("b");
    expect(info).toMatchObject({ name: "b", sequence: 1, vectorCount: 3 });
    expect(info.bytes).toBeGreaterThan(0);
    await store.upsert([...records(2, 1, 2), ...records(1, 7)]);
    await store.delete({ ids: ["r0"] });
    await store.createSnapshot("a");
    expect((await store.listSnapshots()).map(({ name, vectorCount }) => [name, vectorCount])).toEqual([
      ["a", 3],
      ["b", 3],
    ]);
    expect(await store.restoreSnapshot("b")).toMatchObject({ name: "b", sequence: 1, vectorCount: 3 });
    expect(await ids()).toEqual(["r0@1", "r1@1", "r2@1"]);
    await store.deleteSnapshot("b");
    expect((await store.listSnapshots()).map(({ name }) => name)).toEqual(["a"]);
    expect(await ids()).toEqual(["r0@1", "r1@1", "r2@1"]);
  });

  it("restored begin a new incarnation; sequences never go back, over a reopening too", async () => {
    await store.upsert(records(1));
    await store.createSnapshot("s");
    await store.upsert(records(1));
    await store.restoreSnapshot("s");
    expect(await store.stats()).toMatchObject({ sequence: 3, incarnation: 2, vectorCount: 1 });
    expect(await store.upsert(records(1), {})).toMatchObject({ sequence: 4, inserted: 0 });
    await store.restoreSnapshot("s");
    await store.close();
    store = await open();
    expect(await store.stats()).toMatchObject({ sequence: 5, incarnation: 3 });
    expect(await ids()).toEqual(["r0@1"]);
    expect(await store.upsert([{ ...records(1)[0]!, ifVersion: 1 }])).toMatchObject({ sequence: 6 });
  });

  it("keep soft-deleted records and idempotency keys", async () => {
    await store.upsert(records(2), { idempotencyKey: "k" });
    await store.softDelete({ ids: ["r0"] });
    await store.createSnapshot("s");
    await store.delete({ all: true });
    await store.restoreSnapshot("s");
    expect(await store.stats()).toMatchObject({ vectorCount: 1, softDeletedCount: 1 });
    expect(await store.upsert(records(2), { idempotencyKey: "k" })).toMatchObject({ sequence: 1 });
    expect(await store.restore({ all: true })).toMatchObject({ affected: 1 });
  });

  it("of an empty store free the dimension again", async () => {
    await store.createSnapshot("empty");
    await store.upsert(records(1));
    expect(await store.restoreSnapshot("empty")).toMatchObject({ vectorCount: 0, sequence: 0 });
    expect((await store.stats()).dimension).toBeUndefined();
    await store.upsert([{ id: "x", vector: [1, 2, 3] }]);
    await store.close();
    store = await open();
    expect(store.info.config.dimension).toBe(3);
  });

  it("leave a reader of the present undisturbed", async () => {
    await store.upsert(records(200));
    await store.createSnapshot("s");
    await store.upsert(records(100, 200));
    const seen: string[] = [];
    for await (const { results } of store.queryStream({ vector: [1, 1], limit: 300 })) {
      if (seen.length === 0) await store.restoreSnapshot("s");
      seen.push(...results.map(({ id }) => id));
    }
    expect(new Set(seen).size).toBe(300);
    expect(await store.count()).toBe(200);
  });

  it("are refused by name, by absence and by presence", async () => {
    await store.upsert(records(1));
    for (const name of ["../x", "", ".", "a/b", "a".repeat(129), "é"]) {
      await expect(store.createSnapshot(name)).rejects.toThrow(reason("INVALID_NAME"));
      await expect(store.restoreSnapshot(name)).rejects.toThrow(reason("INVALID_NAME"));
      await expect(store.deleteSnapshot(name)).rejects.toThrow(reason("INVALID_NAME"));
    }
    await expect(store.restoreSnapshot("none")).rejects.toThrow(reason("SNAPSHOT_NOT_FOUND"));
    await expect(store.deleteSnapshot("none")).rejects.toThrow(reason("SNAPSHOT_NOT_FOUND"));
    const twice = await Promise.allSettled([store.createSnapshot("s"), store.createSnapshot("s")]);
    expect(twice.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await expect(store.createSnapshot("s")).rejects.toThrow(reason("SNAPSHOT_EXISTS"));
    expect(await store.listSnapshots()).toHaveLength(1);
  });

  it("may go while they are listed", async () => {
    await store.upsert(records(1));
    for (const name of ["a", "b", "c"]) await store.createSnapshot(name);
    const [listed, stats] = await Promise.all([
      store.listSnapshots(),
      store.stats(),
      store.deleteSnapshot("b"),
      store.deleteSnapshot("c"),
    ]);
    expect(listed.map(({ name }) => name)).toContain("a");
    expect(stats.vectorCount).toBe(1);
    expect(await store.listSnapshots()).toHaveLength(1);
  });
});

describe("a closed store", () => {
  it("refuses everything", async () => {
    await store.upsert(records(3));
    const stream = store.queryStream({ vector: [1, 1] });
    await store.close();
    const calls: (() => unknown)[] = [
      () => store.upsert(records(1)),
      () => store.update([{ id: "r0" }]),
      () => store.get(["r0"]),
      () => store.list(),
      () => store.count(),
      () => store.count({ filter: "n = 1" }),
      () => store.query({ vector: [1, 1] }),
      () => store.queryStream({ vector: [1, 1] }).next(),
      () => stream.next(),
      () => store.batchQuery([{ vector: [1, 1] }]),
      () => store.delete({ all: true }),
      () => store.softDelete({ all: true }),
      () => store.restore({ all: true }),
      () => store.compact(),
      () => store.compact({ dryRun: true }),
      () => store.stats(),
      () => store.createSnapshot("s"),
      () => store.listSnapshots(),
      () => store.restoreSnapshot("s"),
      () => store.deleteSnapshot("s"),
      () => store.settled(),
    ];
    for (const call of calls) await expect(async () => call()).rejects.toThrow(reason("STORE_CLOSED"));
  });

  it("has answered the writes that were under way", async () => {
    const writes = Array.from({ length: 20 }, (_, i) => store.upsert([{ id: `w${i}`, vector: [1, 1] }]));
    const updating = store.update([{ id: "w0" }]).catch((error: unknown) => error);
    await store.close();
    const settled = await Promise.allSettled(writes);
    store = await open();
    const written = new Set((await store.list()).records.map(({ id }) => id));
    settled.forEach((one, i) => {
      expect(written.has(`w${i}`)).toBe(one.status === "fulfilled");
      if (one.status === "rejected") expect(one.reason).toMatchObject({ reason: "STORE_CLOSED" });
    });
    await updating;
  });
});
