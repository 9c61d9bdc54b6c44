import { describe, expect, it } from "vitest";
import { FaultyEnv } from "../storage/faulty-env.js";
import {
  assertHonest,
  copyOf,
  createMemory,
  difference,
  dump,
  expectNoDamage,
  makeRecord,
  openSmall,
  withStore,
} from "./life-fixture.cases.js";
import { createStoreWithSnapshot } from "./restore-fixture.cases.js";

const NO_CHECKPOINTS = { checkpointLogBytes: 1_000_000 };

describe("a restored snapshot", () => {
  it("brings back the records with their versions, in a new incarnation with a higher sequence", async () => {
    const memory = createMemory();
    const { kept } = await createStoreWithSnapshot(memory);
    const before = await withStore(memory, async ({ store, directory }) => {
      const { sequence } = await store.stats();
      await store.restoreSnapshot("kept");
      expect(difference(kept, dump(directory))).toBeUndefined();
      const stats = await store.stats();
      expect(stats.incarnation).toBe(2);
      expect(stats.sequence).toBeGreaterThan(sequence);
      return stats;
    });
    await withStore(memory, async ({ store, directory }) => {
      expect(difference(kept, dump(directory))).toBeUndefined();
      expect(await store.stats()).toMatchObject({ incarnation: 2, sequence: before.sequence });
    });
  });

  it("is there or not after a power cut at any operation, also when the recovery is cut too", async () => {
    const base = createMemory();
    const { kept, present } = await createStoreWithSnapshot(base);
    const counted = new FaultyEnv(await copyOf(base));
    const operations = await withStore(counted, async ({ store }) => {
      const before = counted.count();
      await store.restoreSnapshot("kept");
      return counted.count() - before;
    });
    for (let at = 1; at <= operations; at++) {
      const env = new FaultyEnv(await copyOf(base));
      const opened = await openSmall(env, NO_CHECKPOINTS);
      env.fail({ at, error: "power" });
      const isDone = await opened.store.restoreSnapshot("kept").then(
        () => true,
        (error) => assertHonest(error) ?? false,
      );
      const cut = new FaultyEnv(env.crash(at));
      const first = await openSmall(cut, NO_CHECKPOINTS);
      expectNoDamage(first);
      const found = dump(first.directory);
      const isBefore = difference(present, found) === undefined;
      if (!isBefore) expect(difference(kept, found), `operation ${at}`).toBeUndefined();
      if (isDone) expect(isBefore).toBe(false);
      const second = await openSmall(cut.crash(at + 500), NO_CHECKPOINTS);
      expect(difference(found, dump(second.directory)), `operation ${at}, second recovery`).toBeUndefined();
      await second.directory.close();
      await Promise.allSettled([opened.directory.close(), first.directory.close()]);
    }
  });

  it("is done although the checkpoint behind it fails, which is reported", async () => {
    const memory = createMemory();
    const { kept } = await createStoreWithSnapshot(memory);
    const env = new FaultyEnv(memory);
    const { store, directory, events } = await openSmall(env, NO_CHECKPOINTS);
    // The first file that is made is the checkpoint's: the snapshot's own are links.
    env.fail({ at: 1, kind: "create", times: 1_000 });
    await store.restoreSnapshot("kept");
    expect(difference(kept, dump(directory))).toBeUndefined();
    expect(events.filter(({ kind }) => kind === "background_error")).toHaveLength(1);
    env.heal();
    const crashed = await copyOf(memory);
    await directory.close();
    for (const image of [memory, crashed]) {
      await withStore(image, async (again) => expect(difference(kept, dump(again.directory))).toBeUndefined());
    }
  });

  it("can be restored again before any checkpoint, and both are replayed, twice", async () => {
    const memory = createMemory();
    const { kept } = await createStoreWithSnapshot(memory);
    const env = new FaultyEnv(memory);
    const { store, directory } = await openSmall(env, NO_CHECKPOINTS);
    env.fail({ at: 1, kind: "create", times: 1_000 });
    await store.restoreSnapshot("kept").catch(assertHonest);
    await store.upsert([makeRecord("between", 1)]);
    await store.restoreSnapshot("kept").catch(assertHonest);
    await store.upsert([makeRecord("after", 2)]);
    const expected = dump(directory);
    expect([...expected.keys()].sort()).toEqual([...kept.keys(), "after"].sort());
    let image = await copyOf(memory);
    for (let round = 0; round < 3; round++) {
      const again = await openSmall(image, NO_CHECKPOINTS);
      expect(difference(expected, dump(again.directory)), `round ${round}`).toBeUndefined();
      image = await copyOf(image);
      await again.directory.close();
    }
    await directory.close().catch(assertHonest);
  });

  it.each(["damaged", "missing"])("leaves the namespace as it was when a file of the snapshot is %s", async (how) => {
    const memory = createMemory();
    const { present } = await createStoreWithSnapshot(memory);
    const path = memory.paths().find((name) => name.includes("snapshots/kept/part-"))!;
    await withStore(memory, async ({ store, directory }) => {
      const bytes = memory.readFile(path);
      bytes[bytes.length >> 1]! ^= 1;
      if (how === "damaged") memory.writeFile(path, bytes);
      else await memory.remove(path);
      await expect(store.restoreSnapshot("kept")).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
      expect(difference(present, dump(directory))).toBeUndefined();
      await store.upsert([makeRecord("still", 1)]);
    });
  });

  it("takes writes that were under way, in the order of the log", async () => {
    const memory = createMemory();
    const { kept } = await createStoreWithSnapshot(memory);
    const { store, directory } = await openSmall(memory);
    const writes = Array.from({ length: 40 }, (_, i) => store.upsert([makeRecord(`w${i}`, i)]));
    const restored = store.restoreSnapshot("kept");
    const later = Array.from({ length: 40 }, (_, i) => store.upsert([makeRecord(`x${i}`, i)]));
    const results = await Promise.all([...writes, ...later]);
    await restored;
    const { sequence } = await store.upsert([makeRecord("end", 0)]);
    const found = dump(directory);
    for (const [i, id] of [...writes.keys()].map((n) => [n, `w${n}`] as const)) {
      const version = found.get(id)?.version;
      expect(version === undefined || version === results[i]!.sequence).toBe(true);
    }
    expect(sequence).toBeGreaterThan(Math.max(...results.map((result) => result.sequence)));
    expect([...kept.keys()].every((id) => found.has(id))).toBe(true);
    await directory.close();
    await withStore(memory, async (again) => expect(difference(found, dump(again.directory))).toBeUndefined());
  });
});
