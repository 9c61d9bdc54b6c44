import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Metric } from "../model/namespace.js";
import { FaultyEnv } from "../storage/faulty-env.js";
import { FaultyFile } from "../storage/faulty-file.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors, createRandom } from "./fixtures.cases.js";
import { storeInFile } from "./stored-vectors.cases.js";
import { runSlotsOf } from "./stored-vectors.js";
import type { Vectors } from "./vectors.js";

const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const SEED = 1_234;
/** Vectors of a mebibyte, a page at most. */
const slotsOfMebibyte = (dimension: number) => Math.ceil(2 ** 20 / (4 * dimension));

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

interface Subject {
  readonly env: FaultyEnv;
  readonly memory: MemoryEnv;
  /** All in memory. */
  readonly plain: Vectors;
  /** The same, partly in files. */
  readonly tiered: Vectors;
  release(): void;
}

/** `count` vectors twice; of the second set those below each of `ends` are moved to a file of their own. */
async function createSubject(metric: Metric, dimension: number, count: number, ends: number[]): Promise<Subject> {
  const memory = new MemoryEnv();
  const env = new FaultyEnv(memory);
  const data = clusteredVectors(count, dimension, SEED);
  const [plain, tiered] = [core.createVectors({ dimension, metric }), core.createVectors({ dimension, metric })];
  plain.append(data);
  tiered.append(data);
  for (const [i, to] of ends.entries()) {
    tiered.store(await storeInFile(env, `part-${i}`, plain, { from: tiered.storedCount, to, metric }));
  }
  const release = () => {
    plain.release();
    tiered.release();
  };
  return { env, memory, plain, tiered, release };
}

/** Compares the bits, without the cost of a deep equality. */
function expectSame(found: Float32Array, expected: Float32Array, what = ""): void {
  const bytes = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  expect(bytes(found).equals(bytes(expected)), what).toBe(true);
}

function distancesOfAll(vectors: Vectors, query: Float32Array): Float32Array {
  const out = new Float32Array(vectors.count);
  vectors.distances(vectors.prepare(query), 0, vectors.count, out);
  return out;
}

