import { describe, expect, it } from "vitest";
import { breathe } from "../core/breathe.js";
import { CatalogManifest } from "../gen/vecstore/storage/v1/manifest.js";
import { BLOCK_FILE_KINDS } from "../storage/block-file.js";
import { FaultyEnv } from "../storage/faulty-env.js";
import type { MemoryEnv } from "../storage/memory-env.js";
import {
  assertHonest,
  copyOf,
  createMemory,
  difference,
  dump,
  expectNoDamage,
  filesOf,
  makeRecord,
  makeRecords,
  openSmall,
  withStore,
} from "./life-fixture.cases.js";
import { readMessageFile } from "./manifest-file.js";

const NO_CHECKPOINTS = { checkpointLogBytes: 1_000_000 };

async function catalogPositions(env: MemoryEnv): Promise<number[]> {
  const names = (await env.listDirectory("data")).filter((name) => name.startsWith("manifest-"));
  const positions: number[] = [];
  for (const name of names) {
    const message = await readMessageFile(env, `data/${name}`, BLOCK_FILE_KINDS.manifest);
    positions.push(Number(CatalogManifest.decode(message).logPosition));
  }
  return positions;
}

describe("checkpoints", () => {
  it("of a namespace whose creation is only in the log are used, and never mixed with later ones", async () => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
    await store.upsert(makeRecords(0, 10, 0));
    await store.createSnapshot("a");
    await store.upsert(makeRecords(10, 10, 1));
    await store.createSnapshot("b");
    await store.upsert(makeRecords(5, 10, 2));
    const expected = dump(directory);
    const image = await copyOf(memory);
    await directory.close();
    const second = await openSmall(image, NO_CHECKPOINTS);
    expect(difference(expected, dump(second.directory))).toBeUndefined();
    await second.store.upsert([makeRecord("more", 3)]);
    const more = dump(second.directory);
    await second.directory.close();
    await withStore(image, async (third) => expect(difference(more, dump(third.directory))).toBeUndefined());
  });

  it("asked for at the same time are made one after the other", async () => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory);
    const work: Promise<unknown>[] = [];
    for (let i = 0; i < 30; i++) {
      work.push(store.upsert(makeRecords(i * 5, 10, i)));
      if (i % 3 === 0) work.push(directory.checkpointer.now());
      if (i % 7 === 0) await Promise.race(work);
    }
    await Promise.all(work);
    await Promise.allSettled([directory.checkpointer.now(), store.upsert(makeRecords(0, 5, 99)), directory.close()]);
    const positions = await catalogPositions(memory);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    await directory.close();
    await withStore(memory, async () => undefined);
  });

  it("that fail are reported, and made again once there is more log", async () => {
    const env = new FaultyEnv(createMemory());
    const { store, directory, events } = await openSmall(env);
    env.fail({ at: 1, kind: "create", times: 3 });
    for (let i = 0; i < 40; i++) await store.upsert(makeRecords(i * 10, 10, i));
    await directory.checkpointer.now();
    const kinds = events.map(({ kind }) => kind);
    const failed = kinds.indexOf("background_error");
    expect(failed).toBeGreaterThanOrEqual(0);
    expect(kinds.indexOf("checkpoint", failed)).toBeGreaterThan(failed);
    await directory.close();
  });

  it("that fail again and again leave no files behind", async () => {
    const env = new FaultyEnv(createMemory());
    const { store, directory } = await openSmall(env, NO_CHECKPOINTS);
    await store.upsert(makeRecords(0, 60, 0));
    await store.delete({ ids: ["r1"] });
    await directory.checkpointer.now();
    const before = await filesOf(env);
    for (let i = 0; i < 5; i++) {
      await store.upsert(makeRecords(0, 20, i));
      env.fail({ at: 1, kind: "rename" });
      await expect(directory.checkpointer.now()).rejects.toMatchObject({ reason: "INTERNAL" });
    }
    const after = await filesOf(env);
    // What the failed ones wrote for good is used by the next: one part each, and never the deaths of those before.
    expect(after.filter((name) => name.startsWith("deaths-")).length).toBeLessThanOrEqual(
      before.filter((name) => name.startsWith("deaths-")).length + 2,
    );
    expect(after.filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await directory.close();
  });

  it("name no position beyond what was synced, under any policy", async () => {
    for (const fsync of ["never", { intervalMs: 60_000 }] as const) {
      for (let seed = 0; seed < 4; seed++) {
        const env = new FaultyEnv(createMemory());
        const { store, directory } = await openSmall(env, { ...NO_CHECKPOINTS, fsync });
        // So that the image has a catalog which knows the namespace.
        await directory.checkpointer.now();
        const work: Promise<unknown>[] = [];
        for (let i = 0; i < 8; i++) work.push(store.upsert(makeRecords(i * 5, 10, i)), store.createSnapshot(`s${i}`));
        await work[seed * 4 + 1];
        const image = env.crash(seed);
        await Promise.allSettled([...work, directory.close()]);
        await withStore(image, async (again) => {
          const { sequence } = await again.store.stats();
          for (const made of await again.store.listSnapshots()) expect(made.sequence).toBeLessThanOrEqual(sequence);
        });
      }
    }
  });

  it("do not wait for a merge, which may take minutes", async () => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory, { ...NO_CHECKPOINTS, segmentRecordsMax: 5_000 });
    for (let i = 0; i < 3; i++) await store.upsert(makeRecords(i * 1_000, 1_000, i));
    await store.delete({ ids: Array.from({ length: 900 }, (_, i) => `r${i}`) });
    let isMerged = false;
    const merge = store.compact().then(() => {
      isMerged = true;
    });
    for (let round = 0; round < 3; round++) {
      await directory.checkpointer.now("full graph");
      await store.createSnapshot(`during-${round}`);
      expect(isMerged).toBe(false);
    }
    const during = await copyOf(memory);
    await merge;
    const records = dump(directory);
    await directory.close();
    for (const image of [during, memory]) {
      await withStore(image, async (again) => expect(difference(records, dump(again.directory))).toBeUndefined());
    }
  });

  it("hold the deaths of their own moment: a record that is brought back meanwhile is there", async () => {
    for (let turns = 0; turns < 24; turns++) {
      const memory = createMemory();
      const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
      await store.upsert(makeRecords(0, 10, 0));
      await store.softDelete({ ids: ["r1", "r2"] });
      const checkpoint = directory.checkpointer.now();
      for (let turn = 0; turn < turns; turn++) await (turn % 4 === 3 ? breathe() : undefined);
      await store.restore({ ids: ["r1"] });
      await store.delete({ ids: ["r2"] });
      await checkpoint;
      const expected = dump(directory);
      const image = await copyOf(memory);
      await directory.close();
      await withStore(image, async (again) =>
        expect(difference(expected, dump(again.directory)), `${turns} turns`).toBeUndefined(),
      );
    }
  });

  it("name files only once their names are on the disk", async () => {
    for (let at = 1; at <= 14; at++) {
      const env = new FaultyEnv(createMemory());
      const { store, directory } = await openSmall(env, NO_CHECKPOINTS);
      await store.upsert(makeRecords(0, 10, 0));
      env.fail({ at, kind: "syncDirectory", error: "power" });
      const work = async () => {
        await directory.checkpointer.now();
        await store.createSnapshot("s");
        await store.delete({ ids: ["r9"] });
        await store.restoreSnapshot("s");
        await directory.checkpointer.now();
      };
      await work().catch(assertHonest);
      for (let seed = 0; seed < 10; seed++) {
        await withStore(env.crash(seed * 31 + at * 7), async (again) => {
          expectNoDamage(again);
          expect(dump(again.directory).size, `cut ${at}, seed ${seed}`).toBeGreaterThanOrEqual(9);
          for (const { name } of await again.store.listSnapshots()) await again.store.restoreSnapshot(name);
        });
      }
      await directory.close().catch(assertHonest);
    }
  });

  it("keep a graph although its builder would pass them while they are written", async () => {
    const env = new FaultyEnv(createMemory());
    const { store, directory } = await openSmall(env, { ...NO_CHECKPOINTS, segmentRecordsMax: 1_000 });
    await store.upsert(makeRecords(0, 200, 0));
    await store.settled();
    await store.delete({ ids: ["r7"] });
    const creations = env.count("create");
    const release = env.hold("create");
    const checkpoint = directory.checkpointer.now();
    await store.upsert(makeRecords(200, 20, 1));
    for (let turn = 0; turn < 50; turn++) await breathe();
    expect(env.count("create")).toBe(creations);
    release();
    await checkpoint;
    const [segment] = directory.namespaceByName("default").files.manifest!.segments;
    expect(segment).toMatchObject({ slots: 200, graphIndexed: 200 });
    await store.settled();
    await directory.close();
  });
});
