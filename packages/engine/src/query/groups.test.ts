import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import type { JsonValue, Metadata } from "../model/metadata.js";
import { createRandom } from "../segment/segment-fixture.cases.js";
import { groupKeyOf } from "./group-key.js";
import { killRange, type RecordSketch, run, segmentOf, viewOf } from "./query-fixture.cases.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const record = (id: string, x: number, group?: JsonValue): RecordSketch => ({
  id,
  vector: [x, 0],
  metadata: group === undefined ? undefined : ({ doc: { name: group } } as Metadata),
});

describe("a query by groups", () => {
  it("keeps the closest of each group, by descending score", async () => {
    const view = viewOf([
      segmentOf(core, [record("a1", 1, "a"), record("a2", 2, "a"), record("b1", 3, "b")]),
      segmentOf(core, [record("b2", 2.5, "b"), record("c1", 9, "c"), record("a3", 2.2, "a")]),
    ]);
    const ids = async (more: object) => (await run(view, { groupBy: "doc.name", ...more })).ids;
    expect(await ids({ limit: 2 })).toEqual(["a1", "b2"]);
    expect(await ids({ limit: 2, groupSize: 2 })).toEqual(["a1", "a2", "b2", "b1"]);
    expect(await ids({ limit: 3, groupSize: 3 })).toEqual(["a1", "a2", "a3", "b2", "b1", "c1"]);
    expect(await ids({ limit: 2, offset: 1, groupSize: 2 })).toEqual(["b2", "b1", "c1"]);
    expect(await ids({ limit: 2, offset: 3 })).toEqual([]);
    expect(await ids({ limit: 3, groupSize: 2, scoreThreshold: -2.4 })).toEqual(["a1", "a2"]);
    expect(await ids({ limit: 3, groupSize: 2, filter: "doc.name != 'a'" })).toEqual(["b2", "b1", "c1"]);
    view.release();
  });

  it("is exhausted when there are fewer groups than its limit", async () => {
    const view = viewOf([segmentOf(core, [record("a", 1, "a"), record("b", 2, "b"), record("b2", 3, "b")])]);
    const isExhausted = async (more: object) => (await run(view, { groupBy: "doc.name", ...more })).stats.exhausted;
    expect(await isExhausted({ limit: 2 })).toBe(false);
    expect(await isExhausted({ limit: 3 })).toBe(true);
    expect(await isExhausted({ limit: 1, offset: 1 })).toBe(false);
    expect(await isExhausted({ limit: 2, scoreThreshold: -1.5 })).toBe(true);
    view.release();
  });

  it("tells values apart as JSON does, and puts records without one in one group", async () => {
    const values: (JsonValue | undefined)[] = [1, "1", true, "true", null, undefined, [1, 2], [2, 1], { a: 1 }, "null"];
    const view = viewOf([
      segmentOf(
        core,
        values.map((value, i) => record(`r${i}`, i, value)),
      ),
    ]);
    expect((await run(view, { groupBy: "doc.name", limit: 20 })).ids).toEqual([
      "r0",
      "r1",
      "r2",
      "r3",
      "r4",
      "r6",
      "r7",
      "r8",
      "r9",
    ]);
    view.release();
    expect(groupKeyOf(["a"], { a: { x: 1, y: [{ p: 1, q: 2 }] } })).toBe(
      groupKeyOf(["a"], { a: { y: [{ q: 2, p: 1 }], x: 1 } }),
    );
    expect(groupKeyOf(["a", "b"], { a: [{ b: 1 }] })).toBe(groupKeyOf(["a", "b"], undefined));
  });
});

/** Groups by brute force: ids of members in the order of the answer. */
function reference(records: readonly RecordSketch[], wanted: number, size: number, offset: number): string[] {
  const sorted = [...records].sort((a, b) => a.vector[0]! - b.vector[0]! || (a.id < b.id ? -1 : 1));
  const groups = new Map<JsonValue | undefined, RecordSketch[]>();
  for (const each of sorted) {
    const key = each.metadata!.group;
    const members = groups.get(key) ?? [];
    groups.set(key, members);
    if (members.length < size) members.push(each);
  }
  const kept = [...groups.values()].slice(offset, offset + wanted).flat();
  return sorted.filter((each) => kept.includes(each)).map(({ id }) => id);
}

describe("groups among many records", () => {
  // Group g has its records far from one another, and the groups near the query are large: the first candidates are all of a few groups.
  const crowd = (count: number, groups: number): RecordSketch[] => {
    const random = createRandom(5);
    return Array.from({ length: count }, (_, i) => {
      const x = random() * 1_000;
      const near = x < 800 ? Math.floor(x / 400) : Math.floor(random() * groups);
      return { id: `r${i}`, vector: [x, 0], metadata: { group: `g${near}`, odd: i % 2 === 1 } };
    });
  };

  for (const graphRecordsMin of [50, 100_000]) {
    const how = graphRecordsMin === 50 ? "on graphs" : "without graphs";
    it(`are as many as exist and full, ${how}`, async () => {
      const records = crowd(4_000, 12);
      const segments = [records.slice(0, 2_500), records.slice(2_500)].map((part) =>
        segmentOf(core, part, { graphRecordsMin, m: 8, efConstruction: 60 }),
      );
      for (const segment of segments) await segment.settled();
      const view = viewOf(segments);
      for (const [limit, groupSize, offset] of [
        [1, 3, 0],
        [2, 1, 0],
        [5, 1, 0],
        [12, 1, 0],
        [20, 2, 0],
        [4, 7, 3],
        [3, 100, 9],
      ] as const) {
        const { ids, stats } = await run(view, { groupBy: "group", limit, groupSize, offset, efSearch: 200 });
        expect(ids).toEqual(reference(records, limit, groupSize, offset));
        expect(stats.exhausted).toBe(offset + limit > 12);
      }
      const odd = records.filter(({ metadata }) => metadata!.odd === true);
      const { ids } = await run(view, { groupBy: "group", limit: 12, groupSize: 3, filter: "odd = true" });
      expect(ids).toEqual(reference(odd, 12, 3, 0));
      view.release();
    });
  }

  it("see what the view sees", async () => {
    const records = crowd(1_000, 9);
    const segment = segmentOf(core, records);
    killRange(segment, 100, 600, 4);
    const view = viewOf([segment], 4);
    const alive = [...records.slice(0, 100), ...records.slice(600)];
    expect((await run(view, { groupBy: "group", limit: 9, groupSize: 4 })).ids).toEqual(reference(alive, 9, 4, 0));
    view.release();
  });

  it("hold no record without a vector", async () => {
    const none = Array.from({ length: 100 }, (_, i) => ({ id: `n${i}`, vector: [], metadata: { group: `g${i}` } }));
    const records = crowd(1_000, 9);
    const view = viewOf([segmentOf(core, none), segmentOf(core, records)]);
    const { ids, stats } = await run(view, { vector: [0, 0], groupBy: "group", limit: 20, groupSize: 2 });
    expect([ids, stats.exhausted]).toEqual([reference(records, 20, 2, 0), true]);
    view.release();
  });

  it("keep the closest of many small groups", async () => {
    const records = Array.from({ length: 9_000 }, (_, i) => ({
      id: `r${i}`,
      vector: [i, 0],
      metadata: { group: i < 6_000 ? "large" : `small ${i}` },
    }));
    const view = viewOf([segmentOf(core, records, { graphRecordsMin: 100_000 })]);
    expect((await run(view, { groupBy: "group", limit: 40 })).ids).toEqual(reference(records, 40, 1, 0));
    view.release();
  });
});
