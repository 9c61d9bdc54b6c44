import { describe, expect, it } from "vitest";
import type { DirectoryOptions } from "../model/options.js";
import { FaultyEnv } from "../storage/faulty-env.js";
import type { MemoryEnv } from "../storage/memory-env.js";
import {
  contentOf,
  createMemory,
  difference,
  dump,
  filesOf,
  makeRecord,
  makeRecords,
  type Opened,
  openSmall,
  withStore,
} from "./life-fixture.cases.js";

/** No checkpoint comes by itself. */
const QUIET: DirectoryOptions = { memoryForVectors: 0, checkpointLogBytes: 1_000_000 };

/** Vectors in files, and all slots, of the namespace `default`. */
function storedOf({ directory }: Opened): [stored: number, slots: number] {
  const { segments } = directory.namespaceByName("default").state;
  return [
    segments.reduce((sum, { vectors }) => sum + vectors.storedCount, 0),
    segments.reduce((sum, { count }) => sum + count, 0),
  ];
}

function vectorBytesOf({ directory }: Opened): number {
  const { segments } = directory.namespaceByName("default").state;
  return segments.reduce((sum, { vectors }) => sum + vectors.bytes, 0);
}

function flip(memory: MemoryEnv, path: string, at: number): void {
  const bytes = memory.readFile(path);
  bytes[at]! ^= 0x10;
  memory.writeFile(path, bytes);
}

/** Where the f32 of a record's vector are in a file. */
function placeOf(memory: MemoryEnv, path: string, vector: readonly number[]): number {
  const at = Buffer.from(memory.readFile(path)).indexOf(Buffer.from(Float32Array.from(vector).buffer));
  expect(at).toBeGreaterThan(0);
  return at;
}

const parts = async (memory: MemoryEnv) => (await filesOf(memory)).filter((name) => name.startsWith("part-"));

