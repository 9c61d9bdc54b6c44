import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { clusteredVectors } from "../core/fixtures.cases.js";
import type { GraphCalibration } from "../gen/vecstore/storage/v1/manifest.js";
import type { Segment } from "../segment/segment.js";
import { calibrateGraph } from "./calibrate.js";
import { Pace } from "./pace.js";
import { killRange, run, segmentOf, viewOf } from "./query-fixture.cases.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const DIMENSION = 24;

async function built(count: number, seed: number, data = clusteredVectors(count, DIMENSION, seed)): Promise<Segment> {
  const records = Array.from({ length: count }, (_, i) => ({
    id: `r${i}`,
    vector: [...data.subarray(i * DIMENSION, (i + 1) * DIMENSION)],
  }));
  const segment = segmentOf(core, records, { metric: "cosine", graphRecordsMin: 50, m: 8, efConstruction: 40 });
  await segment.graph!.settled();
  return segment;
}

function expectWellFormed(calibration: GraphCalibration): void {
  expect(calibration.curves.map(({ limit }) => limit)).toEqual([1, 10, 100]);
  for (const { limit, efs, recalls } of calibration.curves) {
    expect(efs).toEqual([...efs].sort((a, b) => a - b));
    expect(recalls).toEqual([...recalls].sort((a, b) => a - b));
    expect(recalls).toHaveLength(efs.length);
    expect(efs[0]).toBeGreaterThanOrEqual(limit);
    expect(recalls.every((recall) => recall >= 0 && recall < 1)).toBe(true);
  }
}

describe("the calibration of a graph", () => {
  it("gives targets that queries from outside reach", async () => {
    const data = clusteredVectors(4_400, DIMENSION, 5);
    const segment = await built(4_000, 5, data);
    const view = viewOf([segment]);
    segment.calibration = await calibrateGraph(view, 0, new Pace({}));
    expectWellFormed(segment.calibration!);
    expect(segment.calibration!.indexed).toBe(4_000);
    const queries = data.subarray(4_000 * DIMENSION);
    for (const [recallTarget, limit] of [
      [0.8, 10],
      [0.95, 10],
      [0.9, 1],
      [0.9, 60],
    ] as const) {
      let found = 0;
      let visited = 0;
      for (let at = 0; at < queries.length; at += DIMENSION) {
        const vector = queries.subarray(at, at + DIMENSION);
        const exact = new Set((await run(view, { vector, limit, exact: true })).ids);
        const { ids, stats } = await run(view, { vector, limit, recallTarget });
        expect(stats.strategy).toBe("graph");
        visited += stats.nodesVisited;
        found += ids.filter((id) => exact.has(id)).length;
      }
      const recall = found / (queries.length / DIMENSION) / limit;
      expect(recall, `target ${recallTarget} of ${limit}`).toBeGreaterThan(recallTarget - 0.01);
      // A fifth of the graph at most: the target is not reached by searching everything.
      expect(visited / (queries.length / DIMENSION)).toBeLessThan(800);
    }
    view.release();
  });

  it("knows the dead from the living", async () => {
    const segment = await built(1_000, 7);
    killRange(segment, 0, 500, 4);
    const view = viewOf([segment], 4);
    const calibration = await calibrateGraph(view, 0, new Pace({}));
    expectWellFormed(calibration!);
    expect(calibration!.curves[1]!.recalls.at(-1)).toBeGreaterThan(0.98);
    view.release();
  });

  it("does without too few records, and without a graph", async () => {
    const few = await built(63, 7);
    const enough = await built(64, 7);
    const flat = segmentOf(core, [{ id: "a", vector: [1, 2] }]);
    const view = viewOf([few, enough, flat]);
    expect(await calibrateGraph(view, 0, new Pace({}))).toBeUndefined();
    expect(await calibrateGraph(view, 1, new Pace({}))).toBeDefined();
    expect(await calibrateGraph(view, 2, new Pace({}))).toBeUndefined();
    view.release();
  });

  it("stops when it is canceled", async () => {
    const controller = new AbortController();
    class Hurried extends Pace {
      override get due(): boolean {
        return true;
      }
    }
    const view = viewOf([await built(200, 7)]);
    const calibrating = calibrateGraph(view, 0, new Hurried({ signal: controller.signal }));
    controller.abort();
    await expect(calibrating).rejects.toMatchObject({ reason: "CANCELED" });
    view.release();
  });
});

describe("a recall target", () => {
  it("scans where no ef is sure to reach it, and before there is a curve takes many candidates", async () => {
    const segment = await built(2_000, 3);
    const view = viewOf([segment]);
    const vector = clusteredVectors(1, DIMENSION, 9);
    const of = async (recallTarget: number) => (await run(view, { vector, recallTarget })).stats;
    expect(await of(1)).toMatchObject({ strategy: "exact_scan", approximate: false });
    expect(await of(0.999)).toMatchObject({ strategy: "exact_scan" });
    const before = await of(0.9);
    expect(before.strategy).toBe("graph");
    segment.calibration = await calibrateGraph(view, 0, new Pace({}));
    const after = await of(0.9);
    expect(after).toMatchObject({ strategy: "graph", approximate: true });
    expect(after.nodesVisited).toBeLessThan(before.nodesVisited / 2);
    view.release();
  });
});
