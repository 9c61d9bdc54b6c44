import { MemoryEnv, VecStore } from "@vecstore/engine";
import { expect, it } from "vitest";
import { createRandom } from "./random.js";

const SEED = 20_261;
const DIMENSION = 24;
const RECORDS = 4_000;
const ROUNDS = 3;
const BATCH = 100;
const QUERIES = 1_000;
const K = 10;
/**
 * Stores whose recall is averaged. When merges happen depends on the machine, so that one store's recall has a
 * standard deviation of .0034 (48 runs; .9631 on average, .9614 when built afresh); the mean of four has .0017.
 */
const STORES = 4;
/** Few enough candidates that recall has room to fall. */
const EF_SEARCH = 10;

/** Vectors around forty centers, others for each seed. */
function vectorsOf(seed: number): Float32Array[] {
  const centers = Array.from({ length: 40 }, (_, i) => normals(createRandom(SEED + i)));
  const random = createRandom(seed);
  return Array.from({ length: RECORDS }, () => {
    const center = centers[Math.floor(random() * centers.length)]!;
    return normals(random).map((x, i) => center[i]! + 0.7 * x);
  });
}

function normals(random: () => number): Float32Array {
  return Float32Array.from({ length: DIMENSION }, () => random() + random() + random() - 1.5);
}

async function write(store: VecStore, vectors: readonly Float32Array[], order: readonly number[]): Promise<void> {
  for (let from = 0; from < order.length; from += BATCH) {
    await store.upsert(order.slice(from, from + BATCH).map((i) => ({ id: `r${i}`, vector: vectors[i]! })));
    await store.settled();
  }
}

function shuffled(seed: number): number[] {
  const random = createRandom(seed);
  const keys = Array.from({ length: RECORDS }, (_, i) => [random(), i] as const);
  return keys.sort(([a], [b]) => a - b).map(([, i]) => i);
}

/** Share of the true neighbors that queries find, at an ef at which not all are found. */
async function recallOf(store: VecStore, queries: readonly Float32Array[]): Promise<number> {
  let found = 0;
  for (const vector of queries) {
    const options = { vector, limit: K, includeMetadata: false };
    const exact = new Set((await store.query({ ...options, exact: true })).results.map(({ id }) => id));
    const { results } = await store.query({ ...options, efSearch: EF_SEARCH });
    found += results.filter(({ id }) => exact.has(id)).length;
  }
  return found / (queries.length * K);
}

async function open(threads: number, kinds: string[] = []): Promise<VecStore> {
  const random = createRandom(SEED);
  return VecStore.open("data", {
    env: new MemoryEnv({ randomBytes: (count) => Uint8Array.from({ length: count }, () => 256 * random()) }),
    threads,
    m: 8,
    efConstruction: 60,
    graphRecordsMin: 500,
    onEvent: ({ kind }) => kinds.push(kind),
  });
}

/** A store in which every record was replaced {@link ROUNDS} times while queries went on, in an order of its own. */
async function churned(threads: number, at: number, queries: readonly Float32Array[]): Promise<VecStore> {
  const kinds: string[] = [];
  const store = await open(threads, kinds);
  await write(store, vectorsOf(0), shuffled(at));
  let isDone = false;
  const querying = (async () => {
    for (let at = 0; !isDone; at = (at + 1) % QUERIES) {
      expect((await store.query({ vector: queries[at]!, limit: K })).results).toHaveLength(K);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  for (let round = 1; round <= ROUNDS; round++) {
    await write(store, vectorsOf(round), shuffled(at + STORES * round));
  }
  isDone = true;
  await querying;
  expect(kinds).not.toContain("background_error");
  expect(kinds.filter((kind) => kind === "merged").length).toBeGreaterThanOrEqual(2);
  return store;
}

it.each([0, 1])(
  `recall falls by at most 0.01 when every record was replaced ${ROUNDS} times, while queries go on, threads %i, seed ${SEED}`,
  async (threads) => {
    const queries = vectorsOf(SEED + 100).slice(0, QUERIES);
    let [recall, freshRecall, recallWithoutDead] = [0, 0, 0];
    for (let at = 0; at < STORES; at++) {
      const store = await churned(threads, at, queries);
      const fresh = await open(threads);
      await write(fresh, vectorsOf(ROUNDS), shuffled(at));
      recall += (await recallOf(store, queries)) / STORES;
      freshRecall += (await recallOf(fresh, queries)) / STORES;
      await store.compact();
      recallWithoutDead += (await recallOf(store, queries)) / STORES;
      await store.close();
      await fresh.close();
    }
    expect(freshRecall).toBeLessThan(0.99);
    expect(recall).toBeGreaterThanOrEqual(freshRecall - 0.01);
    expect(recallWithoutDead).toBeGreaterThanOrEqual(freshRecall - 0.01);
  },
);
