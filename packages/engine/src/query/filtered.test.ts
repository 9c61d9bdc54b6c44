import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { clusteredVectors } from "../core/fixtures.cases.js";
import type { Segment } from "../segment/segment.js";
import { searchDense } from "./dense.js";
import { searchDenseAtOnce } from "./dense-at-once.js";
import { matchesAtOnce } from "./matches.js";
import { Pace } from "./pace.js";
import { killRange, type RecordSketch, run, segmentOf, validQuery, viewOf } from "./query-fixture.cases.js";
import type { View } from "./view.js";

const SEED = 77;
const DIMENSION = 32;
const COUNT = 6_000;
const QUERIES = 20;
const K = 10;

/** Costs that make every plan a walk, or a scan by codes. */
const WALKING = () => ({ vectorNs: 1e9, scanNs: 0, codeNs: 1e9, searchNs: 0, candidateNs: 1e-3, exactSlots: 0 });
const SCANNING = () => ({ vectorNs: 1e9, scanNs: 0, codeNs: 1e-3, searchNs: 0, candidateNs: 1e9, exactSlots: 0 });

const all = clusteredVectors(COUNT + QUERIES, DIMENSION, SEED);
const vectorOf = (i: number) => all.subarray(i * DIMENSION, (i + 1) * DIMENSION);

/** Records whose `near<q>` is their place by distance to query q, and whose `any` is a place by chance. */
function records(metricOrder: readonly Uint32Array[]): RecordSketch[] {
  const near = metricOrder.map((order) => {
    const rank = new Uint32Array(COUNT);
    for (const [place, slot] of order.entries()) rank[slot] = place;
    return rank;
  });
  return Array.from({ length: COUNT }, (_, i) => ({
    id: `r${String(i).padStart(4, "0")}`,
    vector: [...vectorOf(i)],
    metadata: {
      any: (i * 7_919) % COUNT,
      ...Object.fromEntries(near.map((rank, q) => [`near${q}`, rank[i]!])),
    },
  }));
}

function orderOf(query: Float32Array): Uint32Array {
  const distances = Float64Array.from({ length: COUNT }, (_, i) => {
    const vector = vectorOf(i);
    let sum = 0;
    for (let j = 0; j < DIMENSION; j++) sum += (vector[j]! - query[j]!) ** 2;
    return sum;
  });
  return Uint32Array.from({ length: COUNT }, (_, i) => i).sort((a, b) => distances[a]! - distances[b]!);
}

let core: Core;
let segment: Segment;
let view: View;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
  const orders = Array.from({ length: QUERIES }, (_, q) => orderOf(vectorOf(COUNT + q)));
  const options = { graphRecordsMin: 1_000, m: 16, efConstruction: 100 };
  segment = segmentOf(core, records(orders), options);
  await segment.graph!.settled();
  view = viewOf([segment]);
}, 120_000);
afterAll(async () => {
  view.release();
  await core.close();
});

function search(filter: string, q: number, costs?: typeof WALKING, need = K) {
  const vector = vectorOf(COUNT + q);
  const query = { ...validQuery({ vector, filter, efSearch: 100 }, "euclidean", DIMENSION), vector };
  return searchDense(query, view, new Pace({}), need, costs);
}

/** As `search`, in one turn. */
function searchAtOnce(of: View, filter: string, vector: Float32Array, costs?: typeof WALKING) {
  const query = { ...validQuery({ vector, filter, efSearch: 100 }, "euclidean", vector.length), vector };
  const matches = of.segments.map((_, i) => matchesAtOnce(query.filter!, of, i));
  expect(matches).not.toContain(undefined);
  return searchDenseAtOnce(query, of, new Pace({}), K, matches, costs);
}

/** Filters that let so many records through, by how they correlate with query q. */
const KINDS: Record<string, (count: number, q: number) => string> = {
  random: (count) => `any < ${count}`,
  correlated: (count, q) => `near${q} < ${count}`,
  "anti-correlated": (count, q) => `near${q} >= ${COUNT - count}`,
};

