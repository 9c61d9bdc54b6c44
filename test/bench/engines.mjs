// The two sides of a comparison, each as {name, build(dataset), search(query, ef), close()}.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { K } from "./dataset.mjs";
import { CACHE } from "./report.mjs";

const BATCH = 1_000;
const BACKLOG_PAUSE_MS = 20;
const PEER = "hnswlib-node@3.0.0";

/**
 * @typedef {object} Parameters
 * @property {number} m
 * @property {number} efConstruction
 */

/**
 * The engine through its public door.
 *
 * @param {Parameters & {storage: "memory" | "disk", threads: number}} parameters
 */
export async function createVecstore({ m, efConstruction, storage, threads }) {
  const { MemoryEnv, VecStore } = await import("@vecstore/engine");
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "data-"));
  const env = storage === "memory" ? { env: new MemoryEnv() } : {};
  const store = await VecStore.open(folder, { ...env, m, efConstruction, threads, metric: "cosine" });
  return {
    name: `vecstore (${storage}, threads ${threads})`,
    async build({ vectors, count, dimension }) {
      for (let from = 0; from < count; from += BATCH) {
        const length = Math.min(BATCH, count - from);
        const records = Array.from({ length }, (_, i) => ({
          id: String(from + i),
          vector: vectors.subarray((from + i) * dimension, (from + i + 1) * dimension),
        }));
        await upsertPatiently(store, records);
      }
      await store.settled();
    },
    prepare: (query) => query,
    search: async (vector, efSearch) => {
      const { results } = await store.query({ vector, limit: K, efSearch, includeMetadata: false });
      return results.map(({ id }) => Number(id));
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
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

/**
 * hnswlib, built here for this processor.
 *
 * @param {Parameters} parameters
 */
export async function createHnswlib({ m, efConstruction }) {
  const { HierarchicalNSW } = loadPeer();
  let index;
  return {
    name: "hnswlib (-march=native)",
    async build({ vectors, count, dimension }) {
      index = new HierarchicalNSW("cosine", dimension);
      index.initIndex({ maxElements: count, m, efConstruction, randomSeed: 100 });
      for (let slot = 0; slot < count; slot++) {
        index.addPoint(Array.from(vectors.subarray(slot * dimension, (slot + 1) * dimension)), slot);
      }
    },
    // It takes plain arrays only; the conversion is not measured.
    prepare: (query) => Array.from(query),
    search: (vector, ef) => {
      index.setEf(ef);
      return index.searchKnn(vector, K).neighbors;
    },
    async close() {},
  };
}

function loadPeer() {
  const folder = join(CACHE, "peers");
  if (!existsSync(join(folder, "node_modules/hnswlib-node/build/Release/addon.node"))) {
    console.log(`installing ${PEER}, compiled with -march=native -O3 (once)`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ private: true, allowScripts: { "hnswlib-node": true } }),
    );
    const env = { ...process.env, CXXFLAGS: "-march=native -O3" };
    execFileSync("npm", ["install", PEER, "--no-audit", "--no-fund"], { cwd: folder, env, stdio: "inherit" });
  }
  return createRequire(join(folder, "package.json"))("hnswlib-node");
}
