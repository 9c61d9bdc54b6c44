import { afterEach, describe, expect, it } from "vitest";
import { clusteredVectors } from "./core/fixtures.cases.js";
import { MemoryEnv } from "./storage/memory-env.js";
import { VecStore } from "./vecstore.js";

const DIMENSION = 8;
const COUNT = 3_000;
const data = clusteredVectors(COUNT, DIMENSION, 3);

let store: VecStore;
const open = (env: MemoryEnv) =>
  VecStore.open("data", { env, threads: 0, graphRecordsMin: 100, m: 8, efConstruction: 30 });
afterEach(() => store.close());

async function load(): Promise<void> {
  for (let from = 0; from < COUNT; from += 1_000) {
    const records = Array.from({ length: Math.min(1_000, COUNT - from) }, (_, i) => ({
      id: `r${from + i}`,
      vector: data.subarray((from + i) * DIMENSION, (from + i + 1) * DIMENSION),
    }));
    await store.upsert(records);
  }
  await store.settled();
}

const visited = async () => {
  const { stats } = await store.query({ vector: data.subarray(0, DIMENSION), recallTarget: 0.9 });
  expect(stats.strategy).toBe("graph");
  return stats.nodesVisited;
};

describe("a store with recall targets", () => {
  it("measures its graph, says its recall, and keeps the measure when it is opened again", async () => {
    const env = new MemoryEnv();
    store = await open(env);
    await load();
    const unmeasured = await visited();
    // The query has begun a measure in the background, which this waits for.
    await store.calibrate();
    const measured = await visited();
    expect(measured).toBeLessThan(unmeasured / 2);
    const { recall, samples } = await store.measureRecall({ samples: 200, efSearch: 100 });
    expect(samples).toBe(200);
    expect(recall).toBeGreaterThan(0.95);
    await store.close();
    store = await open(env);
    expect(await visited()).toBe(measured);
  });

  it("closes in the middle of a measure", async () => {
    store = await open(new MemoryEnv());
    await load();
    await visited();
    const calibrating = store.calibrate();
    await store.close();
    await expect(calibrating).rejects.toMatchObject({ reason: "STORE_CLOSED" });
  });
});
