import { describe, expect, it } from "vitest";
import { FaultyEnv } from "../storage/faulty-env.js";
import {
  assertHonest,
  createMemory,
  difference,
  dump,
  makeRecord,
  makeRecords,
  openSmall,
  withStore,
} from "./life-fixture.cases.js";

describe("a data directory", () => {
  it("is opened once in a process, and again after its close", async () => {
    const memory = createMemory();
    const { directory } = await openSmall(memory);
    await expect(openSmall(memory)).rejects.toMatchObject({ reason: "DATA_DIR_IN_USE" });
    await directory.close();
    await withStore(memory, async () => undefined);
  });

  it("is free again when it could not be opened", async () => {
    const memory = createMemory();
    await withStore(memory, ({ store }) => store.upsert(makeRecords(0, 5, 0)));
    const env = new FaultyEnv(memory);
    await withStore(env, async () => undefined);
    const operations = env.count();
    for (let at = 2; at <= operations; at++) {
      const faulty = new FaultyEnv(memory);
      faulty.fail({ at });
      await withStore(faulty, async () => undefined).catch(assertHonest);
      await withStore(memory, async ({ directory }) => expect(dump(directory).size).toBe(5));
    }
  });

  it("stops taking writes when a sync fails, goes on reading, closes, and opens again", async () => {
    const memory = createMemory();
    const env = new FaultyEnv(memory);
    const { store, directory, events } = await openSmall(env);
    await store.upsert(makeRecords(0, 5, 0));
    env.fail({ at: 1, kind: "sync" });
    await expect(store.upsert([makeRecord("lost", 1)])).rejects.toMatchObject({
      reason: "STORE_STOPPED",
      code: "unavailable",
    });
    await expect(store.upsert([makeRecord("later", 1)])).rejects.toMatchObject({ reason: "STORE_STOPPED" });
    expect((await store.get(["r1", "lost"])).missing).toEqual(["lost"]);
    expect(events.filter((event) => event.kind === "background_error")).toMatchObject([{ task: "log" }]);
    await directory.close();
    await withStore(memory, async (again) => {
      const found = dump(again.directory);
      expect(found.size).toBeGreaterThanOrEqual(5);
      expect(found.has("later")).toBe(false);
      await again.store.upsert([makeRecord("new", 1)]);
    });
  });

  it("is not stopped by a listener that throws", async () => {
    const memory = createMemory();
    const onEvent = () => {
      throw new Error("a listener of this test");
    };
    const { store, directory } = await openSmall(memory, { onEvent });
    await store.upsert(makeRecords(0, 50, 0));
    await directory.checkpointer.now();
    await store.upsert(makeRecords(0, 50, 1));
    await directory.close();
    await withStore(memory, async (again) => expect(dump(again.directory).size).toBe(50), { onEvent });
  });

  it("answers DISK_FULL, goes on reading, and writes again when there is space", async () => {
    const memory = createMemory();
    const env = new FaultyEnv(memory);
    const { store, directory, events } = await openSmall(env);
    await store.upsert(makeRecords(0, 50, 0));
    env.limitSpace(300);
    let refused = 0;
    for (let i = 0; i < 30; i++) {
      await store.upsert(makeRecords(i * 10, 10, i)).catch((error) => {
        expect(error).toMatchObject({ reason: "DISK_FULL", code: "unavailable" });
        refused++;
      });
    }
    expect(refused).toBe(30);
    expect((await store.query({ vector: [1, 2, 3, 4], limit: 50 })).results).toHaveLength(50);
    await expect(store.createSnapshot("no")).rejects.toMatchObject({ reason: "DISK_FULL" });
    expect(await store.listSnapshots()).toEqual([]);
    env.heal();
    await store.upsert(makeRecords(0, 50, 7));
    await store.createSnapshot("yes");
    const expected = dump(directory);
    await directory.close();
    expect(events.every(({ kind }) => kind !== "log_cut")).toBe(true);
    await withStore(memory, async (again) => expect(difference(expected, dump(again.directory))).toBeUndefined());
  });

  it("closes although the disk is full: the log holds everything", async () => {
    const memory = createMemory();
    const env = new FaultyEnv(memory);
    const { store, directory, events } = await openSmall(env);
    await store.upsert(makeRecords(0, 50, 0));
    const expected = dump(directory);
    env.limitSpace(0);
    await directory.close();
    expect(events.at(-1)).toMatchObject({ kind: "background_error", task: "checkpoint" });
    await withStore(memory, async (again) => expect(difference(expected, dump(again.directory))).toBeUndefined());
  });

  it("says when closing could not make acknowledged writes durable", async () => {
    const env = new FaultyEnv(createMemory());
    const { store, directory } = await openSmall(env, { fsync: "never" });
    await store.upsert(makeRecords(0, 5, 0));
    env.fail({ at: 1, kind: "sync" });
    await expect(directory.close()).rejects.toMatchObject({ reason: "STORE_STOPPED" });
    await withStore(env, async () => undefined);
  });

  it("closes with writes, checkpoints, merges and snapshots under way, and closes once", async () => {
    for (let turns = 0; turns < 40; turns += 3) {
      const memory = createMemory();
      const { store, directory } = await openSmall(memory);
      await store.upsert(makeRecords(0, 120, 0));
      await store.delete({ ids: Array.from({ length: 40 }, (_, i) => `r${i}`) });
      const expected = new Set(dump(directory).keys());
      const acknowledged: Promise<unknown>[] = [];
      for (let i = 0; i < 10; i++) {
        const id = `w${i}`;
        acknowledged.push(store.upsert([makeRecord(id, i)]).then(() => expected.add(id), assertHonest));
      }
      const others = [
        store.compact(),
        directory.checkpointer.now(),
        store.createSnapshot("s"),
        directory.checkpointer.now(),
      ];
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      const closing = [directory.close(), directory.close()];
      await Promise.all(closing);
      const outcomes = await Promise.allSettled(others);
      for (const outcome of outcomes) if (outcome.status === "rejected") assertHonest(outcome.reason);
      await Promise.all(acknowledged);
      await expect(store.upsert([makeRecord("late", 0)])).rejects.toMatchObject({ reason: "STORE_CLOSED" });
      await withStore(memory, async (again) => {
        expect([...dump(again.directory).keys()].sort(), `${turns} turns`).toEqual([...expected].sort());
      });
    }
  });

  it("writes nothing more once it is closed, also when it had stopped", async () => {
    const memory = createMemory();
    const env = new FaultyEnv(memory);
    const { store, directory } = await openSmall(env, { checkpointLogBytes: 1_000_000 });
    await store.upsert(makeRecords(0, 100, 0));
    const release = env.hold("create");
    const checkpoint = directory.checkpointer.now();
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    directory.stop(new Error("a bug"), "a test");
    const closing = directory.close();
    let isClosed = false;
    void closing.then(() => {
      isClosed = true;
    });
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    expect(isClosed).toBe(false);
    release();
    await Promise.allSettled([checkpoint, closing]);
    const operations = env.count();
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(env.count()).toBe(operations);
    await withStore(memory, async (again) => expect(dump(again.directory).size).toBe(100));
  });

  it("makes no checkpoint of a state that an entry was half applied to", async () => {
    const memory = createMemory();
    const { store, directory, events } = await openSmall(memory);
    await store.upsert(makeRecords(0, 20, 0));
    const namespace = directory.namespaceByName("default");
    const segment = namespace.state.segments[0]!;
    const append = segment.append.bind(segment);
    let appended = 0;
    segment.append = (record) => {
      if (++appended === 3) throw new RangeError("no memory for this test");
      return append(record);
    };
    // In one group with the next, which is durable too and must not be answered.
    const writes = [store.upsert(makeRecords(100, 5, 1)), store.upsert([makeRecord("next", 1)])];
    for (const write of await Promise.allSettled(writes)) {
      expect(write).toMatchObject({ status: "rejected", reason: { reason: "STORE_STOPPED" } });
    }
    await expect(directory.checkpointer.now()).rejects.toMatchObject({ reason: "STORE_STOPPED" });
    await expect(store.get(["r1"])).rejects.toMatchObject({ reason: "STORE_STOPPED" });
    await expect(directory.checkpointer.namespace(namespace, "grown graph")).rejects.toMatchObject({
      reason: "STORE_STOPPED",
    });
    expect(events.some(({ kind }) => kind === "background_error")).toBe(true);
    await directory.close();
    // The entries were logged, so they are there whole.
    await withStore(memory, async (again) => expect(dump(again.directory).size).toBe(26));
  });
});
