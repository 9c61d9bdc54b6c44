import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import type { QueryAnswer, QueryRequest } from "../model/query.js";
import { createRandom } from "../storage/random.js";
import { answerOf, explained } from "./answer.js";
import { estimateQuery } from "./estimate.js";
import { executeQuery } from "./execute.js";
import { type RecordSketch, segmentOf, validQuery, viewOf } from "./query-fixture.cases.js";
import type { View } from "./view.js";

const SEED = 41;
const COUNT = 3_000;
let core: Core;
let view: View;

/** A large segment with a graph, a small one without, and one without vectors. */
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
  const random = createRandom(SEED);
  const records = Array.from(
    { length: COUNT },
    (_, i): RecordSketch => ({
      id: `r${i}`,
      vector: [random(), random()],
      metadata: { n: i, group: `g${i % 7}` },
      text: `w${i % 5} w${i % 11}`,
      sparse: { indices: [i % 13], values: [0.1 + random()] },
    }),
  );
  const bare = (record: RecordSketch): RecordSketch => ({ ...record, vector: [] });
  view = viewOf([
    segmentOf(core, records.slice(0, 2_400), { graphRecordsMin: 100 }),
    segmentOf(core, records.slice(2_400, 2_700)),
    segmentOf(core, records.slice(2_700).map(bare)),
  ]);
  for (const { segment } of view.segments) await segment.graph?.settled();
}, 60_000);
afterAll(async () => {
  view.release();
  await core.close();
});

async function ask(request: Partial<QueryRequest>): Promise<QueryAnswer> {
  const execution = await executeQuery(validQuery(request), view, {});
  return explained(execution, answerOf(execution));
}

const REQUESTS: readonly (readonly [what: string, request: Partial<QueryRequest>, strategy: string])[] = [
  ["a vector", { vector: [0.4, 0.4] }, "graph"],
  ["an exact query", { vector: [0.4, 0.4], exact: true }, "exact_scan"],
  ["a recall target", { vector: [0.4, 0.4], recallTarget: 0.9 }, "graph"],
  ["a recall target that no graph is sure to reach", { vector: [0.4, 0.4], recallTarget: 1 }, "exact_scan"],
  ["a filter", { vector: [0.4, 0.4], filter: "n < 30" }, "filter_scan"],
  ["a wide filter", { vector: [0.4, 0.4], filter: "n >= 0", efSearch: 10 }, "filter"],
  ["groups", { vector: [0.4, 0.4], groupBy: "group", groupSize: 2, limit: 5 }, "graph"],
  ["diversity", { vector: [0.4, 0.4], diversity: { lambda: 0.3 } }, "graph"],
  ["a text", { text: "w1 w2" }, "inverted_index"],
  ["a sparse vector", { sparse: { indices: [3], values: [1] } }, "inverted_index"],
  [
    "several ways",
    { vector: [0.4, 0.4], text: "w1", sparse: { indices: [3], values: [1] }, filter: "n < 2000" },
    "fused",
  ],
];

