import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Metric } from "../model/namespace.js";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors, referenceDistance } from "./fixtures.cases.js";
import { type Graph, type GraphOptions, type GraphSearch, graphCapacityFor } from "./graph.js";
import { faultsOf, readStructure, unreachedOf } from "./graph-structure.cases.js";
import { SlotSet } from "./slot-set.js";

const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const SEED = 4096;
const COUNT = 2_000;
const DIMENSION = 384;
const K = 10;
/** Candidates compared again in f32, as a query does. */
const RESCORED = 100;

const optionsOf = (metric: Metric, dimension = DIMENSION): GraphOptions => ({
  dimension,
  metric,
  m: 16,
  efConstruction: 100,
  capacity: COUNT + 100,
  seed: 9,
  quantization: "binary",
});

const vectorOf = (data: Float32Array, slot: number, dimension = DIMENSION) =>
  data.subarray(slot * dimension, (slot + 1) * dimension);

const hitsOf = ({ count, slots, distances }: GraphSearch) =>
  Array.from({ length: count }, (_, i) => ({ slot: slots[i]!, distance: distances[i]! }));

const saved = (graph: Graph) => Buffer.concat([...graph.save()].map((view) => Buffer.from(view)));

function reader(bytes: Uint8Array): (into: Uint8Array) => Promise<void> {
  let position = 0;
  return async (into) => {
    into.set(bytes.subarray(position, position + into.length));
    position += into.length;
  };
}

async function createBuilt(core: Core, options: GraphOptions, data: Float32Array): Promise<Graph> {
  const graph = core.createGraph(options);
  graph.append(data);
  await graph.settled();
  return graph;
}

function allOf(count: number): SlotSet {
  const set = new SlotSet(count);
  for (let slot = 0; slot < count; slot++) set.add(slot);
  return set;
}

/** The mean of all vectors, as segments pass it. */
function meanOf(data: Float32Array, dimension: number): Float32Array {
  const mean = new Float32Array(dimension);
  const count = data.length / dimension;
  data.forEach((value, i) => {
    mean[i % dimension]! += value / count;
  });
  return mean;
}

const withMean = (metric: Metric, data: Float32Array, dimension = DIMENSION): GraphOptions => ({
  ...optionsOf(metric, dimension),
  ...(metric === "cosine" ? {} : { mean: meanOf(data, dimension) }),
});

