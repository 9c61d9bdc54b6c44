import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NamespacedVecStore } from "./namespaced-vecstore.js";
import { MemoryEnv } from "./storage/memory-env.js";
import { VecStore } from "./vecstore.js";

let env: MemoryEnv;
let all: NamespacedVecStore;
const open = () => NamespacedVecStore.open("data", { env, threads: 0 });
beforeEach(async () => {
  env = new MemoryEnv({ now: () => 1_000 });
  all = await open();
});
afterEach(() => all.close());

const reason = (name: string) => expect.objectContaining({ name: "VecstoreError", reason: name }) as Error;
const reopen = async () => {
  await all.close();
  all = await open();
};

describe("namespaces", () => {
  it("begin with `default`", async () => {
    expect(all.listNamespaces().namespaces.map(({ name }) => name)).toEqual(["default"]);
    await (await all.namespace("default")).upsert([{ id: "a", vector: [1] }]);
    await reopen();
    expect(all.getNamespace("default")).toMatchObject({ number: 1, config: { dimension: 1 } });
  });

  it("are made with a configuration, a description and labels, and keep them", async () => {
    const options = {
      dimension: 3,
      metric: "dot",
      m: 8,
      efConstruction: 64,
      efSearch: 99,
      description: "é",
      labels: { a: "1" },
    } as const;
    const created = await all.createNamespace("docs", options);
    expect(created).toEqual({
      name: "docs",
      number: 2,
      status: "active",
      config: {
        dimension: 3,
        metric: "dot",
        m: 8,
        efConstruction: 64,
        efSearch: 99,
        quantization: "int8",
        textAnalyzer: "standard",
      },
      quotas: {},
      description: "é",
      labels: { a: "1" },
      cacheAnswers: true,
      createdAtMs: 1_000,
      updatedAtMs: 1_000,
    });
    await reopen();
    expect(all.getNamespace("docs")).toEqual(created);
    const docs = await all.namespace("docs");
    await expect(docs.upsert([{ id: "a", vector: [1] }])).rejects.toThrow(reason("DIMENSION_MISMATCH"));
    await expect(docs.query({ vector: [1] })).rejects.toThrow(reason("DIMENSION_MISMATCH"));
  });

  it("do not share records, dimensions, sequences, keys or snapshots", async () => {
    await all.createNamespace("one");
    await all.createNamespace("two", { metric: "euclidean" });
    const [one, two] = [await all.namespace("one"), await all.namespace("two")];
    await one.upsert([{ id: "a", vector: [1, 2], metadata: { of: "one" } }], { idempotencyKey: "k" });
    await two.upsert([{ id: "a", vector: [3], metadata: { of: "two" } }], { idempotencyKey: "k" });
    await two.upsert([{ id: "b", vector: [4] }]);
    await one.createSnapshot("s");
    await one.softDelete({ all: true });
    for (let round = 0; round < 2; round++) {
      const [first, second] = [await all.namespace("one"), await all.namespace("two")];
      expect([await first.count(), await second.count()]).toEqual([0, 2]);
      expect((await second.get(["a"])).records).toEqual([{ id: "a", version: 1, metadata: { of: "two" } }]);
      expect([(await first.stats()).sequence, (await second.stats()).sequence]).toEqual([2, 2]);
      expect([await first.listSnapshots(), await second.listSnapshots()].map((list) => list.length)).toEqual([1, 0]);
      await expect(second.restoreSnapshot("s")).rejects.toThrow(reason("SNAPSHOT_NOT_FOUND"));
      expect(await (await all.namespace("default")).count()).toBe(0);
      await reopen();
    }
  });

  it("are listed in pages by name and prefix", async () => {
    for (const name of ["b", "a.2", "a.10", "B", "a.1"]) await all.createNamespace(name);
    const names = (options: Parameters<typeof all.listNamespaces>[0]) => {
      const page = all.listNamespaces(options);
      return [page.namespaces.map(({ name }) => name), page.nextPageToken === undefined] as const;
    };
    expect(names({})).toEqual([["B", "a.1", "a.10", "a.2", "b", "default"], true]);
    expect(names({ prefix: "a." })).toEqual([["a.1", "a.10", "a.2"], true]);
    expect(names({ prefix: "a.", pageSize: 3 })).toEqual([["a.1", "a.10", "a.2"], true]);
    expect(names({ prefix: "x" })).toEqual([[], true]);
    const { nextPageToken, namespaces } = all.listNamespaces({ prefix: "a.", pageSize: 2 });
    expect(namespaces).toHaveLength(2);
    await all.createNamespace("a.0");
    await all.createNamespace("a.3");
    expect(names({ prefix: "a.", pageToken: nextPageToken })).toEqual([["a.2", "a.3"], true]);
    expect(names({ pageToken: "", pageSize: 1 })).toEqual([["B"], false]);
    for (const pageSize of [0, 1_001])
      expect(() => all.listNamespaces({ pageSize })).toThrow(reason("LIMIT_OUT_OF_RANGE"));
    expect(() => all.listNamespaces({ pageToken: "rubbish" })).toThrow(reason("INVALID_PAGE_TOKEN"));
  });

  it("are refused by name, configuration, presence and absence", async () => {
    for (const name of ["../x", "", "a b", "é", "a".repeat(129)]) {
      await expect(all.createNamespace(name)).rejects.toThrow(reason("INVALID_NAME"));
    }
    for (const config of [{ dimension: 65_536 }, { m: 3 }, { metric: "x" as "dot" }, { efSearch: 0 }]) {
      await expect(all.createNamespace("a", config)).rejects.toThrow(reason("INVALID_CONFIGURATION"));
    }
    await expect(all.createNamespace("default")).rejects.toThrow(reason("NAMESPACE_EXISTS"));
    await expect(all.namespace("none")).rejects.toThrow(reason("NAMESPACE_NOT_FOUND"));
    expect(() => all.getNamespace("none")).toThrow(reason("NAMESPACE_NOT_FOUND"));
    await all.createNamespace("a".repeat(128));
  });

  it("of one name are made once, however many try", async () => {
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => all.createNamespace("docs")));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(tries.filter((one) => one.status === "rejected" && one.reason.reason === "NAMESPACE_EXISTS")).toHaveLength(
      19,
    );
    await all.createNamespace("next");
    expect(all.getNamespace("next").number).toBe(3);
  });

  it("are the same objects to every caller", async () => {
    expect(await all.namespace("default")).toBe(await all.namespace("default"));
  });
});

