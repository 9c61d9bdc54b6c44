import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { createRandom } from "../segment/segment-fixture.cases.js";
import { executeQuery } from "./execute.js";
import { killRange, type RecordSketch, run, segmentOf, validQuery, viewOf } from "./query-fixture.cases.js";
import { View } from "./view.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

/** Points on a line, `from` .. `from + count - 1`, named so that ids sort like numbers. */
function line(count: number, from = 0, version = 1): RecordSketch[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `p${String(from + i).padStart(5, "0")}`,
    vector: [from + i, 0],
    metadata: { n: from + i },
    version,
  }));
}

const names = (...numbers: number[]) => numbers.map((n) => `p${String(n).padStart(5, "0")}`);

describe("a query without graphs", () => {
  it("finds the closest of all segments, in order", async () => {
    const view = viewOf([segmentOf(core, line(5, 5)), segmentOf(core, line(5, 0))]);
    expect(await run(view, { limit: 3, vector: [4.4, 0] })).toMatchObject({
      ids: names(4, 5, 3),
      stats: { strategy: "flat_scan", approximate: false, exhausted: false, segments: 2, candidates: 10 },
    });
    view.release();
  });

  it("orders equal distances by id, wherever the records lie, also at the edge of the limit", async () => {
    const twins = (...ids: string[]) => ids.map((id) => ({ id, vector: [1, 1] }));
    const view = viewOf([
      segmentOf(core, twins("d", "é", "b")),
      segmentOf(core, twins("c", "\u{10000}", "\uffff", "a")),
    ]);
    for (const limit of [1, 2, 3, 5, 7, 8]) {
      expect((await run(view, { limit })).ids).toEqual(
        ["a", "b", "c", "d", "é", "\uffff", "\u{10000}"].slice(0, limit),
      );
    }
    expect((await run(view, { limit: 2, offset: 3 })).ids).toEqual(["d", "é"]);
    view.release();
  });

  it("skips the offset, and is exhausted when fewer than the limit are left", async () => {
    const view = viewOf([segmentOf(core, line(10))]);
    const cases: [offset: number, limit: number, ids: string[], exhausted: boolean][] = [
      [0, 10, names(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), false],
      [0, 11, names(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), true],
      [8, 2, names(8, 9), false],
      [8, 3, names(8, 9), true],
      [10, 1, [], true],
      [9_000, 1_000, [], true],
    ];
    for (const [offset, limit, ids, exhausted] of cases) {
      expect(await run(view, { offset, limit })).toMatchObject({ ids, stats: { exhausted } });
    }
    view.release();
  });

  it("keeps what scores at least the threshold, and is exhausted by it", async () => {
    const view = viewOf([segmentOf(core, line(10))]);
    const cases: [threshold: number, offset: number, ids: string[], exhausted: boolean][] = [
      [-2, 0, names(0, 1, 2), true],
      [-2, 2, names(2), true],
      [-2, 3, [], true],
      [-2.5, 0, names(0, 1, 2), true],
      [-3, 0, names(0, 1, 2, 3), false],
      [0, 0, names(0), true],
      [1, 0, [], true],
    ];
    for (const [scoreThreshold, offset, ids, exhausted] of cases) {
      expect(await run(view, { scoreThreshold, offset, limit: 4 })).toMatchObject({ ids, stats: { exhausted } });
    }
    view.release();
  });

  it("answers from nothing at all", async () => {
    const empty = viewOf([]);
    expect(await run(empty, {})).toMatchObject({
      ids: [],
      stats: { strategy: "empty", exhausted: true, approximate: false, segments: 0, candidates: 0 },
    });
    const dead = segmentOf(core, line(3));
    killRange(dead, 0, 3, 2);
    const view = viewOf([dead]);
    expect(await run(view, {})).toMatchObject({ ids: [], stats: { exhausted: true } });
    view.release();
  });

  it("sees the records of its sequence, whatever dies or comes later", async () => {
    const segment = segmentOf(core, line(3, 0, 5));
    segment.kill(1, 7, false);
    segment.kill(2, 8, true);
    const seen = async (sequence: number) => {
      const view = new View([segment], { sequence, nowMs: 0 }, "euclidean");
      const { ids } = await run(view, {});
      view.release();
      return ids;
    };
    expect(await seen(4)).toEqual([]);
    expect(await seen(6)).toEqual(names(0, 1, 2));
    expect(await seen(7)).toEqual(names(0, 2));
    expect(await seen(8)).toEqual(names(0));
    segment.release();
  });

  it("answers the same with a filter in every place, and counts what it computed", async () => {
    const view = viewOf([segmentOf(core, line(2_000)), segmentOf(core, line(1_500, 2_000))]);
    const { ids, stats } = await run(view, { filter: "n >= 1999 AND n != 2000", limit: 3 });
    expect(ids).toEqual(names(1_999, 2_001, 2_002));
    expect(stats).toMatchObject({
      strategy: "filter_scan",
      candidates: 1_500,
      distanceComputations: 1_500,
      filteredCount: 1_500,
      approximate: false,
    });
    expect(await run(view, { filter: "n < 0" })).toMatchObject({ ids: [], stats: { exhausted: true } });
    expect(await run(view, { exact: true, limit: 1 })).toMatchObject({ stats: { strategy: "exact_scan" } });
    view.release();
  });

  it("never scores past what a cosine can be, and orders what is equally close by id", async () => {
    const random = createRandom(11);
    const vector = Array.from({ length: 24 }, () => random() - 0.5);
    const scaled = (factor: number) => vector.map((x) => x * factor);
    const records = Array.from({ length: 40 }, (_, i) => ({
      id: `s${String(i).padStart(2, "0")}`,
      vector: scaled(0.1 + random()),
    }));
    const view = viewOf([segmentOf(core, records, { metric: "cosine" })]);
    for (const factor of [1, -1]) {
      const { hits } = await executeQuery(validQuery({ vector: scaled(factor), limit: 40 }, view.metric, 24), view, {});
      expect(hits.every(({ distance }) => distance >= 0 && distance <= 2)).toBe(true);
      const sorted = [...hits].sort((a, b) => a.distance - b.distance || a.slot - b.slot);
      expect(hits).toEqual(sorted);
    }
    view.release();
  });

  it("stops when it is canceled or its time is over, before and between slices", async () => {
    const view = viewOf([segmentOf(core, line(3))]);
    const aborted = AbortSignal.abort();
    await expect(run(view, {}, { signal: aborted })).rejects.toMatchObject({ reason: "CANCELED", code: "canceled" });
    await expect(run(view, {}, { deadlineMs: 1 })).rejects.toMatchObject({ reason: "DEADLINE_EXCEEDED" });
    await expect(run(view, {}, { deadlineMs: Date.now() + 60_000 })).resolves.toBeDefined();
    view.release();
  });
});

