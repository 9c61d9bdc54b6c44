import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../limits.js";
import type { Metric, Quantization } from "../model/namespace.js";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors, referenceDistance } from "./fixtures.cases.js";
import { type Graph, type GraphOptions, type GraphSearch, graphCapacityFor } from "./graph.js";
import { faultsOf, readStructure, unreachedOf } from "./graph-structure.cases.js";
import { SlotSet } from "./slot-set.js";

const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const SEED = 1702;
const COUNT = 2_000;
const DIMENSION = 40;
const K = 10;

const optionsOf = (metric: Metric, dimension = DIMENSION, quantization: Quantization = "none"): GraphOptions => ({
  dimension,
  metric,
  m: 8,
  efConstruction: 80,
  capacity: COUNT + 100,
  seed: 9,
  quantization,
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

/** Distances of all slots as a scan of the vectors gives them. */
function scanned(core: Core, metric: Metric, data: Float32Array, query: Float32Array): Float32Array {
  const vectors = core.createVectors({ dimension: query.length, metric });
  vectors.append(data);
  const out = new Float32Array(vectors.count);
  vectors.distances(vectors.prepare(query), 0, vectors.count, out);
  vectors.release();
  return out;
}

async function createBuilt(core: Core, options: GraphOptions, data: Float32Array): Promise<Graph> {
  const graph = core.createGraph(options);
  graph.append(data);
  await graph.settled();
  return graph;
}

for (const threads of [0, 2]) {
  describe(`a graph without quantization, ${threads} threads`, () => {
    let core: Core;
    beforeAll(async () => {
      core = await loadCore({ threads });
    });
    afterAll(() => core.close());

    test.each(METRICS)(
      "has the %s distances of f64, by the bits of a scan, for every tail of the kernels",
      async (metric) => {
        for (let dimension = 1; dimension <= 67; dimension++) {
          const data = clusteredVectors(30, dimension, SEED);
          // Neither zeros of the other sign nor a zero vector are special.
          data.fill(-0, 0, dimension);
          const query = clusteredVectors(1, dimension, SEED + 1);
          const graph = await createBuilt(core, optionsOf(metric, dimension), data);
          const expected = scanned(core, metric, data, query);
          const set = new SlotSet(30);
          for (let slot = 0; slot < 30; slot++) set.add(slot);
          for (const found of [
            () => graph.scanTail(query, 0, 30, 30),
            () => graph.scanSet(query, set, 0, 30, 30),
            () => graph.search(query, 30),
          ]) {
            const hits = hitsOf(found());
            expect(hits.length).toBeGreaterThan(25);
            for (const { slot, distance } of hits) {
              expect(distance, `dimension ${dimension}`).toBe(expected[slot]);
              const exact = referenceDistance(metric, query, vectorOf(data, slot, dimension));
              expect(Math.abs(distance - exact), `dimension ${dimension}`).toBeLessThan(1e-5 * (1 + Math.abs(exact)));
            }
          }
          await graph.release();
        }
      },
    );

    test.each(METRICS)("finds what a scan finds, %s", async (metric) => {
      const data = clusteredVectors(COUNT, DIMENSION, SEED);
      const graph = await createBuilt(core, optionsOf(metric), data);
      let met = 0;
      for (let q = 0; q < 50; q++) {
        const query = vectorOf(clusteredVectors(50, DIMENSION, SEED), q).map((value) => value + 0.1);
        const distances = scanned(core, metric, data, query);
        const worst = [...distances].sort((a, b) => a - b)[K - 1]!;
        const { deviation, ...search } = graph.search(query, 80);
        expect(deviation).toBe(0);
        const hits = hitsOf({ ...search, deviation });
        expect(hits.map(({ distance }) => distance)).toEqual(hits.map(({ slot }) => distances[slot]));
        met += hits.slice(0, K).filter(({ distance }) => distance <= worst).length;
      }
      expect(met / (50 * K)).toBeGreaterThan(0.96);
      const structure = readStructure(saved(graph), DIMENSION, 8, "none");
      expect(faultsOf(structure, 8)).toEqual([]);
      // As with codes: under dot some short vectors are the neighbors of none.
      expect(unreachedOf(structure).length).toBeLessThanOrEqual(metric === "dot" ? COUNT / 100 : 2);
    });

    test("tells vectors apart that have the same code, and chains equal ones", async () => {
      const data = clusteredVectors(COUNT, DIMENSION, SEED);
      const near = vectorOf(data, 0).slice();
      // A thousandth of what one step of an int8 code is.
      near[0]! += Math.max(...near.map(Math.abs)) / 127_000;
      data.set(near, DIMENSION);
      for (let slot = 2; slot < 60; slot++) data.set(near, slot * DIMENSION);
      for (const [quantization, first] of [
        ["none", 0],
        ["int8", undefined],
      ] as const) {
        const graph = await createBuilt(core, optionsOf("euclidean", DIMENSION, quantization), data);
        const hits = hitsOf(graph.search(vectorOf(data, 0), 100));
        expect(
          hits
            .slice(0, 60)
            .map(({ slot }) => slot)
            .sort((a, b) => a - b),
        ).toEqual(Array.from({ length: 60 }, (_, i) => i));
        expect(hits[0]!.distance === hits[1]!.distance).toBe(first === undefined);
        if (first !== undefined) expect(hits[0]!.slot).toBe(first);
        await graph.release();
      }
    });

    test.each(METRICS)("is searched with the filter inside, %s", async (metric) => {
      const data = clusteredVectors(COUNT, DIMENSION, SEED);
      const graph = await createBuilt(core, optionsOf(metric), data);
      const accept = new SlotSet(COUNT);
      for (let slot = 0; slot < COUNT; slot += 10) accept.add(slot);
      let met = 0;
      for (let q = 0; q < 30; q++) {
        const query = vectorOf(data, 7 * q + 3);
        const search = { ef: 80, accept, share: 0.1, wanted: 2 * K, leastShare: 0 } as const;
        const found = hitsOf(graph.searchFiltered(query, search)).slice(0, K);
        const expected = hitsOf(graph.scanSet(query, accept, 0, COUNT, K));
        expect(expected).toHaveLength(K);
        for (const { slot } of [...found, ...expected]) expect(slot % 10).toBe(0);
        met += found.filter(({ distance }) => distance <= expected[K - 1]!.distance).length;
      }
      expect(met / (30 * K)).toBeGreaterThan(0.95);
    });

    test("searches identically once loaded, and is no graph of codes", async () => {
      const data = clusteredVectors(COUNT, DIMENSION, SEED);
      const options = optionsOf("cosine");
      const graph = await createBuilt(core, options, data);
      const bytes = saved(graph);
      expect(bytes.length).toBe(graph.savedBytes);
      const loaded = await core.loadGraph({ ...options, capacity: COUNT, indexed: COUNT }, reader(bytes));
      for (let q = 0; q < 20; q++) {
        const query = clusteredVectors(1, DIMENSION, q);
        expect(hitsOf(loaded.search(query, 50))).toEqual(hitsOf(graph.search(query, 50)));
      }
      expect(saved(loaded).equals(bytes)).toBe(true);
      const coded = optionsOf("cosine", DIMENSION, "int8");
      const wrong = { reason: "DATA_CORRUPTED", details: { field: "layout" } };
      await expect(core.loadGraph({ ...coded, indexed: COUNT }, reader(bytes))).rejects.toMatchObject(wrong);
      const codes = saved(await createBuilt(core, coded, data));
      await expect(core.loadGraph({ ...options, indexed: COUNT }, reader(codes))).rejects.toMatchObject(wrong);
    });
  });
}

describe("the size of a graph without quantization", () => {
  test("is reckoned with four bytes a component", async () => {
    const core = await loadCore({ threads: 0 });
    const dimension = 768;
    const graph = await createBuilt(
      core,
      { ...optionsOf("dot", dimension), m: 16 },
      clusteredVectors(500, dimension, SEED),
    );
    // Links, scale and bias, the vector; then it once more in the ring of the newest.
    const each = 16 + 8 * 16 + 4 * dimension + (4 * dimension + 8);
    expect(graph.bytes / 500).toBeGreaterThan(each);
    const { bytes } = graph;
    const bigger = await createBuilt(
      core,
      { ...optionsOf("dot", dimension), m: 16 },
      clusteredVectors(1_000, dimension, SEED),
    );
    expect((bigger.bytes - bytes) / 500 / each).toBeCloseTo(1, 1);
    expect(graphCapacityFor(dimension, 16, 1024 ** 3, "none")).toBeLessThan(1024 ** 3 / (4 * dimension));
    expect(graphCapacityFor(dimension, 16, 1024 ** 3, "none")).toBeGreaterThan((0.85 * 1024 ** 3) / (4 * dimension));
    await core.close();
  });

  test("leaves room for a record at the largest dimension", async () => {
    const core = await loadCore({ threads: 0 });
    const dimension = LIMITS.dimensionMax;
    const graph = await createBuilt(
      core,
      { ...optionsOf("euclidean", dimension), capacity: 4 },
      clusteredVectors(3, dimension, SEED),
    );
    const query = clusteredVectors(1, dimension, SEED + 1);
    expect(hitsOf(graph.search(query, 3))).toHaveLength(3);
    await core.close();
  });
});
