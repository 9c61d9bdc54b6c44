import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { createRandom } from "../storage/random.js";
import { executeQuery } from "./execute.js";
import { hydrate } from "./hydrate.js";
import { killRange, type RecordSketch, segmentOf, validQuery, viewOf } from "./query-fixture.cases.js";
import { type PlainRecord, plainSparse, type Ranked } from "./reference.cases.js";
import type { View } from "./view.js";

const SEED = 4_242;
let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

/** Vectors with components of very different frequencies; values of both signs when `signed`. */
function makeRecords(count: number, seed: number, signed: boolean): (RecordSketch & PlainRecord)[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const indices = [...new Set(Array.from({ length: 1 + (i % 30) }, () => Math.floor(random() ** 3 * 500)))];
    indices.sort((a, b) => a - b);
    const values = indices.map(() => (signed && random() < 0.4 ? -1 : 1) * (0.01 + random() ** 4 * 3));
    const record = { id: `r${i}`, vector: [], metadata: { n: i } };
    return i % 8 === 3 ? record : { ...record, sparse: { indices, values } };
  });
}

async function search(view: View, request: Parameters<typeof validQuery>[0]): Promise<Ranked[]> {
  const query = validQuery(request);
  const { hits } = await executeQuery(query, view, {});
  return hydrate(view, query, hits).map(({ id, score }) => ({ id, score }));
}

const query = fc
  .uniqueArray(fc.nat(520), { minLength: 1, maxLength: 12 })
  .chain((indices) =>
    fc.tuple(
      fc.constant([...indices].sort((a, b) => a - b)),
      fc.array(fc.double({ min: 0.01, max: 2, noNaN: true }), { minLength: 12, maxLength: 12 }),
    ),
  )
  .map(([indices, values]) => ({ indices, values: values.slice(0, indices.length) }));

describe("a search of sparse vectors", () => {
  it.each([
    ["positive values", false],
    ["values of both signs", true],
  ])(`gives to the last bit what all dot products give, with %s, seed ${SEED}`, async (_, signed) => {
    const records = makeRecords(2_000, SEED, signed);
    const view = viewOf([segmentOf(core, records.slice(0, 700)), segmentOf(core, records.slice(700))]);
    await fc.assert(
      fc.asyncProperty(query, fc.boolean(), fc.constantFrom(1, 10, 2_000), async (positive, flips, limit) => {
        const values = positive.values.map((value, i) => (flips && i % 3 === 0 ? -value : value));
        const sparse = { indices: positive.indices, values };
        expect(await search(view, { sparse, limit })).toEqual(plainSparse(records, sparse).slice(0, limit));
      }),
      { seed: SEED, numRuns: 60 },
    );
    view.release();
  });

  it("under a filter, and without the dead, finds the best of the rest", async () => {
    const records = makeRecords(2_000, SEED + 1, true);
    const segment = segmentOf(core, records);
    killRange(segment, 100, 900, 500);
    const view = viewOf([segment]);
    const sparse = { indices: [0, 1, 5, 300], values: [1, -0.5, 2, 3] };
    for (const [filter, isMatch] of [
      [undefined, () => true],
      ["n >= 1000", (n: number) => n >= 1_000],
      ["n IN [7, 901, 1500]", (n: number) => [7, 901, 1_500].includes(n)],
    ] as const) {
      const left = records.filter((_, n) => (n < 100 || n >= 900) && isMatch(n));
      expect(await search(view, { sparse, filter, limit: 25 })).toEqual(plainSparse(left, sparse).slice(0, 25));
    }
    view.release();
  });

  it("keeps its order where sums cancel out", async () => {
    // The large parts cancel; what is left is below the rounding error of a bound.
    const records = Array.from({ length: 300 }, (_, i) => ({
      id: `r${i}`,
      vector: [],
      sparse: { indices: [1, 2, 3], values: [3e7, -3e7, 1 + ((i * 7) % 100)] },
    }));
    const view = viewOf([segmentOf(core, records)]);
    const sparse = { indices: [1, 2, 3], values: [1e9, 1e9, 1] };
    expect(await search(view, { sparse, limit: 20 })).toEqual(plainSparse(records, sparse).slice(0, 20));
    view.release();
  });
});