describe("vectors in files", () => {
  test.each(METRICS)("have %s distances of the same bits as in memory, wherever the border lies", async (metric) => {
    for (const dimension of [1, 3, 17, 100, 768, 5000]) {
      const count = dimension >= 768 ? 150 : 1500;
      for (const ends of [[], [count / 3], [count / 3, count / 3 + 1, count - 7], [count - 50, count]]) {
        const { plain, tiered, release } = await createSubject(metric, dimension, count, ends);
        const query = clusteredVectors(1, dimension, SEED + 1);
        const what = `${dimension} dimensions, ${ends}`;
        expectSame(distancesOfAll(tiered, query), distancesOfAll(plain, query), what);
        const random = createRandom(SEED);
        const slots = Uint32Array.from({ length: 5000 }, () => Math.floor(random() * count));
        const [expected, found] = [new Float32Array(5000), new Float32Array(5000)];
        plain.distancesOf(plain.prepare(query), slots, 4999, expected);
        tiered.distancesOf(tiered.prepare(query), slots, 4999, found);
        expectSame(found, expected, what);
        release();
      }
    }
  });

  test("are read bit for bit, one by one and in ranges over any border", async () => {
    for (const dimension of [1, 100, 5000]) {
      const count = dimension === 5000 ? 150 : 3000;
      const { plain, tiered, release } = await createSubject("cosine", dimension, count, [count / 3, count / 2]);
      for (const slot of [0, 1, count / 3 - 1, count / 3, count / 2 - 1, count / 2, count - 1]) {
        expect(tiered.read(slot)).toEqual(plain.read(slot));
      }
      for (const [from, to] of [
        [0, count],
        [5, count / 3 + 5],
        [count / 2, count],
        [7, 7],
      ] as const) {
        const bytes = (vectors: Vectors) =>
          Buffer.concat([...vectors.ranges(from, to)].map((view) => Buffer.from(view)));
        const views: Buffer[] = [];
        for (const view of tiered.ranges(from, to)) views.push(Buffer.from(view));
        expect(Buffer.concat(views).equals(bytes(plain))).toBe(true);
      }
      release();
    }
  });

  test("give their memory back, and more can be appended", async () => {
    const { plain, tiered, release } = await createSubject("cosine", 100, 30_000, []);
    const before = tiered.bytes;
    const env = new MemoryEnv();
    tiered.store(await storeInFile(env, "a", plain, { from: 0, to: 20_000, metric: "cosine" }));
    expect(tiered.bytes).toBeLessThan(before * 0.55);
    tiered.store(await storeInFile(env, "b", plain, { from: 20_000, to: 30_000, metric: "cosine" }));
    // The checksums of the runs.
    expect(tiered.bytes).toBeLessThan(30_000);
    expect([tiered.count, tiered.storedCount]).toEqual([30_000, 30_000]);
    const more = clusteredVectors(50, 100, SEED + 2);
    expect(tiered.append(more)).toBe(30_000);
    plain.append(more);
    const query = clusteredVectors(1, 100, SEED + 1);
    expectSame(distancesOfAll(tiered, query), distancesOfAll(plain, query));
    expect(tiered.bytes).toBeLessThan(80_000);
    release();
  });

  test("can be the first of a set that had none in memory", async () => {
    const { plain, release } = await createSubject("dot", 3, 1000, []);
    const vectors = core.createVectors({ dimension: 3, metric: "dot" });
    vectors.store(await storeInFile(new MemoryEnv(), "a", plain, { from: 0, to: 900, metric: "dot" }));
    expect(vectors.count).toBe(900);
    vectors.append(
      Float32Array.from([...plain.ranges(900, 1000)].flatMap((view) => [...new Float32Array(view.slice().buffer)])),
    );
    const query = Float32Array.of(1, 2, 3);
    expectSame(distancesOfAll(vectors, query), distancesOfAll(plain, query));
    vectors.release();
    release();
  });

  test("cost one read for each run that is asked for, in the order of the disk", async () => {
    for (const dimension of [4, 100, 2000]) {
      const { plain, tiered, release } = await createSubject("cosine", dimension, 1400, [1400]);
      const slots = Uint32Array.of(1399, 3, 700, 3, 4, 699, 0);
      const runs = new Set(
        [...slots].map((slot) => Math.floor(slot / 700) * 1e6 + Math.floor((slot % 700) / runSlotsOf(dimension))),
      );
      const reads = vi.spyOn(FaultyFile.prototype, "readSync");
      tiered.distancesOf(tiered.prepare(plain.read(0)), slots, slots.length, new Float32Array(7));
      const positions = reads.mock.calls.map(([, position]) => position);
      expect(positions).toHaveLength(runs.size);
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      reads.mockRestore();
      release();
    }
  });

  test("that were read ahead are not waited for", async () => {
    const dimension = 700;
    const { env, plain, tiered, release } = await createSubject("cosine", dimension, 3000, [3000]);
    const query = clusteredVectors(1, dimension, SEED + 1);
    const expected = distancesOfAll(plain, query);
    const out = new Float32Array(3000);
    const step = slotsOfMebibyte(dimension);
    for (let from = 0; from < 3000; from += step) {
      const to = Math.min(3000, from + step);
      await tiered.fetch(from, to);
      tiered.distances(tiered.prepare(query), from, to, out.subarray(from));
      expect(tiered.read(from)).toEqual(plain.read(from));
      expect(tiered.fetch(from, to)).toBeUndefined();
    }
    expectSame(out, expected);
    expect(env.count("readSync")).toBe(0);
    release();
  });

  test("are read ahead by many at once, each getting its own", async () => {
    const dimension = 700;
    const { plain, tiered, release } = await createSubject("euclidean", dimension, 6000, [6000]);
    const query = clusteredVectors(1, dimension, SEED + 1);
    const expected = distancesOfAll(plain, query);
    const step = slotsOfMebibyte(dimension);
    await Promise.all(
      Array.from({ length: 24 }, async (_, reader) => {
        for (let from = (reader * 211) % 5000; from < 6000; from += step) {
          const to = Math.min(6000, from + step);
          await tiered.fetch(from, to);
          const out = new Float32Array(to - from);
          tiered.distances(tiered.prepare(query), from, to, out);
          expectSame(out, expected.subarray(from, to));
        }
      }),
    );
    release();
  });

  test("in memory are never read ahead", async () => {
    const { tiered, release } = await createSubject("dot", 10, 1000, [600]);
    expect(tiered.fetch(600, 1000)).toBeUndefined();
    await expect(tiered.fetch(599, 1000)).resolves.toBeUndefined();
    release();
  });
});

