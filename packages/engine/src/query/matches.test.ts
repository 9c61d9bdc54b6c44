import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { parseFilter } from "../filter/parser.js";
import { encodeMetadata } from "../metadata/codec.js";
import { matchesAtOnce, resolveMatches } from "./matches.js";
import { Pace } from "./pace.js";
import { segmentOf, viewOf } from "./query-fixture.cases.js";
import { View } from "./view.js";

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

const records = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `r${i}`, vector: [i, 0], metadata: { n: i, even: i % 2 === 0 } }));

async function matchesOf(view: View, filter: string | undefined, segment = 0): Promise<number[]> {
  const found: number[] = [];
  const query = { filter: filter === undefined ? undefined : parseFilter(filter) };
  const set = await resolveMatches(query, view, segment, new Pace({}));
  if (query.filter !== undefined) expect(matchesAtOnce(query.filter, view, segment)).toEqual(set);
  set.forEach((slot) => {
    found.push(slot);
  });
  expect(set.count()).toBe(found.length);
  return found;
}

describe("resolveMatches", () => {
  it("gives the slots of one segment that are visible and match", async () => {
    const view = viewOf([segmentOf(core, records(10)), segmentOf(core, records(3))]);
    expect(await matchesOf(view, "n >= 3 AND even = true")).toEqual([4, 6, 8]);
    expect(await matchesOf(view, "n >= 1", 1)).toEqual([1, 2]);
    expect(await matchesOf(view, "n > 9")).toEqual([]);
    expect(await matchesOf(view, undefined, 1)).toEqual([0, 1, 2]);
    view.release();
  });

  it("sees what its view sees: not what died before, and what died since", async () => {
    const segment = segmentOf(core, records(8));
    segment.kill(1, 5, false);
    segment.kill(2, 6, true);
    segment.kill(3, 9, false);
    segment.kill(4, 9, true);
    segment.kill(4, 10, false);
    const view = new View([segment], { sequence: 8, nowMs: 0 }, "euclidean");
    segment.append({
      id: "later",
      vector: Float32Array.of(0, 0),
      metadata: new Uint8Array(),
      text: undefined,
      version: 9,
    });
    expect(await matchesOf(view, undefined)).toEqual([0, 3, 4, 5, 6, 7]);
    expect(await matchesOf(view, "NOT even = true")).toEqual([3, 5, 7]);
    view.release();
    segment.release();
  });

  it("resolves a filter once for the slots that there are, and again for those that come", async () => {
    const segment = segmentOf(core, records(5_000));
    const first = new View([segment], { sequence: 8, nowMs: 0 }, "euclidean");
    const filter = "n >= 4990";
    const at = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
    expect(await matchesOf(first, filter)).toEqual(at(4_990, 5_000));
    const known = segment.resolved.find(parseFilter(filter));
    expect(known?.limit).toBe(5_000);
    expect(await resolveMatches({ filter: parseFilter(filter) }, first, 0, new Pace({}))).toBe(known);
    for (const { id, vector, metadata } of records(5_003).slice(5_000)) {
      segment.append({
        id,
        vector: Float32Array.from(vector),
        metadata: encodeMetadata(metadata),
        text: undefined,
        version: 9,
      });
    }
    segment.kill(4_992, 9, false);
    const second = new View([segment], { sequence: 9, nowMs: 0 }, "euclidean");
    expect(await matchesOf(second, filter)).toEqual([...at(4_990, 4_992), ...at(4_993, 5_003)]);
    // What died is missing from the answer, not from what is kept.
    expect(segment.resolved.find(parseFilter(filter))?.count()).toBe(13);
    expect(await matchesOf(first, filter)).toHaveLength(10);
    first.release();
    second.release();
    segment.release();
  });

  it("keeps a filter that comes again, in one turn as in several, and lets others use the memory of one that does not", async () => {
    const view = viewOf([segmentOf(core, records(5_000))]);
    const { resolved } = view.segments[0]!.segment;
    const [a, b] = [parseFilter("n < 40"), parseFilter("n < 20")];
    // The columns are filled by the first filter, unless they were in the background.
    await matchesOf(view, "n < 0");
    const first = matchesAtOnce(a, view, 0)!;
    expect(first.count()).toBe(40);
    expect(resolved.find(a)).toBeUndefined();
    expect(matchesAtOnce(b, view, 0)!.words.buffer).toBe(first.words.buffer);
    expect(matchesAtOnce(a, view, 0)!.count()).toBe(40);
    const kept = resolved.find(a)!;
    expect(kept.words.buffer).not.toBe(first.words.buffer);
    expect(matchesAtOnce(b, view, 0)!.count()).toBe(20);
    expect([kept.count(), matchesAtOnce(a, view, 0)]).toEqual([40, kept]);
    view.release();
  });

  it("stops when it is canceled", async () => {
    const view = viewOf([segmentOf(core, records(3))]);
    const controller = new AbortController();
    class ShortOfTime extends Pace {
      override get due(): boolean {
        return true;
      }
    }
    const pace = new ShortOfTime({ signal: controller.signal });
    controller.abort();
    await expect(resolveMatches({ filter: parseFilter("n = 1") }, view, 0, pace)).rejects.toMatchObject({
      reason: "CANCELED",
    });
    view.release();
  });
});
