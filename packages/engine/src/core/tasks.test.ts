import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Metric } from "../model/namespace.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { breathe } from "./breathe.js";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors } from "./fixtures.cases.js";
import { SlotSet } from "./slot-set.js";
import { storeInFile } from "./stored-vectors.cases.js";
import type { Near } from "./task-work.js";
import type { Vectors } from "./vectors.js";

const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const SEED = 77;
/** Two and a half chunks of 4 MiB. */
const DIMENSION = 61;
const COUNT = 44_000;

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 2 });
});
afterAll(() => core.close());

function createVectors(metric: Metric): Vectors {
  const vectors = core.createVectors({ dimension: DIMENSION, metric });
  vectors.append(clusteredVectors(COUNT, DIMENSION, SEED));
  return vectors;
}

/** Hands something over as soon as a thread is there to take it. */
async function whenFree<T>(hand: () => T | undefined): Promise<T> {
  for (;;) {
    const handed = hand();
    if (handed !== undefined) return handed;
    await breathe();
  }
}

/** Those of `distances` from `from` on that are not farther than the bound, as a task tells of them. */
function nearOf(distances: Float32Array, from: number, bound: number): Near {
  const places = [...distances.keys()].slice(from).filter((i) => distances[i]! <= bound);
  return {
    places: Uint32Array.from(places, (i) => i - from),
    distances: Float32Array.from(places, (i) => distances[i]!),
  };
}

describe.each(METRICS)("threads that compare %s vectors", (metric) => {
  test("find those within the bound, with the distances that the calling thread computes", async () => {
    const vectors = createVectors(metric);
    const query = vectors.prepare(vectors.read(123).map((x) => x * 1.5));
    const distances = new Float32Array(COUNT);
    vectors.distances(query, 0, COUNT, distances);
    for (const bound of [Number.POSITIVE_INFINITY, distances[5]!, distances[123]!, Number.NEGATIVE_INFINITY]) {
      const { from, near } = await whenFree(() => vectors.elsewhere!.scan(query, 7, COUNT - 3, bound));
      expect(from).toBeGreaterThanOrEqual(7);
      expect(await near).toEqual(nearOf(distances.subarray(0, COUNT - 3), from, bound));
    }
    vectors.release();
  });

  test("find named slots within the bound, also of several chunks", async () => {
    const vectors = createVectors(metric);
    const query = vectors.prepare(vectors.read(5));
    const slots = Uint32Array.from({ length: COUNT / 11 }, (_, i) => i * 11 + 2);
    const distances = new Float32Array(slots.length);
    vectors.distancesOf(query, slots, slots.length, distances);
    for (const bound of [Number.POSITIVE_INFINITY, distances[1_000]!]) {
      const { from, near } = await whenFree(() => vectors.elsewhere!.gather(query, slots, 3, slots.length, bound));
      expect(await near).toEqual(nearOf(distances, from, bound));
      const { from: first, near: one } = await whenFree(() => vectors.elsewhere!.gather(query, slots, 9, 10, bound));
      expect([first, await one]).toEqual([9, nearOf(distances.subarray(0, 10), 9, bound)]);
    }
    vectors.release();
  });
});

test("vectors that leave the memory while they are compared are compared again by whoever asked", async () => {
  const vectors = createVectors("dot");
  const query = vectors.prepare(vectors.read(5));
  const source = await storeInFile(new MemoryEnv(), "part", vectors, { from: 0, to: COUNT, metric: "dot" });
  const { near } = await whenFree(() => vectors.elsewhere!.scan(query, 0, COUNT, 0));
  vectors.store(source);
  expect(await near).toBeUndefined();
  vectors.release();
});

test("two pieces for each thread are taken, and what is more is refused until one is done", async () => {
  const vectors = createVectors("dot");
  const query = vectors.prepare(vectors.read(5));
  const hand = () => vectors.elsewhere!.scan(query, 0, COUNT, 0);
  // Both threads run.
  let most = 0;
  while (most < 4) {
    const handed = [];
    for (let part = hand(); part !== undefined; part = hand()) handed.push(part.near);
    await Promise.all(handed);
    most = Math.max(most, handed.length);
    await breathe();
  }
  expect(most).toBe(4);
  vectors.release();
});

describe("threads that search a graph", () => {
  const options = { dimension: 40, metric: "cosine", m: 8, efConstruction: 40, capacity: 6_000, seed: 3 } as const;

  test("find what the calling thread finds, by links and by codes, also while another graph is built", async () => {
    const data = clusteredVectors(6_000, 40, SEED);
    const [graph, other] = [core.createGraph(options), core.createGraph({ ...options, capacity: 60_000 })];
    graph.append(data);
    await graph.settled();
    other.append(clusteredVectors(60_000, 40, SEED));
    other.build();
    const queries = Array.from({ length: 16 }, (_, i) => data.slice(i * 400, i * 400 + 40));
    const found = (await await whenFree(() => graph.elsewhere!.search(queries, 50)))!;
    for (const [i, query] of queries.entries()) expect(copyOf(graph.search(query, 50))).toEqual(found[i]);
    const set = new SlotSet(6_000);
    for (let slot = 1; slot < 6_000; slot += 3) set.add(slot);
    for (const [from, to] of [
      [0, 6_000],
      [33, 5_999],
      [1_000, 1_001],
    ] as const) {
      const scanned = (await await whenFree(() => graph.elsewhere!.scanSet(queries[2]!, set, from, to, 40)))!;
      expect(copyOf(graph.scanSet(queries[2]!, set, from, to, 40))).toEqual(scanned[0]);
    }
    expect(other.indexed).toBeLessThan(60_000);
    await other.release();
    await graph.release();
  });

  test("are done before the memory of a graph is given to another", async () => {
    const data = clusteredVectors(6_000, 40, SEED);
    const graph = core.createGraph(options);
    graph.append(data);
    await graph.settled();
    while (!graph.elsewhere!.isFree) await breathe();
    let isDone = false;
    void graph.elsewhere!.search([data.slice(0, 40)], 2_000)!.then(() => {
      isDone = true;
    });
    await graph.release();
    expect(isDone).toBe(true);
  });
});

/** The views of a search by the calling thread, copied out. */
function copyOf<T extends { readonly slots: Uint32Array; readonly distances: Float32Array }>(search: T): T {
  return { ...search, slots: search.slots.slice(), distances: search.distances.slice() };
}