describe("a directory", () => {
  it("takes checkpoints at any moment, several at once too", async () => {
    await all.createNamespace("docs");
    const docs = await all.namespace("docs");
    const writes = Array.from({ length: 50 }, (_, i) => docs.upsert([{ id: `r${i}`, vector: [1, i] }]));
    await Promise.all([...writes, all.checkpoint(), all.checkpoint(), all.checkpoint()]);
    await Promise.all([all.checkpoint(), all.checkpoint()]);
    await reopen();
    expect(all.recovery.entries).toBe(0);
    expect(await (await all.namespace("docs")).count()).toBe(50);
  });

  it("serves VecStore.open as its `default`", async () => {
    await (await all.namespace("default")).upsert([{ id: "a", vector: [1, 2] }]);
    await all.close();
    const store = await VecStore.open("data", { env, threads: 0 });
    expect(await store.count()).toBe(1);
    await store.close();
    all = await open();
  });

  it("refuses everything once it is closed", async () => {
    const store = await all.namespace("default");
    await all.close();
    await all.close();
    const closed = reason("STORE_CLOSED");
    expect(() => all.listNamespaces()).toThrow(closed);
    expect(() => all.getNamespace("default")).toThrow(closed);
    await expect(all.namespace("default")).rejects.toThrow(closed);
    await expect(all.createNamespace("x")).rejects.toThrow(closed);
    await expect(all.checkpoint()).rejects.toThrow(closed);
    await expect(store.count()).rejects.toThrow(closed);
  });
});
