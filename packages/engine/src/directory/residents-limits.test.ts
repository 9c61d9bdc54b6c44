import { describe, expect, it } from "vitest";
import { breathe } from "../core/breathe.js";
import type { DirectoryOptions, EngineEvent } from "../model/options.js";
import type { Env } from "../storage/env.js";
import { FaultyEnv } from "../storage/faulty-env.js";
import { ManualClock } from "../storage/manual-clock.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { CountingEnv } from "./counting-env.cases.js";
import type { DataDirectory } from "./data-directory.js";
import { DIMENSION, dump, makeRecord, makeRecords, storeOf } from "./life-fixture.cases.js";
import { completeConfig, openDirectory } from "./open-directory.js";
import { TINY } from "./residents-fixture.cases.js";
import { aggregateUsage, usageOf } from "./usage.js";

const events: EngineEvent[] = [];

async function open(env: Env, options: DirectoryOptions = {}): Promise<DataDirectory> {
  events.length = 0;
  const settings = { ...TINY, env, onEvent: (event: EngineEvent) => events.push(event), ...options };
  return openDirectory("data", settings, { dimension: DIMENSION });
}

async function create(directory: DataDirectory, name: string): Promise<void> {
  const config = completeConfig({ dimension: DIMENSION });
  await directory.createNamespace({ name, config, description: "", labels: {} });
}

/** Makes namespaces of so many records each. */
async function fill(directory: DataDirectory, names: readonly string[], records = 5): Promise<void> {
  for (const name of names) {
    await create(directory, name);
    await storeOf(directory, name).upsert(makeRecords(0, records, 1));
  }
}

const namesOf = (directory: DataDirectory) => [...directory.residents].map(({ name }) => name);
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);
const touch = (directory: DataDirectory, name: string) => storeOf(directory, name).get(["r1"]);

describe("namespaces in memory", () => {
  it("are those that were used last, as many as the limit of bytes allows", async () => {
    const env = new MemoryEnv(new ManualClock());
    const names = numbered(6);
    const first = await open(env);
    await fill(first, names);
    await first.residents.idle();
    expect(namesOf(first)).toEqual(["n5"]);
    const { memoryBytes } = first.catalog.byName("n0")!.summary!;
    await first.close();
    const directory = await open(env, { memoryForNamespaces: 3 * memoryBytes });
    expect(namesOf(directory)).toEqual([]);
    for (const name of names) await touch(directory, name);
    expect(namesOf(directory)).toEqual(["n3", "n4", "n5"]);
    await touch(directory, "n3");
    await touch(directory, "n0");
    expect(namesOf(directory)).toEqual(["n5", "n3", "n0"]);
    expect(directory.residents.bytes).toBeLessThanOrEqual(3 * memoryBytes);
    await directory.close();
  });

  it("stay while a call runs on them, streams too, and go after it", async () => {
    // A graph that is being built stays, too.
    const directory = await open(new MemoryEnv(new ManualClock()), { graphRecordsMin: 10_000 });
    await fill(directory, ["a", "b", "c"], 100);
    const stream = storeOf(directory, "a").queryStream({ vector: [1, 2, 3, 4], limit: 100 });
    expect((await stream.next()).value?.results.length).toBeGreaterThan(0);
    for (const name of ["b", "c", "b"]) await touch(directory, name);
    await directory.residents.idle();
    expect(namesOf(directory).sort()).toEqual(["a", "b"]);
    let results = 64;
    for await (const chunk of stream) results += chunk.results.length;
    expect(results).toBe(100);
    await directory.residents.idle();
    expect(namesOf(directory)).toHaveLength(1);
    await directory.close();
  });

  it("stay where their checkpoint fails, take writes, and go when the disk is well again", async () => {
    const env = new FaultyEnv(new MemoryEnv(new ManualClock()));
    const directory = await open(env);
    await fill(directory, ["a", "b"]);
    await directory.residents.idle();
    await directory.checkpointer.now();
    await storeOf(directory, "a").upsert([makeRecord("x", 1)]);
    env.fail({ at: 1, kind: "rename", times: 100 });
    await touch(directory, "b");
    await directory.residents.idle();
    expect(namesOf(directory)).toEqual(["a", "b"]);
    expect(events.filter(({ kind }) => kind === "background_error")).toHaveLength(1);
    await storeOf(directory, "a").upsert([makeRecord("y", 1)]);
    env.heal();
    await directory.checkpointer.now();
    await touch(directory, "b");
    await directory.residents.idle();
    expect(namesOf(directory)).toEqual(["b"]);
    expect((await storeOf(directory, "a").get(["x", "y"])).missing).toEqual([]);
    await directory.close();
  });

  it("are read once for all who ask at once, and what they were given is copied before they wait", async () => {
    const env = new CountingEnv(new ManualClock());
    const directory = await open(env);
    await fill(directory, ["a", "b"]);
    for (const name of ["a", "b"]) await touch(directory, name);
    await directory.residents.idle();
    const before = env.total;
    await touch(directory, "a");
    const opened = env.total - before;
    await touch(directory, "b");
    await directory.residents.idle();
    const again = env.total;
    const record = { id: "mine", vector: [1, 2, 3, 4], metadata: { a: { b: [1] } } };
    const writing = storeOf(directory, "a").upsert([record]);
    record.vector[0] = 99;
    record.metadata.a.b[0] = 99;
    const reading = Array.from({ length: 20 }, () => touch(directory, "a"));
    await Promise.all([writing, ...reading]);
    expect(env.total - again).toBe(opened);
    const { records } = await storeOf(directory, "a").get(["mine"], { includeVector: true });
    expect([Array.from(records[0]!.vector!), records[0]!.metadata]).toEqual([[1, 2, 3, 4], { a: { b: [1] } }]);
    await directory.close();
  });

  it("refuse at once what is wrong with a stream or an export, whether they are there or not", async () => {
    const directory = await open(new MemoryEnv(new ManualClock()));
    await fill(directory, ["a", "b"]);
    await directory.residents.idle();
    for (const name of ["a", "b"]) {
      const store = storeOf(directory, name);
      expect(() => store.queryStream({ vector: [1, 2] })).toThrow(
        expect.objectContaining({ reason: "DIMENSION_MISMATCH" }) as Error,
      );
      expect(() => store.export({ filter: "x ==" })).toThrow(
        expect.objectContaining({ reason: "INVALID_FILTER" }) as Error,
      );
      expect(store.info.config.dimension).toBe(DIMENSION);
    }
    await directory.close();
  });

  it("are none after a restart, and lists and statistics of all of them need none", async () => {
    const env = new CountingEnv(new ManualClock());
    const first = await open(env);
    await fill(first, numbered(20));
    await storeOf(first, "n3").softDelete({ ids: ["r1"] });
    await storeOf(first, "n4").delete({ ids: ["r1"] });
    await first.checkpointer.now();
    const live = await aggregateUsage(first);
    await first.close();
    const { total } = env;
    const directory = await open(env);
    expect(await aggregateUsage(directory)).toEqual(live);
    for (const name of numbered(20)) {
      expect(await storeOf(directory, name).stats()).toMatchObject({
        vectorCount: ["n3", "n4"].includes(name) ? 4 : 5,
        softDeletedCount: name === "n3" ? 1 : 0,
        deadCount: name === "n4" ? 1 : 0,
        memoryBytes: 0,
      });
    }
    expect([env.total, directory.residents.size]).toEqual([total, 0]);
    await directory.close();
  });

  it("lose what has expired although nobody uses them, in their numbers at once", async () => {
    const clock = new ManualClock();
    const directory = await open(new MemoryEnv(clock));
    await fill(directory, ["a", "b"]);
    const expiresAtMs = clock.nowMs + 5_000;
    await storeOf(directory, "a").upsert([{ ...makeRecord("late", 1), expiresAtMs }]);
    await touch(directory, "b");
    await directory.residents.idle();
    expect(namesOf(directory)).toEqual(["b"]);
    const a = directory.entryByName("a");
    expect((await usageOf(directory, a)).vectorCount).toBe(6);
    clock.nowMs = expiresAtMs;
    expect((await usageOf(directory, a)).vectorCount).toBe(5);
    clock.advance(0);
    // An entry of the log, which nobody but the removal writes here.
    while ((await storeOf(directory, "a").stats()).sequence < 3) await breathe();
    expect(await storeOf(directory, "a").stats()).toMatchObject({ vectorCount: 5, deadCount: 1 });
    await directory.close();
  });
});

