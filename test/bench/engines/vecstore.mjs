// This engine: through its public door, in memory or on the disk, and its core alone.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { K } from "../exact-search.mjs";
import { CACHE } from "../report.mjs";

const BATCH = 1_000;
const BACKLOG_PAUSE_MS = 20;
/** As query/graph-search.ts has them. */
const RESCORED = 40;
const RESCORED_DEVIATIONS = 6;

const version = () =>
  JSON.parse(readFileSync(new URL("../../../packages/engine/package.json", import.meta.url), "utf8")).version;

/** @type {import("../engines.mjs").EngineKind} */
export const vecstore = {
  title: "vecstore, `VecStore.query`",
  how: "public method, all in memory, metadata not included; queries run on the calling thread",
  install() {},
  version,
  create: async (task) => storeEngine(await openStore(task, "memory")),
};

/** @type {import("../engines.mjs").EngineKind} */
export const vecstoreDisk = {
  title: "vecstore on disk, `VecStore.query`",
  how: "as vecstore, in a directory, every write synced",
  install() {},
  version,
  create: async (task) => storeEngine(await openStore(task, "disk")),
  open: async (task) => storeEngine(await openStore(task, "disk")),
};

/** @type {import("../engines.mjs").EngineKind} */
export const vecstoreCore = {
  title: "vecstore, core",
  how: `Graph.search and the rescore of ${RESCORED} or fewer in f32, no store around them; not a public door`,
  install() {},
  version,
  create: coreEngine,
};

/**
 * A store of its own in the cache, gone when it is closed.
 *
 * @param {{m: number, efConstruction: number, storage: "memory" | "disk", threads: number}} parameters
 */
export async function createVecstore({ storage, ...parameters }) {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "data-"));
  const engine = storeEngine(await openStore({ ...parameters, folder }, storage));
  return {
    ...engine,
    name: `vecstore (${storage}, threads ${parameters.threads})`,
    async close() {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openStore({ m, efConstruction, threads, folder }, storage) {
  const { MemoryEnv, VecStore } = await import("@vecstore/engine");
  const env = storage === "memory" ? { env: new MemoryEnv() } : {};
  return VecStore.open(folder, { ...env, m, efConstruction, threads, metric: "cosine" });
}

/**
 * Writes all vectors, whose ids are their positions, and returns when the graph holds them.
 *
 * @param {import("@vecstore/engine").VecStore} store
 * @param {{vectors: Float32Array, count: number, dimension: number}} dataset
 */
export async function loadStore(store, { vectors, count, dimension }) {
  for (let from = 0; from < count; from += BATCH) {
    const length = Math.min(BATCH, count - from);
    const records = Array.from({ length }, (_, i) => ({
      id: String(from + i),
      vector: vectors.subarray((from + i) * dimension, (from + i + 1) * dimension),
    }));
    await upsertPatiently(store, records);
  }
  await store.settled();
}

function storeEngine(store) {
  return {
    build: (dataset) => loadStore(store, dataset),
    prepare: (query) => query,
    search: async (vector, efSearch) => {
      const { results } = await store.query({ vector, limit: K, efSearch, includeMetadata: false });
      return results.map(({ id }) => Number(id));
    },
    save() {}, // closing it makes a checkpoint
    close: () => store.close(),
  };
}

/** The store refuses writes while too many records wait for the graph; a loader comes back a little later. */
async function upsertPatiently(store, records) {
  for (;;) {
    try {
      return await store.upsert(records);
    } catch (error) {
      if (error?.reason !== "INDEX_BACKLOG") throw error;
      await pause(BACKLOG_PAUSE_MS);
    }
  }
}

async function coreEngine({ m, efConstruction, threads, dimension, count: capacity }) {
  const { loadCore, widthOf } = await import("@vecstore/engine/testing");
  const core = await loadCore({ threads });
  const vectors = core.createVectors({ dimension, metric: "cosine" });
  const graph = core.createGraph({ dimension, metric: "cosine", m, efConstruction, capacity, seed: 1 });
  const distances = new Float32Array(RESCORED);
  const records = { metric: "cosine", vectorOf: undefined };
  return {
    async build({ vectors: all, count }) {
      records.vectorOf = (slot) => all.subarray(slot * dimension, (slot + 1) * dimension);
      for (let from = 0; from < count; from += BATCH) {
        const batch = all.subarray(from * dimension, Math.min(count, from + BATCH) * dimension);
        vectors.append(batch);
        graph.append(batch);
        graph.build();
      }
      await graph.settled();
    },
    prepare: (query) => query,
    search(query, ef) {
      const width = widthOf(records, graph, query, ef, K);
      const { slots, distances: onCodes, count, deviation } = graph.search(query, width.ef, undefined, width.reach);
      const bound = count < K ? Infinity : onCodes[K - 1] + RESCORED_DEVIATIONS * deviation;
      let candidates = 0;
      while (candidates < Math.min(count, RESCORED) && onCodes[candidates] <= bound) candidates++;
      vectors.distancesOf(vectors.prepare(query), slots, candidates, distances);
      return nearest(slots, distances, candidates);
    },
    async close() {
      await graph.release();
      await core.close();
    },
  };
}

/** The K slots of smallest distance, nearest first, by insertion: the candidates are few and nearly sorted. */
function nearest(slots, distances, count) {
  const best = [];
  const kept = [];
  for (let i = 0; i < count; i++) {
    const distance = distances[i];
    let at = best.length;
    if (at === K && distance >= kept[K - 1]) continue;
    for (; at > 0 && kept[at - 1] > distance; at--) {
      kept[at] = kept[at - 1];
      best[at] = best[at - 1];
    }
    kept[at] = distance;
    best[at] = slots[i];
    if (best.length > K) best.pop();
    if (kept.length > K) kept.pop();
  }
  return best;
}
