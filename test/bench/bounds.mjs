// Exact queries by the bounds of codes, against the comparison of all vectors: the same records with a graph and without.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { dataOptions, K, loadDataset } from "./dataset.mjs";
import { loadStore } from "./engines/vecstore.mjs";
import { CACHE, saveResult, table } from "./report.mjs";

/** More records than any data set has: none gets a graph. */
const NO_GRAPH = 2 ** 31;
/** Of a graph that says no more than how far the results are. */
const GRAPH = { m: 8, efConstruction: 40 };

export const summary = "exact queries by the bounds of codes, against comparing all vectors, in memory and on the disk";

export const options = {
  ...dataOptions,
  data: { ...dataOptions.data, default: "glove,synthetic-768", doc: "as elsewhere; several separated by commas" },
  sizes: { type: "string", default: "100000,50000", doc: "base vectors of each data set" },
  asked: { type: "string", default: "50", doc: "queries" },
};

/** @param {Record<string, string>} values */
export async function run({ data, sizes, queries, asked }) {
  const results = [];
  const counts = sizes.split(",").map(Number);
  for (const [at, name] of data.split(",").entries()) {
    const dataset = await loadDataset({ data: name, queries, size: counts[at] ?? counts.at(-1) });
    for (const storage of ["memory", "disk"]) {
      results.push({
        dataset: dataset.name,
        count: dataset.count,
        storage,
        ...(await measure(dataset, storage, Number(asked))),
      });
    }
  }
  const rows = results.map(({ dataset, count, storage, bounds, plain, compared }) => [
    `${dataset}, ${count}`,
    storage,
    bounds.toFixed(2),
    plain.toFixed(2),
    (plain / bounds).toFixed(2),
    Math.round(compared),
  ]);
  console.log(table(["data", "vectors", "by bounds, ms", "all vectors, ms", "ratio", "vectors compared"], rows));
  saveResult("bounds", { results });
}

/** Median times of one query; both stores are asked in turns, and must answer the same. */
async function measure(dataset, storage, asked) {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "data-"));
  try {
    const bounded = await openLoaded(dataset, storage, join(folder, "bounds"), {});
    const plain = await openLoaded(dataset, storage, join(folder, "plain"), { graphRecordsMin: NO_GRAPH });
    const timesMs = { bounds: [], plain: [] };
    let compared = 0;
    for (const vector of dataset.queries.slice(0, asked)) {
      const byBounds = await ask(bounded, vector, timesMs.bounds);
      const ofAll = await ask(plain, vector, timesMs.plain);
      if (byBounds.ids !== ofAll.ids) throw new Error(`different answers: ${byBounds.ids}, ${ofAll.ids}`);
      compared += byBounds.candidates;
    }
    await bounded.close();
    await plain.close();
    return { bounds: median(timesMs.bounds), plain: median(timesMs.plain), compared: compared / asked };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openLoaded(dataset, storage, path, more) {
  const { MemoryEnv, VecStore } = await import("@vecstore/engine");
  const options = { metric: "cosine", fsync: "never", ...GRAPH, ...more };
  if (storage === "memory") {
    const store = await VecStore.open(path, { ...options, env: new MemoryEnv() });
    await loadStore(store, dataset);
    return store;
  }
  const onDisk = { ...options, memoryForVectors: 0 };
  const writing = await VecStore.open(path, onDisk);
  await loadStore(writing, dataset);
  await writing.close();
  return VecStore.open(path, onDisk);
}

async function ask(store, vector, timesMs) {
  const startedMs = performance.now();
  const { results, stats } = await store.query({ vector, limit: K, exact: true, includeMetadata: false });
  timesMs.push(performance.now() - startedMs);
  return { ids: results.map(({ id }) => id).join(" "), candidates: stats.candidates };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
