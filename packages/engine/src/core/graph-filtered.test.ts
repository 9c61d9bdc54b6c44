import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Metric } from "../model/namespace.js";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors, createRandom, referenceDistance } from "./fixtures.cases.js";
import type { Graph, GraphOptions, GraphSearch } from "./graph.js";
import { SlotSet } from "./slot-set.js";

const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const SEED = 5150;
const COUNT = 4_000;
const EF = 100;
const K = 10;
const QUERIES = 20;
/** With sketches, and below the dimension where they begin. */
const DIMENSIONS = [64, 20];

const optionsOf = (dimension: number, metric: Metric): GraphOptions => ({
  dimension,
  metric,
  m: 16,
  efConstruction: 100,
  capacity: COUNT + 200,
  seed: 9,
});

const vectorOf = (data: Float32Array, slot: number, dimension: number) =>
  data.subarray(slot * dimension, (slot + 1) * dimension);

async function createBuilt(core: Core, options: GraphOptions, data: Float32Array): Promise<Graph> {
  const graph = core.createGraph(options);
  graph.append(data);
  await graph.settled();
  return graph;
}

/** Slots 0..COUNT - 1 by f64 distance. */
function order(data: Float32Array, query: Float32Array, metric: Metric): { slot: number; distance: number }[] {
  const all = Array.from({ length: COUNT }, (_, slot) => ({
    slot,
    distance: referenceDistance(metric, vectorOf(data, slot, query.length), query),
  }));
  return all.sort((a, b) => a.distance - b.distance);
}

function setOf(slots: readonly number[], limit = COUNT): SlotSet {
  const set = new SlotSet(limit);
  for (const slot of slots) set.add(slot);
  return set;
}

/** Vectors, and queries that are distributed as they are. */
function dataOf(dimension: number): { readonly data: Float32Array; readonly queries: readonly Float32Array[] } {
  const all = clusteredVectors(COUNT + QUERIES, dimension, SEED);
  const queries = Array.from({ length: QUERIES }, (_, i) => vectorOf(all, COUNT + i, dimension));
  return { data: all.subarray(0, COUNT * dimension), queries };
}

const slotsOf = ({ count, slots }: GraphSearch) => [...slots.subarray(0, count)];

const search = (graph: Graph, query: Float32Array, accept: SlotSet, share: number, ef = EF) =>
  graph.searchFiltered(query, { ef, accept, share, wanted: Math.min(2 * K, accept.count()), leastShare: 0 });

