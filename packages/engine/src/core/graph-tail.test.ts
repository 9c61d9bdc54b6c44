import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Metric } from "../model/namespace.js";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors } from "./fixtures.cases.js";
import type { Graph, GraphOptions } from "./graph.js";

const SEED = 1207;
const COUNT = 300;
const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const DIMENSIONS = [1, 15, 16, 17, 33, 100];

const optionsOf = (dimension: number, metric: Metric): GraphOptions => ({
  dimension,
  metric,
  m: 8,
  efConstruction: 40,
  capacity: COUNT,
  seed: 3,
});

/** Slots and distances of a scan as plain arrays: the graph's own are views. */
function scan(graph: Graph, query: Float32Array, from: number, to: number, most: number) {
  const { count, slots, distances, computed } = graph.scanTail(query, from, to, most);
  return { count, computed, hits: Array.from(slots, (slot, i) => ({ slot, distance: distances[i]! })) };
}

describe("scanning the codes that are not linked yet", () => {
  let core: Core;
  beforeAll(async () => {
    core = await loadCore({ threads: 0 });
  });
  afterAll(() => core.close());

  test.each(METRICS)("gives the distances that a search of the linked graph gives, %s", async (metric) => {
    for (const dimension of DIMENSIONS) {
      const graph = core.createGraph(optionsOf(dimension, metric));
      const data = clusteredVectors(COUNT, dimension, SEED);
      const query = clusteredVectors(1, dimension, SEED + 1);
      graph.append(data);
      const scanned = scan(graph, query, 0, COUNT, COUNT);
      expect(scanned).toMatchObject({ count: COUNT, computed: COUNT });
      graph.build();
      await graph.settled();
      const { count, slots, distances } = graph.search(query, COUNT);
      const bySlot = new Map(scanned.hits.map(({ slot, distance }) => [slot, distance]));
      expect(count).toBeGreaterThan(COUNT / 2);
      for (let i = 0; i < count; i++) expect(bySlot.get(slots[i]!)).toBe(distances[i]);
      await graph.release();
    }
  });

  test("keeps the closest of any stretch, ascending", () => {
    const graph = core.createGraph(optionsOf(24, "euclidean"));
    graph.append(clusteredVectors(COUNT, 24, SEED));
    const query = clusteredVectors(1, 24, SEED + 2);
    const all = scan(graph, query, 0, COUNT, COUNT).hits;
    for (const [from, to] of [
      [0, 1],
      [3, 5],
      [7, 10],
      [10, 14],
      [5, COUNT],
      [20, 20],
    ] as const) {
      const expected = all.filter(({ slot }) => slot >= from && slot < to).slice(0, 10);
      expect(scan(graph, query, from, to, 10).hits.map(({ distance }) => distance)).toEqual(
        expected.map(({ distance }) => distance),
      );
    }
  });

  test("goes round the ring: the newest codes replace the oldest", () => {
    const dimension = 24;
    // 32 code bytes and 8 of scale and bias: room for 100 slots.
    const ringed = core.createGraph({ ...optionsOf(dimension, "dot"), tailBytesMax: 40 * 100 });
    const whole = core.createGraph(optionsOf(dimension, "dot"));
    const data = clusteredVectors(COUNT, dimension, SEED);
    const query = clusteredVectors(1, dimension, SEED + 3);
    for (let end = 70; end <= COUNT; end += 46) {
      const fresh = data.subarray(whole.count * dimension, end * dimension);
      ringed.append(fresh);
      whole.append(fresh);
      expect(ringed.tailStart).toBe(Math.max(0, end - 100));
      const from = ringed.tailStart;
      expect(scan(ringed, query, from, end, 100)).toEqual(scan(whole, query, from, end, 100));
    }
    expect(() => ringed.scanTail(query, ringed.tailStart - 1, ringed.count, 10)).toThrow(/in the ring/);
  });

  test("does not reach back to what came from a file", async () => {
    const options = optionsOf(24, "cosine");
    const data = clusteredVectors(COUNT, 24, SEED);
    const half = (COUNT / 2) * 24;
    const graph = core.createGraph(options);
    graph.append(data.subarray(0, half));
    await graph.settled();
    const saved = Buffer.concat(Array.from(graph.save(), (chunk) => Buffer.from(chunk)));
    let at = 0;
    const loaded = await core.loadGraph({ ...options, indexed: COUNT / 2 }, async (into) => {
      at += saved.copy(into, 0, at, at + into.length);
    });
    expect(loaded.tailStart).toBe(COUNT / 2);
    loaded.append(data.subarray(half));
    const query = clusteredVectors(1, 24, SEED + 4);
    graph.append(data.subarray(half));
    expect(scan(loaded, query, COUNT / 2, COUNT, 20)).toEqual(scan(graph, query, COUNT / 2, COUNT, 20));
  });
});
