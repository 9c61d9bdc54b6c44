import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { clusteredVectors, referenceDistance } from "../core/fixtures.cases.js";
import type { Metric } from "../model/namespace.js";
import type { VectorIndex } from "./vector-index.js";

/** What the suite needs of an implementation. */
export interface VectorIndexSubject {
  readonly name: string;
  /** 0 and 1: without and with a builder thread. */
  readonly threads: number;
  /** Recall at 10 that every data set must reach; 1 for exact indexes. */
  readonly recallMin: number;
  create(core: Core, options: { dimension: number; metric: Metric; sample: Float32Array }): VectorIndex;
}

const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const DIMENSIONS = [1, 2, 3, 4, 7, 8, 15, 16, 17, 33, 100, 767, 768];
const SEED = 20261;

/** Data sets that quantization could get wrong. */
const SHAPES: Record<string, (value: number, component: number) => number> = {
  "far from the origin": (value) => value + 50,
  "of very unequal components": (value, component) => value * 4 ** (component % 5),
  tiny: (value) => value * 1e-15,
  huge: (value) => value * 1e15,
};

/** What f32 arithmetic may be off by; 1 - cos loses what cos has in common with 1. */
function tolerance(metric: Metric, distance: number): number {
  return metric === "cosine" ? 1e-6 : 1e-5 * Math.abs(distance);
}

/** Share of the reference's ten closest that the index finds; a hit at the tenth's distance counts. */
function recall(
  index: VectorIndex,
  metric: Metric,
  data: Float32Array,
  queries: Float32Array,
  dimension: number,
): number {
  const count = data.length / dimension;
  let found = 0;
  let wanted = 0;
  for (let q = 0; q < queries.length / dimension; q++) {
    const query = queries.subarray(q * dimension, (q + 1) * dimension);
    const of = (slot: number) =>
      referenceDistance(metric, query, data.subarray(slot * dimension, (slot + 1) * dimension));
    const exact = Array.from({ length: count }, (_, slot) => of(slot)).sort((a, b) => a - b);
    const k = Math.min(10, count);
    const tenth = exact[k - 1]! + tolerance(metric, exact[k - 1]!);
    const { slots } = index.search(query, { limit: k, ef: 100 });
    found += slots.filter((slot) => of(slot) <= tenth).length;
    wanted += k;
  }
  return found / wanted;
}

/** Runs the suite against one implementation. */
export function vectorIndexCases(subject: VectorIndexSubject): void {
  describe(subject.name, () => {
    let core: Core;
    beforeAll(async () => {
      core = await loadCore({ threads: subject.threads });
    });
    afterAll(() => core.close());

    const measure = async (metric: Metric, dimension: number, data: Float32Array, queries: Float32Array) => {
      const index = subject.create(core, { dimension, metric, sample: data });
      index.add(data);
      await index.settled();
      const share = recall(index, metric, data, queries, dimension);
      await index.release();
      return share;
    };

    test.each(METRICS)("reaches its recall with %s in every dimension", async (metric) => {
      for (const dimension of DIMENSIONS) {
        const data = clusteredVectors(600, dimension, SEED);
        const queries = clusteredVectors(20, dimension, SEED + 1);
        const share = await measure(metric, dimension, data, queries);
        expect(share, `dimension ${dimension}, seed ${SEED}`).toBeGreaterThanOrEqual(subject.recallMin);
      }
    });

    test.each(Object.keys(SHAPES))("reaches its recall on data that is %s", async (shape) => {
      for (const metric of METRICS) {
        const reshape = (value: number, i: number) => SHAPES[shape]!(value, i % 24);
        const data = clusteredVectors(1500, 24, SEED).map(reshape);
        const queries = clusteredVectors(20, 24, SEED + 1).map(reshape);
        const share = await measure(metric, 24, data, queries);
        expect(share, `${metric}, seed ${SEED}`).toBeGreaterThanOrEqual(subject.recallMin);
      }
    });

    test("returns as many slots of constant data as are wanted", async () => {
      for (const metric of METRICS) {
        const data = new Float32Array(2000 * 8).fill(0.25);
        const index = subject.create(core, { dimension: 8, metric, sample: data });
        index.add(data);
        await index.settled();
        const { slots } = index.search(data.subarray(0, 8), { limit: 100 });
        expect(new Set(slots).size, metric).toBe(100);
        await index.release();
      }
    });

    test("breaks ties by slot and gives equal vectors equal distances", async () => {
      const data = clusteredVectors(40, 12, SEED);
      const index = subject.create(core, { dimension: 12, metric: "euclidean", sample: data });
      for (let copy = 0; copy < 3; copy++) index.add(data);
      await index.settled();
      const { slots, distances } = index.search(data.subarray(24, 36), { limit: 3 });
      expect([...slots]).toEqual([2, 42, 82]);
      expect([...distances]).toEqual([0, 0, 0]);
      await index.release();
    });

    test("answers with nothing when empty, and with the one record it holds", async () => {
      const index = subject.create(core, { dimension: 3, metric: "cosine", sample: new Float32Array(3) });
      const query = Float32Array.of(1, 0, 0);
      expect(index.search(query, { limit: 5 }).slots).toHaveLength(0);
      expect(index.add(Float32Array.of(0, 2, 0))).toBe(0);
      await index.settled();
      const { slots, distances } = index.search(query, { limit: 5 });
      expect([[...slots], [...distances]]).toEqual([[0], [1]]);
      await index.release();
    });

    test("finds a record as soon as it is added, while it builds", async () => {
      const data = clusteredVectors(4000, 32, SEED);
      const index = subject.create(core, { dimension: 32, metric: "cosine", sample: data });
      for (let from = 0; from < 4000; from += 400) {
        index.add(data.subarray(from * 32, (from + 400) * 32));
        for (const slot of [from, from + 399]) {
          const { slots } = index.search(data.subarray(slot * 32, (slot + 1) * 32), { limit: 3 });
          expect(slots[0]).toBe(slot);
          expect(new Set(slots).size).toBe(3);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      await index.settled();
      const { slots } = index.search(data.subarray(320, 352), { limit: 10 });
      expect(slots[0]).toBe(10);
      await index.release();
    });
  });
}
