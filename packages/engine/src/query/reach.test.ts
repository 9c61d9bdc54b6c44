import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { clusteredVectors, referenceDistance } from "../core/fixtures.cases.js";
import { SlotSet } from "../core/slot-set.js";
import type { Metric } from "../model/namespace.js";
import type { Segment } from "../segment/segment.js";
import { createRandom } from "../segment/segment-fixture.cases.js";
import { segmentOf } from "./query-fixture.cases.js";
import { filteredReachOf, growthOf, widthOf } from "./reach.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

async function built(metric: Metric, dimension: number, data: Float32Array): Promise<Segment> {
  const records = Array.from({ length: data.length / dimension }, (_, i) => ({
    id: `r${i}`,
    vector: [...data.subarray(i * dimension, (i + 1) * dimension)],
  }));
  const segment = segmentOf(core, records, { metric, graphRecordsMin: 50, m: 8, efConstruction: 60 });
  await segment.settled();
  return segment;
}

/** f32[count * dimension], evenly in a cube. */
function cube(count: number, dimension: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count * dimension }, () => random() - 0.5);
}

describe("the growth of distances by rank", () => {
  it.each([
    ["euclidean", 2, 2 / 2],
    ["euclidean", 4, 2 / 4],
    // Directions in four dimensions lie on a surface of three; 1 - cos is a square, too.
    ["cosine", 4, 2 / 3],
  ] as const)("is that of the dimension, under %s in %i", async (metric, dimension, exponent) => {
    const segment = await built(metric, dimension, cube(6_000, dimension, 5));
    const found = growthOf(segment, segment.graph!)!.exponent;
    expect(found).toBeGreaterThan(0.7 * exponent);
    expect(found).toBeLessThan(1.3 * exponent);
    segment.release();
  });

  it("is unknown of few records, and of many at one place", async () => {
    const few = await built("euclidean", 2, cube(900, 2, 6));
    expect(growthOf(few, few.graph!)).toBeUndefined();
    expect(widthOf(few, few.graph!, new Float32Array(2), 64, 10)).toEqual({ ef: 64, reach: undefined });
    const stack = await built("euclidean", 2, new Float32Array(2 * 1_200));
    expect(growthOf(stack, stack.graph!)).toBeUndefined();
    few.release();
    stack.release();
  });

  it("is measured again when there are twice as many", async () => {
    const segment = await built("euclidean", 2, cube(1_000, 2, 7));
    const first = growthOf(segment, segment.graph!);
    const add = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const vector = new Float32Array([(i % 40) / 40, Math.floor(i / 40) / 40]);
        const record = { id: `more${segment.count}`, vector, metadata: new Uint8Array(), version: 2 };
        segment.append({ ...record, text: undefined, sparse: undefined });
      }
      await segment.settled();
    };
    await add(999);
    expect(growthOf(segment, segment.graph!)).toBe(first);
    await add(1);
    expect(growthOf(segment, segment.graph!)).not.toBe(first);
    segment.release();
  });
});

