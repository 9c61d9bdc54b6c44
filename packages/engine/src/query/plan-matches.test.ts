import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { createRandom } from "../segment/segment-fixture.cases.js";
import { costsOf } from "./costs.js";
import { planQuery, type SegmentPlan } from "./plan.js";
import { segmentOf, validQuery, viewOf } from "./query-fixture.cases.js";
import type { View } from "./view.js";

const COUNT = 3_000;
const EF = 100;
/** A walk of 100 candidates costs 100,000 ns, twice the codes of 1,000 records, as much as 500 vectors. */
const COSTS = { vectorNs: 200, scanNs: 0, codeNs: 50, searchNs: 0, candidateNs: 1_000, exactSlots: 0 };

let core: Core;
let view: View;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
  const random = createRandom(3);
  const records = Array.from({ length: COUNT }, (_, i) => ({ id: `r${i}`, vector: [random(), random()] }));
  const segment = segmentOf(core, records, { graphRecordsMin: 50 });
  await segment.graph!.settled();
  view = viewOf([segment]);
});
afterAll(async () => {
  view.release();
  await core.close();
});

function plan(matches: number | undefined, request: Parameters<typeof validQuery>[0] = {}, need = 10): SegmentPlan {
  const query = validQuery({ filter: "a = 1", efSearch: EF, ...request });
  return planQuery(query, view, need, [matches], () => COSTS)[0]!;
}

describe("a plan under a filter", () => {
  it.each([
    [0, "filter_scan", "vectors"],
    [1, "filter_scan", "vectors"],
    [40, "filter_scan", "vectors"],
    // 500 vectors cost what an unfiltered search does.
    [500, "filter_scan", "vectors"],
    [501, "filter_scan", "codes"],
    // 5,600 codes cost 2.8 times as much: what they are worth.
    [COUNT, "filter_scan", "codes"],
  ] as const)("of %i matches is a %s by %s", (matches, strategy, by) => {
    expect(plan(matches)).toMatchObject({ strategy, by, matches, ef: 0, indexed: 0 });
  });

  it("walks the graph once all codes cost 2.8 times as much as an unfiltered search", () => {
    expect(plan(COUNT, { efSearch: 40 })).toMatchObject({
      strategy: "filtered_graph",
      by: "codes",
      ef: 40,
      indexed: COUNT,
      matches: COUNT,
    });
    expect(plan(2_240, { efSearch: 40 }).strategy).toBe("filter_scan");
    expect(plan(2_241, { efSearch: 40 }).strategy).toBe("filtered_graph");
  });

  it("counts what a scan and a search cost however little they look at", () => {
    const strategies = [
      { ...COSTS, scanNs: 1 },
      { ...COSTS, scanNs: 28_000, searchNs: 10_000 },
    ].map(
      (costs) => planQuery(validQuery({ filter: "a = 1", efSearch: 40 }), view, 10, [2_240], () => costs)[0]!.strategy,
    );
    expect(strategies).toEqual(["filtered_graph", "filter_scan"]);
  });

  it("gives a walk up where few records match around the query, if a scan costs no more than going on", () => {
    expect(plan(COUNT, { efSearch: 40 }).leastShare).toBe(0.5);
    expect(plan(COUNT, { efSearch: 25 }).leastShare).toBe(0.5);
    expect(plan(COUNT, { efSearch: 24 }).leastShare).toBe(0);
  });

  it("has as many candidates as results are wanted, and scans for more than a pool holds", () => {
    expect(plan(COUNT, { efSearch: 1 }, 20)).toMatchObject({ strategy: "filtered_graph", ef: 20 });
    expect(plan(COUNT, {}, 2_000)).toMatchObject({ strategy: "filter_scan", by: "vectors" });
  });

  it("walks with as many candidates as a recall target takes, and compares all matches where no number is enough", () => {
    // Not measured yet: 25.6 / (1 - target).
    expect(plan(COUNT, { efSearch: undefined, recallTarget: 0.2 })).toMatchObject({
      strategy: "filtered_graph",
      ef: 32,
    });
    const high = plan(COUNT, { efSearch: undefined, recallTarget: 0.999 });
    expect(high).toMatchObject({ strategy: "filter_scan", by: "vectors", ef: 0 });
  });

  it("compares all matches in f32 when the query asks for exact results, or was not counted", () => {
    expect(plan(1_500, { exact: true })).toMatchObject({ strategy: "filter_scan", by: "vectors", matches: 1_500 });
    expect(plan(undefined)).toMatchObject({ strategy: "filter_scan", by: "vectors", matches: undefined });
  });

  it("compares all codes for exact results where that costs less than the vectors of the matches", () => {
    expect(plan(1_501, { exact: true })).toMatchObject({ strategy: "filter_scan", by: "bounds", matches: 1_501 });
    expect(plan(COUNT, { exact: true }, 3_000)).toMatchObject({ by: "bounds" });
  });

  it("compares the first so many exactly, whatever else would cost", () => {
    const query = validQuery({ filter: "a = 1", efSearch: 10 });
    const strategies = [900, 901].map(
      (matches) => planQuery(query, view, 10, [matches], () => ({ ...COSTS, exactSlots: 900 }))[0]!.by,
    );
    expect(strategies).toEqual(["vectors", "codes"]);
  });

  it("says what it expects, between the least and the most", () => {
    for (const request of [{ efSearch: 10 }, { efSearch: 40 }, { exact: true }]) {
      for (const matches of [undefined, 0, 7, 300, 1_000, COUNT]) {
        const { distances, reason } = plan(matches, request);
        expect(distances.min).toBeLessThanOrEqual(distances.expected);
        expect(distances.expected).toBeLessThanOrEqual(distances.max);
        expect(reason).not.toBe("");
      }
    }
  });

  it("measures what this machine takes, once for segments of a size", () => {
    const { segment } = view.segments[0]!;
    const costs = costsOf(segment, segment.graph!);
    for (const cost of Object.values(costs)) expect(cost).toBeGreaterThan(0);
    expect(costsOf(segment, segment.graph!)).toBe(costs);
  });
});