describe("files of namespaces that are open at once", () => {
  it("are never more than the limit, however many are used, also at once", async () => {
    const env = new CountingEnv(new ManualClock());
    const names = numbered(200);
    const options = { memoryForVectors: 0, memoryForNamespaces: 2 ** 40, maxOpenFiles: 24 };
    const first = await open(env, { ...options, checkpointLogBytes: 1_000_000 });
    await fill(first, names);
    await first.close();
    expect(env.most).toBeLessThanOrEqual(24);
    const directory = await open(env, options);
    for (const name of names) await touch(directory, name);
    // All but those for reads and writes that pass.
    expect(env.open).toBe(18);
    for (let from = 0; from < names.length; from += 40) {
      await Promise.all(
        names.slice(from, from + 40).map((name) => storeOf(directory, name).upsert(makeRecords(3, 5, 2))),
      );
    }
    await directory.checkpointer.now();
    for (const name of names) {
      await touch(directory, name);
      expect(dump(directory, name).size).toBe(8);
    }
    expect(env.most).toBeLessThanOrEqual(24);
    await directory.close();
    expect(env.open).toBe(0);
  });

  it("may all be held by calls that run: then vectors are in memory, and answers are the same", async () => {
    const env = new CountingEnv(new ManualClock());
    const names = numbered(30);
    const options = { memoryForVectors: 0, memoryForNamespaces: 2 ** 40, maxOpenFiles: 16 };
    const first = await open(env, options);
    await fill(first, names, 100);
    await first.close();
    const directory = await open(env, options);
    const query = { vector: [1, 2, 3, 4], limit: 100, includeVector: true };
    const streams = names.map((name) => storeOf(directory, name).queryStream(query));
    for (const stream of streams) await stream.next();
    expect(env.most).toBeLessThanOrEqual(16);
    const rest = await Promise.all(streams.map((stream) => stream.next()));
    for (const { value } of rest) expect(value).toEqual(rest[0]!.value);
    for (const stream of streams) await stream.return();
    await directory.close();
    expect([env.open, env.most <= 16]).toEqual([0, true]);
  });

  it("and their memory are options with a range", async () => {
    for (const options of [
      { maxOpenFiles: 15 },
      { maxOpenFiles: 1_000_001 },
      { maxOpenFiles: 20.5 },
      { memoryForNamespaces: -1 },
      { memoryForNamespaces: 0.5 },
    ]) {
      await expect(open(new MemoryEnv(new ManualClock()), options)).rejects.toMatchObject({
        reason: "INVALID_CONFIGURATION",
      });
    }
    for (const maxOpenFiles of [16, 1_000_000]) {
      await (await open(new MemoryEnv(new ManualClock()), { maxOpenFiles })).close();
    }
  });
});
