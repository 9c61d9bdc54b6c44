import { describe, expect, it } from "vitest";
import { LogEntry } from "../gen/vecstore/storage/v1/log.js";
import { openLog } from "../log/log.js";
import type { DirectoryOptions, EngineEvent } from "../model/options.js";
import { NamespacedVecStore } from "../namespaced-vecstore.js";
import type { MemoryEnv } from "../storage/memory-env.js";
import { copyOf, createMemory, makeRecord, makeRecords, SMALL } from "./life-fixture.cases.js";

const CORRUPTED = expect.objectContaining({ code: "data_loss", reason: "DATA_CORRUPTED" }) as Error;
const events: EngineEvent[] = [];

function open(env: MemoryEnv, options: DirectoryOptions = {}): Promise<NamespacedVecStore> {
  events.length = 0;
  const settings = { ...SMALL, checkpointLogBytes: 1_000_000, onEvent: (event: EngineEvent) => events.push(event) };
  return NamespacedVecStore.open("data", { ...settings, env, ...options });
}

/** Two namespaces, `bad` with the number 2 and `good`, with a snapshot of ten records each and ten more, in two checkpoints. */
async function prepared(): Promise<MemoryEnv> {
  const memory = createMemory();
  const all = await open(memory);
  for (const name of ["bad", "good"]) {
    await all.createNamespace(name);
    const store = await all.namespace(name);
    await store.upsert(makeRecords(0, 10, 1));
    await store.createSnapshot("kept");
    await store.upsert(makeRecords(10, 10, 1));
  }
  await all.close();
  return memory;
}

/** Flips a bit in the middle of each file of `bad` whose name begins so. */
function damage(memory: MemoryEnv, prefix: string): Map<string, Uint8Array> {
  const whole = new Map<string, Uint8Array>();
  for (const path of memory.paths().filter((name) => name.startsWith(`data/ns/2/${prefix}`))) {
    const bytes = memory.readFile(path);
    whole.set(path, bytes.slice());
    bytes[bytes.length >> 1]! ^= 0x10;
    memory.writeFile(path, bytes);
  }
  return whole;
}

/** What anybody can do with a namespace whose neighbor is damaged. */
async function expectGood(all: NamespacedVecStore): Promise<void> {
  const good = await all.namespace("good");
  expect(await good.count()).toBe(20);
  await good.upsert([makeRecord("more", 1)]);
  expect((await good.query({ vector: [1, 2, 3, 4], limit: 3 })).results).toHaveLength(3);
  await good.delete({ ids: ["more"] });
  await all.createNamespace("another");
  await all.deleteNamespace("another");
}

async function expectBad(all: NamespacedVecStore): Promise<void> {
  const bad = await all.namespace("bad");
  for (const call of [
    () => bad.count(),
    () => bad.query({ vector: [1, 2, 3, 4] }),
    () => bad.upsert([makeRecord("x", 1)]),
    () => bad.export().next(),
    () => bad.compact(),
    () => bad.stats(),
    () => all.namespaceUsage("bad"),
  ]) {
    await expect(call()).rejects.toThrow(CORRUPTED);
    await expect(call()).rejects.toThrow(/namespace "bad" is damaged, the others are not: data\/ns\/2\/.*or delete it/);
  }
}

