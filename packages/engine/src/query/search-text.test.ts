import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { LIMITS } from "../limits.js";
import { createRandom } from "../storage/random.js";
import { executeQuery } from "./execute.js";
import { hydrate } from "./hydrate.js";
import { Pace } from "./pace.js";
import { killRange, type RecordSketch, run, segmentOf, validQuery, viewOf } from "./query-fixture.cases.js";
import { type PlainRecord, plainBm25, type Ranked } from "./reference.cases.js";
import { QueryRun } from "./run.js";
import { searchText } from "./search-text.js";
import type { View } from "./view.js";

const SEED = 20_261_126;
let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

/** Texts over a Zipfian vocabulary, of lengths that differ by a factor of thirty; every ninth record has none. */
function makeRecords(count: number, seed: number): (RecordSketch & PlainRecord)[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const length = 1 + Math.floor(random() ** 2 * 60);
    const terms = Array.from({ length }, () => `w${Math.floor(random() ** 3 * 300)}`);
    const record = { id: `r${(i * 7919) % 100_003}`, vector: [], metadata: { n: i } };
    return i % 9 === 4 ? record : { ...record, terms, text: terms.join(" ") };
  });
}

/** The records in segments of these sizes. */
function viewIn(records: readonly RecordSketch[], sizes: readonly number[]): View {
  let from = 0;
  const segments = sizes.map((size) => {
    const segment = segmentOf(core, records.slice(from, from + size));
    from += size;
    return segment;
  });
  return viewOf(segments);
}

async function search(view: View, request: Parameters<typeof validQuery>[0]): Promise<Ranked[]> {
  const query = validQuery(request);
  const { hits } = await executeQuery(query, view, {});
  return hydrate(view, query, hits).map(({ id, score }) => ({ id, score }));
}

/** Scores agree to nine digits; so does the order, save of scores that differ by less. */
function expectAgreement(found: readonly Ranked[], expected: readonly Ranked[], limit: number): void {
  expect(found).toHaveLength(Math.min(limit, expected.length));
  const scores = new Map(expected.map(({ id, score }) => [id, score]));
  for (const [i, { id, score }] of found.entries()) {
    expect(Math.abs(score - expected[i]!.score)).toBeLessThan(1e-8);
    expect(Math.abs(score - scores.get(id)!)).toBeLessThan(1e-8);
    const before = found[i - 1];
    if (before === undefined) continue;
    expect(before.score).toBeGreaterThanOrEqual(score);
    if (before.score === score) expect(Buffer.compare(Buffer.from(before.id), Buffer.from(id))).toBeLessThan(0);
  }
  if (new Set(expected.map(({ score }) => score.toFixed(7))).size === expected.length) {
    expect(found.map(({ id }) => id)).toEqual(expected.slice(0, limit).map(({ id }) => id));
  }
}

const terms = fc.array(fc.nat(320), { minLength: 1, maxLength: 6 }).map((list) => list.map((n) => `w${n}`));
const cuts = fc.constantFrom([3_000], [1, 2_999], [1_000, 1_000, 1_000], [2_990, 10], [700, 1_300, 600, 400]);

