import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { clusteredVectors } from "../core/fixtures.cases.js";
import type { MeasureRecallRequest } from "../model/recall.js";
import type { Segment } from "../segment/segment.js";
import { measureRecall } from "./measure-recall.js";
import { killRange, run, segmentOf, viewOf } from "./query-fixture.cases.js";
import { validateMeasurement } from "./validate-measurement.js";
import type { View } from "./view.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const DIMENSION = 24;
const CONTEXT = {
  namespace: "docs",
  metric: "cosine",
  dimension: DIMENSION,
  limitMax: 1_000,
  efSearch: undefined,
} as const;

const measure = (view: View, request: MeasureRecallRequest = {}) =>
  measureRecall(validateMeasurement(request, CONTEXT), view, request);

async function built(count: number, seed: number, data = clusteredVectors(count, DIMENSION, seed)): Promise<Segment> {
  const records = Array.from({ length: count }, (_, i) => ({
    id: `r${i}`,
    vector: [...data.subarray(i * DIMENSION, (i + 1) * DIMENSION)],
    metadata: { third: i % 3 === 0 },
  }));
  const segment = segmentOf(core, records, { metric: "cosine", graphRecordsMin: 50, m: 8, efConstruction: 40 });
  await segment.settled();
  return segment;
}

describe("the recall of an index", () => {
  it("is 1 where records are scanned", async () => {
    const view = viewOf([
      segmentOf(core, [
        { id: "a", vector: [1, 0] },
        { id: "b", vector: [0, 1] },
      ]),
    ]);
    expect(await measure(view)).toMatchObject({
      recall: 1,
      samples: 2,
      limit: 10,
      exact: { p50Ms: expect.any(Number) },
    });
    view.release();
  });

  it("is 1, of no samples, where there is nothing", async () => {
    const none = viewOf([]);
    expect(await measure(none)).toMatchObject({ recall: 1, samples: 0, indexed: { meanMs: 0 } });
    none.release();
    const alone = viewOf([segmentOf(core, [{ id: "a", vector: [1, 0] }])]);
    expect(await measure(alone)).toMatchObject({ recall: 1, samples: 1 });
    alone.release();
  });

  it("is near that of queries which are not among the records, at any ef", async () => {
    const data = clusteredVectors(3_300, DIMENSION, 5);
    const view = viewOf([await built(3_000, 5, data)]);
    const queries = data.subarray(3_000 * DIMENSION);
    for (const efSearch of [20, 40, 100]) {
      let found = 0;
      for (let at = 0; at < queries.length; at += DIMENSION) {
        const vector = queries.subarray(at, at + DIMENSION);
        const exact = new Set((await run(view, { vector, exact: true })).ids);
        found += (await run(view, { vector, efSearch })).ids.filter((id) => exact.has(id)).length;
      }
      const { recall, samples } = await measure(view, { samples: 300, efSearch });
      expect(samples).toBe(300);
      expect(Math.abs(recall - found / (queries.length / DIMENSION) / 10), `ef ${efSearch}`).toBeLessThan(0.03);
    }
    view.release();
  });

  it("grows with ef, and is the same each time", async () => {
    const view = viewOf([await built(2_000, 9)]);
    const recalls = [];
    for (const efSearch of [10, 14, 400]) recalls.push((await measure(view, { efSearch })).recall);
    expect(recalls[0]).toBeLessThan(recalls[1]!);
    expect(recalls[1]).toBeLessThan(recalls[2]!);
    expect(recalls[2]).toBeGreaterThan(0.97);
    expect((await measure(view, { efSearch: 10 })).recall).toBe(recalls[0]);
    expect((await measure(view, { efSearch: 10, seed: 2 })).recall).not.toBe(recalls[0]);
    view.release();
  });

  it("obeys the filter, and leaves the dead out", async () => {
    const segment = await built(600, 7);
    killRange(segment, 0, 300, 4);
    const view = viewOf([segment], 4);
    expect(await measure(view, { filter: "third = true", samples: 1_000 })).toMatchObject({ recall: 1, samples: 300 });
    view.release();
  });

  it("stops when it is canceled", async () => {
    const view = viewOf([await built(60, 7)]);
    await expect(measure(view, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: "CANCELED" });
    await expect(measure(view, { deadlineMs: 1 })).rejects.toMatchObject({ reason: "DEADLINE_EXCEEDED" });
    view.release();
  });
});

describe("a measure of recall", () => {
  it.each([
    [{ samples: 0 }, "LIMIT_OUT_OF_RANGE"],
    [{ samples: 1_001 }, "LIMIT_OUT_OF_RANGE"],
    [{ limit: 0 }, "LIMIT_OUT_OF_RANGE"],
    [{ limit: 1_001 }, "LIMIT_OUT_OF_RANGE"],
    [{ efSearch: 2_049 }, "LIMIT_OUT_OF_RANGE"],
    [{ seed: -1 }, "LIMIT_OUT_OF_RANGE"],
    [{ seed: 2 ** 32 }, "LIMIT_OUT_OF_RANGE"],
    [{ filter: "a =" }, "INVALID_FILTER"],
  ])("%j: %s", (request, reason) => {
    expect(() => validateMeasurement(request, CONTEXT)).toThrow(expect.objectContaining({ reason }));
  });

  it("has defaults", () => {
    expect(validateMeasurement({}, CONTEXT)).toEqual({ samples: 100, limit: 10, ef: 64, exact: false, seed: 1 });
    expect(validateMeasurement({ samples: 1_000, limit: 1_000, seed: 2 ** 32 - 1 }, CONTEXT)).toMatchObject({
      ef: 2_000,
    });
  });
});
