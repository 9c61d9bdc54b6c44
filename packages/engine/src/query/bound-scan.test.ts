import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { clusteredVectors } from "../core/fixtures.cases.js";
import type { Metric } from "../model/namespace.js";
import type { QueryRequest } from "../model/query.js";
import { createRandom } from "../storage/random.js";
import { executeQuery } from "./execute.js";
import { killRange, type RecordSketch, segmentOf, validQuery, viewOf } from "./query-fixture.cases.js";
import type { View } from "./view.js";

const SEED = 1_968;
const COUNT = 5_000;
const DIMENSION = 24;

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

/** Clusters, among them many equal vectors, and some a hair apart. */
function recordsOf(count: number): RecordSketch[] {
  const random = createRandom(SEED);
  const data = clusteredVectors(count, DIMENSION, SEED);
  return Array.from({ length: count }, (_, i) => {
    const from = i % 5 === 0 ? i % 50 : i;
    const vector = Array.from(data.subarray(from * DIMENSION, (from + 1) * DIMENSION));
    if (i % 7 === 0) vector[0]! *= 1 + 1e-6 * random();
    return { id: `r${(i * 7_919) % count}`, vector, metadata: { n: i } };
  });
}

/** The same records with a graph, which lags behind a little, and without. */
async function viewsOf(metric: Metric): Promise<readonly [bounded: View, plain: View]> {
  const records = recordsOf(COUNT);
  const make = async (graphRecordsMin: number) => {
    const segments = [records.slice(0, 4_000), records.slice(4_000)].map((part) =>
      segmentOf(core, part, { dimension: DIMENSION, metric, graphRecordsMin, m: 8, efConstruction: 30 }),
    );
    for (const segment of segments) await segment.graph?.settled();
    killRange(segments[0]!, 100, 400, 5);
    killRange(segments[1]!, 0, 30, 5, true);
    return viewOf(segments);
  };
  return [await make(500), await make(COUNT)];
}

const REQUESTS: readonly Partial<QueryRequest>[] = [
  {},
  { limit: 1 },
  { limit: 50, offset: 30 },
  { limit: 4_500 },
  { filter: "n >= 200" },
  { filter: "n < 2500", limit: 40 },
  { filter: "n < 20" },
  { scoreThreshold: 0.5 },
  { groupBy: "n", limit: 20 },
];

describe.each(["cosine", "dot", "euclidean"] as const)(
  "an exact query of a segment with a graph, under %s",
  (metric) => {
    let bounded: View;
    let plain: View;
    beforeAll(async () => {
      [bounded, plain] = await viewsOf(metric);
    }, 60_000);
    afterAll(() => {
      bounded.release();
      plain.release();
    });

    const answer = async (view: View, request: Partial<QueryRequest>) => {
      const query = validQuery({ exact: true, ...request }, metric, DIMENSION);
      const { hits, stats } = await executeQuery(query, view, {});
      return { hits: hits.map(({ segment, slot, distance }) => [segment, slot, distance]), stats };
    };

    it.each(REQUESTS)("finds what comparing all vectors finds, to the last bit: %j", async (request) => {
      const queries = clusteredVectors(12, DIMENSION, SEED + 1);
      for (let q = 0; q < 24; q++) {
        const own = recordsOf(60)[q * 2]!.vector;
        const vector = q < 12 ? queries.subarray(q * DIMENSION, (q + 1) * DIMENSION) : own;
        const { hits, stats } = await answer(bounded, { vector, ...request });
        expect(hits).toEqual((await answer(plain, { vector, ...request })).hits);
        expect(stats.approximate).toBe(false);
      }
    });

    it("compares few vectors", async () => {
      const [vector] = [clusteredVectors(1, DIMENSION, SEED + 2)];
      const { stats } = await answer(bounded, { vector });
      expect(stats.strategy).toBe("exact_scan");
      expect(stats.candidates).toBeLessThan(COUNT / 4);
      expect((await answer(plain, { vector })).stats.candidates).toBe(COUNT);
    });
  },
);

describe("an exact query", () => {
  it("compares the vectors of what has no code yet", async () => {
    const records = recordsOf(3_000);
    const options = { dimension: DIMENSION, metric: "euclidean", m: 8, efConstruction: 30 } as const;
    const segment = segmentOf(core, records.slice(0, 2_000), { ...options, graphRecordsMin: 500 });
    await segment.graph!.settled();
    const all = segmentOf(core, records, { ...options, graphRecordsMin: 500 });
    const plain = viewOf([segmentOf(core, records, { ...options, graphRecordsMin: 100_000 })]);
    const view = viewOf([all]);
    const vector = clusteredVectors(1, DIMENSION, SEED + 3);
    const query = validQuery({ vector, exact: true, limit: 100 }, "euclidean", DIMENSION);
    // Nothing was awaited: the graph links and encodes what it has had time for.
    const { hits } = await executeQuery(query, view, {});
    expect(hits).toEqual((await executeQuery(query, plain, {})).hits);
    for (const each of [view, plain, viewOf([segment])]) each.release();
  });
});
