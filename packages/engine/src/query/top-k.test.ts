import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import { segmentOf, viewOf } from "./query-fixture.cases.js";
import { TopK } from "./top-k.js";
import type { View } from "./view.js";

const SEED = 4_711;
const SLOTS = 20;
let core: Core;
let view: View;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
  // Ids interleave over the two segments, and do not follow the slots.
  const ids = (segment: number) =>
    Array.from({ length: SLOTS }, (_, i) => ({
      id: `id-${((i * 7) % SLOTS) * 2 + segment}`.padEnd(6, "x"),
      vector: [0, 0],
    }));
  view = viewOf([segmentOf(core, ids(0)), segmentOf(core, ids(1))]);
});
afterAll(async () => {
  view.release();
  await core.close();
});

const idOf = ({ segment, slot }: { segment: number; slot: number }) => view.segments[segment]!.segment.idOf(slot);
const compare = (a: Offer, b: Offer) => a.distance - b.distance || (idOf(a) < idOf(b) ? -1 : idOf(a) > idOf(b) ? 1 : 0);

interface Offer {
  readonly distance: number;
  readonly segment: number;
  readonly slot: number;
}

const offers = fc.uniqueArray(
  fc.record({
    distance: fc.constantFrom(-1, 0, 0.5, 0.5, 1, 2, Number.POSITIVE_INFINITY),
    segment: fc.integer({ min: 0, max: 1 }),
    slot: fc.integer({ min: 0, max: SLOTS - 1 }),
  }),
  { selector: ({ segment, slot }) => segment * SLOTS + slot, maxLength: 2 * SLOTS },
);

describe("the k closest", () => {
  it("are what sorting by distance, then id, gives", () => {
    fc.assert(
      fc.property(offers, fc.integer({ min: 1, max: 45 }), (given, k) => {
        const top = new TopK(k, view);
        for (const { distance, segment, slot } of given) {
          if (distance <= top.worst) top.offer(distance, segment, slot);
        }
        expect(top.count).toBe(Math.min(k, given.length));
        expect(top.drain()).toEqual([...given].sort(compare).slice(0, k));
        expect(top.count).toBe(0);
      }),
      { seed: SEED },
    );
  });

  it("take over one segment from another heap", () => {
    fc.assert(
      fc.property(offers, offers, fc.integer({ min: 1, max: 20 }), (given, others, k) => {
        const top = new TopK(k, view);
        const rest = new TopK(k, view);
        const second = others.filter(({ segment }) => segment === 1);
        for (const { distance, segment, slot } of given) top.offer(distance, segment, slot);
        for (const { distance, segment, slot } of second) rest.offer(distance, segment, slot);
        const kept = [...given]
          .sort(compare)
          .slice(0, k)
          .filter(({ segment }) => segment === 0);
        top.replaceSegment(1, rest);
        expect(top.drain()).toEqual([...kept, ...second].sort(compare).slice(0, k));
      }),
      { seed: SEED },
    );
  });

  it("of cosine distances lie in [0, 2], and a rounding error decides nothing", () => {
    const top = new TopK(2, { ...view, segments: view.segments, metric: "cosine" });
    const slotOf = (id: string) => view.segments[0]!.segment.find(id);
    top.offer(-1e-7, 0, slotOf("id-4xx"));
    top.offer(0, 0, slotOf("id-2xx"));
    top.offer(-2e-7, 0, slotOf("id-6xx"));
    expect(top.drain().map((hit) => [idOf(hit), hit.distance])).toEqual([
      ["id-2xx", 0],
      ["id-4xx", 0],
    ]);
    for (const id of ["id-6xx", "id-4xx"]) top.offer(2, 0, slotOf(id));
    expect(top.worst).toBe(Number.POSITIVE_INFINITY);
    top.offer(2 + 2e-7, 0, slotOf("id-2xx"));
    expect(top.drain().map((hit) => [idOf(hit), hit.distance])).toEqual([
      ["id-2xx", 2],
      ["id-4xx", 2],
    ]);
  });
});
