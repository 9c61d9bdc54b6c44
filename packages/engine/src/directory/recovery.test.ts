import { describe, expect, it } from "vitest";
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
  filesOf,
  makeRecord,
  makeRecords,
  openSmall,
  type Records,
  storeOf,
  withStore,
} from "./life-fixture.cases.js";

import { readMessageFile } from "./manifest-file.js";

const NO_CHECKPOINTS = { checkpointLogBytes: 1_000_000 };

async function createStore(memory: MemoryEnv): Promise<Records> {
  return withStore(memory, async ({ store, directory }) => {
    await store.upsert(makeRecords(0, 60, 0));
    await directory.checkpointer.now();
    await store.upsert(makeRecords(50, 40, 1));
    return dump(directory);
  });
}

/** Where the older of the two catalog checkpoints wants the log from. */
async function olderPosition(memory: MemoryEnv): Promise<number> {
  const paths = memory.paths().filter((path) => /^data\/manifest-\d+$/.test(path));
  if (paths.length < 2) return 0;
  const message = await readMessageFile(memory, paths[0]!, BLOCK_FILE_KINDS.manifest);
  return Number(CatalogManifest.decode(message).logPosition);
}

describe("opening", () => {
  it("removes what a crashed checkpoint left, and nothing else", async () => {
    const memory = createMemory();
    const records = await createStore(memory);
    const before = [...(await filesOf(memory)), ...(await filesOf(memory, "data"))];
    const orphans = [
      "part-0000000000000900",
      "deaths-0000000000000901",
      "graph-0000000000000902",
      "manifest-0000000000000903.tmp",
    ];
    for (const name of orphans) memory.writeFile(`data/ns/1/${name}`, new Uint8Array(10));
    memory.writeFile("data/manifest-0000000000000900.tmp", new Uint8Array(10));
    memory.writeFile("data/VECSTORE.tmp", new Uint8Array(10));
    memory.writeFile("data/ns/1/notes.txt", new Uint8Array(10));
    const opened = await openSmall(memory);
    expect(difference(records, dump(opened.directory))).toBeUndefined();
    expect([...(await filesOf(memory)), ...(await filesOf(memory, "data"))].sort()).toEqual(
      [...before, "VECSTORE.tmp", "notes.txt"].sort(),
    );
    await opened.directory.close();
  });

  it("removes half-made snapshots and keeps whole ones", async () => {
    const memory = createMemory();
    await withStore(memory, async ({ store }) => {
      await store.upsert(makeRecords(0, 10, 0));
      await store.createSnapshot("whole");
    });
    memory.writeFile("data/ns/1/snapshots/half/part-0000000000000001", new Uint8Array(10));
    await withStore(memory, async ({ store }) => {
      expect((await store.listSnapshots()).map(({ name }) => name)).toEqual(["whole"]);
      expect(await memory.listDirectory("data/ns/1/snapshots")).toEqual(["whole"]);
      await store.createSnapshot("half");
    });
  });

  it("keeps both checkpoints", async () => {
    const memory = createMemory();
    await createStore(memory);
    const before = await filesOf(memory);
    expect(before.filter((name) => name.startsWith("manifest-"))).toHaveLength(2);
    const opened = await openSmall(memory);
    expect(await filesOf(memory)).toEqual(before);
    await opened.directory.close();
  });

  it("with a log that ends before a checkpoint is DATA_CORRUPTED, and changes nothing", async () => {
    const base = createMemory();
    await createStore(base);
    const log = base.paths().find((path) => path.startsWith("data/log/"))!;
    const whole = base.readFile(log);
    for (const length of [whole.length - 1, whole.length >> 1, 40]) {
      const memory = await copyOf(base);
      memory.writeFile(log, whole.subarray(0, length));
      const before = memory.paths().map((path) => [path, memory.readFile(path)]);
      await expect(openSmall(memory), `${length} bytes`).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
      expect(memory.paths().map((path) => [path, memory.readFile(path)])).toEqual(before);
    }
    const memory = await copyOf(base);
    await memory.remove(log);
    await expect(openSmall(memory)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
  });

  it("says how many entries no checkpoint held", async () => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
    for (let i = 0; i < 5; i++) await store.upsert([makeRecord(`r${i}`, i)]);
    const image = await copyOf(memory);
    await directory.close();
    const first = await openSmall(image);
    // The creation of the namespace is one.
    expect(first.directory.recovery).toMatchObject({ entries: 6, cut: undefined });
    await first.directory.close();
    await withStore(image, async (again) => expect(again.directory.recovery.entries).toBe(0));
  });

  it("gives no sequence twice, also after entries that were refused", async () => {
    const memory = createMemory();
    const env = new FaultyEnv(memory);
    const { store, directory } = await openSmall(env, NO_CHECKPOINTS);
    const seen = new Set<number>();
    for (let i = 0; i < 5; i++) {
      seen.add((await store.upsert([makeRecord(`r${i}`, i)])).sequence);
      env.fail({ at: 1, kind: "write", error: "no_space" });
      await expect(store.upsert([makeRecord("refused", i)])).rejects.toMatchObject({ reason: "DISK_FULL" });
    }
    await directory.close();
    await withStore(memory, async (again) => {
      const { sequence } = await again.store.upsert([makeRecord("next", 0)]);
      expect(sequence).toBeGreaterThan(Math.max(...seen));
      expect(dump(again.directory).has("refused")).toBe(false);
    });
  });

  it("remembers idempotency keys, from the log and from a checkpoint", async () => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
    const done = await store.upsert([makeRecord("a", 1)], { idempotencyKey: "done" });
    const refused = store.upsert([{ ...makeRecord("b", 1), ifVersion: 7 }], { idempotencyKey: "refused" });
    await expect(refused).rejects.toMatchObject({ reason: "VERSION_CONFLICT" });
    const crashed = await copyOf(memory);
    await directory.close();
    for (const image of [crashed, memory]) {
      await withStore(image, async (again) => {
        expect(await again.store.upsert([makeRecord("a", 1)], { idempotencyKey: "done" })).toEqual(done);
        await again.store.upsert([makeRecord("b", 0)]);
        const retried = again.store.upsert([{ ...makeRecord("b", 1), ifVersion: 7 }], { idempotencyKey: "refused" });
        await expect(retried).rejects.toMatchObject({ reason: "VERSION_CONFLICT" });
        const reused = again.store.upsert([makeRecord("c", 1)], { idempotencyKey: "done" });
        await expect(reused).rejects.toMatchObject({ reason: "IDEMPOTENCY_KEY_REUSED" });
      });
    }
  });

  it("finds namespaces that were made while the catalog was being checkpointed", async () => {
    const memory = createMemory();
    const { directory } = await openSmall(memory);
    const config = {
      dimension: 4,
      metric: "dot",
      m: 4,
      efConstruction: 16,
      quantization: "int8",
      textAnalyzer: "standard",
    } as const;
    const names = Array.from({ length: 12 }, (_, i) => `n${i}`);
    await Promise.all(
      names.map(async (name, i) => {
        if (i % 3 === 0) void directory.checkpointer.now();
        await directory.createNamespace({ name, config, description: name, labels: {} });
        await storeOf(directory, name).upsert([makeRecord(name, i)]);
      }),
    );
    const image = await copyOf(memory);
    await directory.close();
    for (const disk of [image, memory]) {
      await withStore(disk, async (again) => {
        for (const name of names) expect([...dump(again.directory, name).keys()]).toEqual([name]);
      });
    }
  });
});

