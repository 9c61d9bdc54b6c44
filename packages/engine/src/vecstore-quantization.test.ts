import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Metric, Quantization } from "./model/namespace.js";
import type { OpenOptions } from "./model/options.js";
import { MemoryEnv } from "./storage/memory-env.js";
import { createRandom } from "./storage/random.js";
import { VecStore } from "./vecstore.js";

const COUNT = 3_000;
const DIMENSION = 256;
const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];

const random = createRandom(31);
const CENTERS = Array.from({ length: 16 }, () => Array.from({ length: DIMENSION }, () => random() - 0.5));
/** Clusters that are wide in few directions, as embeddings are. */
const vectorOf = (i: number) =>
  Float32Array.from(CENTERS[i % 16]!, (value, j) => value + (4 * (random() - 0.5)) / (1 + j / 8));
const RECORDS = Array.from({ length: COUNT }, (_, i) => ({
  id: String(i),
  vector: vectorOf(i),
  // In each cluster.
  metadata: { tenth: Math.floor(i / 16) % 10, half: Math.floor(i / 16) % 2 },
}));
const QUERIES = Array.from({ length: 25 }, (_, i) => vectorOf(i));

const CASES = (["none", "binary"] as const).flatMap((quantization) =>
  METRICS.map((metric): [Quantization, Metric] => [quantization, metric]),
);

describe.each(CASES)("a store with quantization %s, %s", (quantization, metric) => {
  let env: MemoryEnv;
  let store: VecStore;
  const open = (options: OpenOptions = {}) =>
    VecStore.open("data", { env, threads: 0, graphRecordsMin: 500, ...options });

  beforeEach(async () => {
    env = new MemoryEnv();
    store = await open({ metric, quantization });
    for (let from = 0; from < COUNT; from += 500) await store.upsert(RECORDS.slice(from, from + 500));
    await store.settled();
  });
  afterEach(() => store.close());

  /** Compares answers of the graph with exact ones; returns how many of the closest ten were found. */
  async function recall(filter?: string): Promise<number> {
    let met = 0;
    for (const vector of QUERIES) {
      const request = { vector, limit: 10, ...(filter === undefined ? {} : { filter }) };
      const exact = await store.query({ ...request, exact: true });
      const found = await store.query({ ...request, efSearch: 160 });
      expect(found.results).toHaveLength(10);
      const scores = new Map(exact.results.map(({ id, score }) => [id, score]));
      for (const { id, score } of found.results) {
        // The bits of a scan: by the rescore, or without another look at the vectors.
        if (scores.has(id)) expect(score).toBe(scores.get(id));
        met += Number(scores.has(id));
      }
    }
    return met / (10 * QUERIES.length);
  }

  it("finds what an exact query finds, also under filters", async () => {
    expect(store.info.config.quantization).toBe(quantization);
    expect((await store.query({ vector: QUERIES[0]!, limit: 1 })).stats.strategy).toBe("graph");
    expect(await recall()).toBeGreaterThan(0.97);
    expect(await recall("half = 1")).toBeGreaterThan(0.97);
    expect(await recall("tenth = 3")).toBeGreaterThan(0.97);
  });

  it("keeps its graph over a restart, and answers as well with vectors on the disk", async () => {
    const answers = async () => {
      const all = [];
      for (const vector of QUERIES) all.push((await store.query({ vector, limit: 10 })).results);
      return all;
    };
    const before = await answers();
    await store.close();
    const events: string[] = [];
    store = await open({ memoryForVectors: 0, onEvent: ({ kind }) => events.push(kind) });
    expect(store.info.config.quantization).toBe(quantization);
    expect(events.filter((kind) => kind.includes("graph"))).toEqual([]);
    const [segment] = (await store.stats()).segments;
    expect(segment).toMatchObject({ hasGraph: true, indexed: COUNT, vectorsOnDiskBytes: COUNT * DIMENSION * 4 });
    // Of binary codes fewer candidates are compared again there.
    if (quantization === "none") expect(await answers()).toEqual(before);
    expect(await recall()).toBeGreaterThan(0.97);
  });

  it("keeps its recall when most records were replaced, deleted and merged", async () => {
    for (let from = 0; from < COUNT / 2; from += 500) {
      const records = RECORDS.slice(from, from + 500).map(({ id, metadata }, i) => ({
        id,
        metadata,
        vector: vectorOf(i),
      }));
      await store.upsert(records);
    }
    await store.delete({ ids: Array.from({ length: 500 }, (_, i) => String(COUNT - 1 - i)) });
    // What a merge in the background has not removed already.
    await store.compact();
    await store.settled();
    expect(await recall()).toBeGreaterThan(0.97);
    const [segment, ...others] = (await store.stats()).segments;
    expect(others).toEqual([]);
    expect(segment).toMatchObject({ slots: COUNT - 500, live: COUNT - 500, hasGraph: true });
  });
});

it.each(["none", "binary"] as const)("measures the recall of a store with quantization %s", async (quantization) => {
  const store = await VecStore.open("data", {
    env: new MemoryEnv(),
    threads: 0,
    graphRecordsMin: 500,
    quantization,
  });
  for (let from = 0; from < COUNT; from += 500) await store.upsert(RECORDS.slice(from, from + 500));
  await store.settled();
  const { recall } = await store.measureRecall({ samples: 100 });
  expect(recall).toBeGreaterThan(0.97);
  await store.close();
});

it("refuses a quantization that is not built, and says what is", async () => {
  const options = { env: new MemoryEnv(), threads: 0, quantization: "int4" as never };
  await expect(VecStore.open("data", options)).rejects.toMatchObject({
    reason: "INVALID_CONFIGURATION",
    message: expect.stringMatching(/quantization.*int4.*int8, none, binary/),
  });
});
