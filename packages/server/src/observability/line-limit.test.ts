import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLineLimit } from "./line-limit.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("createLineLimit", () => {
  const begin = () => {
    const reported: number[] = [];
    const onSuppressed = (lines: number) => void reported.push(lines);
    return { reported, take: createLineLimit({ linesMax: 2, windowMs: 1_000, onSuppressed }) };
  };

  it("lets so many lines through in each window, and reports the rest once", () => {
    const { reported, take } = begin();
    expect([take(), take(), take(), take()]).toEqual([true, true, false, false]);
    vi.advanceTimersByTime(1_000);
    expect(reported).toEqual([2]);
    expect([take(), take(), take()]).toEqual([true, true, false]);
    vi.advanceTimersByTime(1_000);
    expect(reported).toEqual([2, 1]);
  });

  it("says nothing when nothing was kept back, and has no timer while nothing is written", () => {
    const { reported, take } = begin();
    take();
    take();
    vi.advanceTimersByTime(1_000);
    expect([reported, vi.getTimerCount()]).toEqual([[], 0]);
  });
});