describe("a query under a filter, of 6,000 clustered vectors (seed 77)", () => {
  for (const kind of Object.keys(KINDS)) {
    it.each([50, 10, 1, 0.1])(`${kind}, %d %%: finds 95 % of the closest, and always the limit`, async (percent) => {
      const count = Math.max(K, (COUNT * percent) / 100);
      let found = 0;
      for (let q = 0; q < QUERIES; q++) {
        const filter = KINDS[kind]!(count, q);
        const { hits, filteredCount } = await search(filter, q);
        const exact = await run(view, { vector: vectorOf(COUNT + q), filter, limit: K, exact: true });
        expect(exact.stats).toMatchObject({ strategy: "filter_scan", approximate: false, filteredCount: count });
        expect([hits.length, filteredCount]).toEqual([K, count]);
        const wanted = new Set(exact.ids);
        found += hits.filter(({ slot }) => wanted.has(segment.idOf(slot))).length;
      }
      expect(found / (QUERIES * K)).toBeGreaterThanOrEqual(0.95);
    });

    it(`${kind}: a walk and a scan by codes say what they are, and find nearly the same`, async () => {
      let both = 0;
      for (let q = 0; q < QUERIES; q++) {
        const filter = KINDS[kind]!(COUNT / 2, q);
        const walked = await search(filter, q, WALKING);
        const scanned = await search(filter, q, SCANNING);
        expect(scanned).toMatchObject({ strategy: "filter_scan", approximate: true, filteredCount: COUNT / 2 });
        expect(walked).toMatchObject({ strategy: "filtered_graph", approximate: true, filteredCount: COUNT / 2 });
        expect(walked.counters.nodesVisited).toBeGreaterThan(0);
        const wanted = new Set(scanned.hits.map(({ slot }) => slot));
        both += walked.hits.filter(({ slot }) => wanted.has(slot)).length;
      }
      // What is closest behind a ball around the query lies on all sides of it: the planner would scan here.
      expect(both / (QUERIES * K)).toBeGreaterThan(kind === "anti-correlated" ? 0.8 : 0.95);
    });
  }

  it("is exact by a scan of what the graph holds, where that is the vectors", async () => {
    const options = { graphRecordsMin: 1_000, m: 16, efConstruction: 100, quantization: "none" } as const;
    const plain = segmentOf(core, records([]), options);
    await plain.graph!.settled();
    const plainView = viewOf([plain]);
    for (let q = 0; q < QUERIES; q++) {
      const request = { vector: vectorOf(COUNT + q), filter: `any < ${COUNT / 2}` };
      const query = { ...validQuery({ ...request, efSearch: 100 }, "euclidean", DIMENSION), vector: request.vector };
      const { hits, counters, ...rest } = await searchDense(query, plainView, new Pace({}), K, SCANNING);
      const exact = await run(plainView, { ...request, limit: K, exact: true });
      expect(hits.map(({ slot }) => plain.idOf(slot))).toEqual(exact.ids);
      expect(rest).toEqual({ strategy: "filter_scan", approximate: false, filteredCount: COUNT / 2 });
      // Each is compared once: nothing is rescored.
      expect(counters.distanceComputations).toBe(COUNT / 2);
    }
    plainView.release();
  });

  it("finds in one turn what it finds in several, however it is planned", async () => {
    const strategies = new Set<string>();
    for (const kind of Object.keys(KINDS)) {
      for (const costs of [WALKING, SCANNING, undefined]) {
        for (const [q, count] of [5, 60, 600, 3_000, 5_900].entries()) {
          const filter = KINDS[kind]!(count, q);
          const inTurns = await search(filter, q, costs);
          expect(searchAtOnce(view, filter, vectorOf(COUNT + q), costs)).toEqual(inTurns);
          strategies.add(`${inTurns.strategy} ${inTurns.approximate}`);
        }
      }
    }
    expect([...strategies].sort()).toEqual(["filter_scan false", "filter_scan true", "filtered_graph true"]);
  });

  it("compares few matches exactly, and counts what it computed", async () => {
    const { hits, counters, ...summary } = await search("any < 40", 0);
    expect(hits).toHaveLength(K);
    expect(summary).toEqual({ strategy: "filter_scan", approximate: false, filteredCount: 40 });
    expect(counters).toEqual({ candidates: 40, distanceComputations: 40, nodesVisited: 0 });
    expect(await search("any < 0", 0)).toMatchObject({ hits: [], filteredCount: 0, approximate: false });
  });

  it("gives as many as match when that is less than were asked for", async () => {
    for (const costs of [WALKING, SCANNING, undefined]) {
      const { hits } = await search("any < 300", 1, costs, 400);
      expect(new Set(hits.map(({ slot }) => slot)).size).toBe(300);
    }
  });
});

