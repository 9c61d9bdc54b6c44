import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { createRandom } from "../storage/random.js";
import { executeQuery } from "./execute.js";
import { fuse, type Way } from "./fuse.js";
import { hydrate } from "./hydrate.js";
import { type RecordSketch, run, segmentOf, validQuery, viewOf } from "./query-fixture.cases.js";
import { candidatesFor } from "./validate-fusion.js";
import type { View } from "./view.js";

const SEED = 77;
const COUNT = 1_500;
let core: Core;
let view: View;

/** Records with a vector, a text and a sparse vector that have nothing to do with each other; one in five without a vector. */
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
  const random = createRandom(SEED);
  const records = Array.from({ length: COUNT }, (_, i): RecordSketch => {
    const words = Array.from({ length: 3 + (i % 9) }, () => `w${Math.floor(random() ** 2 * 60)}`);
    const sparse = { indices: [i % 17, 20 + (i % 23)], values: [0.1 + random(), 0.1 + random()] };
    return {
      id: `r${i}`,
      vector: [random(), random()],
      metadata: { n: i, group: `g${i % 40}` },
      text: words.join(" "),
      sparse,
    };
  });
  const bare = (record: RecordSketch): RecordSketch => ({ ...record, vector: [] });
  view = viewOf([
    segmentOf(core, records.slice(0, 700), { graphRecordsMin: 100 }),
    segmentOf(core, records.slice(700, 1_200)),
    segmentOf(core, records.slice(1_200).map(bare)),
  ]);
  for (const { segment } of view.segments) await segment.graph?.settled();
});
afterAll(async () => {
  view.release();
  await core.close();
});

const VECTOR = [0.4, 0.6];
const TEXT = "w3 w17 w40";
const SPARSE = { indices: [5, 30], values: [1, 2] };

async function hitsOf(request: Parameters<typeof validQuery>[0]) {
  return (await executeQuery(validQuery(request), view, {})).hits;
}

/** What the definition says: the best of each search by itself, fused. */
async function expected(kinds: readonly Way["kind"][], candidates: number, filter?: string): Promise<string[]> {
  const parts = { dense: { vector: VECTOR }, sparse: { sparse: SPARSE }, text: { text: TEXT } };
  const ways: Way[] = [];
  for (const kind of kinds) {
    const hits = await hitsOf({ ...parts[kind], filter, limit: candidates });
    ways.push({ kind, scale: kind === "dense" ? "euclidean" : "score", hits });
  }
  const plan = validQuery({ vector: VECTOR }).fusion;
  return fuse(view, ways, plan).map(({ segment, slot }) => view.segments[segment]!.segment.idOf(slot));
}

