import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../limits.js";
import type { Metric } from "../model/namespace.js";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors, createRandom, referenceDistance } from "./fixtures.cases.js";
import { type Graph, type GraphOptions, graphCapacityFor } from "./graph.js";

const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const SEED = 4711;
const OPTIONS: GraphOptions = { dimension: 24, metric: "cosine", m: 8, efConstruction: 60, capacity: 6000, seed: 9 };

const vectorOf = (data: Float32Array, slot: number, dimension: number) =>
  data.subarray(slot * dimension, (slot + 1) * dimension);

async function createBuilt(core: Core, options: GraphOptions, data: Float32Array): Promise<Graph> {
  const graph = core.createGraph(options);
  graph.append(data);
  graph.build();
  await graph.settled();
  return graph;
}

function searchCopy(graph: Graph, query: Float32Array, ef: number) {
  const { count, slots, distances, visited, computed, indexed } = graph.search(query, ef);
  return { count, slots: [...slots], distances: [...distances], visited, computed, indexed };
}

function expectValid(found: { count: number; slots: number[]; distances: number[]; indexed: number }): void {
  expect(new Set(found.slots).size).toBe(found.count);
  for (const slot of found.slots) expect(slot).toBeLessThan(found.indexed);
  expect(found.distances).toEqual([...found.distances].sort((a, b) => a - b));
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

for (const threads of [0, 1]) {
  describe(`Graph, ${threads} threads`, () => {
    let core: Core;
    beforeAll(async () => {
      core = await loadCore({ threads });
    });
    afterAll(() => core.close());

    test("runs with the threads asked for", () => expect(core.threads).toBe(threads));

    test("searches around a slot as though it had never been linked", async () => {
      const data = clusteredVectors(3000, 24, SEED);
      const graph = await createBuilt(core, OPTIONS, data);
      let found = 0;
      let wanted = 0;
      for (let slot = 0; slot < 3000; slot += 97) {
        const query = vectorOf(data, slot, 24);
        const whole = searchCopy(graph, query, 50);
        expect(whole.slots[0]).toBe(slot);
        const around = graph.search(query, 50, slot);
        expect(around.count).toBeLessThanOrEqual(51);
        const others = [...around.slots].filter((other) => other !== slot);
        expect(others.length).toBeLessThanOrEqual(50);
        found += others.filter((other) => whole.slots.includes(other)).length;
        wanted += whole.count - 1;
        expect(searchCopy(graph, query, 50)).toEqual(whole);
      }
      // The slot led to some of the rest.
      expect(found / wanted).toBeGreaterThan(0.9);
      expect(found).toBeLessThan(wanted);
      await graph.release();
    });

    // The codes of one expansion are scored in groups that fit into the processor's first cache: the longer, the fewer.
    test.each([24, 200, 768, 1536])(
      "meets every slot once when ef is their number, in %d dimensions",
      async (dimension) => {
        const count = 400;
        const data = clusteredVectors(count, dimension, SEED);
        const options = { ...OPTIONS, dimension, m: 16, capacity: count };
        const graph = await createBuilt(core, options, data);
        for (let slot = 0; slot < count; slot += 50) {
          expect(new Set(searchCopy(graph, vectorOf(data, slot, dimension), count).slots).size).toBe(count);
        }
        await graph.release();
      },
    );

    test("does not search around a slot that leads to others of its code", async () => {
      const data = clusteredVectors(300, 24, SEED);
      data.copyWithin(24 * 200, 24 * 7, 24 * 8);
      const graph = await createBuilt(core, OPTIONS, data);
      expect([...graph.search(vectorOf(data, 7, 24), 20, 7).slots]).toContain(200);
      expect([...graph.search(vectorOf(data, 7, 24), 20, 200).slots]).toContain(7);
      await graph.release();
    });

    test.each(METRICS)("%s distances on codes are near the true ones in every dimension", async (metric) => {
      for (let dimension = 1; dimension <= 67; dimension++) {
        const data = clusteredVectors(12, dimension, SEED);
        const query = clusteredVectors(1, dimension, SEED + 1);
        const mean = Float32Array.from({ length: dimension }, (_, i) => ((i % 3) - 1) / 10);
        for (const options of [{}, { mean }]) {
          const graph = await createBuilt(core, { ...OPTIONS, dimension, metric, capacity: 12, ...options }, data);
          const found = searchCopy(graph, query, 12);
          expect(found.count).toBe(12);
          const bound = 0.015 * (metric === "cosine" ? 2 : 1 + dimension * 2);
          found.slots.forEach((slot, i) => {
            const exact = referenceDistance(metric, query, vectorOf(data, slot, dimension));
            expect(Math.abs(found.distances[i]! - exact), `dimension ${dimension}`).toBeLessThan(bound);
          });
          await graph.release();
        }
      }
    });

    test("finds at least 98 % of the ten nearest of queries near 6,000 clustered vectors", async () => {
      const data = clusteredVectors(6000, 24, SEED);
      const graph = await createBuilt(core, OPTIONS, data);
      const random = createRandom(SEED);
      let found = 0;
      for (let q = 0; q < 50; q++) {
        const query = vectorOf(data, q * 119, 24).map((value) => value + random() - 0.5);
        const exact = Array.from({ length: 6000 }, (_, i) => referenceDistance("cosine", query, vectorOf(data, i, 24)));
        const tenth = [...exact].sort((a, b) => a - b)[9]!;
        const hits = searchCopy(graph, query, 100);
        expectValid(hits);
        found += hits.slots.filter((slot) => exact[slot]! <= tenth).length;
      }
      expect(found / 500, `seed ${SEED}`).toBeGreaterThanOrEqual(0.98);
      await graph.release();
    });

    test("is empty before anything is linked, and never holds more than its count", async () => {
      const graph = core.createGraph(OPTIONS);
      expect(searchCopy(graph, new Float32Array(24), 10).count).toBe(0);
      await graph.settled();
      graph.append(clusteredVectors(3, 24, SEED));
      expect([graph.count, graph.indexed]).toEqual([3, 0]);
      expect(searchCopy(graph, new Float32Array(24), 10).count).toBe(0);
      await graph.settled();
      expect([graph.indexed, searchCopy(graph, new Float32Array(24), 10).count]).toEqual([3, 3]);
      expect(graph.bytes).toBeGreaterThan(0);
      await graph.release();
    });

    test("clamps ef, and refuses more records than it was made for", async () => {
      const graph = await createBuilt(core, { ...OPTIONS, capacity: 30 }, clusteredVectors(30, 24, SEED));
      expect(searchCopy(graph, vectorOf(clusteredVectors(1, 24, 1), 0, 24), 0).count).toBe(1);
      expect(searchCopy(graph, vectorOf(clusteredVectors(1, 24, 1), 0, 24), LIMITS.efMax + 1).count).toBe(30);
      expect(() => graph.append(new Float32Array(24))).toThrow(expect.objectContaining({ reason: "INTERNAL" }));
      await graph.release();
    });

    test("the same vectors and seed make the same graph, however they arrive", async () => {
      const data = clusteredVectors(1000, 24, SEED);
      const one = await createBuilt(core, OPTIONS, data);
      const other = core.createGraph(OPTIONS);
      for (let from = 0; from < 1000; from += 100) {
        other.append(data.subarray(from * 24, (from + 100) * 24));
        other.build();
        await turn();
      }
      await other.settled();
      const bytes = (graph: Graph) => Buffer.concat([...graph.save()].map((view) => Buffer.from(view)));
      expect(bytes(one).equals(bytes(other))).toBe(true);
      await one.release();
      await other.release();
    });

    test("searches beside a build return only linked slots, each once", async () => {
      const data = clusteredVectors(6000, 24, SEED);
      const graph = core.createGraph(OPTIONS);
      const random = createRandom(SEED);
      let searches = 0;
      for (let from = 0; from < 6000; from += 500) {
        graph.append(data.subarray(from * 24, (from + 500) * 24));
        graph.build();
        for (let i = 0; i < 60; i++, searches++) {
          expectValid(searchCopy(graph, vectorOf(data, Math.floor(random() * 6000), 24), 50));
          if (i % 20 === 0) await turn();
        }
      }
      await graph.settled();
      expect(searches).toBe(720);
      expect(graph.indexed).toBe(6000);
      await graph.release();
    });

    test("builds in the background: build returns before the graph is linked", async () => {
      const graph = core.createGraph(OPTIONS);
      graph.append(clusteredVectors(6000, 24, SEED));
      graph.build();
      expect(graph.indexed).toBeLessThan(6000);
      const settled = graph.settled().then(() => "settled");
      expect(await Promise.race([settled, turn()])).not.toBe("settled");
      await settled;
      await graph.release();
    });

    test("stands still between pause and resume, also when appended to", async () => {
      const data = clusteredVectors(6000, 24, SEED);
      const graph = core.createGraph(OPTIONS);
      graph.append(data.subarray(0, 5000 * 24));
      graph.build();
      const settled = graph.settled();
      await turn();
      await graph.pause();
      const { indexed } = graph;
      graph.append(data.subarray(5000 * 24));
      graph.build();
      for (let i = 0; i < 20; i++) await turn();
      expect(graph.indexed).toBe(indexed);
      expect(indexed).toBeLessThan(5000);
      graph.resume();
      await settled;
      await graph.settled();
      expect(graph.indexed).toBe(6000);
      await graph.release();
    });

    test("stands still until the last of several pauses is over", async () => {
      const graph = core.createGraph(OPTIONS);
      graph.append(clusteredVectors(2000, 24, SEED));
      await graph.pause();
      await graph.pause();
      graph.resume();
      for (let i = 0; i < 20; i++) await turn();
      expect(graph.indexed).toBe(0);
      graph.resume();
      await graph.settled();
      expect(graph.indexed).toBe(2000);
      await graph.release();
    });

    test("a resume while a pause is on its way is not lost", async () => {
      const graph = core.createGraph(OPTIONS);
      graph.append(clusteredVectors(2000, 24, SEED));
      graph.build();
      const paused = graph.pause();
      graph.resume();
      await paused;
      await graph.settled();
      expect(graph.indexed).toBe(2000);
      await graph.release();
    });

    test("releasing a graph that is being built rejects whoever waits for it", async () => {
      const graph = core.createGraph(OPTIONS);
      graph.append(clusteredVectors(6000, 24, SEED));
      graph.build();
      const settled = expect(graph.settled()).rejects.toMatchObject({ reason: "STORE_CLOSED" });
      await graph.release();
      await settled;
    });

    test("a graph in the memory of a released one is as if it were the first", async () => {
      const data = clusteredVectors(1500, 24, SEED);
      const capacity = 1501;
      const first = await createBuilt(core, { ...OPTIONS, capacity }, data);
      const expected = searchCopy(first, vectorOf(data, 77, 24), 60);
      const bytes = Buffer.concat([...first.save()].map((view) => Buffer.from(view)));
      await first.release();
      const mean = clusteredVectors(1, 24, SEED);
      const other = await createBuilt(core, { ...OPTIONS, capacity, mean }, clusteredVectors(1501, 24, SEED + 1));
      await other.release();
      const second = await createBuilt(core, { ...OPTIONS, capacity }, data);
      expect(searchCopy(second, vectorOf(data, 77, 24), 60)).toEqual(expected);
      expect(Buffer.concat([...second.save()].map((view) => Buffer.from(view))).equals(bytes)).toBe(true);
      await second.release();
    });

    test("searches stay right after the visited marks have run out of epochs", async () => {
      const data = clusteredVectors(40, 24, SEED);
      const graph = await createBuilt(core, OPTIONS, data);
      const query = vectorOf(data, 3, 24);
      const expected = searchCopy(graph, query, 10);
      for (let i = 0; i < 66_000; i++) graph.search(query, 1);
      expect(searchCopy(graph, query, 10)).toEqual(expected);
      await graph.release();
    });

    test("several graphs are built side by side", async () => {
      const data = clusteredVectors(1500, 24, SEED);
      const graphs = Array.from({ length: 4 }, () => core.createGraph(OPTIONS));
      for (const graph of graphs) {
        graph.append(data);
        graph.build();
      }
      await Promise.all(graphs.map((graph) => graph.settled()));
      expect(graphs.map((graph) => graph.indexed)).toEqual([1500, 1500, 1500, 1500]);
      await Promise.all(graphs.map((graph) => graph.release()));
    });

    test("equal vectors do not cut the graph apart", async () => {
      const data = clusteredVectors(4000, 24, SEED);
      const isCopy = (slot: number) => slot % 4 !== 1;
      for (let slot = 0; slot < 4000; slot++) if (isCopy(slot)) data.copyWithin(slot * 24, 24 * 4, 24 * 5);
      const graph = await createBuilt(core, OPTIONS, data);
      expect(searchCopy(graph, vectorOf(data, 4, 24), 1000).count).toBe(1000);
      let found = 0;
      for (let slot = 1; slot < 4000; slot += 4) {
        if (searchCopy(graph, vectorOf(data, slot, 24), 40).slots[0] === slot) found++;
      }
      expect(found).toBeGreaterThanOrEqual(990);
      await graph.release();
    });
  });
}

describe("graphCapacityFor", () => {
  test("gives a capacity whose memory fits, and one more does not pay", async () => {
    expect(graphCapacityFor(100, 16, 1024 ** 3)).toBeGreaterThan(3_200_000);
    expect(graphCapacityFor(768, 16, 1024 ** 3)).toBeGreaterThan(900_000);
    expect(graphCapacityFor(100, 16, 1000)).toBe(0);
    expect(graphCapacityFor(1, 2, 2 ** 40)).toBeLessThan(2 ** 26);
  });

  test("a graph of that capacity can be made and costs little while it is empty", async () => {
    const core = await loadCore({ threads: 0 });
    const capacity = graphCapacityFor(100, 16, LIMITS.graphBytesMax);
    const graph = core.createGraph({ ...OPTIONS, dimension: 100, m: 16, capacity });
    expect(graph.bytes).toBeLessThan(2 ** 20);
    await core.close();
  });
});