describe("a query on graphs", () => {
  const graph = { graphRecordsMin: 50 };

  it("scans what the graph does not link yet", async () => {
    const segment = segmentOf(core, line(200), graph);
    await segment.graph!.pause();
    expect(segment.indexed).toBe(0);
    const view = viewOf([segment]);
    expect(await run(view, { limit: 3, vector: [150, 0] })).toMatchObject({
      ids: names(150, 149, 151),
      stats: { strategy: "flat_scan", approximate: false },
    });
    segment.graph!.resume();
    await segment.settled();
    expect(await run(view, { limit: 3, vector: [150, 0] })).toMatchObject({
      ids: names(150, 149, 151),
      stats: { strategy: "graph", approximate: true, exhausted: false },
    });
    view.release();
  });

  it("finds the tail behind a graph exactly", async () => {
    const segment = segmentOf(core, line(200), graph);
    await segment.settled();
    await segment.graph!.pause();
    for (const { id, vector } of line(50, 200)) {
      segment.append({
        id,
        vector: Float32Array.from(vector),
        metadata: new Uint8Array(),
        text: undefined,
        version: 2,
      });
    }
    const view = viewOf([segment]);
    expect(await run(view, { limit: 4, vector: [199.6, 0] })).toMatchObject({
      ids: names(200, 199, 201, 198),
      stats: { strategy: "graph", approximate: true },
    });
    view.release();
  });

  it("goes on searching while dead records crowd out the answer", async () => {
    const segment = segmentOf(core, line(300), graph);
    await segment.settled();
    killRange(segment, 0, 200, 2);
    const view = viewOf([segment], 3);
    expect((await run(view, { limit: 5, efSearch: 10 })).ids).toEqual(names(200, 201, 202, 203, 204));
    view.release();
  });

  it("never returns fewer than its view holds, although all of it died since", async () => {
    const segment = segmentOf(core, line(300), graph);
    await segment.settled();
    killRange(segment, 0, 200, 2);
    const view = viewOf([segment], 3);
    killRange(segment, 200, 300, 4);
    expect((await run(view, { limit: 5, efSearch: 10 })).ids).toEqual(names(200, 201, 202, 203, 204));
    view.release();
  });

  it("does not search far for what is all in the tail", async () => {
    const segment = segmentOf(core, line(300), graph);
    await segment.settled();
    await segment.graph!.pause();
    killRange(segment, 0, 300, 2);
    for (const { id, vector } of line(20, 300)) {
      segment.append({
        id,
        vector: Float32Array.from(vector),
        metadata: new Uint8Array(),
        text: undefined,
        version: 3,
      });
    }
    const view = viewOf([segment], 4);
    const { ids, stats } = await run(view, { limit: 3, efSearch: 64 });
    expect(ids).toEqual(names(300, 301, 302));
    expect(stats.strategy).toBe("graph");
    expect(stats.candidates).toBe(20);
    view.release();
  });

  it.each([0, 20])(
    "never returns what has expired for its view, nor fewer than are left, %i behind the graph",
    async (tail) => {
      const times = (records: ReturnType<typeof line>) =>
        records.map((record, i) => ({ ...record, expiresAtMs: i % 4 === 0 ? undefined : 1_000 + i }));
      const all = times(line(300 + tail));
      const segment = segmentOf(core, all.slice(0, 300), graph);
      await segment.settled();
      await segment.graph!.pause();
      for (const { id, vector, expiresAtMs } of all.slice(300)) {
        const bare = { metadata: new Uint8Array(), text: undefined, version: 1 };
        segment.append({ id, vector: Float32Array.from(vector), expiresAtMs, ...bare });
      }
      for (const nowMs of [999, 1_150, 5_000]) {
        segment.retain();
        const view = viewOf([segment], 3, nowMs);
        const left = all
          .filter(({ expiresAtMs }) => expiresAtMs === undefined || expiresAtMs > nowMs)
          .map(({ id }) => id);
        expect(view.segments[0]!.visible).toBe(left.length);
        expect((await run(view, { limit: 5, efSearch: 10 })).ids).toEqual(left.slice(0, 5));
        expect((await run(view, { limit: 500, efSearch: 10 })).ids).toEqual(left);
        expect((await run(view, { limit: 500, filter: "n != -1" })).ids).toEqual(left);
        view.release();
      }
      segment.release();
    },
  );

  it("scans a segment whose graph cannot find enough, and says which part of the answer is exact", async () => {
    const crowded = segmentOf(core, line(3_000), { ...graph, m: 4, efConstruction: 10 });
    await crowded.settled();
    killRange(crowded, 0, 2_900, 2);
    const alone = new View([crowded], { sequence: 3, nowMs: 0 }, "euclidean");
    expect(await run(alone, { limit: 5 })).toMatchObject({
      ids: names(2_900, 2_901, 2_902, 2_903, 2_904),
      stats: { strategy: "exact_scan", approximate: false },
    });
    alone.release();
    const other = segmentOf(core, line(100, 10_000), graph);
    await other.settled();
    const both = viewOf([crowded, other], 3);
    expect(await run(both, { limit: 101 })).toMatchObject({ stats: { approximate: true, exhausted: false } });
    both.release();
  });

  it("scans when more are asked for than a graph search can hold", async () => {
    const segment = segmentOf(core, line(200), graph);
    await segment.settled();
    const view = viewOf([segment]);
    expect(await run(view, { limit: 2_048 })).toMatchObject({ stats: { strategy: "graph", exhausted: true } });
    const { ids, stats } = await run(view, { limit: 1_000, offset: 1_049 });
    expect([ids, stats.strategy, stats.exhausted]).toEqual([[], "flat_scan", true]);
    view.release();
  });
});