describe("an explained answer", () => {
  it.each(REQUESTS)("to %s is the answer itself, and says its plan", async (_, request, strategy) => {
    const plain = await ask(request);
    const { results, stats, explain } = await ask({ ...request, explain: true });
    expect(plain.explain).toBeUndefined();
    expect(results.map(({ explain: _own, ...result }) => result)).toEqual(plain.results);
    expect({ ...stats, durationMs: 0 }).toEqual({ ...plain.stats, durationMs: 0 });
    const { plan } = explain!;
    expect(plan.strategy).toContain(strategy);
    expect(plan.reason).not.toBe("");
    expect(plan.distances.min).toBeLessThanOrEqual(plan.distances.expected);
    expect(plan.distances.expected).toBeLessThanOrEqual(plan.distances.max);
    expect(stats.distanceComputations).toBeGreaterThanOrEqual(plan.distances.min);
  });

  it.each(REQUESTS)("to %s is what was estimated without running", async (_, request) => {
    const { explain } = await ask({ ...request, explain: true });
    const { plan, rejectedPlans } = await estimateQuery(validQuery(request), view, {});
    expect(plan).toEqual(explain!.plan);
    expect(rejectedPlans.map(({ strategy, efSearch }) => [strategy, efSearch])).toEqual(
      explain!.rejectedPlans.map(({ strategy, efSearch }) => [strategy, efSearch]),
    );
  });

  it.each([
    [{ vector: [0.4, 0.4] }, ["plan", "search", "rescore", "hydrate"]],
    [{ vector: [0.4, 0.4], exact: true }, ["plan", "search", "hydrate"]],
    [{ vector: [0.4, 0.4], filter: "n < 9" }, ["plan", "filter", "search", "hydrate"]],
    [{ vector: [0.4, 0.4], groupBy: "group" }, ["plan", "search", "rescore", "group", "hydrate"]],
    [{ vector: [0.4, 0.4], diversity: {} }, ["plan", "search", "rescore", "diversify", "hydrate"]],
    [{ vector: [0.4, 0.4], text: "w1" }, ["plan", "search", "rescore", "fuse", "hydrate"]],
    [{ text: "w1" }, ["plan", "search", "hydrate"]],
  ] as const)("to %j says the time of each stage", async (request, names) => {
    const { stats, explain } = await ask({ ...request, explain: true });
    const { stages } = explain!;
    expect(stages.map(({ name }) => name).filter((name) => name !== "wait")).toEqual(names);
    let sum = 0;
    for (const { durationMs } of stages) {
      expect(durationMs).toBeGreaterThanOrEqual(0);
      sum += durationMs;
    }
    // The stats end before the records are read.
    expect(sum).toBeGreaterThanOrEqual(stats.durationMs);
  });

  it("says which share of the records a filter lets through", async () => {
    const { explain } = await ask({ vector: [0.4, 0.4], filter: "n < 270", explain: true });
    expect(explain!.plan.selectivity).toEqual({ min: 0.1, expected: 0.1, max: 0.1 });
    const text = await ask({ text: "w1", filter: "n < 300", explain: true });
    expect(text.explain!.plan.selectivity).toEqual({ min: 0.1, expected: 0.1, max: 0.1 });
    expect((await ask({ vector: [0.4, 0.4], explain: true })).explain!.plan.selectivity).toBeUndefined();
  });

  it("names the ways that were not taken, of the largest segment", async () => {
    const rejected = async (request: Partial<QueryRequest>) => {
      const { rejectedPlans } = await estimateQuery(validQuery(request), view, {});
      for (const { reason } of rejectedPlans) expect(reason).not.toBe("");
      return rejectedPlans.map(({ strategy }) => strategy);
    };
    expect(await rejected({ vector: [0, 0] })).toEqual(["exact_scan"]);
    expect(await rejected({ vector: [0, 0], exact: true })).toEqual(["graph"]);
    expect(await rejected({ vector: [0, 0], limit: 3_000 })).toEqual(["graph"]);
    expect(await rejected({ vector: [0, 0], filter: "n < 9" })).toEqual(["filter_scan", "filtered_graph"]);
    expect(await rejected({ text: "w1" })).toEqual([]);
  });

  it("says of each result where it came from", async () => {
    const request = { vector: [0.4, 0.4], text: "w1", sparse: { indices: [3], values: [2] }, filter: "n < 2600" };
    const { results } = await ask({ ...request, limit: 30, explain: true });
    for (const way of ["vectorDistance", "textScore", "sparseScore"] as const) {
      expect(results.some(({ explain }) => explain![way] !== undefined)).toBe(true);
    }
    const one = { ...request, text: undefined, sparse: undefined };
    const distances = new Map((await ask({ ...one, limit: 128 })).results.map(({ id, distance }) => [id, distance]));
    for (const { id, explain } of results) {
      expect(explain!.vectorDistance).toBe(distances.get(id));
      expect(explain!.filterMatched).toBe(true);
    }
    const alone = await ask({ ...one, explain: true });
    for (const { distance, explain } of alone.results)
      expect(explain).toEqual({ vectorDistance: distance, filterMatched: true });
  });

  it("says that there is nothing to search", async () => {
    const empty = viewOf([]);
    const { plan, rejectedPlans } = await estimateQuery(validQuery({ filter: "n = 1" }), empty, {});
    expect(plan).toMatchObject({ strategy: "empty", efSearch: 0, distances: { min: 0, expected: 0, max: 0 } });
    expect(plan.selectivity).toEqual({ min: 0, expected: 0, max: 0 });
    expect(rejectedPlans).toEqual([]);
    empty.release();
  });
});