for (const threads of [0, 2]) {
  describe(`a graph of binary codes, ${threads} threads`, () => {
    let core: Core;
    beforeAll(async () => {
      core = await loadCore({ threads });
    });
    afterAll(() => core.close());

    test.each(METRICS)("estimates the %s distances of f64 without bias, and says how far off it is", async (metric) => {
      for (const dimension of [64, 100, 384, 1000]) {
        const data = clusteredVectors(400, dimension, SEED);
        const graph = await createBuilt(core, withMean(metric, data, dimension), data);
        const set = allOf(400);
        let sum = 0;
        let squares = 0;
        for (let q = 0; q < 10; q++) {
          const query = clusteredVectors(1, dimension, SEED + 1 + q);
          const { deviation, ...search } = graph.scanSet(query, set, 0, 400, 400);
          const hits = hitsOf({ ...search, deviation });
          expect(hits).toHaveLength(400);
          for (const { slot, distance } of hits) {
            const off = (distance - referenceDistance(metric, query, vectorOf(data, slot, dimension))) / deviation;
            sum += off;
            squares += off * off;
          }
          // The scan of the newest reads the same codes.
          expect(hitsOf(graph.scanTail(query, 0, 400, 400))).toEqual(hits);
        }
        const mean = sum / 4_000;
        expect(Math.abs(mean), `dimension ${dimension}`).toBeLessThan(0.35);
        expect(Math.sqrt(squares / 4_000), `dimension ${dimension}`).toBeGreaterThan(0.5);
        expect(Math.sqrt(squares / 4_000), `dimension ${dimension}`).toBeLessThan(1.5);
        await graph.release();
      }
    });

    test("takes any dimension", async () => {
      for (let dimension = 1; dimension <= 67; dimension++) {
        const data = clusteredVectors(40, dimension, SEED);
        data.fill(0, 0, dimension);
        const graph = await createBuilt(core, optionsOf("cosine", dimension), data);
        for (const { distance } of hitsOf(graph.search(vectorOf(data, 7, dimension), 40))) {
          expect(Number.isFinite(distance), `dimension ${dimension}`).toBe(true);
        }
        expect(graph.search(vectorOf(data, 0, dimension), 40).count).toBeGreaterThan(0);
        await graph.release();
      }
    });

    test.each(METRICS)("finds the closest among its best candidates, also with a filter inside, %s", async (metric) => {
      const data = clusteredVectors(COUNT, DIMENSION, SEED);
      const graph = await createBuilt(core, withMean(metric, data), data);
      const accept = new SlotSet(COUNT);
      for (let slot = 0; slot < COUNT; slot += 7) accept.add(slot);
      const met = { all: 0, accepted: 0 };
      for (let q = 0; q < 40; q++) {
        const query = vectorOf(clusteredVectors(40, DIMENSION, SEED), q).map((value) => value + 0.1);
        const order = Array.from({ length: COUNT }, (_, slot) => slot).sort(
          (a, b) =>
            referenceDistance(metric, query, vectorOf(data, a)) - referenceDistance(metric, query, vectorOf(data, b)),
        );
        const filter = { ef: 150, accept, share: 1 / 7, wanted: 2 * K, leastShare: 0 } as const;
        const found = new Set(
          hitsOf(graph.search(query, 150))
            .slice(0, RESCORED)
            .map(({ slot }) => slot),
        );
        const accepted = new Set(
          hitsOf(graph.searchFiltered(query, filter))
            .slice(0, RESCORED)
            .map(({ slot }) => slot),
        );
        met.all += order.slice(0, K).filter((slot) => found.has(slot)).length;
        for (const slot of accepted) expect(slot % 7).toBe(0);
        met.accepted += order
          .filter((slot) => slot % 7 === 0)
          .slice(0, K)
          .filter((slot) => accepted.has(slot)).length;
      }
      expect(met.all / (40 * K)).toBeGreaterThan(0.95);
      expect(met.accepted / (40 * K)).toBeGreaterThan(0.95);
      const structure = readStructure(saved(graph), DIMENSION, 16, "binary");
      expect(faultsOf(structure, 16)).toEqual([]);
      expect(unreachedOf(structure).length).toBeLessThanOrEqual(COUNT / 100);
    });

    test("finds all of many equal vectors", async () => {
      const data = clusteredVectors(COUNT, DIMENSION, SEED);
      for (let slot = 1; slot < 200; slot++) data.copyWithin(slot * DIMENSION, 0, DIMENSION);
      const graph = await createBuilt(core, optionsOf("cosine"), data);
      const hits = hitsOf(graph.search(vectorOf(data, 0), 200));
      expect(hits.filter(({ slot }) => slot < 200).length).toBeGreaterThan(190);
    });

    test("searches identically once loaded", async () => {
      const data = clusteredVectors(COUNT, DIMENSION, SEED);
      const options = withMean("euclidean", data);
      const graph = await createBuilt(core, options, data);
      const bytes = saved(graph);
      expect(bytes.length).toBe(graph.savedBytes);
      const loaded = await core.loadGraph({ ...options, indexed: COUNT }, reader(bytes));
      for (let q = 0; q < 20; q++) {
        const query = clusteredVectors(1, DIMENSION, q);
        expect(hitsOf(loaded.search(query, 50))).toEqual(hitsOf(graph.search(query, 50)));
      }
      expect(saved(loaded).equals(bytes)).toBe(true);
      const wrong = { reason: "DATA_CORRUPTED", details: { field: "layout" } };
      const other = { ...options, quantization: "int8", indexed: COUNT } as const;
      await expect(core.loadGraph(other, reader(bytes))).rejects.toMatchObject(wrong);
    });
  });
}

test("a graph of binary codes holds four times as many records of 768 dimensions", () => {
  const capacity = graphCapacityFor(768, 16, 1024 ** 3, "binary");
  expect(capacity / graphCapacityFor(768, 16, 1024 ** 3)).toBeGreaterThan(3.5);
});