describe("vectors on the disk", () => {
  it("are let go of by a checkpoint, and answer as those in memory do", async () => {
    const [onDisk, inMemory] = [createMemory(), createMemory()];
    await withStore(inMemory, async (plain) => {
      await withStore(
        onDisk,
        async (opened) => {
          for (const { store, directory } of [plain, opened]) {
            await store.upsert(makeRecords(0, 300, 0));
            await directory.checkpointer.now();
            await store.upsert(makeRecords(250, 100, 1));
            await store.settled();
          }
          expect(storedOf(opened)).toEqual([300, 400]);
          for (const query of [
            { vector: [1, 2, 42, 0], limit: 5 },
            { vector: [1, 3, 42, 0], limit: 300, exact: true },
            { vector: [1, 3, 77, -1], limit: 60, filter: "group = 'g0'" },
          ]) {
            const found = await opened.store.query({ ...query, includeVector: true });
            expect(found.results).toEqual((await plain.store.query({ ...query, includeVector: true })).results);
          }
          expect(difference(dump(plain.directory), dump(opened.directory))).toBeUndefined();
        },
        QUIET,
      );
    });
  });

  it("are not even read by an opening", async () => {
    const memory = createMemory();
    // A graph that does not hold all of them would have to.
    const options = { ...QUIET, graphRecordsMin: 10_000 };
    const records = await withStore(
      memory,
      async ({ store, directory }) => {
        await store.upsert(makeRecords(0, 400, 0));
        await directory.checkpointer.now();
        await store.upsert([makeRecord("r7", 1)]);
        return dump(directory);
      },
      options,
    );
    const env = new FaultyEnv(memory);
    const opened = await openSmall(env, options);
    expect(storedOf(opened)).toEqual([401, 401]);
    expect(env.count("readSync")).toBe(0);
    expect(difference(records, dump(opened.directory))).toBeUndefined();
    expect(env.count("readSync")).toBeGreaterThan(0);
    await opened.directory.close();
    expect(env.count("close") - env.count("create")).toBe(env.count("open"));
  });

  it.each([0, 1, 5_000, 100_000])("take about the memory allowed: %d bytes", async (memoryForVectors) => {
    const memory = createMemory();
    const options = { ...QUIET, memoryForVectors, segmentRecordsMax: 2_000 };
    const check = (opened: Opened) => {
      // The first chunk of a segment, and checksums, are there in any case.
      const least = memoryForVectors < 100_000 ? 0 : 20_000;
      expect(vectorBytesOf(opened)).toBeGreaterThan(least);
      const [stored, slots] = storedOf(opened);
      if (memoryForVectors <= 1) expect(stored).toBe(slots);
      if (memoryForVectors === 5_000) expect(vectorBytesOf(opened)).toBeLessThan(5_000 + 17_000);
      if (memoryForVectors === 100_000) expect(stored).toBe(0);
    };
    const records = await withStore(
      memory,
      async (opened) => {
        for (let i = 0; i < 8; i++) {
          await opened.store.upsert(makeRecords(200 * i, 200, i));
          await opened.directory.checkpointer.now();
        }
        check(opened);
        return dump(opened.directory);
      },
      options,
    );
    await withStore(
      memory,
      async (opened) => {
        check(opened);
        expect(difference(records, dump(opened.directory))).toBeUndefined();
      },
      options,
    );
  });

  it("go where the limit says at each opening, the newest into memory", async () => {
    const memory = createMemory();
    await withStore(
      memory,
      async ({ store, directory }) => {
        for (let i = 0; i < 4; i++) {
          await store.upsert(makeRecords(100 * i, 100, i));
          await directory.checkpointer.now();
        }
      },
      { ...QUIET, segmentRecordsMax: 1_000 },
    );
    for (const [memoryForVectors, stored] of [
      [0, 400],
      [1_599, 400],
      [1_600, 300],
      [4_800, 100],
      [1_000_000, 0],
      [undefined, 0],
    ] as const) {
      await withStore(memory, async (opened) => expect(storedOf(opened)).toEqual([stored, 400]), {
        ...QUIET,
        memoryForVectors,
      });
    }
  });

  it("survive compaction, snapshots and a restore in place", async () => {
    const memory = createMemory();
    const after = await withStore(
      memory,
      async (opened) => {
        const { store, directory } = opened;
        await store.upsert(makeRecords(0, 140, 0));
        await store.createSnapshot("first");
        const first = dump(directory);
        await store.upsert(makeRecords(0, 400, 1));
        await store.softDelete({ ids: ["r3", "r4"] });
        await directory.checkpointer.now();
        const second = dump(directory);
        expect((await store.compact()).removed).toBe(140);
        expect(storedOf(opened)).toEqual([400, 400]);
        expect(difference(second, dump(directory))).toBeUndefined();
        await store.restoreSnapshot("first");
        expect(storedOf(opened)).toEqual([140, 140]);
        expect(difference(first, dump(directory))).toBeUndefined();
        await store.upsert(makeRecords(100, 60, 2));
        return dump(directory);
      },
      QUIET,
    );
    await withStore(memory, async ({ directory }) => expect(difference(after, dump(directory))).toBeUndefined(), QUIET);
  });

  it("of a restore in place that is replayed are where they belong", async () => {
    const memory = createMemory();
    const env = new FaultyEnv(memory);
    const { store, directory } = await openSmall(env, QUIET);
    await store.upsert(makeRecords(0, 140, 0));
    await store.createSnapshot("first");
    await store.upsert(makeRecords(0, 40, 1));
    env.fail({ at: 1, kind: "rename", times: 10 });
    await store.restoreSnapshot("first");
    const records = dump(directory);
    await withStore(
      env.crash(3),
      async (opened) => {
        expect(difference(records, dump(opened.directory))).toBeUndefined();
        expect(storedOf(opened)).toEqual([140, 140]);
      },
      QUIET,
    );
    await directory.close().catch(() => undefined);
  });

  it("that a reader still needs stay on the disk until it is done", async () => {
    const memory = createMemory();
    await withStore(
      memory,
      async ({ store, directory }) => {
        await store.upsert(makeRecords(0, 140, 0));
        await directory.checkpointer.now();
        const [part] = await parts(memory);
        const expected = dump(directory);
        const chunks = store.queryStream({ vector: [1, 2, 3, 4], limit: 140, exact: true, includeVector: true });
        const first = await chunks.next();
        await store.delete({ all: true });
        await store.upsert(makeRecords(500, 3, 1));
        await store.compact();
        expect(await parts(memory)).toContain(part);
        const rest = [];
        for await (const { results } of chunks) rest.push(...results);
        const results = [...first.value!.results, ...rest];
        expect(results).toHaveLength(140);
        for (const { id, vector } of results) {
          const content = JSON.parse(expected.get(id)!.content) as unknown[];
          expect(JSON.parse(contentOf({ vector }))[0]).toEqual(content[0]);
        }
        await new Promise((resolve) => setImmediate(resolve));
        expect(await parts(memory)).not.toContain(part);
      },
      QUIET,
    );
  });

  it("are let go of later when that fails now, which is reported and no failure of a call", async () => {
    const env = new FaultyEnv(createMemory());
    const opened = await openSmall(env, QUIET);
    const { store, directory, events } = opened;
    await store.upsert(makeRecords(0, 50, 0));
    const records = dump(directory);
    env.fail({ at: 1, kind: "open" });
    await directory.checkpointer.now();
    expect(events.filter(({ kind }) => kind === "background_error")).toMatchObject([{ task: "vectors" }]);
    expect(storedOf(opened)).toEqual([0, 50]);
    expect(difference(records, dump(directory))).toBeUndefined();
    await store.upsert(makeRecords(50, 50, 0));
    await directory.checkpointer.now();
    expect(storedOf(opened)).toEqual([100, 100]);
    await directory.close();
  });
});

