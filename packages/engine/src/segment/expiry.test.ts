import { describe, expect, it } from "vitest";
import { Deaths } from "./deaths.js";
import { Expiry } from "./expiry.js";
import { createRandom } from "./segment-fixture.cases.js";

const SEED = 4_711;

/** Times by slot, 0 for never, and the slots that are gone: what the heap must say, by looking at all of them. */
class Plain {
  readonly times: number[] = [];
  readonly gone = new Set<number>();

  due(untilMs: number): number[] {
    return [...this.times.keys()].filter(
      (slot) => this.times[slot]! !== 0 && this.times[slot]! <= untilMs && !this.gone.has(slot),
    );
  }

  nextAfterMs(afterMs: number): number {
    const all = this.due(Number.MAX_SAFE_INTEGER).map((slot) => this.times[slot]!);
    return Math.min(...all.filter((time) => time > afterMs), Number.POSITIVE_INFINITY);
  }

  get nextMs(): number {
    return Math.min(...this.due(Number.MAX_SAFE_INTEGER).map((slot) => this.times[slot]!), Number.POSITIVE_INFINITY);
  }
}

const ascending = (slots: readonly number[]) => [...slots].sort((a, b) => a - b);

describe("the times of a segment", () => {
  it(`are given out as a walk over all slots gives them, seed ${SEED}`, () => {
    const random = createRandom(SEED);
    const deaths = new Deaths();
    const expiry = new Expiry(deaths);
    const plain = new Plain();
    const taken: number[] = [];
    let nowMs = 1;
    for (let round = 0; round < 3_000; round++) {
      // Few times, so that many are equal; some lie in the past.
      const timeMs = random() < 0.3 ? 0 : Math.max(1, nowMs + Math.floor(random() * 40) - 5) * 10;
      plain.times.push(timeMs);
      if (timeMs !== 0) expiry.set(round, timeMs);
      if (random() < 0.2) {
        const slot = Math.floor(random() * plain.times.length);
        const soft = random() < 0.5;
        deaths.kill(slot, round + 1, soft);
        if (deaths.isHard(slot)) plain.gone.add(slot);
      }
      if (random() < 0.05) {
        nowMs += Math.floor(random() * 12);
        expect(ascending(expiry.due(nowMs * 10))).toEqual(plain.due(nowMs * 10));
        // Those that come later may be gone, and still be in the heap.
        const after = expiry.nextAfterMs(nowMs * 10);
        expect(after).toBeGreaterThan(nowMs * 10);
        expect(after).toBeLessThanOrEqual(plain.nextAfterMs(nowMs * 10));
        expect([plain.nextAfterMs(nowMs * 10), ...plain.times]).toContain(after);
        expect(expiry.nextMs).toBe(plain.nextMs);
        const due = expiry.takeDue(nowMs * 10);
        expect(ascending(due)).toEqual(plain.due(nowMs * 10));
        for (const slot of due) {
          deaths.kill(slot, round + 1, false);
          plain.gone.add(slot);
          taken.push(slot);
        }
      }
    }
    expect(taken.length).toBeGreaterThan(1_000);
    expect(new Set(taken).size).toBe(taken.length);
  });

  it("that are read in bulk give the same, and what is dead by then is left out", () => {
    const random = createRandom(SEED);
    const times = Float64Array.from({ length: 5_000 }, () => Math.floor(random() * 300));
    const deaths = new Deaths();
    const expiry = new Expiry(deaths);
    expiry.setAll(0, times.subarray(0, 2_000));
    expiry.setAll(2_000, times.subarray(2_000));
    for (let slot = 0; slot < 5_000; slot += 3) deaths.kill(slot, 1, slot % 2 === 0);
    // Before anything was asked, and after.
    expiry.set(5_000, 7);
    expect(expiry.nextMs).toBe(1);
    expiry.set(5_001, 8);
    const due = [...times.keys()].filter((slot) => times[slot]! > 0 && times[slot]! <= 50 && !deaths.isHard(slot));
    expect(ascending(expiry.due(50))).toEqual([...due, 5_000, 5_001]);
  });

  it.each([3, 4_000])("that are due together, %i of 5,000, are taken once, and the others stay in order", (count) => {
    const deaths = new Deaths();
    const expiry = new Expiry(deaths);
    for (let slot = 0; slot < 5_000; slot++) expiry.set(slot, slot < count ? 10 : 6_000 - slot);
    expect(expiry.takeDue(10)).toHaveLength(count);
    expect(expiry.due(10)).toEqual([]);
    const order: number[] = [];
    for (let next = expiry.nextMs; next < Number.POSITIVE_INFINITY; next = expiry.nextMs) {
      order.push(next);
      expect(expiry.takeDue(next)).toHaveLength(1);
    }
    expect(order).toEqual(Array.from({ length: 5_000 - count }, (_, i) => 1_001 + i));
  });

  it("say which comes next after a time, also while earlier ones wait to be taken", () => {
    const expiry = new Expiry(new Deaths());
    for (const [slot, time] of [30, 10, 20, 10, 50].entries()) expiry.set(slot, time);
    expect([0, 9, 10, 19, 20, 30, 49, 50].map((at) => expiry.nextAfterMs(at))).toEqual([
      10,
      10,
      20,
      20,
      30,
      50,
      50,
      Number.POSITIVE_INFINITY,
    ]);
    const read = new Expiry(new Deaths());
    read.setAll(0, Float64Array.of(0, 7, 5));
    expect([read.nextAfterMs(5), read.nextAfterMs(7)]).toEqual([7, Number.POSITIVE_INFINITY]);
  });

  it("cost nothing where no slot has one", () => {
    const expiry = new Expiry(new Deaths());
    expect([expiry.bytes, expiry.nextMs, expiry.of(70_000)]).toEqual([0, Number.POSITIVE_INFINITY, 0]);
    expect([expiry.due(1e15), expiry.times(0, 100), expiry.isExpired(5, 1e15)]).toEqual([[], undefined, false]);
    expiry.set(1_000, 5);
    expect([expiry.times(0, 1_000), expiry.times(1_001, 2_000)]).toEqual([undefined, undefined]);
    expect(expiry.times(999, 1_002)).toEqual(Float64Array.of(0, 5, 0));
    expect(expiry.bytes).toBeGreaterThan(0);
  });

  it("count by whether their slots are alive or soft-deleted", () => {
    const deaths = new Deaths();
    const expiry = new Expiry(deaths);
    for (let slot = 0; slot < 6; slot++) expiry.set(slot, 10);
    deaths.kill(0, 1, true);
    deaths.kill(1, 1, true);
    deaths.kill(2, 1, false);
    expect([expiry.countDue(9), expiry.countDue(10)]).toEqual([
      { live: 0, soft: 0 },
      { live: 3, soft: 2 },
    ]);
  });
});