describe("damage of vectors in files", () => {
  test("is DATA_CORRUPTED with file and offset, whoever reads them, and of no others", async () => {
    const dimension = 40;
    const { env, plain, tiered, release } = await createSubject("cosine", dimension, 2000, [2000]);
    const query = tiered.prepare(plain.read(5));
    const runSlots = runSlotsOf(dimension);
    const position = 2 * 24 + 700 * 160 + 3 * runSlots * 160;
    const file = await env.openFile("part-0");
    await file.write(Uint8Array.of(0xff), position + 17);
    await file.close();
    const damaged = 700 + 3 * runSlots;
    const error = { reason: "DATA_CORRUPTED", details: { file: "part-0", offset: String(position) } };
    const out = new Float32Array(2000);
    expect(() => tiered.read(damaged)).toThrow(expect.objectContaining(error));
    expect(() => tiered.distances(query, 0, 2000, out)).toThrow(expect.objectContaining(error));
    expect(() => tiered.distancesOf(query, Uint32Array.of(9, damaged), 2, out)).toThrow(expect.objectContaining(error));
    expect(() => [...tiered.ranges(0, 2000)]).toThrow(expect.objectContaining(error));
    await expect(tiered.fetch(700, 750)).rejects.toMatchObject(error);
    expect(tiered.read(damaged - 1)).toEqual(plain.read(damaged - 1));
    expect(tiered.read(damaged + runSlots)).toEqual(plain.read(damaged + runSlots));
    release();
  });

  test("by a file that became shorter is DATA_CORRUPTED", async () => {
    const { env, tiered, release } = await createSubject("dot", 40, 600, [600]);
    const file = await env.openFile("part-0");
    await file.truncate(24 + 600 * 160 - 1);
    await file.close();
    expect(() => tiered.read(599)).toThrow(expect.objectContaining({ reason: "DATA_CORRUPTED" }));
    await expect(tiered.fetch(0, 600)).rejects.toMatchObject({ reason: "DATA_CORRUPTED" });
    expect(tiered.read(0)).toHaveLength(40);
    release();
  });

  test("of the disk itself is an error of that read alone", async () => {
    const { env, plain, tiered, release } = await createSubject("cosine", 40, 2000, [2000]);
    const query = plain.prepare(plain.read(5));
    const out = new Float32Array(2000);
    for (const read of [
      () => tiered.read(7),
      () => tiered.distances(query, 0, 2000, out),
      () => tiered.distancesOf(query, Uint32Array.of(1, 1000), 2, out),
    ]) {
      env.fail({ at: 1, kind: "readSync" });
      expect(read).toThrow(expect.objectContaining({ reason: "INTERNAL", kind: "io" }));
      expect(read).not.toThrow();
    }
    env.fail({ at: 1, kind: "read" });
    await expect(tiered.fetch(0, 500)).rejects.toMatchObject({ reason: "INTERNAL" });
    await tiered.fetch(0, 500);
    tiered.distances(query, 0, 2000, out);
    expectSame(out, distancesOfAll(plain, plain.read(5)));
    release();
  });

  test("a set that is released while it reads ahead closes its file afterwards", async () => {
    const { env, plain, tiered } = await createSubject("cosine", 40, 2000, [2000]);
    const release = env.hold("read");
    const reading = tiered.fetch(0, 500);
    tiered.release();
    expect(env.count("close")).toBe(0);
    release();
    await reading;
    await new Promise((resolve) => setImmediate(resolve));
    expect(env.count("close")).toBe(1);
    plain.release();
  });
});
