import { describe, expect, it } from "vitest";
import type { DirectoryOptions } from "../model/options.js";
import type { Env } from "../storage/env.js";
import { type Fault, FaultyEnv } from "../storage/faulty-env.js";
import { ManualClock } from "../storage/manual-clock.js";
import { MemoryEnv } from "../storage/memory-env.js";
import type { VecStore } from "../vecstore.js";
import {
  assertHonest,
  copyOf,
  createMemory,
  DIMENSION,
  difference,
  dump,
  makeRecords,
  type Opened,
  openSmall,
  storeOf,
  withStore,
} from "./life-fixture.cases.js";
import { completeConfig } from "./open-directory.js";

/** What every record of the namespace that is deleted says, and nothing else. */
const SECRET = "the-secret-of-a-customer";
const NOT_FOUND = { reason: "NAMESPACE_NOT_FOUND" };
const config = completeConfig({ dimension: DIMENSION, m: 4, efConstruction: 16 });

const create = ({ directory }: Opened, name: string) =>
  directory.createNamespace({ name, config, description: "", labels: {} });

const secrets = (from: number, count: number) =>
  makeRecords(from, count, 1).map((record) => ({ ...record, metadata: { secret: SECRET } }));

/** A namespace with parts, graphs, deaths, snapshots and entries that are in the log alone; `default` has records beside it. */
async function fill(opened: Opened): Promise<VecStore> {
  await create(opened, "acme");
  const acme = storeOf(opened.directory, "acme");
  await acme.upsert(secrets(0, 80));
  await acme.settled();
  await acme.createSnapshot("first");
  await opened.store.upsert(makeRecords(0, 60, 2));
  await opened.directory.checkpointer.now();
  await acme.delete({ ids: ["r3", "r4"] });
  // A replay of this reads files, unless the namespace is marked.
  await acme.restoreSnapshot("first");
  await acme.upsert(secrets(70, 20));
  await opened.store.upsert(makeRecords(50, 20, 3));
  return acme;
}

/** Names of the files that hold the secret. */
function leaks(memory: MemoryEnv): string[] {
  return memory.paths().filter((path) => Buffer.from(memory.readFile(path)).includes(SECRET));
}

async function deleteWholly({ directory }: Opened): Promise<void> {
  await directory.deletions.delete("acme");
  await directory.deletions.idle();
}

