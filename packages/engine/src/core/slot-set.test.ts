import { describe, expect, it } from "vitest";
import { SlotSet } from "./slot-set.js";

describe("a set of slots", () => {
  it("holds what was added and not removed, also at the ends of words", () => {
    const set = new SlotSet(70);
    for (const slot of [0, 31, 32, 63, 64, 69]) set.add(slot);
    set.remove(32);
    const found: number[] = [];
    set.forEach((slot) => void found.push(slot));
    expect(found).toEqual([0, 31, 63, 64, 69]);
    expect(set.count()).toBe(5);
    expect([set.has(31), set.has(32), set.has(70), set.has(1000)]).toEqual([true, false, false, false]);
  });

  it("walks from any slot to any other", () => {
    const set = new SlotSet(200);
    for (let slot = 0; slot < 200; slot += 7) set.add(slot);
    const found: number[] = [];
    set.forEach((slot) => void found.push(slot), 8, 42);
    expect(found).toEqual([14, 21, 28, 35]);
    expect(set.next(190)).toBe(196);
    expect(set.next(197)).toBe(200);
    expect(set.next(500)).toBe(200);
  });

  it.each([0, 1, 31, 32, 33, 64, 69, 70])("takes in all slots below %i", (end) => {
    const set = new SlotSet(70);
    set.addBelow(end);
    expect([set.count(), set.next(0)]).toEqual([end, end === 0 ? 70 : 0]);
    expect([set.has(end - 1), set.has(end)]).toEqual([end > 0, false]);
  });

  it("counts what is below any slot, and again after each change", () => {
    const set = new SlotSet(70);
    for (const slot of [0, 31, 32, 63, 64, 69]) set.add(slot);
    expect([0, 1, 31, 32, 33, 64, 65, 69, 70].map((end) => set.countBelow(end))).toEqual([0, 1, 1, 2, 3, 4, 5, 5, 6]);
    expect(set.count()).toBe(6);
    set.remove(32);
    expect(set.count()).toBe(5);
    set.add(33);
    set.add(34);
    expect(set.count()).toBe(7);
    set.addBelow(10);
    expect(set.count()).toBe(16);
    set.intersect(new SlotSet(70));
    expect(set.count()).toBe(0);
  });

  it("keeps what is in another set as well", () => {
    const set = new SlotSet(70);
    const other = new SlotSet(70);
    set.addBelow(50);
    for (const slot of [3, 40, 49, 50, 69]) other.add(slot);
    set.intersect(other);
    expect([set.count(), set.has(3), set.has(40), set.has(49), set.has(50)]).toEqual([3, true, true, true, false]);
  });

  it("is empty of slots when its limit is 0", () => {
    const set = new SlotSet(0);
    expect(set.count()).toBe(0);
    expect(set.next(0)).toBe(0);
    expect(set.has(0)).toBe(false);
  });

  it("agrees with a set of numbers under random changes", () => {
    const set = new SlotSet(1_000);
    const model = new Set<number>();
    let seed = 7;
    const random = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return seed / 2 ** 32;
    };
    for (let i = 0; i < 5_000; i++) {
      const slot = Math.floor(random() * 1_000);
      if (random() < 0.6) {
        set.add(slot);
        model.add(slot);
      } else {
        set.remove(slot);
        model.delete(slot);
      }
    }
    expect(set.count()).toBe(model.size);
    const found: number[] = [];
    set.forEach((slot) => void found.push(slot));
    expect(found).toEqual([...model].sort((a, b) => a - b));
  });
});