describe("snapshots", () => {
  it("survive compactions and checkpoints", async () => {
    const memory = createMemory();
    await withStore(memory, async ({ store, directory }) => {
      await store.upsert(makeRecords(0, 100, 0));
      const kept = dump(directory);
      await store.createSnapshot("kept");
      await store.upsert(makeRecords(0, 100, 1));
      await store.compact();
      await store.upsert(makeRecords(0, 50, 2));
      await store.delete({ all: true });
      await store.compact();
      await directory.checkpointer.now();
      expect(dump(directory).size).toBe(0);
      await store.restoreSnapshot("kept");
      expect(difference(kept, dump(directory))).toBeUndefined();
    });
  });

  it("are whole or gone after a power cut, also when they were being deleted", async () => {
    for (let at = 0; at <= 4; at++) {
      const env = new FaultyEnv(createMemory());
      const { store, directory } = await openSmall(env, NO_CHECKPOINTS);
      await store.upsert(makeRecords(0, 10, 0));
      await store.softDelete({ ids: ["r1"] });
      await store.createSnapshot("s");
      const kept = dump(directory);
      if (at > 0) env.fail({ at, error: "power" });
      await store.deleteSnapshot("s").catch(assertHonest);
      for (let seed = 0; seed < 12; seed++) {
        await withStore(env.crash(seed), async (again) => {
          for (const { name } of await again.store.listSnapshots()) await again.store.restoreSnapshot(name);
          expect(difference(kept, dump(again.directory)), `cut ${at}, seed ${seed}`).toBeUndefined();
        });
      }
      await directory.close().catch(assertHonest);
    }
  });

  it("that could not be made leave nothing", async () => {
    const memory = createMemory();
    await withStore(memory, ({ store }) => store.upsert(makeRecords(0, 60, 0)));
    for (const kind of ["link", "rename", "syncDirectory", "makeDirectory"] as const) {
      for (let at = 1; at <= 3; at++) {
        const env = new FaultyEnv(memory);
        const opened = await openSmall(env, NO_CHECKPOINTS);
        await opened.store.upsert([makeRecord("x", at)]);
        env.fail({ at, kind });
        const made = await opened.store.createSnapshot("s").then(
          () => true,
          () => false,
        );
        const listed = (await opened.store.listSnapshots()).length === 1;
        if (made) {
          expect(listed).toBe(true);
          await opened.store.deleteSnapshot("s");
        } else expect(listed, `${kind} ${at}`).toBe(false);
        expect(await memory.listDirectory("data/ns/1/snapshots")).toEqual([]);
        await opened.directory.close();
      }
    }
  });
});

describe("the log", () => {
  it("stays bounded while checkpoints are made, and reaches back to the older one", async () => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory, { checkpointLogBytes: 4 * 1024 * 1024 });
    await store.upsert(makeRecords(0, 20, 0));
    const mebibyte = 1024 * 1024;
    const ids = Array.from({ length: 1_000 }, (_, i) => `${i}`.padEnd(500, "-"));
    let most = 0;
    for (let i = 0; i < 300; i++) {
      await store.delete({ ids });
      most = Math.max(most, directory.log.bytes);
      if (i % 4 === 0) expect(directory.log.start).toBeLessThanOrEqual(await olderPosition(memory));
    }
    // Two files of 32 MiB, and what was written while the checkpoint ran.
    expect(most).toBeLessThan(80 * mebibyte);
    expect(directory.log.start).toBeGreaterThan(32 * mebibyte);
    const records = dump(directory);
    await directory.checkpointer.now();
    const image = await copyOf(memory);
    await directory.close();
    const newest = image.paths().findLast((path) => path.startsWith("data/manifest-"))!;
    image.writeFile(newest, new Uint8Array(100));
    await withStore(image, async (again) => expect(difference(records, dump(again.directory))).toBeUndefined());
  });
});
