import fc from "fast-check";
import { expect, it } from "vitest";
import type { Recall } from "./check.js";
import { type Step, step } from "./operations.js";
import { Run, type RunOptions } from "./run.js";

const SEED = 20_260_801;
const RECALL_MIN = 0.98;

interface Case extends RunOptions {
  readonly runs: number;
  /** Whether its segments grow enough to be merged in the background, which ends each of its runs. */
  readonly merges: boolean;
}

/** Two writes of the same records leave half of them dead, which a merge begins to reclaim; `compact` waits for it. */
const REPLACE_ALL: readonly Step[] = [
  { kind: "bulk", from: 0, count: 200, vector: 1, livesMs: undefined },
  { kind: "bulk", from: 0, count: 200, vector: 2, livesMs: undefined },
  { kind: "compact" },
];

const CASES: readonly Case[] = [
  { metric: "cosine", threads: 0, runs: 7, merges: false },
  { metric: "euclidean", threads: 1, memoryForVectors: 0, runs: 7, merges: false },
  { metric: "dot", threads: 0, segmentRecordsMax: 90, runs: 6, merges: false },
  { metric: "cosine", threads: 1, segmentRecordsMax: 150, memoryForVectors: 4_000, runs: 5, merges: false },
  { metric: "euclidean", threads: 1, scale: 5, runs: 3, merges: true },
  { metric: "dot", threads: 0, scale: 5, memoryForVectors: 0, runs: 3, merges: true },
];

it.each(CASES)(
  `random operations give what brute force gives: %j, seed ${SEED}`,
  async ({ runs, merges, ...options }) => {
    const recall: Recall = { found: 0, wanted: 0, byGraph: 0 };
    const seen = { replayed: 0, expired: 0, merged: 0, checkpoint: 0, derived_rebuilt: 0, background_error: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 25, maxLength: 40 }), async (steps) => {
        const run = await Run.begin(options, recall);
        try {
          const more = merges ? [...steps, ...REPLACE_ALL] : steps;
          for (const [n, one] of more.entries()) await run.step(one, n);
        } finally {
          await run.close();
        }
        seen.replayed += run.replayed;
        seen.expired += run.expired;
        for (const kind of ["merged", "checkpoint", "derived_rebuilt", "background_error"] as const) {
          seen[kind] += run.events.get(kind) ?? 0;
        }
      }),
      { seed: SEED, numRuns: runs },
    );
    // The runs must have been about something.
    expect(seen.checkpoint).toBeGreaterThan(0);
    expect(seen.replayed).toBeGreaterThan(0);
    expect(seen.expired).toBeGreaterThan(0);
    expect(recall.byGraph).toBeGreaterThan(10);
    expect(seen.merged > 0).toBe(merges);
    expect(seen).toMatchObject({ background_error: 0, derived_rebuilt: 0 });
    expect(recall.found / recall.wanted).toBeGreaterThanOrEqual(RECALL_MIN);
  },
);
