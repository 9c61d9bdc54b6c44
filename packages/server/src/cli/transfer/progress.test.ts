import { describe, expect, it } from "vitest";
import { durationText, progressLine } from "./progress.js";

describe("progressLine", () => {
  it.each([
    [
      { done: 50, total: 100, rows: 2_000, rowsOfRun: 1_000, elapsedMs: 10_000 },
      "[============            ]  50 %  2,000 rows  100 rows/s  ETA 0:10",
    ],
    [{ done: 7, rows: 10, rowsOfRun: 10, elapsedMs: 65_000 }, "10 rows  0 rows/s  1:05"],
    [
      { done: 0, total: 100, rows: 0, rowsOfRun: 0, elapsedMs: 0 },
      "[                        ]   0 %  0 rows  0 rows/s  ETA -",
    ],
    [
      { done: 101, total: 100, rows: 1, rowsOfRun: 1, elapsedMs: 1_000 },
      "[========================] 100 %  1 rows  1 rows/s  ETA 0:00",
    ],
  ])("%j", (progress, line) => {
    expect(progressLine(progress)).toBe(line);
  });
});

it.each([
  [0, "0:00"],
  [59_499, "0:59"],
  [59_500, "1:00"],
  [3_723_000, "1:02:03"],
])("%i ms are %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