describe("a search of texts", () => {
  it(`agrees with plain BM25 on scores and order, in any number of segments, seed ${SEED}`, async () => {
    const records = makeRecords(3_000, SEED);
    await fc.assert(
      fc.asyncProperty(terms, cuts, fc.constantFrom(1, 10, 200), async (query, sizes, limit) => {
        const view = viewIn(records, sizes);
        expectAgreement(await search(view, { text: query.join(" "), limit }), plainBm25(records, query), limit);
        view.release();
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it(`under a filter finds the best of what matches, with the scores they have without, seed ${SEED}`, async () => {
    const records = makeRecords(3_000, SEED + 1);
    const view = viewIn(records, [1_100, 1_900]);
    for (const [filter, isMatch] of [
      ["n < 1500", (n: number) => n < 1_500],
      ["n IN [3, 700, 701, 702, 2999]", (n: number) => [3, 700, 701, 702, 2_999].includes(n)],
      ["n > 5000", () => false],
    ] as const) {
      const matching = new Set(records.filter(({ metadata }) => isMatch(metadata!.n as number)).map(({ id }) => id));
      for (const query of ["w0 w5", "w1 w40 w90", "w200"]) {
        const expected = plainBm25(records, query.split(" ")).filter(({ id }) => matching.has(id));
        expectAgreement(await search(view, { text: query, limit: 20, filter }), expected, 20);
      }
    }
    view.release();
  });

  it("orders equal scores by id, wherever they lie, and pages through them", async () => {
    const ids = ["b", "é", "a", "c", "aa", "d"];
    const records = ids.map((id) => ({ id, vector: [], text: "the same words" }));
    const view = viewIn(records, [2, 3, 1]);
    const all = (await search(view, { text: "same" })).map(({ id }) => id);
    expect(all).toEqual(["a", "aa", "b", "c", "d", "é"]);
    const page = (offset: number) => search(view, { text: "same", limit: 2, offset });
    expect((await Promise.all([0, 2, 4].map(page))).flat().map(({ id }) => id)).toEqual(all);
    view.release();
  });

  it("returns no dead record, and counts it in the statistics until a merge", async () => {
    const records = makeRecords(400, SEED + 2);
    const segment = segmentOf(core, records);
    killRange(segment, 0, 150, 500);
    killRange(segment, 150, 200, 500, true);
    const view = viewOf([segment]);
    const expected = plainBm25(records, ["w0", "w7"]).filter(
      ({ id }) => records.findIndex((one) => one.id === id) >= 200,
    );
    expectAgreement(await search(view, { text: "w0 w7", limit: 50 }), expected, 50);
    view.release();
  });

  it("counts a term as often as the query has it", async () => {
    const records = makeRecords(500, SEED + 3);
    const view = viewIn(records, [500]);
    expectAgreement(await search(view, { text: "w3 w9 w3" }), plainBm25(records, ["w3", "w9", "w3"]), 10);
    view.release();
  });

  it.each([
    ["of no word", "… !"],
    ["of unknown words", "zebra"],
  ])("for a text %s finds nothing", async (_, text) => {
    const view = viewIn(makeRecords(50, SEED), [50]);
    const { ids, stats } = await run(view, { text });
    expect([ids, stats.exhausted, stats.strategy]).toEqual([[], true, "inverted_index"]);
    view.release();
  });

  it("passes over segments without texts", async () => {
    const records = makeRecords(60, SEED + 6);
    const bare = [{ id: "bare", vector: [] }];
    const view = viewOf([
      segmentOf(core, bare),
      segmentOf(core, records),
      segmentOf(core, [{ ...bare[0]!, id: "none" }]),
    ]);
    expectAgreement(await search(view, { text: "w1 w2 w30" }), plainBm25(records, ["w1", "w2", "w30"]), 10);
    view.release();
  });

  it("finds nothing where there is nothing", async () => {
    const view = viewOf([]);
    expect(await run(view, { text: "a" })).toMatchObject({ ids: [], stats: { strategy: "empty" } });
    view.release();
  });

  it("keeps results that score enough", async () => {
    const records = makeRecords(500, SEED + 4);
    const view = viewIn(records, [500]);
    const all = await search(view, { text: "w2 w11", limit: 100 });
    const scoreThreshold = all[7]!.score;
    expect(await search(view, { text: "w2 w11", limit: 100, scoreThreshold })).toEqual(
      all.filter(({ score }) => score >= scoreThreshold),
    );
    view.release();
  });

  it("of a query with too many terms uses the rarest", async () => {
    const common = Array.from({ length: 30 }, (_, i) => `common${i}`);
    const rare = Array.from({ length: LIMITS.queryTermsMax }, (_, i) => `rare${i}`);
    const texts = [[...common, ...rare].join(" "), ...Array.from({ length: 20 }, () => common.join(" "))];
    const view = viewIn(
      texts.map((text, i) => ({ id: `r${i}`, vector: [], text })),
      [texts.length],
    );
    expect((await search(view, { text: [...common, ...rare].join(" ") })).map(({ id }) => id)).toEqual(["r0"]);
    expect(await search(view, { text: [...common, ...rare.slice(30)].join(" "), limit: 30 })).toHaveLength(21);
    view.release();
  });

  it("of 40 KiB of distinct words offers its turn at each few of them, and gives the same", async () => {
    const words = Array.from({ length: 7_000 }, (_, i) => `w${i}`);
    const records = words.map((word, i) => ({ id: `r${i}`, vector: [], text: `${word} common` }));
    const view = viewIn(records, [3_000, 4_000]);
    const request = { text: words.join(" "), limit: 5 };
    /** A clock that has always run out. */
    class Hurried extends Pace {
      turns = 0;
      override get due(): boolean {
        return true;
      }
      override async next(): Promise<void> {
        this.turns++;
      }
    }
    const pace = new Hurried({});
    const query = validQuery(request);
    const hits = await searchText(new QueryRun(query, view, pace), request.text, 5);
    expect(hydrate(view, query, hits).map(({ id, score }) => ({ id, score }))).toEqual(await search(view, request));
    // Each 2 KiB that are cut, each step of the index, each 64 terms that are looked up, each list that is readied.
    const lists = LIMITS.queryTermsMax;
    expect(pace.turns).toBeGreaterThan(request.text.length / 2_048 + words.length / 64 + lists);
    view.release();
  });

  it("scores few of the postings of frequent words", async () => {
    const records = makeRecords(20_000, SEED + 5);
    const view = viewIn(records, [20_000]);
    const { stats } = await run(view, { text: "w0 w299 w298" });
    const { stats: all } = await run(view, { text: "w0 w299 w298", limit: 10_000 });
    expect(stats.candidates).toBeLessThan(all.candidates / 10);
    view.release();
  });
});