describe("a walk under a filter", () => {
  const line = (count: number, from = 0): RecordSketch[] =>
    Array.from({ length: count }, (_, i) => ({
      id: `p${from + i}`,
      vector: [from + i, 0],
      metadata: { n: from + i },
    }));

  async function walked(lineView: View, filter: string, limit: number, vector = [0, 0]) {
    const query = { ...validQuery({ vector, filter, efSearch: 20 }), vector: Float32Array.from(vector) };
    const { hits, ...rest } = await searchDense(query, lineView, new Pace({}), limit, WALKING);
    return { ids: hits.map(({ segment: i, slot }) => lineView.segments[i]!.segment.idOf(slot)), ...rest };
  }

  it("covers what the graph does not link yet", async () => {
    const lined = segmentOf(core, line(400), { graphRecordsMin: 50 });
    await lined.graph!.settled();
    await lined.graph!.pause();
    for (const { id, vector, metadata } of line(400, 400)) {
      const bytes = new TextEncoder().encode(JSON.stringify(metadata));
      lined.append({ id, vector: Float32Array.from(vector), metadata: bytes, text: undefined, version: 2 });
    }
    const lineView = viewOf([lined]);
    const split = "n >= 100 AND n != 401";
    expect(searchAtOnce(lineView, split, Float32Array.of(400, 0), WALKING)).toMatchObject({
      strategy: "filtered_graph",
      filteredCount: 699,
      hits: [400, 399, 398, 402, 397, 403, 396, 404, 395, 405].map((slot) => ({ slot })),
    });
    const { ids, strategy } = await walked(lineView, split, 6, [400, 0]);
    expect(strategy).toBe("filtered_graph");
    expect(ids).toEqual(["p400", "p399", "p398", "p402", "p397", "p403"]);
    expect((await walked(lineView, "n >= 400", 3)).ids).toEqual(["p400", "p401", "p402"]);
    lined.graph!.resume();
    lineView.release();
  });

  it("never finds a record that is dead, nor one that came later", async () => {
    const lined = segmentOf(core, line(300), { graphRecordsMin: 50 });
    await lined.graph!.settled();
    killRange(lined, 50, 60, 2);
    const lineView = viewOf([lined], 3);
    killRange(lined, 60, 70, 4);
    for (const { id, vector, metadata } of line(5, 55)) {
      const bytes = new TextEncoder().encode(JSON.stringify(metadata));
      lined.append({ id, vector: Float32Array.from(vector), metadata: bytes, text: undefined, version: 5 });
    }
    await lined.graph!.settled();
    expect((await walked(lineView, "n >= 48", 4, [55, 0])).ids.sort()).toEqual(["p48", "p49", "p60", "p61"]);
    lineView.release();
  });

  it("gives way to a scan of all matches when it finds too few", async () => {
    // With four links each, and few candidates, nobody comes from one end of this line to the other.
    const lined = segmentOf(core, line(3_000), { graphRecordsMin: 50, m: 4, efConstruction: 10 });
    await lined.graph!.settled();
    const lineView = viewOf([lined]);
    const { ids, filteredCount } = await walked(lineView, "n >= 2900 OR n IN [1500, 2000]", 60);
    const expected = [1_500, 2_000, ...Array.from({ length: 58 }, (_, i) => 2_900 + i)].map((n) => `p${n}`);
    expect(ids).toEqual(expected);
    expect(filteredCount).toBe(102);
    lineView.release();
  });
});