describe("a namespace whose files are damaged", () => {
  it.each(["part-", "manifest-"])(
    "in %s answers DATA_CORRUPTED, and the others work, over restarts",
    async (prefix) => {
      const memory = await prepared();
      damage(memory, prefix);
      for (let start = 0; start < 3; start++) {
        const all = await open(memory);
        expect(all.listNamespaces().namespaces.map(({ name }) => name)).toEqual(["bad", "default", "good"]);
        expect((await all.aggregateUsage()).usage.vectorCount).toBe(40);
        await expectBad(all);
        expect(events.filter(({ kind }) => kind === "namespace_damaged")).toMatchObject([{ namespace: "bad" }]);
        await expectGood(all);
        await all.checkpoint();
        expect((await all.aggregateUsage()).usage.vectorCount).toBe(40);
        await all.close();
      }
    },
  );

  it("is changed, restored from its snapshot under another name, and deleted as any other", async () => {
    const memory = await prepared();
    damage(memory, "part-");
    const all = await open(memory);
    await expectBad(all);
    expect((await all.updateNamespace("bad", { description: "broken" })).description).toBe("broken");
    const snapshots = await (await all.namespace("bad")).listSnapshots();
    expect(snapshots.map(({ name }) => name)).toEqual(["kept"]);
    // The snapshot's files are links to those that are damaged, where the disk has links; here they are copies.
    const restored = await all.restoreSnapshotAs("bad", "kept", "rescued");
    expect(await restored.count()).toBe(10);
    await all.deleteNamespace("bad");
    await all.createNamespace("bad");
    expect(await (await all.namespace("bad")).count()).toBe(0);
    await all.close();
    const again = await open(memory);
    expect(await (await again.namespace("rescued")).count()).toBe(10);
    expect(await (await again.namespace("bad")).count()).toBe(0);
    await again.close();
  });

  it("has all that was answered once its files are put back, also what was in the log alone", async () => {
    const memory = await prepared();
    const first = await open(memory);
    await (await first.namespace("bad")).upsert(makeRecords(100, 5, 1));
    await first.updateNamespace("bad", { status: "read_only" });
    const killed = await copyOf(memory);
    await first.close();
    const whole = damage(killed, "part-");
    for (let start = 0; start < 2; start++) {
      const all = await open(killed);
      await expectReadOnly(all);
      await expectGood(all);
      for (let i = 0; i < 3; i++) await all.checkpoint();
      await all.close();
    }
    for (const [path, bytes] of whole) killed.writeFile(path, bytes);
    const mended = await open(killed);
    const bad = await mended.namespace("bad");
    expect([await bad.count(), mended.getNamespace("bad").status]).toEqual([25, "read_only"]);
    await mended.updateNamespace("bad", { status: "active" });
    await bad.upsert([makeRecord("x", 1)]);
    await mended.close();
    const again = await open(killed);
    expect([again.recovery.entries, await (await again.namespace("bad")).count()]).toEqual([0, 26]);
    await again.close();
  });

  it("lets the log go once it is deleted", async () => {
    const memory = await prepared();
    const first = await open(memory);
    await (await first.namespace("bad")).upsert(makeRecords(100, 5, 1));
    const killed = await copyOf(memory);
    await first.close();
    damage(killed, "part-");
    const all = await open(killed);
    await all.checkpoint();
    await all.deleteNamespace("bad");
    await all.close();
    const again = await open(killed);
    expect(again.recovery.entries).toBe(0);
    await expectGood(again);
    await again.close();
  });

  it("that lost its newest manifest is stood in for by the one before and the log, when it is used first", async () => {
    const memory = createMemory();
    const first = await open(memory);
    await first.createNamespace("docs");
    await first.checkpoint();
    const store = await first.namespace("docs");
    await store.upsert(makeRecords(0, 20, 1));
    await first.checkpoint();
    await store.upsert(makeRecords(20, 20, 1));
    await first.close();
    const manifests = memory.paths().filter((name) => name.startsWith("data/ns/2/manifest-"));
    expect(manifests).toHaveLength(2);
    await memory.remove(manifests.at(-1)!);
    const all = await open(memory);
    expect(events.map(({ kind }) => kind)).not.toContain("checkpoint_damaged");
    expect(await (await all.namespace("docs")).count()).toBe(40);
    expect(events.map(({ kind }) => kind)).toContain("checkpoint_damaged");
    await all.close();
    const again = await open(memory);
    expect(await (await again.namespace("docs")).count()).toBe(40);
    expect(events.map(({ kind }) => kind)).not.toContain("checkpoint_damaged");
    await again.close();
  });
});

/** Refused before anybody looks at the files. */
async function expectReadOnly(all: NamespacedVecStore): Promise<void> {
  const bad = await all.namespace("bad");
  await expect(bad.upsert([makeRecord("x", 1)])).rejects.toMatchObject({ reason: "NAMESPACE_READ_ONLY" });
  await expect(bad.count()).rejects.toThrow(CORRUPTED);
}

describe("a namespace whose entry in the log cannot be read", () => {
  it("answers DATA_CORRUPTED, and the others work", async () => {
    const memory = await prepared();
    const directory = "data/log";
    const { log } = await openLog(
      { env: memory, directory, fsync: "always", checkpointPosition: 0, onDurable: () => undefined },
      () => undefined,
      0,
    );
    // Whole by its checksum, and no message.
    await log.append({ namespace: 2, sequence: 100, payload: Uint8Array.of(0x12, 0xff, 0xff) });
    const upsert = LogEntry.encode({ timeMs: 2n ** 41n, operation: { $case: "expire", value: { untilMs: 0n } } });
    await log.append({ namespace: 3, sequence: 100, payload: upsert.finish() });
    await log.close();
    const all = await open(memory);
    await expect((await all.namespace("bad")).count()).rejects.toThrow(CORRUPTED);
    await expectGood(all);
    await all.close();
  });
});
