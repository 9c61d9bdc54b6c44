// What other threads bring to scans and batches: the same store without threads and with some, asked by turns.
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { loadDataset } from "./dataset.mjs";
import { median, saveResult, table, whole } from "./report.mjs";

const LIMIT = 10;
const BATCH = 1_000;
const SEED = 7;
const WARM_UP_ROUNDS = 20;

export const summary = "time of exact scans by bytes of vectors, and of batches by queries, with threads and without";

export const options = {
  mebibytes: { type: "string", default: "4,8,16,32,64,128", doc: "vectors of a scan, separated by commas" },
  dimensions: { type: "string", default: "100,768", doc: "of the scanned vectors, separated by commas" },
  batches: { type: "string", default: "4,8,16,32,100,1000", doc: "queries of a batch, separated by commas" },
  records: { type: "string", default: "30000", doc: "records with a graph that batches ask" },
  threads: { type: "string", default: "", doc: "as `threads` of the store; empty: one less than there are processors" },
  seconds: { type: "string", default: "2", doc: "of each row" },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const threads = values.threads === "" ? Math.max(1, availableParallelism() - 1) : Number(values.threads);
  const race = { threads, seconds: Number(values.seconds) };
  const scans = [];
  for (const dimension of numbersOf(values.dimensions)) {
    for (const mebibytes of numbersOf(values.mebibytes)) scans.push(await raceScans(dimension, mebibytes, race));
  }
  const batches = await raceBatches(Number(values.records), numbersOf(values.batches), race);
  const heads = ["alone, ms", `with ${threads} more, ms`, "times as fast"];
  console.log(table(["dimension", "vectors, MiB", "records", ...heads], scans.map(scanCells)));
  console.log(`\n${table(["queries", ...heads], batches.map(batchCells))}`);
  saveResult("threads", { parameters: values, threads, scans, batches });
}

const numbersOf = (list) => list.split(",").map(Number);

function speedCells({ aloneMs, threadedMs }) {
  return [aloneMs.toFixed(3), threadedMs.toFixed(3), (aloneMs / threadedMs).toFixed(2)];
}

const scanCells = ({ dimension, mebibytes, count, ...speed }) => [
  dimension,
  mebibytes,
  whole(count),
  ...speedCells(speed),
];
const batchCells = ({ queries, ...speed }) => [queries, ...speedCells(speed)];

async function raceScans(dimension, mebibytes, race) {
  const count = Math.floor((mebibytes * 2 ** 20) / (4 * dimension));
  const vectors = randomVectors(count, dimension);
  const stores = await openStores({ vectors, dimension, count }, race.threads, { graphRecordsMin: 1e9 });
  const ask = (store, round) => {
    const at = (round % count) * dimension;
    return store.query({ vector: vectors.subarray(at, at + dimension), exact: true, limit: LIMIT });
  };
  const speed = await raceStores(stores, ask, race.seconds);
  await closeAll(stores);
  return { dimension, mebibytes, count, ...speed };
}

async function raceBatches(records, sizes, race) {
  const dataset = await loadDataset({ data: "glove", queries: "", size: records });
  const stores = await openStores(dataset, race.threads, {});
  const rows = [];
  for (const queries of sizes) {
    const queryAt = (at) => ({ vector: dataset.queries[at % dataset.queries.length], limit: LIMIT });
    const ask = (store, round) =>
      store.batchQuery(Array.from({ length: queries }, (_, i) => queryAt(round * queries + i)));
    rows.push({ queries, ...(await raceStores(stores, ask, race.seconds)) });
  }
  await closeAll(stores);
  return rows;
}

/** A store without threads and one with, of the same records. */
async function openStores(dataset, threads, settings) {
  const { MemoryEnv, VecStore } = await import("@vecstore/engine");
  const stores = [];
  for (const count of [0, threads]) {
    const store = await VecStore.open("data", { env: new MemoryEnv(), threads: count, ...settings });
    await fill(store, dataset);
    await store.settled();
    stores.push(store);
  }
  return stores;
}

async function closeAll(stores) {
  for (const store of stores) await store.close();
}

async function fill(store, { vectors, dimension, count }) {
  for (let first = 0; first < count; first += BATCH) {
    const length = Math.min(BATCH, count - first);
    const vectorAt = (at) => vectors.subarray(at * dimension, (at + 1) * dimension);
    const records = Array.from({ length }, (_, i) => ({ id: `record-${first + i}`, vector: vectorAt(first + i) }));
    await store.upsert(records);
  }
}

/** Asks both by turns, another one first each time; what they took is a median. */
async function raceStores(stores, ask, seconds) {
  const times = stores.map(() => []);
  const endMs = performance.now() + seconds * 1_000;
  for (let round = 0; round < 2 * WARM_UP_ROUNDS || performance.now() < endMs; round++) {
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const startMs = performance.now();
      await ask(stores[index], round);
      if (round >= WARM_UP_ROUNDS) times[index].push(performance.now() - startMs);
      // So that no time is counted that the query before left to do.
      await sleep(0);
    }
  }
  const [aloneMs, threadedMs] = times.map(median);
  return { aloneMs, threadedMs };
}

/** Uniform and reproducible: what is compared does not change what comparing costs. */
function randomVectors(count, dimension) {
  let state = SEED;
  return Float32Array.from({ length: count * dimension }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}
