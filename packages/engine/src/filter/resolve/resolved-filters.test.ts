import { describe, expect, it } from "vitest";
import { SlotSet } from "../../core/slot-set.js";
import { parseFilter } from "../parser.js";
import { ResolvedFilters } from "./resolved-filters.js";

describe("ResolvedFilters", () => {
  it("finds what was kept, however the filter was written", () => {
    const resolved = new ResolvedFilters();
    const set = new SlotSet(100);
    expect(resolved.find(parseFilter("a = 1"))).toBeUndefined();
    resolved.keep(parseFilter("a = 1 AND b > 2"), set);
    expect(resolved.find(parseFilter("a=1  and (b > 2.0)"))).toBe(set);
    expect(resolved.find(parseFilter("a = 1 AND b > 3"))).toBeUndefined();
    expect(resolved.find(parseFilter("a = '1' AND b > 2"))).toBeUndefined();
  });

  it("takes a set of more slots in place of one of fewer, not the other way", () => {
    const resolved = new ResolvedFilters();
    const [small, large] = [new SlotSet(100), new SlotSet(200)];
    const filter = parseFilter("a = 1");
    resolved.keep(filter, small);
    resolved.keep(filter, large);
    resolved.keep(filter, small);
    expect(resolved.find(filter)).toBe(large);
  });

  it("forgets the filter that was used longest ago", () => {
    const resolved = new ResolvedFilters();
    const filters = Array.from({ length: 17 }, (_, i) => parseFilter(`a = ${i}`));
    for (const filter of filters.slice(0, 16)) resolved.keep(filter, new SlotSet(32));
    expect(resolved.find(filters[0]!)).toBeDefined();
    resolved.keep(filters[16]!, new SlotSet(32));
    expect(filters.map((filter) => resolved.find(filter) !== undefined)).toEqual(filters.map((_, i) => i !== 1));
  });

  it("knows which filters were asked lately", () => {
    const resolved = new ResolvedFilters();
    const filters = Array.from({ length: 65 }, (_, i) => parseFilter(`a = ${i}`));
    expect(filters.map((filter) => resolved.isAskedAgain(filter))).not.toContain(true);
    expect(resolved.isAskedAgain(parseFilter("a=1"))).toBe(true);
    // The first of 64 was forgotten when the last one came.
    expect(resolved.isAskedAgain(filters[0]!)).toBe(false);
    const long = parseFilter(`a = '${"x".repeat(5_000)}'`);
    expect([resolved.isAskedAgain(long), resolved.isAskedAgain(long)]).toEqual([false, false]);
  });

  it("keeps no filter of a long text, and says what it holds", () => {
    const resolved = new ResolvedFilters();
    expect(resolved.bytes).toBe(0);
    resolved.keep(parseFilter(`a = '${"x".repeat(5_000)}'`), new SlotSet(32));
    expect(resolved.bytes).toBe(0);
    resolved.keep(parseFilter("a = 1"), new SlotSet(3_200));
    expect(resolved.bytes).toBe(400 + 2 * "a = 1".length);
  });
});