describe("a search under a filter", () => {
  let core: Core;
  beforeAll(async () => {
    core = await loadCore({ threads: 0 });
  });
  afterAll(() => core.close());

  /** Which slots a filter lets through, of all by their distance to the query. */
  const KINDS = {
    random: (sorted: number[], share: number, random: () => number) => sorted.filter(() => random() < share),
    correlated: (sorted: number[], share: number) => sorted.slice(0, share * COUNT),
    "anti-correlated": (sorted: number[], share: number) => sorted.slice((1 - share) * COUNT),
  };

  for (const dimension of DIMENSIONS) {
    test.each(METRICS)(
      `finds the closest of what is accepted, ${dimension} dimensions, %s (seed 5150)`,
      async (metric) => {
        const { data, queries } = dataOf(dimension);
        const graph = await createBuilt(core, optionsOf(dimension, metric), data);
        const random = createRandom(SEED);
        for (const [kind, choose] of Object.entries(KINDS)) {
          for (const share of [0.9, 0.5, 0.2, 0.05]) {
            let found = 0;
            for (const query of queries) {
              const sorted = order(data, query, metric).map(({ slot }) => slot);
              const chosen = choose(sorted, share, random);
              const accept = setOf(chosen);
              const hits = slotsOf(search(graph, query, accept, share));
              expect(hits.every((slot) => accept.has(slot))).toBe(true);
              expect(new Set(hits).size).toBe(hits.length);
              found += chosen.slice(0, K).filter((slot) => hits.includes(slot)).length;
            }
            // The closest of what is left behind a ball around the query lie on all sides of it.
            const least = kind === "anti-correlated" ? 0.8 : 0.93;
            expect([kind, share, found / (QUERIES * K) >= least]).toEqual([kind, share, true]);
          }
        }
        await graph.release();
      },
    );
  }

  test("gives ascending distances, the same that an unfiltered search gives", async () => {
    const data = clusteredVectors(COUNT, 64, SEED);
    const graph = await createBuilt(core, optionsOf(64, "cosine"), data);
    const query = clusteredVectors(1, 64, SEED + 2);
    const all = graph.search(query, 1_000);
    const distances = new Map(slotsOf(all).map((slot, i) => [slot, all.distances[i]!]));
    const accept = setOf(Array.from({ length: COUNT / 2 }, (_, i) => 2 * i));
    const found = search(graph, query, accept, 0.5);
    expect([...found.distances]).toEqual([...found.distances].sort((a, b) => a - b));
    slotsOf(found).forEach((slot, i) => {
      if (distances.has(slot)) expect(found.distances[i]).toBe(distances.get(slot));
    });
    await graph.release();
  });

  test("finds nothing where the set is scarce around the query, when told so", async () => {
    const { data, queries } = dataOf(64);
    const graph = await createBuilt(core, optionsOf(64, "cosine"), data);
    const sorted = order(data, queries[0]!, "cosine").map(({ slot }) => slot);
    const options = { ef: EF, share: 0.5, wanted: 20, leastShare: 0.25 } as const;
    expect(graph.searchFiltered(queries[0]!, { ...options, accept: setOf(sorted.slice(COUNT / 2)) }).count).toBe(0);
    expect(graph.searchFiltered(queries[0]!, { ...options, accept: setOf(sorted.slice(0, COUNT / 2)) }).count).toBe(EF);
    await graph.release();
  });

  test("finds nothing in an empty set, and a set of one", async () => {
    const data = clusteredVectors(COUNT, 20, SEED);
    const graph = await createBuilt(core, optionsOf(20, "euclidean"), data);
    const query = vectorOf(data, 7, 20);
    expect(search(graph, query, setOf([]), 0).count).toBe(0);
    expect(search(graph, query, new SlotSet(0), 0).count).toBe(0);
    expect(slotsOf(search(graph, query, setOf([7]), 1 / COUNT))).toEqual([7]);
    await graph.release();
    const empty = core.createGraph(optionsOf(20, "euclidean"));
    expect(search(empty, query, new SlotSet(0), 1).count).toBe(0);
    await empty.release();
  });

  test("forgets the set of the search before, also where the next one ends earlier", async () => {
    const data = clusteredVectors(COUNT, 20, SEED);
    const graph = await createBuilt(core, optionsOf(20, "euclidean"), data);
    const query = vectorOf(data, COUNT - 1, 20);
    const all = new SlotSet(COUNT);
    all.addBelow(COUNT);
    expect(slotsOf(search(graph, query, all, 1))[0]).toBe(COUNT - 1);
    const half = new SlotSet(1_001);
    half.addBelow(1_001);
    const hits = slotsOf(search(graph, query, half, 0.25));
    expect(hits.length).toBeGreaterThan(K);
    expect(hits.every((slot) => slot < 1_001)).toBe(true);
    await graph.release();
  });

  test("finds the one that is accepted among many of the same vector, also in a graph that was loaded", async () => {
    const data = clusteredVectors(2_000, 20, SEED);
    const graph = core.createGraph(optionsOf(20, "cosine"));
    graph.append(data);
    for (let i = 0; i < 100; i++) graph.append(vectorOf(data, 5, 20));
    await graph.settled();
    const saved = Buffer.concat([...graph.save()].map((chunk) => Buffer.from(chunk)));
    let at = 0;
    const loaded = await core.loadGraph({ ...optionsOf(20, "cosine"), indexed: 2_100 }, async (into) => {
      into.set(saved.subarray(at, at + into.length));
      at += into.length;
    });
    for (const one of [graph, loaded]) {
      for (const twin of [5, 2_000, 2_050, 2_099]) {
        const accept = setOf([twin, 17], 2_100);
        expect(slotsOf(search(one, vectorOf(data, 5, 20), accept, 0.001))).toContain(twin);
      }
      const rest = setOf([], 2_100);
      rest.addBelow(2_000);
      rest.remove(5);
      expect(slotsOf(search(one, vectorOf(data, 5, 20), rest, 0.95))).not.toContain(5);
      await one.release();
    }
  });

  test("searches around a slot as though it had never been linked", async () => {
    const data = clusteredVectors(COUNT, 64, SEED);
    const graph = await createBuilt(core, optionsOf(64, "cosine"), data);
    const accept = setOf(Array.from({ length: COUNT / 4 }, (_, i) => 4 * i));
    let found = 0;
    let wanted = 0;
    for (let slot = 0; slot < COUNT; slot += 400) {
      const query = vectorOf(data, slot, 64);
      const options = { ef: EF, accept, share: 0.25, wanted: 20, leastShare: 0 } as const;
      const whole = slotsOf(graph.searchFiltered(query, options));
      expect(whole[0]).toBe(slot);
      const around = slotsOf(graph.searchFiltered(query, { ...options, without: slot }));
      expect(around.every((other) => accept.has(other))).toBe(true);
      found += whole.slice(1, 11).filter((other) => around.includes(other)).length;
      wanted += Math.min(10, whole.length - 1);
      expect(slotsOf(graph.searchFiltered(query, options))).toEqual(whole);
    }
    expect(found / wanted).toBeGreaterThan(0.9);
    await graph.release();
  });

  test("sees linked slots only while a thread builds", async () => {
    const other = await loadCore({ threads: 1 });
    const data = clusteredVectors(COUNT, 64, SEED);
    const graph = other.createGraph(optionsOf(64, "cosine"));
    graph.append(data);
    graph.build();
    const accept = setOf(Array.from({ length: COUNT / 2 }, (_, i) => 2 * i));
    let searches = 0;
    while (graph.indexed < COUNT) {
      const found = search(graph, vectorOf(data, (searches * 37) % COUNT, 64), accept, 0.5);
      for (const slot of slotsOf(found)) expect(slot < found.indexed && accept.has(slot)).toBe(true);
      searches++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(searches).toBeGreaterThan(0);
    await graph.release();
    await other.close();
  });
});

describe("a scan of a set", () => {
  let core: Core;
  beforeAll(async () => {
    core = await loadCore({ threads: 0 });
  });
  afterAll(() => core.close());

  test.each(METRICS)("finds the closest of the set in its range, linked or not, %s", async (metric) => {
    for (const dimension of DIMENSIONS) {
      const { data, queries } = dataOf(dimension);
      const graph = core.createGraph(optionsOf(dimension, metric));
      graph.append(data);
      const set = setOf(Array.from({ length: COUNT / 3 }, (_, i) => 3 * i + 1));
      let found = 0;
      for (const query of queries) {
        const wanted = order(data, query, metric).filter(({ slot }) => set.has(slot) && slot >= 100 && slot < 3_901);
        const scanned = graph.scanSet(query, set, 100, 3_901, 40);
        const hits = slotsOf(scanned);
        expect(hits).toHaveLength(40);
        expect(hits.every((slot) => set.has(slot) && slot >= 100 && slot < 3_901)).toBe(true);
        expect([...scanned.distances]).toEqual([...scanned.distances].sort((a, b) => a - b));
        found += wanted.slice(0, K).filter(({ slot }) => hits.includes(slot)).length;
      }
      expect([dimension, found / (QUERIES * K) >= 0.98]).toEqual([dimension, true]);
      await graph.release();
    }
  });

  test("gives what there is when that is less than was asked for", async () => {
    const data = clusteredVectors(100, 64, SEED);
    const graph = core.createGraph(optionsOf(64, "cosine"));
    graph.append(data);
    const set = setOf([0, 31, 32, 63, 64, 99], 100);
    const query = vectorOf(data, 0, 64);
    const scan = (from: number, to: number) => slotsOf(graph.scanSet(query, set, from, to, 40)).sort((a, b) => a - b);
    expect(scan(0, 100)).toEqual([0, 31, 32, 63, 64, 99]);
    expect(scan(31, 64)).toEqual([31, 32, 63]);
    expect(scan(65, 99)).toEqual([]);
    expect(scan(50, 50)).toEqual([]);
    expect(graph.scanSet(query, set, 0, 100, 2).count).toBe(2);
    await graph.release();
  });
});