describe("a deleted namespace", () => {
  it("is gone from the disk, the log included, and its name is free", async () => {
    const memory = createMemory();
    const opened = await openSmall(memory, { checkpointLogBytes: 1_000_000 });
    await fill(opened);
    const rest = dump(opened.directory);
    expect(leaks(memory).length).toBeGreaterThan(2);
    await deleteWholly(opened);
    expect(leaks(memory)).toEqual([]);
    expect(await memory.listDirectory("data/ns")).toEqual(["1"]);
    expect(() => opened.directory.namespaceByName("acme")).toThrow(expect.objectContaining(NOT_FOUND));
    await create(opened, "acme");
    const acme = storeOf(opened.directory, "acme");
    expect([acme.info.number, await acme.count(), (await acme.listSnapshots()).length]).toEqual([3, 0, 0]);
    await acme.upsert(makeRecords(0, 1, 0));
    await opened.directory.close();
    await withStore(memory, async (again) => {
      expect(difference(rest, dump(again.directory))).toBeUndefined();
      expect(await storeOf(again.directory, "acme").count()).toBe(1);
      expect(again.events.filter(({ kind }) => kind === "background_error")).toEqual([]);
    });
  });

  it("may be one of several that go at once, the first of a directory", async () => {
    await withStore(createMemory(), async (opened) => {
      const names = ["a", "b", "c", "d"];
      for (const name of names) await create(opened, name);
      await Promise.all(names.map((name) => opened.directory.deletions.delete(name)));
      expect([...opened.directory.catalog.entries()].map(({ name }) => name)).toEqual(["default"]);
    });
  });

  it("raises the format version, which nothing else does", async () => {
    const memory = createMemory();
    const text = () => new TextDecoder().decode(memory.readFile("data/VECSTORE"));
    await withStore(memory, async (opened) => {
      await fill(opened);
      const [before, id] = text().split("\n");
      expect(before).toBe("vecstore 1");
      await deleteWholly(opened);
      expect(text()).toBe(`vecstore 2\n${id}\n`);
    });
    await withStore(memory, async () => expect(text()).toMatch(/^vecstore 2\n/));
  });

  it("answers no handle that is still held", async () => {
    await withStore(createMemory(), async (opened) => {
      const acme = await fill(opened);
      await opened.directory.deletions.delete("acme");
      const calls = [
        () => acme.upsert(makeRecords(0, 1, 0)),
        () => acme.delete({ all: true }),
        () => acme.get(["r1"]),
        () => acme.count(),
        () => acme.query({ vector: [1, 0, 0, 0] }),
        () => acme.stats(),
        () => acme.createSnapshot("x"),
        () => acme.restoreSnapshot("first"),
        () => acme.compact(),
        async () => acme.info,
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject(NOT_FOUND);
    });
  });

  it.each([
    ["in memory", {}],
    ["on the disk", { memoryForVectors: 0 }],
  ] satisfies [string, DirectoryOptions][])(
    "is read to its end by who began before, with vectors %s",
    async (_, options) => {
      const memory = createMemory();
      const opened = await openSmall(memory, options);
      const acme = await fill(opened);
      await opened.directory.checkpointer.now();
      const stream = acme.queryStream({ vector: [1, 1, 1, 1], limit: 90, includeVector: true });
      const found = [...(await stream.next()).value!.results];
      await deleteWholly(opened);
      for await (const { results } of stream) found.push(...results);
      expect(found).toHaveLength(90);
      expect(found.every(({ vector }) => vector?.length === DIMENSION)).toBe(true);
      await opened.directory.close();
      expect(leaks(memory)).toEqual([]);
    },
  );

  it("takes the writes with it that race with its deletion, and stops nobody else's", async () => {
    const memory = createMemory();
    const opened = await openSmall(memory);
    const acme = await fill(opened);
    const refused: unknown[] = [];
    const write = async (store: VecStore, count: number) => {
      for (let i = 0; i < count; i++) await store.upsert(makeRecords(i, 3, i));
    };
    const writers = Array.from({ length: 8 }, () => write(acme, 1_000).catch((error) => refused.push(error)));
    const others = write(opened.store, 40);
    for (let turn = 0; turn < 20; turn++) await acme.count();
    await Promise.all([deleteWholly(opened), deleteWholly(opened), acme.compact().catch(() => {})]);
    await Promise.all([...writers, others]);
    expect(refused).toHaveLength(8);
    for (const error of refused) expect(error).toMatchObject(NOT_FOUND);
    expect(opened.directory.stopped).toBeUndefined();
    const rest = dump(opened.directory);
    await withStore(await copyOf(memory), async (again) => {
      expect(difference(rest, dump(again.directory))).toBeUndefined();
      expect(again.directory.catalog.sorted().map(({ name }) => name)).toEqual(["default"]);
    });
    await opened.directory.close();
  });

  it("cannot be `default`, nor one that is not there", async () => {
    await withStore(createMemory(), async ({ directory, store }) => {
      await store.upsert(makeRecords(0, 1, 0));
      await expect(directory.deletions.delete("default")).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
      await expect(directory.deletions.delete("none")).rejects.toMatchObject(NOT_FOUND);
      expect(await store.count()).toBe(1);
    });
  });

  it("is not missed by a replay that begins before it, where a newer checkpoint is damaged", async () => {
    const memory = createMemory();
    const opened = await openSmall(memory, { checkpointLogBytes: 1_000_000 });
    await fill(opened);
    await opened.directory.checkpointer.now();
    await opened.directory.deletions.delete("acme");
    await create(opened, "acme");
    await opened.store.upsert(makeRecords(200, 5, 1));
    const rest = dump(opened.directory);
    // Before the log is rid of it.
    const image = await copyOf(memory);
    await opened.directory.close();
    const newest = (prefix: string) =>
      image
        .paths()
        .filter((path) => path.startsWith(prefix))
        .sort()
        .at(-1)!;
    for (const path of [newest("data/manifest-"), newest("data/ns/1/manifest-")]) {
      const damaged = await copyOf(image);
      const bytes = damaged.readFile(path);
      bytes[bytes.length >> 1]! ^= 1;
      damaged.writeFile(path, bytes);
      await withStore(damaged, async (again) => {
        expect(again.events.map(({ kind }) => kind)).toContain("checkpoint_damaged");
        expect(difference(rest, dump(again.directory))).toBeUndefined();
        expect(await storeOf(again.directory, "acme").count()).toBe(0);
        await again.directory.deletions.idle();
      });
      expect(leaks(damaged)).toEqual([]);
    }
  });
});

describe("an erasure that failed", () => {
  it("is tried again a minute later, and no more once the directory is closed", async () => {
    const clock = new ManualClock();
    const env = new FaultyEnv(new MemoryEnv(clock));
    const opened = await openSmall(env, { checkpointLogBytes: 1_000_000 });
    await create(opened, "acme");
    const { deletions } = opened.directory;
    // The first is that of the format version.
    env.fail({ at: 2, kind: "rename", times: 2 });
    await deletions.delete("acme");
    await deletions.idle();
    expect(clock.waiting).toEqual([60_000]);
    clock.advance(60_000);
    await deletions.idle();
    expect(clock.waiting).toEqual([60_000]);
    await opened.directory.close();
    expect(clock.waiting).toEqual([]);
    await (await openSmall(env)).directory.close();
    expect(await env.exists("data/ns/2")).toBe(false);
  });
});

/** A disk with the namespace on it, closed by a kill: part of it is in the log alone. */
async function prepared(): Promise<MemoryEnv> {
  const memory = createMemory();
  const opened = await openSmall(memory, { checkpointLogBytes: 1_000_000 });
  await fill(opened);
  const image = await copyOf(memory);
  await opened.directory.close();
  return image;
}

/** Opens, waits for what goes on in the background, and says whether the namespace is there: whole, or not at all. */
async function expectAllOrNothing(env: Env): Promise<"there" | "gone"> {
  return withStore(env, async (opened) => {
    await opened.directory.deletions.idle();
    expect(opened.events.filter(({ kind }) => kind === "background_error" || kind === "checkpoint_damaged")).toEqual(
      [],
    );
    expect(await opened.store.count()).toBe(70);
    if (opened.directory.catalog.byName("acme") === undefined) return "gone";
    expect(await storeOf(opened.directory, "acme").count()).toBe(90);
    return "there";
  });
}

async function operationsOfDeletion(image: MemoryEnv): Promise<number> {
  const env = new FaultyEnv(await copyOf(image));
  return withStore(env, async (opened) => {
    const before = env.count();
    await deleteWholly(opened);
    return env.count() - before;
  });
}

describe("a deletion", () => {
  it.each(["always", "never"] as const)(
    "that a power cut interrupts anywhere is finished by the next opening, or was never begun, with fsync %s",
    async (fsync) => {
      const image = await prepared();
      const operations = await operationsOfDeletion(image);
      const ends = new Set<string>();
      for (let at = 1; at <= operations; at++) {
        const env = new FaultyEnv(await copyOf(image));
        const opened = await openSmall(env, { fsync });
        env.fail({ at, error: "power" });
        const answered = await opened.directory.deletions.delete("acme").then(() => true, assertHonest);
        await opened.directory.deletions.idle();
        await opened.directory.close().catch(assertHonest);
        const after = env.crash(at);
        const end = await expectAllOrNothing(after).catch((cause) => {
          throw new Error(`operation ${at} of ${operations}: ${cause}`, { cause });
        });
        if (answered === true) expect(end).toBe("gone");
        if (end === "gone") expect(leaks(after), `operation ${at}`).toEqual([]);
        expect(await expectAllOrNothing(after)).toBe(end);
        ends.add(end);
      }
      expect([...ends].sort()).toEqual(["gone", "there"]);
    },
  );

  it.each(["io", "no_space"] satisfies Fault["error"][])(
    "that the disk fails (%s) goes on when it is asked again, or by the next opening",
    async (error) => {
      const image = await prepared();
      const operations = await operationsOfDeletion(image);
      for (let at = 1; at <= operations; at += 2) {
        const memory = await copyOf(image);
        const env = new FaultyEnv(memory);
        const opened = await openSmall(env);
        env.fail({ at, error });
        await opened.directory.deletions.delete("acme").catch(assertHonest);
        await opened.directory.deletions.idle();
        env.heal();
        const gone = opened.directory.catalog.byName("acme") === undefined;
        if (!gone) await opened.directory.deletions.delete("acme").catch(assertHonest);
        await opened.directory.close().catch(assertHonest);
        await expectAllOrNothing(memory).catch((cause) => {
          throw new Error(`operation ${at} of ${operations}: ${cause}`, { cause });
        });
        await withStore(memory, async (again) => {
          await again.directory.deletions.idle();
          if (again.directory.catalog.byName("acme") !== undefined) await deleteWholly(again);
        });
        expect(leaks(memory), `operation ${at}`).toEqual([]);
      }
    },
  );
});
