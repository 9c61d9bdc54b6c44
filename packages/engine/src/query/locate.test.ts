import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { locateVisible, vectorOfRecord } from "./locate.js";
import { killRange, run, segmentOf, viewOf } from "./query-fixture.cases.js";
import { View } from "./view.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const record = (id: string, x: number, version: number) => ({ id, vector: [x, 0], version });

describe("a record that a view is asked for", () => {
  it("is found in whatever segment it lies, bit for bit", () => {
    const view = viewOf([segmentOf(core, [record("a", 0.1, 1)]), segmentOf(core, [record("é", 2, 1)])]);
    expect([...vectorOfRecord(view, "a")]).toEqual([Math.fround(0.1), 0]);
    expect([...vectorOfRecord(view, "é")]).toEqual([2, 0]);
    view.release();
  });

  it("is the one of the view's sequence, whatever was written since", () => {
    const segment = segmentOf(core, [record("a", 1, 1), record("b", 5, 2), record("a", 2, 3), record("a", 3, 4)]);
    segment.kill(0, 3, false);
    segment.kill(2, 4, false);
    const seen = (sequence: number) => {
      const view = new View([segment], { sequence, nowMs: 0 }, "euclidean");
      const place = locateVisible(view, "a");
      view.release();
      return place?.slot;
    };
    expect([0, 1, 2, 3, 4, 9].map(seen)).toEqual([undefined, 0, 0, 2, 3, 3]);
    segment.release();
  });

  it("is the older one in another segment while the view does not see the newer", () => {
    const old = segmentOf(core, [record("a", 1, 1)]);
    const fresh = segmentOf(core, [record("a", 2, 7)]);
    old.kill(0, 7, false);
    const view = viewOf([old, fresh], 6);
    expect([...vectorOfRecord(view, "a")]).toEqual([1, 0]);
    view.release();
  });

  it("does not see slots appended after the view was taken", () => {
    const segment = segmentOf(core, [record("b", 1, 1)]);
    const view = new View([segment], { sequence: 1, nowMs: 0 }, "euclidean");
    segment.append({ id: "a", vector: Float32Array.of(1, 1), metadata: new Uint8Array(), text: undefined, version: 1 });
    expect(locateVisible(view, "a")).toBeUndefined();
    view.release();
    segment.release();
  });

  it("is RECORD_NOT_FOUND when there is none, or it is dead or hidden", () => {
    const segment = segmentOf(core, [record("a", 1, 1), record("b", 2, 1)]);
    killRange(segment, 0, 1, 2, true);
    const view = viewOf([segment]);
    for (const id of ["a", "c", ""]) {
      expect(() => vectorOfRecord(view, id)).toThrow(
        expect.objectContaining({ reason: "RECORD_NOT_FOUND", code: "not_found", details: { id } }),
      );
    }
    view.release();
    const none = viewOf([]);
    expect(() => vectorOfRecord(none, "a")).toThrow(expect.objectContaining({ reason: "RECORD_NOT_FOUND" }));
    none.release();
  });
});

describe("a query by the id of a record", () => {
  it("finds the record itself and its neighbors, and obeys the filter", async () => {
    const records = Array.from({ length: 20 }, (_, i) => ({
      id: `r${i}`,
      vector: [i, 0],
      metadata: { even: i % 2 === 0 },
    }));
    const view = viewOf([segmentOf(core, records)]);
    expect((await run(view, { id: "r7", limit: 3 })).ids).toEqual(["r7", "r6", "r8"]);
    expect((await run(view, { id: "r7", limit: 2, filter: "even = true" })).ids).toEqual(["r6", "r8"]);
    await expect(run(view, { id: "r20" })).rejects.toMatchObject({ reason: "RECORD_NOT_FOUND" });
    view.release();
  });
});
