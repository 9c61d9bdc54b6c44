import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { referenceDistance } from "../core/fixtures.cases.js";
import type { Metric } from "../model/namespace.js";
import { createRandom } from "../segment/segment-fixture.cases.js";
import { scoreOf } from "./hydrate.js";
import { type RecordSketch, run, segmentOf, viewOf } from "./query-fixture.cases.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const DIMENSION = 12;

function randomRecords(count: number, seed: number): RecordSketch[] {
  const random = createRandom(seed);
  const vector = () => Array.from({ length: DIMENSION }, () => Math.fround(random() - 0.5));
  return Array.from({ length: count }, (_, i) => ({ id: `r${i}`, vector: vector() }));
}

/** Maximal marginal relevance as the paper has it, in f64. */
function reference(
  records: readonly RecordSketch[],
  metric: Metric,
  query: number[],
  most: { candidates: number; lambda: number; count: number },
) {
  const score = (a: readonly number[], b: readonly number[]) =>
    scoreOf(metric, referenceDistance(metric, Float32Array.from(a), Float32Array.from(b))).score;
  const pool = [...records].sort((a, b) => score(query, b.vector) - score(query, a.vector)).slice(0, most.candidates);
  const chosen: RecordSketch[] = [];
  while (chosen.length < most.count) {
    const value = ({ vector }: RecordSketch) => {
      const resemblance = chosen.length === 0 ? 0 : Math.max(...chosen.map((other) => score(other.vector, vector)));
      return most.lambda * score(query, vector) - (1 - most.lambda) * resemblance;
    };
    const best = pool.reduce((a, b) => (value(b) > value(a) ? b : a));
    chosen.push(best);
    pool.splice(pool.indexOf(best), 1);
  }
  return chosen.map(({ id }) => id);
}

describe("diverse results", () => {
  it.each(["cosine", "dot", "euclidean"] as const)("are those of the formula, under %s", async (metric) => {
    const records = randomRecords(200, 3);
    const view = viewOf([records.slice(0, 120), records.slice(120)].map((part) => segmentOf(core, part, { metric })));
    const query = randomRecords(1, 77)[0]!.vector as number[];
    for (const lambda of [0, 0.3, 0.5, 0.9]) {
      const { ids, stats } = await run(view, {
        vector: query,
        limit: 12,
        offset: 2,
        diversity: { lambda, candidates: 60 },
      });
      expect(ids).toEqual(reference(records, metric, query, { candidates: 60, lambda, count: 14 }).slice(2));
      expect(stats).toMatchObject({ exhausted: false, candidates: 200 });
      expect(stats.distanceComputations).toBe(200 + 13 * 60);
    }
    const plain = await run(view, { vector: query, limit: 12 });
    expect((await run(view, { vector: query, limit: 12, diversity: { lambda: 1 } })).ids).toEqual(plain.ids);
    view.release();
  });

  it("leave near copies out until nothing else is left", async () => {
    const copies = (prefix: string, x: number, y: number) =>
      Array.from({ length: 4 }, (_, i) => ({ id: `${prefix}${i}`, vector: [x + i * 0.001, y] }));
    const view = viewOf([segmentOf(core, [...copies("a", 3, 0), ...copies("b", 0, 4), ...copies("c", -5, 0)])]);
    const { ids } = await run(view, { limit: 3, diversity: {} });
    expect(ids.map((id) => id[0]).sort()).toEqual(["a", "b", "c"]);
    expect((await run(view, { limit: 12, diversity: {} })).ids).toHaveLength(12);
    view.release();
  });

  it("come from what scores at least the threshold", async () => {
    const records = Array.from({ length: 10 }, (_, i) => ({ id: `p${i}`, vector: [i, 0] }));
    const view = viewOf([segmentOf(core, records)]);
    const { ids, stats } = await run(view, { limit: 5, scoreThreshold: -3, diversity: { lambda: 0 } });
    expect([ids[0], [...ids].sort(), stats.exhausted]).toEqual(["p0", ["p0", "p1", "p2", "p3"], true]);
    view.release();
    const none = viewOf([]);
    expect((await run(none, { diversity: {} })).ids).toEqual([]);
    none.release();
  });
});
