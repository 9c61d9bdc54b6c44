import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/** The programs are plain JavaScript without declarations; these are the parts that are tested here. */
interface Point {
  readonly recall: number;
  readonly queriesPerSecond: number;
}
interface Words {
  readonly dimension: number;
  readonly words: readonly string[];
  readonly ranks: Uint32Array;
  readonly vectors: Float32Array;
}
const load = async <T>(path: string): Promise<T> => (await import(new URL(path, import.meta.url).href)) as T;

const { speedAt } = await load<{ speedAt(curve: readonly Point[], recall: number): number }>("./race.mjs");
const { median } = await load<{ median(values: readonly number[]): number }>("./report.mjs");
const { recallOf } = await load<{ recallOf(set: { truth: Uint32Array }, answers: number[][]): number }>(
  "./dataset.mjs",
);
const { percentile } = await load<{ percentile(ascending: readonly number[], share: number): number }>(
  "../../demo/load-while-querying.mjs",
);
const { describeProgress } = await load<{ describeProgress(done: number, total: number, elapsedMs: number): string }>(
  "../../demo/progress.mjs",
);
const { readWords, writeWords } = await load<{
  readWords(path: string): Words;
  writeWords(path: string, words: Words): void;
}>("../../demo/words.mjs");

describe("the speed at a recall", () => {
  const curve = [
    { recall: 0.8, queriesPerSecond: 1_000 },
    { recall: 0.9, queriesPerSecond: 100 },
  ];

  test.each([
    ["at a point", 0.9, 100],
    ["between two points, evenly in the logarithm", 0.85, Math.sqrt(1_000 * 100)],
    ["below the first point", 0.5, 1_000],
    ["never reached", 0.95, Number.NaN],
  ])("%s", (_, recall, expected) => {
    expect(Math.round(speedAt(curve, recall))).toBe(Math.round(expected));
  });
});

test("the median of an odd and of an even number of values", () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
});

test("recall is the share of the true neighbors, whatever their order", () => {
  const truth = Uint32Array.from({ length: 20 }, (_, at) => at);
  expect(
    recallOf({ truth }, [
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
      [10, 11, 12, 13, 14, 0, 1, 2, 3, 4],
    ]),
  ).toBe(0.75);
});

test.each([
  [[], 0.5, Number.NaN],
  [[7], 0.99, 7],
  [[1, 2, 3, 4], 0.5, 2],
  [[1, 2, 3, 4], 0.99, 4],
])("of %j the share %d lies at %d", (values, share, expected) => {
  expect(percentile(values, share)).toBe(expected);
});

test.each([
  [0, 2_000, 0, "0 of 2,000 records, 0/s"],
  [500, 2_000, 1_000, "500 of 2,000 records, 500/s, 3 s left"],
  [2_000, 2_000, 4_000, "2,000 of 2,000 records, 500/s"],
])("%d of %d after %d ms reads as progress", (done, total, elapsedMs, expected) => {
  expect(describeProgress(done, total, elapsedMs)).toBe(expected);
});

test("words are read as they were written", () => {
  const folder = mkdtempSync(join(tmpdir(), "vecstore-words-"));
  try {
    const words = {
      dimension: 2,
      words: ["a", "naïve"],
      ranks: Uint32Array.of(1, 7),
      vectors: Float32Array.of(1, 2, 3, 4),
    };
    writeWords(join(folder, "words.bin"), words);
    expect(readWords(join(folder, "words.bin"))).toEqual(words);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