describe("damage of vectors on the disk", () => {
  const VECTOR = [1, 3, 42, -0];

  /** A closed store whose records are in one old part, and that part's path. */
  async function createStore(memory: MemoryEnv): Promise<string> {
    await withStore(
      memory,
      async ({ store, directory }) => {
        await store.upsert(makeRecords(0, 1_000, 0));
        await store.softDelete({ ids: ["r42"] });
        await directory.checkpointer.now();
        await store.upsert([makeRecord("late", 1)]);
      },
      { ...QUIET, segmentRecordsMax: 5_000, graphRecordsMin: 5_000 },
    );
    return `data/ns/1/${(await parts(memory))[0]}`;
  }

  it("is said to whoever meets it, with file and offset, and hurts nobody else", async () => {
    const memory = createMemory();
    const path = await createStore(memory);
    flip(memory, path, placeOf(memory, path, VECTOR));
    await withStore(
      memory,
      async ({ store }) => {
        const error = { reason: "DATA_CORRUPTED", code: "data_loss", details: { file: path } };
        await expect(store.query({ vector: VECTOR, limit: 3 })).rejects.toMatchObject(error);
        await expect(store.get(["r42", "r43"], { includeVector: true })).rejects.toMatchObject(error);
        const { records } = await store.get(["r900"], { includeVector: true });
        expect(records).toHaveLength(1);
        await store.upsert([makeRecord("r43", 5)]);
      },
      { ...QUIET, segmentRecordsMax: 5_000, graphRecordsMin: 5_000 },
    );
  });

  it("is found before bringing a record back is logged", async () => {
    const memory = createMemory();
    const path = await createStore(memory);
    flip(memory, path, placeOf(memory, path, VECTOR));
    const options = { ...QUIET, segmentRecordsMax: 5_000, graphRecordsMin: 5_000 };
    await withStore(
      memory,
      async ({ store }) => {
        const { sequence } = await store.stats();
        for (const target of [{ ids: ["r42"] }, { all: true }, { filter: "salt = 0" }] as const) {
          await expect(store.restore(target)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
        }
        expect((await store.stats()).sequence).toBe(sequence);
        await store.softDelete({ ids: ["r900"] });
        expect((await store.restore({ ids: ["r900"] })).affected).toBe(1);
      },
      options,
    );
  });

  it("in a part that the log can stand in for is found at the opening", async () => {
    const memory = createMemory();
    const records = await withStore(
      memory,
      async ({ store, directory }) => {
        await store.upsert(makeRecords(0, 50, 0));
        await directory.checkpointer.now();
        await store.upsert(makeRecords(50, 50, 2));
        return dump(directory);
      },
      QUIET,
    );
    const path = `data/ns/1/${(await parts(memory)).at(-1)}`;
    flip(memory, path, placeOf(memory, path, [3, 3, 57, -2 / 7]));
    await withStore(
      memory,
      async ({ directory, events }) => {
        expect(difference(records, dump(directory))).toBeUndefined();
        expect(events.find(({ kind }) => kind === "checkpoint_damaged")).toMatchObject({ file: path });
      },
      QUIET,
    );
  });

  it("in a snapshot is found before it takes the place of what is there", async () => {
    const memory = createMemory();
    await withStore(
      memory,
      async ({ store, directory }) => {
        await store.upsert(makeRecords(0, 50, 0));
        await store.createSnapshot("first");
        const path = `data/ns/1/snapshots/first/${(await parts(memory))[0]}`;
        flip(memory, path, placeOf(memory, path, VECTOR));
        await store.upsert(makeRecords(0, 50, 3));
        const records = dump(directory);
        await expect(store.restoreSnapshot("first")).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
        expect(difference(records, dump(directory))).toBeUndefined();
        await store.upsert([makeRecord("new", 3)]);
      },
      QUIET,
    );
  });

  it("of the disk itself is an error of that call alone", async () => {
    const memory = createMemory();
    const options = { ...QUIET, segmentRecordsMax: 5_000, graphRecordsMin: 500 };
    await withStore(
      memory,
      async ({ store }) => {
        await store.upsert(makeRecords(0, 1_000, 0));
        await store.settled();
      },
      options,
    );
    const env = new FaultyEnv(memory);
    const { store, directory } = await openSmall(env, options);
    env.fail({ at: 1, kind: "readSync" });
    await expect(store.query({ vector: VECTOR, limit: 3 })).rejects.toMatchObject({ reason: "INTERNAL" });
    env.fail({ at: 1, kind: "read" });
    const exact = { vector: VECTOR, limit: 3, exact: true };
    await expect(store.query(exact)).rejects.toMatchObject({ reason: "INTERNAL" });
    expect((await store.query(exact)).results).toEqual((await store.query({ vector: VECTOR, limit: 3 })).results);
    await directory.close();
  });
});
