import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { parseFilter } from "../filter/parser.js";
import { Pace } from "./pace.js";
import { idsOf, segmentOf, viewOf } from "./query-fixture.cases.js";
import { createScanContext, scanRange } from "./scan.js";
import { TopK } from "./top-k.js";
import type { View } from "./view.js";
import { walkHidden, walkInOrder, walkMatches } from "./walk.js";

/** Always at the end of its slice. */
class ShortOfTime extends Pace {
  turns = 0;

  override get due(): boolean {
    return true;
  }

  override async next(): Promise<void> {
    this.turns++;
    await super.next();
  }
}

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const records = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `r${i}`, vector: [i, 0], metadata: { n: i } }));

describe("a scan", () => {
  function contextOf(view: View, pace: Pace) {
    return createScanContext({ view, top: new TopK(3, view), predicate: undefined, pace });
  }

  it("compares the slots of its range and counts them", async () => {
    const segment = segmentOf(core, records(3_000));
    const view = viewOf([segment]);
    const context = contextOf(view, new Pace({}));
    await scanRange(context, 0, segment.vectors.prepare(Float32Array.of(0, 0)), 1_023, 2_050);
    expect(idsOf(view, { hits: context.top.drain() })).toEqual(["r1023", "r1024", "r1025"]);
    expect(context.counters).toEqual({ candidates: 1_027, distanceComputations: 1_027, nodesVisited: 0 });
    view.release();
  });

  it("gives up its turn between blocks, and stops there when it is canceled", async () => {
    const segment = segmentOf(core, records(3_000));
    const view = viewOf([segment]);
    const controller = new AbortController();
    const pace = new ShortOfTime({ signal: controller.signal });
    const scanning = scanRange(contextOf(view, pace), 0, segment.vectors.prepare(Float32Array.of(0, 0)), 0, 3_000);
    controller.abort();
    await expect(scanning).rejects.toMatchObject({ reason: "CANCELED" });
    expect(pace.turns).toBe(1);
    view.release();
  });

  it("asks the filter only about what is close enough", async () => {
    const segment = segmentOf(core, records(1_000));
    const view = viewOf([segment]);
    let asked = 0;
    const predicate = () => {
      asked++;
      return true;
    };
    const context = createScanContext({ view, top: new TopK(3, view), predicate, pace: new Pace({}) });
    await scanRange(context, 0, segment.vectors.prepare(Float32Array.of(0, 0)), 0, 1_000);
    expect(asked).toBe(3);
    view.release();
  });
});

describe("a walk", () => {
  it("meets the visible slots that match, turn by turn, and stops when it is canceled", async () => {
    const one = segmentOf(core, records(300));
    const two = segmentOf(core, records(2));
    one.kill(1, 5, false);
    one.kill(2, 6, true);
    one.kill(3, 2_000, false);
    const view = viewOf([one, two]);
    const found: string[] = [];
    const pace = new ShortOfTime({});
    await walkMatches(view, parseFilter("n < 5"), pace, (segment, slot) => {
      found.push(segment.idOf(slot));
    });
    expect(found).toEqual(["r0", "r3", "r4", "r0", "r1"]);
    // One when the matches of a segment are known, one when it is walked.
    expect(pace.turns).toBe(4);
    const hidden: string[] = [];
    await walkHidden(view, undefined, new Pace({}), (segment, slot) => {
      hidden.push(segment.idOf(slot));
    });
    expect(hidden).toEqual(["r2"]);
    const controller = new AbortController();
    const walking = walkMatches(view, undefined, new ShortOfTime({ signal: controller.signal }), () =>
      controller.abort(),
    );
    await expect(walking).rejects.toMatchObject({ reason: "CANCELED" });
    view.release();
  });

  it("in the order of ids merges the segments by bytes, and leaves out what came later", () => {
    const ids = ["b", "\uffff", "a", "é"];
    const more = ["\u{10000}", "aa", "\ud7ff", "c"];
    const one = segmentOf(
      core,
      ids.map((id) => ({ id, vector: [0, 0] })),
    );
    const two = segmentOf(
      core,
      more.map((id) => ({ id, vector: [0, 0] })),
    );
    const view = viewOf([one, two]);
    two.append({
      id: "b0",
      vector: Float32Array.of(0, 0),
      metadata: new Uint8Array(),
      text: undefined,
      version: 2_000,
    });
    const walk = (from: string) => Array.from(walkInOrder(view, from), ({ segment, slot }) => segment.idOf(slot));
    expect(walk("")).toEqual(["a", "aa", "b", "c", "é", "\ud7ff", "\uffff", "\u{10000}"]);
    expect(walk("b")).toEqual(["b", "c", "é", "\ud7ff", "\uffff", "\u{10000}"]);
    expect(walk("\u{10000}")).toEqual(["\u{10000}"]);
    expect(walk("\u{10001}")).toEqual([]);
    view.release();
  });
});
