import { describe, expect, it } from "vitest";
import { LOG_HEADER_BYTES } from "../log/file-header.js";
import type { EngineEvent } from "../model/options.js";
import type { MemoryEnv } from "../storage/memory-env.js";
import {
  copyOf,
  createMemory,
  difference,
  dump,
  makeRecord,
  makeRecords,
  openSmall,
  type Records,
  storeOf,
  withStore,
} from "./life-fixture.cases.js";

const NO_CHECKPOINTS = { checkpointLogBytes: 1_000_000 };

/** A closed store with two checkpoints, parts, deaths and a graph, and log beyond the older checkpoint. */
async function createStore(memory: MemoryEnv): Promise<Records> {
  const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
  await store.upsert(makeRecords(0, 60, 0));
  await store.delete({ ids: ["r1"] });
  await directory.checkpointer.now("full graph");
  await store.upsert(makeRecords(50, 40, 1));
  await store.softDelete({ ids: ["r2"] });
  await store.settled();
  await directory.checkpointer.now("full graph");
  const records = dump(directory);
  await directory.close();
  return records;
}

function newest(memory: MemoryEnv, prefix: string): string {
  return memory
    .paths()
    .filter((path) => path.startsWith(prefix))
    .at(-1)!;
}

function flip(memory: MemoryEnv, path: string, at = memory.readFile(path).length >> 1): void {
  const bytes = memory.readFile(path);
  bytes[at]! ^= 0x10;
  memory.writeFile(path, bytes);
}

function kindsOf(events: readonly EngineEvent[]): string[] {
  return events.map(({ kind }) => kind).filter((kind) => kind === "checkpoint_damaged" || kind === "derived_rebuilt");
}

/** Why a directory is not opened. What was opened is no value to print: it is too large. */
async function openingError(memory: MemoryEnv): Promise<Error> {
  const opened = await openSmall(memory).catch((error: Error) => error);
  return opened instanceof Error ? opened : new Error("it was opened");
}

