import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { every } from "./every.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("runs work at each interval, never twice at once, and goes on after an error", async () => {
  const errors: unknown[] = [];
  const ends: (() => void)[] = [];
  let runs = 0;
  const run = () => {
    runs++;
    return runs === 1 ? Promise.reject(new Error("full")) : new Promise<void>((resolve) => ends.push(resolve));
  };
  const stop = every(100, run, (error) => errors.push(error));
  await vi.advanceTimersByTimeAsync(99);
  expect(runs).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect([runs, errors]).toEqual([1, [new Error("full")]]);
  await vi.advanceTimersByTimeAsync(500);
  expect(runs).toBe(2);
  ends[0]!();
  await vi.advanceTimersByTimeAsync(100);
  expect(runs).toBe(3);
  let isStopped = false;
  const stopped = stop().then(() => {
    isStopped = true;
  });
  await vi.advanceTimersByTimeAsync(1_000);
  expect([runs, isStopped]).toEqual([3, false]);
  ends[1]!();
  await stopped;
});