describe.each(["cosine", "dot", "euclidean"] as const)("a search that ends by distance, under %s", (metric) => {
  const DIMENSION = 24;
  const COUNT = 6_000;
  const QUERIES = 200;
  const EF = 24;
  /** Records that lie close together, fewer than EF. */
  const GROUP = 12;
  const data = clusteredVectors(COUNT + QUERIES, DIMENSION, 31);
  const vectorAt = (at: number) => data.subarray(at * DIMENSION, (at + 1) * DIMENSION);
  const random = createRandom(8);
  const group = vectorAt(COUNT - 1).slice();
  for (let slot = 0; slot < GROUP; slot++) vectorAt(slot).set(group.map((value) => value + 0.01 * (random() - 0.5)));
  let segment: Segment;
  beforeAll(async () => {
    segment = await built(metric, DIMENSION, data.subarray(0, COUNT * DIMENSION));
  });
  afterAll(() => segment.release());

  /** Slots found, and nodes visited, by a fixed number of candidates and by distance. */
  function both(query: Float32Array) {
    const graph = segment.graph!;
    const { ef, reach } = widthOf(segment, graph, query, EF, 10);
    expect([ef, reach?.rank]).toEqual([4 * EF, 10]);
    return [() => graph.search(query, EF), () => graph.search(query, ef, undefined, reach)].map((search) => {
      const { slots, visited, count } = search();
      expect(count).toBeGreaterThanOrEqual(10);
      return { slots: [...slots.subarray(0, 10)], visited };
    });
  }

  it("finds as much as one of that many candidates, for about as many nodes", () => {
    const sums = [0, 1].map(() => ({ hits: 0, visited: 0 }));
    for (let at = COUNT; at < COUNT + QUERIES; at++) {
      const truth = nearest(vectorAt(at));
      for (const [i, { slots, visited }] of both(vectorAt(at)).entries()) {
        sums[i]!.hits += slots.filter((slot) => truth.has(slot)).length;
        sums[i]!.visited += visited;
      }
    }
    const [fixed, bounded] = sums;
    expect(bounded!.hits / (10 * QUERIES)).toBeGreaterThan(metric === "dot" ? 0.8 : 0.95);
    expect(bounded!.hits).toBeGreaterThan(0.995 * fixed!.hits);
    expect(bounded!.visited).toBeLessThan(1.3 * fixed!.visited);
  });

  function nearest(query: Float32Array, isIn = (_: number) => true): Set<number> {
    const distances = Float64Array.from({ length: COUNT }, (_, slot) =>
      referenceDistance(metric, query, vectorAt(slot)),
    );
    const order = Array.from(distances.keys()).sort((a, b) => distances[a]! - distances[b]!);
    return new Set(order.filter(isIn).slice(0, 10));
  }

  it.each([
    ["half of all", 0.98, () => (slot: number) => slot % 2 === 0],
    ["a tenth of all", 0.92, () => (slot: number) => slot % 10 === 0],
    // So few records are hard to reach from the other half with so few candidates.
    ["the half that is farther", 0.5, (query: Float32Array) => fartherHalf(query)],
  ])("finds about as much under a filter that lets %s through", (_, least, filterFor) => {
    const graph = segment.graph!;
    const hits = { fixed: 0, bounded: 0 };
    for (let at = COUNT; at < COUNT + QUERIES; at += 4) {
      const query = vectorAt(at);
      const isIn = filterFor(query);
      const accept = new SlotSet(COUNT);
      for (let slot = 0; slot < COUNT; slot++) if (isIn(slot)) accept.add(slot);
      const truth = nearest(query, isIn);
      const reach = filteredReachOf(segment, graph, query, 48, 10)!;
      expect(reach.rareStretch).toBeGreaterThanOrEqual(1);
      expect(reach.rareStretch).toBeLessThan(reach.stretch);
      const search = { ef: 48, accept, share: accept.count() / COUNT, wanted: 20, leastShare: 0 } as const;
      for (const [kind, options] of [
        ["fixed", search],
        ["bounded", { ...search, reach }],
      ] as const) {
        const { slots, count } = graph.searchFiltered(query, options);
        const found = [...slots.subarray(0, Math.min(count, 10))];
        expect(found.every(isIn)).toBe(true);
        hits[kind] += found.filter((slot) => truth.has(slot)).length;
      }
    }
    expect(hits.bounded).toBeGreaterThan(least * (metric === "dot" ? 0.9 : 1) * 10 * (QUERIES / 4));
    expect(hits.bounded).toBeGreaterThan(0.94 * hits.fixed);
  });

  function fartherHalf(query: Float32Array): (slot: number) => boolean {
    const distances = Array.from({ length: COUNT }, (_, slot) => referenceDistance(metric, query, vectorAt(slot)));
    const middle = [...distances].sort((a, b) => a - b)[COUNT / 2]!;
    return (slot) => distances[slot]! >= middle;
  }

  // The largest dot products may be those of long vectors that lie apart.
  if (metric === "dot") return;

  it("ends early where the results lie far ahead of the others", () => {
    const [fixed, bounded] = both(group);
    expect(bounded!.slots.every((slot) => slot < GROUP || slot === COUNT - 1)).toBe(true);
    expect(bounded!.visited).toBeLessThan(0.8 * fixed!.visited);
  });

  it("looks at more where all are about as far", () => {
    const [fixed, bounded] = both(group.map((value) => -3 * value));
    expect(bounded!.visited).toBeGreaterThan(1.2 * fixed!.visited);
  });
});
