import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { killRange, segmentOf, viewOf } from "./query-fixture.cases.js";
import { sampleRecords } from "./sample.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const records = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `r${i}`, vector: [i, 0] }));
const names = (sample: readonly { segment: number; slot: number }[]) =>
  sample.map(({ segment, slot }) => `${segment}:${slot}`);

describe("a sample of records", () => {
  it("holds each record at most once, and all when as many are wanted", () => {
    for (const counts of [[1], [2], [7, 5], [100], [64, 1, 36]]) {
      const total = counts.reduce((a, b) => a + b);
      const view = viewOf(counts.map((count) => segmentOf(core, records(count))));
      for (const most of [1, Math.ceil(total / 2), total, total + 5]) {
        const sample = names(sampleRecords(view, most, 3));
        expect(new Set(sample).size).toBe(Math.min(most, total));
      }
      view.release();
    }
    expect(sampleRecords({ segments: [], sequence: 1, nowMs: 0 }, 5, 1)).toEqual([]);
  });

  it("is the same for the same seed, another for another, and spread over the slots", () => {
    const view = viewOf([segmentOf(core, records(1_000))]);
    const of = (seed: number) => names(sampleRecords(view, 10, seed));
    expect(of(1)).toEqual(of(1));
    expect(of(2)).not.toEqual(of(1));
    const tenths = sampleRecords(view, 50, 9).map(({ slot }) => Math.floor(slot / 100));
    expect(new Set(tenths).size).toBe(10);
    view.release();
  });

  it("holds no record without a vector", () => {
    const none = records(5).map(({ id }) => ({ id, vector: [] }));
    const view = viewOf([segmentOf(core, none), segmentOf(core, records(5))]);
    expect(names(sampleRecords(view, 10, 1)).sort()).toEqual(["1:0", "1:1", "1:2", "1:3", "1:4"]);
    view.release();
  });

  it("holds visible records only", () => {
    const segment = segmentOf(core, records(100));
    killRange(segment, 10, 95, 4);
    const view = viewOf([segment], 4);
    const slots = sampleRecords(view, 100, 1).map(({ slot }) => slot);
    expect(slots.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 95, 96, 97, 98, 99]);
    view.release();
  });
});
