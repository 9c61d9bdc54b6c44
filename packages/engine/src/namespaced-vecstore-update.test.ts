import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { afterKill, openNamespaced } from "./namespaced-fixture.cases.js";
import type { NamespacedVecStore, UpdateNamespaceOptions } from "./namespaced-vecstore.js";
import { MemoryEnv } from "./storage/memory-env.js";
import type { VecStore } from "./vecstore.js";

let env: MemoryEnv;
let nowMs: number;
let all: NamespacedVecStore;
let docs: VecStore;
const open = () => openNamespaced(env);
beforeEach(async () => {
  nowMs = 1_000;
  env = new MemoryEnv({ now: () => nowMs });
  all = await open();
  await all.createNamespace("docs", { description: "old", labels: { a: "1", b: "2" } });
  docs = await all.namespace("docs");
  await docs.upsert([{ id: "a", vector: [1, 0] }]);
});
afterEach(() => all.close());

const reason = (name: string) => expect.objectContaining({ name: "VecstoreError", reason: name }) as Error;

const READS: readonly (readonly [string, (store: VecStore) => Promise<unknown>])[] = [
  ["get", (store) => store.get(["a"])],
  ["list", (store) => store.list()],
  ["count", (store) => store.count()],
  ["count by filter", (store) => store.count({ filter: "x = 1" })],
  ["query", (store) => store.query({ vector: [1, 0] })],
  ["queryStream", async (store) => store.queryStream({ vector: [1, 0] }).next()],
  ["export", async (store) => store.export().next()],
  ["downloadSnapshot", async (store) => store.downloadSnapshot("s").next()],
  ["batchQuery", (store) => store.batchQuery([{ vector: [1, 0] }])],
  ["estimate", (store) => store.estimate({ vector: [1, 0] })],
  ["measureRecall", (store) => store.measureRecall()],
  ["stats", (store) => store.stats()],
  ["listSnapshots", (store) => store.listSnapshots()],
  ["createSnapshot", (store) => store.createSnapshot("s")],
  ["deleteSnapshot", (store) => store.deleteSnapshot("s")],
  ["compact", (store) => store.compact()],
];

const WRITES: readonly (readonly [string, (store: VecStore) => Promise<unknown>])[] = [
  ["upsert", (store) => store.upsert([{ id: "b", vector: [1, 0] }])],
  ["upsertEach", (store) => store.upsertEach([{ id: "b", vector: [1, 0] }])],
  ["upsertEach of nothing", (store) => store.upsertEach([])],
  ["update", (store) => store.update([{ id: "a", text: "x" }])],
  ["softDelete", (store) => store.softDelete({ ids: ["a"] })],
  ["restore", (store) => store.restore({ all: true })],
  ["restoreSnapshot", (store) => store.restoreSnapshot("s")],
  ["delete", (store) => store.delete({ filter: "x = 1" })],
];

describe("an update of a namespace", () => {
  it("changes what is named, and keeps the rest", async () => {
    nowMs = 2_000;
    const updated = await all.updateNamespace("docs", { labels: { b: "3", c: "4" }, removeLabels: ["a"] });
    expect(updated).toMatchObject({ status: "active", description: "old", labels: { b: "3", c: "4" } });
    expect([updated.createdAtMs, updated.updatedAtMs]).toEqual([1_000, 2_000]);
    nowMs = 3_000;
    expect(await all.updateNamespace("docs", { description: "" })).toMatchObject({
      description: "",
      labels: { b: "3", c: "4" },
      updatedAtMs: 3_000,
    });
    const now = await all.updateNamespace("docs", { status: "suspended", description: "new" });
    expect(await afterKill(env, async (again) => again.getNamespace("docs"))).toEqual(now);
    await all.close();
    all = await open();
    expect(all.getNamespace("docs")).toEqual(now);
    expect(all.getNamespace("default").updatedAtMs).toBe(1_000);
  });

  it("that changes nothing is no change", async () => {
    nowMs = 2_000;
    for (const same of [{}, { status: "active" }, { labels: { b: "2" }, removeLabels: ["z"] }] as const)
      expect((await all.updateNamespace("docs", same)).updatedAtMs).toBe(1_000);
  });

  it("loses none of the others that come at once", async () => {
    const changes = Array.from({ length: 30 }, (_, i) => all.updateNamespace("docs", { labels: { [`k${i}`]: "v" } }));
    await Promise.all([...changes, all.updateNamespace("docs", { status: "read_only" })]);
    const { labels, status } = all.getNamespace("docs");
    expect([Object.keys(labels).length, status]).toEqual([32, "read_only"]);
  });

  it("is refused for what is not there or cannot be", async () => {
    await expect(all.updateNamespace("none", {})).rejects.toThrow(reason("NAMESPACE_NOT_FOUND"));
    const wrong = [
      { status: "pending_deletion" },
      { status: "asleep" },
      { description: "x".repeat(1_025) },
      { labels: { a: "9" }, removeLabels: ["a"] },
      { labels: { "": "x" } },
    ] as UpdateNamespaceOptions[];
    for (const change of wrong)
      await expect(all.updateNamespace("docs", change)).rejects.toThrow(reason("INVALID_ARGUMENT"));
    expect(all.getNamespace("docs")).toMatchObject({ status: "active", description: "old", updatedAtMs: 1_000 });
  });
});

