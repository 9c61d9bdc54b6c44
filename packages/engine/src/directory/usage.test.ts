import { describe, expect, it } from "vitest";
import type { NamespaceUsage } from "../model/usage.js";
import { createRandom } from "../storage/random.js";
import {
  copyOf,
  createMemory,
  dump,
  makeMixedRecords,
  makeRecord,
  makeRecords,
  openSmall,
  storeOf,
  withStore,
} from "./life-fixture.cases.js";
import { completeConfig } from "./open-directory.js";
import { aggregateUsage, usageOf } from "./usage.js";

const NO_CHECKPOINTS = { checkpointLogBytes: 1_000_000 };

/** What is the same at any moment until the next write, where no record expires. */
const settled = ({ atMs, vectorMilliseconds, ...rest }: NamespaceUsage) => ({
  ...rest,
  vectorMs: vectorMilliseconds - BigInt(rest.vectorCount) * BigInt(atMs),
});

describe("the usage of a namespace", () => {
  it("counts records, hidden ones too, and writes, repeated ones once", async () => {
    await withStore(createMemory(), async ({ directory, store }) => {
      const usage = () => usageOf(directory, directory.namespaceByName("default"));
      expect(await usage()).toEqual({
        vectorCount: 0,
        storageBytes: 0,
        snapshotBytes: 0,
        vectorMilliseconds: 0n,
        queriesTotal: 0,
        writesTotal: 0,
        requestsTotal: 0,
        bytesInTotal: 0,
        bytesOutTotal: 0,
        refusalsTotal: 0,
        atMs: directory.nowMs() - 1,
      });
      await store.upsert(makeRecords(0, 10, 0));
      await store.upsert(makeRecords(5, 10, 1), { idempotencyKey: "k" });
      await store.upsert(makeRecords(5, 10, 1), { idempotencyKey: "k" });
      await store.softDelete({ ids: ["r1", "r2"] });
      await store.delete({ ids: ["r2", "r3"] });
      await store.upsert([makeRecord("r4", 1)], { mode: "insert_only" }).catch(() => undefined);
      expect(await usage()).toMatchObject({ vectorCount: 13, writesTotal: 4 });
    });
  });

  it("counts queries that were answered, each of a batch, and streams that were read to their end", async () => {
    await withStore(createMemory(), async ({ directory, store }) => {
      await store.upsert(makeRecords(0, 10, 0));
      const query = { vector: [1, 0, 0, 0] };
      await store.query(query);
      await store.query({ vector: [1] }).catch(() => undefined);
      await store.batchQuery([query, query, query]);
      for await (const _ of store.queryStream(query));
      for await (const _ of store.queryStream(query)) break;
      expect((await usageOf(directory, directory.namespaceByName("default"))).queriesTotal).toBe(5);
    });
  });

  it("does not count queries that ask not to be", async () => {
    await withStore(createMemory(), async ({ directory, store }) => {
      await store.upsert(makeRecords(0, 10, 0));
      const query = { vector: [1, 0, 0, 0], uncounted: true };
      await store.query(query);
      await store.batchQuery([query, { ...query, uncounted: false }]);
      for await (const _ of store.queryStream(query));
      expect((await usageOf(directory, directory.namespaceByName("default"))).queriesTotal).toBe(1);
    });
  });

  it("takes what is not counted beside what a batch may have", async () => {
    const opened = await openSmall(createMemory(), { maxBatchRecords: 1 });
    const { directory, store } = opened;
    await store.upsert(makeRecords(0, 1, 0));
    const query = { vector: [1, 0, 0, 0] };
    const measure = { ...query, uncounted: true };
    expect(await store.batchQuery([measure, query, measure])).toHaveLength(3);
    expect(await store.batchQuery([measure, measure])).toHaveLength(2);
    await expect(store.batchQuery([query, query])).rejects.toMatchObject({ reason: "BATCH_TOO_LARGE" });
    await expect(store.batchQuery([])).rejects.toMatchObject({ reason: "EMPTY_BATCH" });
    await directory.close();
  });

  it("counts the bytes of its entries in the log until a checkpoint holds them, then those of its files", async () => {
    const memory = createMemory();
    const opened = await openSmall(memory, NO_CHECKPOINTS);
    const { directory, store } = opened;
    const namespace = directory.namespaceByName("default");
    const before = directory.log.end;
    await store.upsert(makeRecords(0, 30, 0));
    await store.delete({ ids: ["r1"] });
    const logBytes = directory.log.end - before;
    expect((await usageOf(directory, namespace)).storageBytes).toBe(logBytes);
    await directory.checkpointer.now();
    const files = memory.paths().filter((path) => /^data\/ns\/1\/(part|deaths|graph)-/.test(path));
    const fileBytes = files.reduce((sum, path) => sum + memory.readFile(path).length, 0);
    expect((await usageOf(directory, namespace)).storageBytes).toBe(fileBytes);
    const at = directory.log.end;
    const racing = store.upsert(makeRecords(0, 5, 1));
    await Promise.all([racing, directory.checkpointer.now(), store.upsert(makeRecords(0, 5, 2))]);
    expect(directory.log.end).toBeGreaterThan(at);
    const live = await usageOf(directory, namespace);
    await withStore(
      await copyOf(memory),
      async (again) => {
        const replayed = await usageOf(again.directory, namespace);
        expect(settled(replayed)).toEqual(settled(live));
      },
      NO_CHECKPOINTS,
    );
    await directory.close();
  });

  it("counts snapshots apart, anew after each change", async () => {
    const memory = createMemory();
    await withStore(memory, async ({ directory, store }) => {
      const bytes = async () => (await usageOf(directory, directory.namespaceByName("default"))).snapshotBytes;
      await store.upsert(makeRecords(0, 30, 0));
      expect(await bytes()).toBe(0);
      const { bytes: first } = await store.createSnapshot("a");
      expect([await bytes(), await bytes()]).toEqual([first, first]);
      await store.createSnapshot("a").catch(() => undefined);
      await store.createSnapshot("b");
      expect(await bytes()).toBe(2 * first);
      await store.deleteSnapshot("a");
      expect(await bytes()).toBe(first);
    });
  });

  it("is the same after a kill at any moment of a random life, and equals a recount", async () => {
    const random = createRandom(7);
    const memory = createMemory();
    const opened = await openSmall(memory);
    const { directory, store } = opened;
    const namespace = directory.namespaceByName("default");
    for (let step = 0; step < 60; step++) {
      const from = Math.floor(random() * 200);
      const choice = random();
      if (choice < 0.6) await store.upsert(makeMixedRecords(from, 12, step));
      else if (choice < 0.7) await store.softDelete({ ids: makeRecords(from, 20, 0).map(({ id }) => id) });
      else if (choice < 0.8) await store.restore({ all: true });
      else if (choice < 0.9) await store.delete({ ids: makeRecords(from, 20, 0).map(({ id }) => id) });
      else await directory.checkpointer.now();
      if (step % 5 > 0) continue;
      const live = await usageOf(directory, namespace);
      expect(live.vectorCount).toBe(dump(directory).size);
      await withStore(await copyOf(memory), async (again) => {
        const replayed = await usageOf(again.directory, again.directory.namespaceByName("default"));
        expect(settled(replayed)).toEqual(settled(live));
      });
    }
    await directory.close();
  });

  it("keeps requests over a restart, and sums over namespaces", async () => {
    const memory = createMemory();
    await withStore(memory, async ({ directory, store }) => {
      const config = completeConfig({ dimension: 4 });
      await directory.createNamespace({ name: "other", config, description: "", labels: {} });
      const other = storeOf(directory, "other");
      await store.upsert(makeRecords(0, 10, 0));
      await other.upsert(makeRecords(0, 5, 0));
      await other.query({ vector: [1, 0, 0, 0] });
      directory.requests.at(directory.namespaceByName("other").number).refusals += 3;
    });
    await withStore(memory, async ({ directory }) => {
      expect(await usageOf(directory, directory.namespaceByName("other"))).toMatchObject({
        vectorCount: 5,
        queriesTotal: 1,
        writesTotal: 1,
        refusalsTotal: 3,
      });
      const { namespaceCount, usage } = await aggregateUsage(directory);
      expect([namespaceCount, usage.vectorCount, usage.writesTotal, usage.refusalsTotal]).toEqual([2, 15, 2, 3]);
      const one = await usageOf(directory, directory.namespaceByName("default"));
      const two = await usageOf(directory, directory.namespaceByName("other"));
      expect(usage.storageBytes).toBe(one.storageBytes + two.storageBytes);
    });
  });
});
