import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Core, loadCore } from "../core/core.js";
import type { Moment } from "../segment/moment.js";
import { createRandom } from "../segment/segment-fixture.cases.js";
import { segmentOf } from "./query-fixture.cases.js";
import { View } from "./view.js";
import { visibleSlots } from "./visible.js";

const SEED = 31;

let core: Core;
beforeAll(async () => {
  core = await loadCore({ threads: 0 });
});
afterAll(() => core.close());

function* moments(): Generator<Moment> {
  for (let sequence = 0; sequence < 80; sequence++) {
    for (const nowMs of [999, 1_100, 1_250, 1_400, 2_000]) yield { sequence, nowMs };
  }
}

describe("visibleSlots", () => {
  it("gives what isVisible says slot by slot, of every sequence and time (seed 31)", () => {
    const random = createRandom(SEED);
    const records = Array.from({ length: 300 }, (_, i) => ({
      id: `r${i}`,
      vector: [i, 0],
      version: 1 + Math.floor(i / 7),
      expiresAtMs: i % 3 === 0 ? 1_000 + Math.floor(random() * 500) : undefined,
    }));
    const segment = segmentOf(core, records);
    for (let i = 0; i < 120; i++) {
      segment.kill(Math.floor(random() * 290), 50 + Math.floor(random() * 20), random() < 0.5);
    }
    // A removal that is logged: for earlier sequences its slots are gone by their time alone.
    for (const slot of segment.expiry.takeDue(1_250)) segment.kill(slot, 75, false);
    for (const { sequence, nowMs } of moments()) {
      const view = new View([segment], { sequence, nowMs }, "euclidean");
      const set = visibleSlots(view, 0);
      const expected = records.map((_, slot) => segment.isVisible(slot, view));
      expect(records.map((_, slot) => set.has(slot))).toEqual(expected);
      expect(set.count()).toBe(expected.filter(Boolean).length);
      view.release();
    }
    segment.release();
  });

  it("crosses the border of two blocks, and stops at the count of the view", () => {
    const records = Array.from({ length: 65_540 }, (_, i) => ({ id: `r${i}`, vector: [i, 0] }));
    const segment = segmentOf(core, records, { slotsMax: 70_000 });
    for (const slot of [0, 65_535, 65_536, 65_539]) segment.kill(slot, 5, false);
    const view = new View([segment], { sequence: 5, nowMs: 0 }, "euclidean");
    segment.append({
      id: "later",
      vector: Float32Array.of(1, 1),
      metadata: new Uint8Array(),
      text: undefined,
      version: 6,
    });
    const set = visibleSlots(view, 0);
    expect(set.limit).toBe(65_540);
    expect(set.count()).toBe(65_536);
    expect([0, 1, 65_535, 65_536, 65_537, 65_539, 65_540].map((slot) => set.has(slot))).toEqual([
      false,
      true,
      false,
      false,
      true,
      false,
      false,
    ]);
    view.release();
    segment.release();
  });
});