describe("a namespace that is created", () => {
  it("has labels and a description within their limits", async () => {
    const long = { description: "x".repeat(1_025) };
    await expect(all.createNamespace("x", long)).rejects.toThrow(reason("INVALID_ARGUMENT"));
    await expect(all.createNamespace("x", { labels: { k: "v".repeat(256) } })).rejects.toThrow(
      reason("INVALID_ARGUMENT"),
    );
    expect(() => all.getNamespace("x")).toThrow(reason("NAMESPACE_NOT_FOUND"));
  });
});

describe("a suspended namespace", () => {
  it("lends none of its snapshots to a new one; a read-only one does", async () => {
    await docs.createSnapshot("s");
    await all.updateNamespace("docs", { status: "suspended" });
    await expect(all.restoreSnapshotAs("docs", "s", "copy")).rejects.toThrow(reason("NAMESPACE_SUSPENDED"));
    expect(() => all.getNamespace("copy")).toThrow(reason("NAMESPACE_NOT_FOUND"));
    await all.updateNamespace("docs", { status: "read_only" });
    const copy = await all.restoreSnapshotAs("docs", "s", "copy");
    expect([copy.info.status, await copy.count()]).toEqual(["active", 1]);
  });

  it.each([...READS, ...WRITES])("refuses %s", async (_name, call) => {
    await all.updateNamespace("docs", { status: "suspended" });
    await expect(call(docs)).rejects.toThrow(reason("NAMESPACE_SUSPENDED"));
    await afterKill(env, async (again) => {
      await expect(call(await again.namespace("docs"))).rejects.toThrow(reason("NAMESPACE_SUSPENDED"));
    });
    expect(await (await all.namespace("default")).count()).toBe(0);
    await all.updateNamespace("docs", { status: "active" });
    expect(await docs.count()).toBe(1);
  });
});

describe("a read-only namespace", () => {
  it.each(READS)("answers %s", async (_name, call) => {
    await docs.createSnapshot("before");
    await docs.createSnapshot(_name === "createSnapshot" ? "other" : "s");
    await all.updateNamespace("docs", { status: "read_only" });
    await call(docs);
  });

  it.each(WRITES)("refuses %s", async (_name, call) => {
    await docs.createSnapshot("s");
    await all.updateNamespace("docs", { status: "read_only" });
    await expect(call(docs)).rejects.toThrow(reason("NAMESPACE_READ_ONLY"));
    await all.updateNamespace("docs", { status: "active" });
    await call(docs);
  });
});

describe("a stream of results", () => {
  it("that has begun ends well, whatever becomes of its namespace", async () => {
    await docs.upsert(Array.from({ length: 600 }, (_, i) => ({ id: `r${i}`, vector: [1, i] })));
    const stream = docs.queryStream({ vector: [1, 0], limit: 600 });
    let results = (await stream.next()).value!.results.length;
    await all.updateNamespace("docs", { status: "suspended" });
    for await (const chunk of stream) results += chunk.results.length;
    expect(results).toBe(600);
  });

  it("of an export ends well too, also when the namespace is deleted", async () => {
    await docs.upsert(Array.from({ length: 999 }, (_, i) => ({ id: `r${i}`, vector: [1, i], text: "x".repeat(500) })));
    const stream = docs.export();
    let records = (await stream.next()).value!.records.length;
    await all.deleteNamespace("docs");
    for await (const chunk of stream) records += chunk.records.length;
    expect(records).toBe(1_000);
  });
});

describe("a snapshot", () => {
  it("is restored as a namespace under the name of a deleted one", async () => {
    await docs.createSnapshot("s");
    await all.restoreSnapshotAs("docs", "s", "copy");
    await all.deleteNamespace("copy");
    const copy = await all.restoreSnapshotAs("docs", "s", "copy");
    await copy.upsert([{ id: "later", vector: [0, 1] }]);
    const idsIn = async (store: VecStore) => (await store.list()).records.map(({ id }) => id);
    expect(await idsIn(copy)).toEqual(["a", "later"]);
    expect(await afterKill(env, async (again) => idsIn(await again.namespace("copy")))).toEqual(["a", "later"]);
    await all.close();
    all = await open();
    expect(await idsIn(await all.namespace("copy"))).toEqual(["a", "later"]);
  });
});
