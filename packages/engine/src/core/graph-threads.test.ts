import { beforeAll, describe, expect, test } from "vitest";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors, createRandom, referenceDistance } from "./fixtures.cases.js";
import type { Graph, GraphOptions } from "./graph.js";
import { faultsOf, readStructure, unreachedOf } from "./graph-structure.cases.js";

const SEED = 90210;
const DIMENSION = 24;
const COUNT = 6000;
const OPTIONS: GraphOptions = {
  dimension: DIMENSION,
  metric: "euclidean",
  m: 8,
  efConstruction: 60,
  capacity: COUNT,
  seed: 5,
};

const vectorOf = (data: Float32Array, slot: number) => data.subarray(slot * DIMENSION, (slot + 1) * DIMENSION);
const bytesOf = (graph: Graph) => Buffer.concat([...graph.save()].map((view) => Buffer.from(view)));
const structureOf = (graph: Graph) => readStructure(bytesOf(graph), DIMENSION, OPTIONS.m);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Eight vectors that are close to each other come one after another: builders hold nearest neighbors at the same time. */
function runsOfNeighbors(): Float32Array {
  const centers = clusteredVectors(COUNT / 8, DIMENSION, SEED);
  const random = createRandom(SEED);
  return Float32Array.from({ length: COUNT * DIMENSION }, (_, i) => {
    const slot = Math.floor(i / DIMENSION);
    return centers[Math.floor(slot / 8) * DIMENSION + (i % DIMENSION)]! + (random() - 0.5) / 20;
  });
}

function expectWhole(graph: Graph): void {
  const structure = structureOf(graph);
  expect(faultsOf(structure, OPTIONS.m).slice(0, 5)).toEqual([]);
  expect(unreachedOf(structure).length).toBeLessThanOrEqual(structure.indexed / 1000);
}

async function withCore<T>(threads: number, use: (core: Core) => Promise<T>): Promise<T> {
  const core = await loadCore({ threads });
  try {
    return await use(core);
  } finally {
    await core.close();
  }
}

async function build(core: Core, data: Float32Array): Promise<Graph> {
  const graph = core.createGraph(OPTIONS);
  graph.append(data);
  await graph.settled();
  return graph;
}

/** Share of the true ten nearest that 200 queries find at an ef at which not all are found. */
function recallOf(graph: Graph, data: Float32Array): number {
  const random = createRandom(SEED + 1);
  let found = 0;
  for (let q = 0; q < 200; q++) {
    const query = vectorOf(data, Math.floor(random() * COUNT)).map((value) => value + (random() - 0.5) / 2);
    const exact = Array.from({ length: COUNT }, (_, i) => referenceDistance("euclidean", query, vectorOf(data, i)));
    const tenth = [...exact].sort((a, b) => a - b)[9]!;
    const { count, slots } = graph.search(query, 16);
    for (let i = 0; i < count; i++) if (exact[slots[i]!]! <= tenth) found++;
  }
  return found / 2000;
}

const DATA = { "clustered vectors": clusteredVectors(COUNT, DIMENSION, SEED), "runs of neighbors": runsOfNeighbors() };

describe.each(Object.entries(DATA))("a graph of %s", (_, data) => {
  let alone = 0;
  beforeAll(async () => {
    await withCore(0, async (core) => {
      const graph = await build(core, data);
      alone = recallOf(graph, data);
      expectWhole(graph);
    });
  });

  test("built inline gives some of the nearest with few candidates, not all", () => {
    expect(alone).toBeGreaterThan(0.8);
    expect(alone).toBeLessThan(0.99);
  });

  test.each([1, 2, 4])("built by %i threads has the same recall, and no fault", async (threads) => {
    await withCore(threads, async (core) => {
      const graph = await build(core, data);
      // Which thread links what first is chance: of many builds one lost .0155 against a build alone.
      expect(recallOf(graph, data)).toBeGreaterThan(alone - 0.03);
      expectWhole(graph);
    });
  });
});

test("one thread makes the graph that building inline makes", async () => {
  const [inline, worker] = await Promise.all(
    [0, 1].map((threads) => withCore(threads, async (core) => bytesOf(await build(core, DATA["clustered vectors"])))),
  );
  expect(worker!.equals(inline!)).toBe(true);
});

test("equal vectors that several threads meet at once are all found", async () => {
  const data = DATA["clustered vectors"].slice();
  // Three of four equal one of two vectors, which come by turns.
  for (let slot = 0; slot < COUNT; slot++) {
    if (slot % 4 !== 1) data.copyWithin(slot * DIMENSION, (slot % 2) * 4 * DIMENSION, ((slot % 2) * 4 + 1) * DIMENSION);
  }
  await withCore(4, async (core) => {
    for (let round = 0; round < 3; round++) {
      const graph = await build(core, data);
      expectWhole(graph);
      expect(graph.search(vectorOf(data, 4), 1000).count).toBe(1000);
      let found = 0;
      for (let slot = 1; slot < COUNT; slot += 4) if (graph.search(vectorOf(data, slot), 40).slots[0] === slot) found++;
      expect(found).toBeGreaterThan((COUNT / 4) * 0.99);
      await graph.release();
    }
  });
});

test("a graph stays whole while four threads build it between searches, pauses and appends", async () => {
  await withCore(4, async (core) => {
    const data = DATA["runs of neighbors"];
    const random = createRandom(SEED + 2);
    for (let round = 0; round < 3; round++) {
      const graph = core.createGraph(OPTIONS);
      while (graph.count < COUNT) {
        const more = Math.min(COUNT - graph.count, 1 + Math.floor(random() * 400));
        graph.append(data.subarray(graph.count * DIMENSION, (graph.count + more) * DIMENSION));
        graph.build();
        for (let i = 0; i < 20; i++) expectLinked(graph, vectorOf(data, Math.floor(random() * COUNT)));
        await turn();
        if (random() < 0.3) {
          await graph.pause();
          expectWhole(graph);
          graph.resume();
        }
      }
      await graph.settled();
      expect(graph.indexed).toBe(COUNT);
      expectWhole(graph);
      await graph.release();
    }
  });
});

/** A search gives linked slots only, each once, in order. */
function expectLinked(graph: Graph, query: Float32Array): void {
  const { count, slots, distances, indexed } = graph.search(query, 30);
  const seen = new Set(slots);
  if (seen.size !== count) throw new Error(`${count} hits, ${seen.size} slots`);
  for (let i = 0; i < count; i++) {
    if (slots[i]! >= indexed) throw new Error(`slot ${slots[i]} of ${indexed}`);
    if (i > 0 && distances[i]! < distances[i - 1]!) throw new Error(`distance ${i} is out of order`);
  }
}
