import { describe, expect, it } from "vitest";
import { MemoryEnv } from "./storage/memory-env.js";
import { VecStore } from "./vecstore.js";

const DIMENSION = 32;
const COUNT = 3_000;

/** Pseudo-random numbers of [-0.5, 0.5). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

/** A store whose builder had one turn: nearly all records wait to be linked. */
async function openUnlinked(random: () => number): Promise<VecStore> {
  const store = await VecStore.open("data", { env: new MemoryEnv(), threads: 0, graphRecordsMin: 100 });
  for (let first = 0; first < COUNT; first += 1_000) {
    await store.upsert(
      Array.from({ length: 1_000 }, (_, i) => ({
        id: `r${first + i}`,
        vector: Float32Array.from({ length: DIMENSION }, random),
      })),
    );
  }
  while ((await store.stats()).indexBacklog === COUNT) await new Promise((resolve) => setImmediate(resolve));
  return store;
}

describe("records that no graph links yet", () => {
  it("are found by their codes, with the scores of an exact query", async () => {
    const random = createRandom(11);
    const store = await openUnlinked(random);
    let found = 0;
    for (let round = 0; round < 20; round++) {
      const vector = Float32Array.from({ length: DIMENSION }, random);
      const indexed = await store.query({ vector, limit: 10 });
      const exact = await store.query({ vector, limit: 10, exact: true });
      expect(indexed.stats).toMatchObject({ strategy: "graph", approximate: true });
      // Rescored, not read whole: only a share of the records was compared in f32.
      expect(indexed.stats.candidates).toBeLessThan(COUNT / 2);
      const scores = new Map(exact.results.map((hit) => [hit.id, hit.score]));
      for (const hit of indexed.results) {
        if (!scores.has(hit.id)) continue;
        expect(hit.score).toBe(scores.get(hit.id));
        found++;
      }
    }
    expect((await store.stats()).indexBacklog).toBeGreaterThan(COUNT / 2);
    expect(found / 200).toBeGreaterThanOrEqual(0.99);
    await store.close();
  });

  it("are found although deleted ones crowd the codes", async () => {
    const random = createRandom(12);
    const store = await openUnlinked(random);
    const vector = Float32Array.from({ length: DIMENSION }, random);
    const closest = await store.query({ vector, limit: 1_000, exact: true });
    await store.softDelete({ ids: closest.results.slice(0, 900).map((hit) => hit.id) });
    const { results } = await store.query({ vector, limit: 10 });
    expect(results.map((hit) => hit.id)).toEqual(closest.results.slice(900, 910).map((hit) => hit.id));
    await store.close();
  });
});