describe("a query in several ways", () => {
  it.each([
    { kinds: ["dense", "text"], request: { vector: VECTOR, text: TEXT } },
    { kinds: ["dense", "sparse"], request: { vector: VECTOR, sparse: SPARSE } },
    { kinds: ["sparse", "text"], request: { sparse: SPARSE, text: TEXT } },
    { kinds: ["dense", "sparse", "text"], request: { vector: VECTOR, sparse: SPARSE, text: TEXT } },
  ] as const)("fuses what each way finds alone: $kinds", async ({ kinds, request }) => {
    const { ids, stats } = await run(view, { ...request, limit: 20 });
    expect(ids).toEqual((await expected(kinds, candidatesFor(20))).slice(0, 20));
    expect(stats.strategy).toBe("fused");
    expect(stats.approximate).toBe((kinds as readonly string[]).includes("dense"));
  });

  it("applies the filter within each way, so that there are as many results as match", async () => {
    const filter = "n IN [3, 500, 701, 1300, 1400]";
    const { ids, stats } = await run(view, { vector: VECTOR, text: "w0 w1 w2 w3 w4 w5", filter, limit: 10 });
    // Two of the five have no vector: they are found by their texts, if at all.
    expect(ids).toEqual(expect.arrayContaining(["r3", "r500", "r701"]));
    expect(ids.every((id) => ["r3", "r500", "r701", "r1300", "r1400"].includes(id))).toBe(true);
    expect(stats.exhausted).toBe(true);
    expect((await run(view, { vector: VECTOR, text: TEXT, sparse: SPARSE, filter: "group = 'g7'" })).ids).toEqual(
      (await expected(["dense", "sparse", "text"], 128, "group = 'g7'")).slice(0, 10),
    );
  });

  it("gives a score and no distance", async () => {
    for (const request of [{ vector: VECTOR, text: TEXT }, { text: TEXT }, { sparse: SPARSE }]) {
      const query = validQuery(request);
      const results = hydrate(view, query, (await executeQuery(query, view, {})).hits);
      expect(results).toHaveLength(10);
      for (const result of results) {
        expect(result).not.toHaveProperty("distance");
        expect(result.score).toBeGreaterThan(0);
      }
      expect(results.map(({ score }) => score)).toEqual(results.map(({ score }) => score).sort((a, b) => b - a));
    }
  });

  it("pages through one list, as far as the number of candidates stays", async () => {
    const request = { vector: VECTOR, text: TEXT, sparse: SPARSE };
    const pages = async (more: object, count: number) => {
      const ids: string[] = [];
      for (let offset = 0; offset < count; offset += 7)
        ids.push(...(await run(view, { ...request, ...more, limit: 7, offset })).ids);
      return ids;
    };
    const first = await pages({}, 42);
    expect(first).toEqual((await run(view, { ...request, limit: 42 })).ids);
    const fusion = { candidates: 400 };
    const all = await pages({ fusion }, 300);
    expect(all).toEqual((await run(view, { ...request, fusion, limit: all.length })).ids);
    expect(new Set(all).size).toBe(all.length);
  });

  it("ends where its candidates end, and says so", async () => {
    const { ids, stats } = await run(view, { text: "w3", sparse: { indices: [5], values: [1] }, limit: 1_500 });
    const either = new Set([
      ...(await run(view, { text: "w3", limit: 1_500 })).ids,
      ...(await run(view, { sparse: { indices: [5], values: [1] }, limit: 1_500 })).ids,
    ]);
    expect(new Set(ids)).toEqual(either);
    expect(stats.exhausted).toBe(true);
  });

  it("keeps results whose fused score is enough", async () => {
    const request = { vector: VECTOR, text: TEXT, limit: 50 };
    const scores = (await hitsOf(request)).map(({ distance }) => -distance);
    const scoreThreshold = scores[12]!;
    expect(await hitsOf({ ...request, scoreThreshold })).toHaveLength(
      scores.filter((score) => score >= scoreThreshold).length,
    );
  });

  it.each([
    { text: "w0 w1" },
    { sparse: { indices: [0, 1, 2, 3, 20, 21, 22], values: [1, 1, 1, 1, 1, 1, 1] } },
    { vector: VECTOR, text: "w0 w5" },
  ])("forms groups of the best, each as full as the records allow: %j", async (request) => {
    const all = (
      await hitsOf({ ...request, limit: 1_500, ...("vector" in request && { fusion: { candidates: 1_500 } }) })
    ).map(({ segment, slot }) => view.segments[segment]!.segment.metadataOf(slot) as { n: number; group: string });
    const groups = new Map<string, number[]>();
    for (const { n, group } of all) {
      const members = groups.get(group) ?? [];
      if (members.length === 0 && groups.size === 12) continue;
      groups.set(group, members);
      if (members.length < 3) members.push(n);
    }
    const fusion = "vector" in request ? { candidates: 1_500 } : undefined;
    const { ids } = await run(view, { ...request, fusion, groupBy: "group", groupSize: 3, limit: 12 });
    expect(new Set(ids)).toEqual(new Set([...groups.values()].flat().map((n) => `r${n}`)));
  });
});
