import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import type { SegmentOptions } from "../segment/segment.js";
import { createRandom } from "../segment/segment-fixture.cases.js";
import { searchDense } from "./dense.js";
import { searchDenseAtOnce } from "./dense-at-once.js";
import { executeQuery } from "./execute.js";
import { Pace } from "./pace.js";
import { killRange, type RecordSketch, segmentOf, validQuery, viewOf } from "./query-fixture.cases.js";
import type { View } from "./view.js";

const DIMENSION = 8;
const ALWAYS_A_GRAPH: Partial<SegmentOptions> = { graphRecordsMin: 64 };

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const random = createRandom(90_210);
const point = () => Array.from({ length: DIMENSION }, random);
const points = (count: number, name: string): RecordSketch[] =>
  Array.from({ length: count }, (_, i) => ({ id: `${name}${i}`, vector: point() }));

/** 1,500 records linked in a graph, then `tail` that are not. */
async function indexed(name: string, tail: number) {
  const segment = segmentOf(core, points(1_500, name), ALWAYS_A_GRAPH);
  await segment.settled();
  await segment.graph!.pause();
  for (const { id, vector } of points(tail, `${name}-tail`)) {
    const record = { id, vector: Float32Array.from(vector), metadata: new Uint8Array(), version: 1 };
    segment.append({ ...record, text: undefined, sparse: undefined });
  }
  return segment;
}

/** What both ways find. */
async function both(view: View, need: number, ef = 64) {
  const query = {
    vector: Float32Array.from(point()),
    ef,
    recallTarget: undefined,
    exact: false,
    filter: undefined,
    predicate: undefined,
  };
  const atOnce = searchDenseAtOnce(query, view, new Pace({}), need, undefined);
  const inTurns = await searchDense(query, view, new Pace({}), need);
  return { atOnce, inTurns };
}

describe("a search in one turn", () => {
  it("finds, counts and says what a search in turns does", async () => {
    const flat = segmentOf(core, points(900, "flat"));
    const wordy = segmentOf(core, [{ id: "no vector", vector: [], text: "words" }]);
    const view = viewOf([await indexed("a", 0), flat, wordy, await indexed("b", 511)]);
    killRange(view.segments[0]!.segment, 0, 500, 7);
    for (const [need, ef] of [
      [10, 64],
      [1, 16],
      [100, 100],
      [700, 700],
    ] as const) {
      const { atOnce, inTurns } = await both(view, need, ef);
      expect(atOnce).toEqual(inTurns);
      expect(inTurns).toMatchObject({ strategy: "graph", approximate: true });
    }
    view.release();
  });

  it("is not tried where more than a block is compared one by one", async () => {
    for (const segment of [await indexed("c", 512), segmentOf(core, points(1_025, "d"))]) {
      const view = viewOf([segment]);
      const { atOnce, inTurns } = await both(view, 10);
      expect(atOnce).toEqual({
        hits: undefined,
        counters: { candidates: 0, nodesVisited: 0, distanceComputations: 0 },
      });
      expect(inTurns.hits).toHaveLength(10);
      view.release();
    }
  });

  it("leaves a graph that cannot find enough to a search in turns, and says what the attempt cost", async () => {
    const segment = segmentOf(core, points(3_000, "e"), { ...ALWAYS_A_GRAPH, m: 8, efConstruction: 40 });
    await segment.settled();
    killRange(segment, 0, 2_990, 7);
    const view = viewOf([segment]);
    const { atOnce, inTurns } = await both(view, 10, 10);
    expect(atOnce.hits).toBeUndefined();
    expect(atOnce.counters.nodesVisited).toBeGreaterThan(2_048);
    expect(inTurns.hits).toHaveLength(10);
    view.release();
  });
});

describe("a query", () => {
  it("gives no promise when it is short, and one when it is not", async () => {
    const view = viewOf([await indexed("f", 3)]);
    const query = (request: object) => validQuery({ vector: point(), ...request }, "euclidean", DIMENSION);
    // Columns are filled by the first filter. Where other work has used a turn up, a later one has room.
    await executeQuery(query({ filter: "a = 1" }), view, {});
    for (const request of [{}, { filter: "a = 1" }]) {
      await vi.waitFor(
        async () => {
          await new Promise((resolve) => setImmediate(resolve));
          expect(executeQuery(query(request), view, {})).not.toBeInstanceOf(Promise);
        },
        { timeout: 20_000, interval: 1 },
      );
    }
    for (const request of [{ exact: true }, { text: "words" }, { diversity: {} }, { groupBy: "a" }])
      expect(await expectPromise(executeQuery(query(request), view, {}))).toHaveProperty("stats");
    view.release();
  });
});

function expectPromise<T>(found: T | Promise<T>): Promise<T> {
  expect(found).toBeInstanceOf(Promise);
  return found as Promise<T>;
}
