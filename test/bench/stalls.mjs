// What long work does to everyone else: the latency of small queries, and the longest time that the event loop stands still,
// while a store is filled, linked, checkpointed, merged and scanned.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { loadDataset } from "./dataset.mjs";
import { CACHE, median, saveResult, table } from "./report.mjs";
import { QueryClient } from "./stall-client.mjs";
import { watchStalls } from "./stall-probe.mjs";

const BATCH = 500;
/** Records of the namespace that small queries ask, beside the one that is worked on. */
const SMALL = 20_000;

export const summary =
  "the median of small queries and the longest stall of the event loop, while long work runs beside them";

export const options = {
  records: { type: "string", default: "100000", doc: "records of the namespace that is worked on" },
  data: { type: "string", default: "glove", doc: "as in hnswlib" },
  threads: { type: "string", default: "", doc: "as `threads` of the store; empty: its default" },
  storage: { type: "string", default: "disk", doc: "memory or disk" },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const dataset = await loadDataset({ data: values.data, queries: "", size: Number(values.records) });
  const rows = await measure(dataset, values);
  const heads = [
    "while",
    "queries",
    "median, ms",
    "to idle",
    "p99, ms",
    "same namespace, ms",
    "longest stall, ms",
    "own",
    "busy",
    "of it garbage",
    "monitor",
    "took, s",
  ];
  console.log(table(heads, rows.map(cells)));
  saveResult("stalls", { parameters: values, dataset: dataset.name, rows });
}

function cells({ name, queries, medianMs, toIdle, p99Ms, sameMs, stalls, tookMs }) {
  const fixed = (value, digits = 2) => (Number.isFinite(value) ? value.toFixed(digits) : "-");
  return [
    name,
    queries,
    fixed(medianMs, 3),
    fixed(toIdle),
    fixed(p99Ms),
    fixed(sameMs, 3),
    fixed(stalls.worstMs, 1),
    fixed(stalls.worstOwnMs, 1),
    fixed(stalls.worstBusyMs, 1),
    fixed(stalls.worstPauseMs, 1),
    fixed(stalls.monitorMaxMs, 1),
    fixed(tookMs / 1_000, 1),
  ];
}

async function measure(dataset, { threads, storage }) {
  const { MemoryEnv, NamespacedVecStore } = await import("@vecstore/engine");
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "data-"));
  const open = {
    ...(storage === "memory" ? { env: new MemoryEnv() } : {}),
    ...(threads === "" ? {} : { threads: Number(threads) }),
  };
  const directory = await NamespacedVecStore.open(folder, open);
  const client = new QueryClient(dataset.queries);
  try {
    const small = await createNamespace(directory, "small");
    const large = await createNamespace(directory, "large");
    await fill(small, dataset, 0, Math.min(SMALL, dataset.count));
    await small.settled();
    return await phases({ directory, small, large, dataset, client });
  } finally {
    await client.close();
    await directory.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function createNamespace(directory, name) {
  await directory.createNamespace(name, { metric: "cosine" });
  return directory.namespace(name);
}

/** What runs beside the queries, one after the other. */
async function phases({ directory, small, large, dataset, client }) {
  const { count } = dataset;
  const rows = [];
  const during = async (name, work) => {
    rows.push(await measureDuring(name, { small, large, client, idleMs: rows[0]?.medianMs }, work));
    console.log(cells(rows.at(-1)).join("  "));
  };
  // What making the data left behind would be collected during the first phases.
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  await during("idle", () => sleep(3_000));
  await during("load", () => fill(large, dataset, 0, count));
  await during("build", () => large.settled());
  await during("idle, all linked", () => sleep(3_000));
  await during("checkpoint", () => directory.checkpoint());
  await during("exact scans", () => scans(large, dataset, { exact: true }));
  await during("filter scans", () => scans(large, dataset, { filter: "group < 5", exact: true }));
  await during("a batch of 1,000 queries", () => batch(large, dataset));
  await during("list by id", () => large.list({ pageSize: 1_000 }));
  await during("delete a fifth", () => large.delete({ filter: "group < 2" }));
  await during("merge", () => large.compact());
  await during("build after the merge", () => large.settled());
  return rows;
}

async function scans(store, dataset, request) {
  const endMs = performance.now() + 4_000;
  for (let at = 0; performance.now() < endMs; at++) {
    await store.query({ ...request, vector: dataset.queries[at % dataset.queries.length], limit: 10 });
  }
}

async function batch(store, dataset) {
  for (let round = 0; round < 5; round++) {
    await store.batchQuery(dataset.queries.slice(0, 1_000).map((vector) => ({ vector, limit: 10 })));
  }
}

async function fill(store, { vectors, dimension }, from, to) {
  for (let first = from; first < to; first += BATCH) {
    const records = Array.from({ length: Math.min(BATCH, to - first) }, (_, i) => ({
      id: `record-${first + i}`,
      vector: vectors.subarray((first + i) * dimension, (first + i + 1) * dimension),
      metadata: { group: (first + i) % 10, word: `word ${first + i}` },
    }));
    await upsertPatiently(store, records);
  }
}

async function upsertPatiently(store, records) {
  for (;;) {
    try {
      return await store.upsert(records);
    } catch (error) {
      if (error?.reason !== "INDEX_BACKLOG") throw error;
      await sleep(20);
    }
  }
}

/** A client in another thread sends small queries, one every 2 ms, to a namespace that is left alone and by turns to the other. */
async function measureDuring(name, { small, large, client, idleMs }, work) {
  const startMs = performance.now();
  const watch = watchStalls();
  client.start([small, large]);
  await work();
  const [latencies, ofLarge] = await client.stop();
  const stalls = watch.stop();
  const medianMs = median(latencies);
  return {
    name,
    queries: latencies.length,
    medianMs,
    toIdle: medianMs / (idleMs ?? medianMs),
    p99Ms: percentile(latencies, 0.99),
    sameMs: median(ofLarge),
    stalls,
    tookMs: performance.now() - startMs,
  };
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