describe("damage", () => {
  it.each([
    ["the newest manifest of a namespace", "data/ns/1/manifest-"],
    ["the newest manifest of the catalog", "data/manifest-"],
    ["the newest part", "data/ns/1/part-"],
    ["the newest deaths", "data/ns/1/deaths-"],
  ])("of %s is stood in for by the checkpoint before and the log, and said", async (_what, prefix) => {
    const memory = createMemory();
    const records = await createStore(memory);
    flip(memory, newest(memory, prefix));
    const path = newest(memory, prefix);
    await withStore(memory, async ({ directory, store, events }) => {
      expect(difference(records, dump(directory))).toBeUndefined();
      const damaged = events.find((event) => event.kind === "checkpoint_damaged");
      expect(damaged).toMatchObject({ file: path, namespace: prefix.includes("ns") ? "default" : "" });
      await store.upsert([makeRecord("new", 3)]);
    });
    await withStore(memory, async ({ directory, events }) => {
      expect(dump(directory).size).toBe(records.size + 1);
      expect(kindsOf(events)).toEqual([]);
    });
  });

  it("is answered by the checkpoint before also when the file is missing", async () => {
    const memory = createMemory();
    const records = await createStore(memory);
    await memory.remove(newest(memory, "data/ns/1/part-"));
    await withStore(memory, async ({ directory, events }) => {
      expect(difference(records, dump(directory))).toBeUndefined();
      expect(kindsOf(events)).toEqual(["checkpoint_damaged"]);
    });
  });

  it("of the only checkpoint is stood in for by the whole log", async () => {
    for (const prefix of ["data/ns/1/manifest-", "data/ns/1/part-", "data/manifest-"]) {
      const memory = createMemory();
      const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
      await store.upsert(makeRecords(0, 20, 0));
      await directory.checkpointer.now();
      await store.upsert(makeRecords(10, 20, 1));
      const records = dump(directory);
      const image = await copyOf(memory);
      await directory.close();
      flip(image, newest(image, prefix));
      await withStore(image, async (again) => {
        expect(difference(records, dump(again.directory))).toBeUndefined();
        expect(kindsOf(again.events)).toEqual(["checkpoint_damaged"]);
      });
      await withStore(image, async (again) => expect(difference(records, dump(again.directory))).toBeUndefined());
    }
  });

  it("of a part in both checkpoints is DATA_CORRUPTED, with file and offset, and changes nothing", async () => {
    const memory = createMemory();
    await createStore(memory);
    const path = memory.paths().find((name) => name.startsWith("data/ns/1/part-"))!;
    flip(memory, path);
    const files = () => memory.paths().filter((name) => name.startsWith("data/ns/"));
    const before = files().map((name) => [name, memory.readFile(name)]);
    const opening = openSmall(memory);
    await expect(opening).rejects.toMatchObject({ reason: "DATA_CORRUPTED", details: { file: path } });
    await expect(opening).rejects.toSatisfy(
      (error: { details: { offset: string } }) => Number(error.details.offset) > 0,
    );
    expect(files().map((name) => [name, memory.readFile(name)])).toEqual(before);
  });

  it("of both manifests is DATA_CORRUPTED", async () => {
    for (const prefix of ["data/ns/1/manifest-", "data/manifest-"]) {
      const memory = createMemory();
      await createStore(memory);
      for (const path of memory.paths()) if (path.startsWith(prefix)) flip(memory, path);
      await expect(openSmall(memory)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
    }
  });

  it.each(["catalog", "log"])("of the %s keeps the directory from opening, and says what to do", async (shared) => {
    const memory = createMemory();
    await createStore(memory);
    const { directory, store } = await openSmall(memory, NO_CHECKPOINTS);
    const { end } = directory.log;
    for (let i = 0; i < 3; i++) await store.upsert([makeRecord("new", i)]);
    const image = await copyOf(memory);
    await directory.close();
    const of = (prefix: string) => image.paths().filter((path) => path.startsWith(prefix));
    if (shared === "catalog") for (const path of of("data/manifest-")) flip(image, path);
    // In the first of three entries that no checkpoint holds.
    else flip(image, of("data/log/").at(-1)!, LOG_HEADER_BYTES + end + 60);
    const where = `directory data is not opened, since its ${shared}, which all namespaces share, is damaged: data/`;
    const opening = openSmall(image);
    await expect(opening).rejects.toMatchObject({ reason: "DATA_CORRUPTED", code: "data_loss" });
    await expect(opening).rejects.toThrow(where);
    await expect(opening).rejects.toThrow(
      / is damaged at byte \d+: [^;]*; put the directory back from a copy, or begin /,
    );
  });

  it("of the catalog leaves the snapshots whole, which a new directory takes", async () => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory, NO_CHECKPOINTS);
    await store.upsert(makeRecords(0, 60, 0));
    await store.createSnapshot("kept");
    const records = dump(directory);
    await directory.checkpointer.now();
    await store.upsert(makeRecords(60, 5, 1));
    await directory.close();
    for (const path of memory.paths()) if (path.startsWith("data/manifest-")) flip(memory, path);
    expect((await openingError(memory)).message).toContain("move the snapshots of its namespaces there");
    const fresh = createMemory(5);
    await (await openSmall(fresh)).directory.close();
    await fresh.makeDirectory("data/ns/1/snapshots/kept");
    const kept = memory.paths().filter((path) => path.startsWith("data/ns/1/snapshots/"));
    for (const path of kept) fresh.writeFile(path, memory.readFile(path));
    await withStore(fresh, async (opened) => {
      await opened.store.restoreSnapshot("kept");
      const found = dump(opened.directory);
      expect([...found.keys()].sort()).toEqual([...records.keys()].sort());
      await opened.directory.checkpointer.now();
    });
  });

  it("of any byte is noticed, and never answered wrong", async () => {
    const base = createMemory();
    const records = await createStore(base);
    const paths = base.paths().filter((path) => !path.includes("/log/"));
    for (const path of paths) {
      const { length } = base.readFile(path);
      for (let at = 0; at < length; at += Math.max(1, Math.floor(length / 6))) {
        const memory = await copyOf(base);
        flip(memory, path, at);
        const opened = await openSmall(memory).catch((error) => {
          expect(["DATA_CORRUPTED", "FORMAT_TOO_NEW"], `${path} at ${at}: ${error}`).toContain(error.reason);
        });
        if (opened === undefined) continue;
        expect(difference(records, dump(opened.directory)), `${path} at ${at}`).toBeUndefined();
        await opened.directory.close();
      }
    }
  });

  it("of a graph has it built anew", async () => {
    const memory = createMemory();
    const records = await createStore(memory);
    const path = newest(memory, "data/ns/1/graph-");
    flip(memory, path);
    await withStore(memory, async ({ directory, store, events }) => {
      expect(kindsOf(events)).toEqual(["derived_rebuilt"]);
      expect(difference(records, dump(directory))).toBeUndefined();
      await store.settled();
      expect((await store.stats()).indexState).toBe("ready");
      const { results } = await store.query({ vector: [1, 2, 42, 0], limit: 5 });
      const exact = await store.query({ vector: [1, 2, 42, 0], limit: 5, exact: true });
      expect(results).toEqual(exact.results);
    });
    await withStore(memory, async ({ events }) => expect(kindsOf(events)).toEqual([]));
  });

  it("of a manifest of a namespace nobody writes to is stood in for although the log was trimmed", async () => {
    const memory = createMemory();
    const { store, directory } = await openSmall(memory, { checkpointLogBytes: 8 * 1024 * 1024 });
    await store.upsert(makeRecords(0, 20, 0));
    await directory.checkpointer.now();
    await store.upsert(makeRecords(20, 20, 1));
    await directory.checkpointer.now();
    const records = dump(directory);
    const config = {
      dimension: 4,
      metric: "dot",
      m: 4,
      efConstruction: 16,
      quantization: "int8",
      textAnalyzer: "standard",
    } as const;
    await directory.createNamespace({ name: "busy", config, description: "", labels: {} });
    const busy = storeOf(directory, "busy");
    // Half a mebibyte of log that leaves nothing behind.
    const ids = Array.from({ length: 1_000 }, (_, i) => `${i}`.padEnd(500, "-"));
    for (let i = 0; i < 160; i++) await busy.delete({ ids });
    expect(directory.log.start).toBeGreaterThan(0);
    await directory.close();
    flip(memory, newest(memory, "data/ns/1/manifest-"));
    await withStore(memory, async (again) => {
      expect(difference(records, dump(again.directory))).toBeUndefined();
      expect(kindsOf(again.events)).toEqual(["checkpoint_damaged"]);
    });
  });
});

describe("the file VECSTORE", () => {
  const write = (memory: MemoryEnv, text: string) => memory.writeFile("data/VECSTORE", new TextEncoder().encode(text));

  it("of a newer version is FORMAT_TOO_NEW, whatever follows, and nothing is touched", async () => {
    for (const text of [`vecstore 3\n${"0".repeat(32)}\n`, "vecstore 999\nsomething else\nentirely\n"]) {
      const memory = createMemory();
      await createStore(memory);
      write(memory, text);
      const before = memory.paths().map((name) => [name, memory.readFile(name)]);
      await expect(openSmall(memory)).rejects.toMatchObject({ reason: "FORMAT_TOO_NEW", details: { supported: "2" } });
      expect(memory.paths().map((name) => [name, memory.readFile(name)])).toEqual(before);
    }
  });

  it("of another program is DATA_CORRUPTED", async () => {
    for (const text of [
      "",
      "vecstore",
      "vecstore 0\n",
      "vecstore 1\nabc\n",
      "hello\n",
      `vecstore 1\n${"0".repeat(32)}\nmore\n`,
    ]) {
      const memory = createMemory();
      await createStore(memory);
      write(memory, text);
      await expect(openSmall(memory), JSON.stringify(text)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
    }
  });
});
