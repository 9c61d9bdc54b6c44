// The whole product under load: a real server process, durable writes through the JavaScript client on loopback.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { loadGlove } from "../../demo/glove.mjs";
import { loadWhileQuerying, percentile, showLoad } from "../../demo/load-while-querying.mjs";
import { createProgress } from "../../demo/progress.mjs";
import { ServerProcess } from "../support/server-process.mjs";
import { CACHE, saveResult, table, whole } from "./report.mjs";

const RESTART_WITHIN_MS = 120_000;

export const summary =
  "341,479 records through the client into a durable server: records/s, queries beside it, graph, restart, memory";

export const options = {
  records: { type: "string", default: "341479", doc: "records to load, the most frequent words first" },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const words = firstWords(await loadGlove(console.log), Number(values.records));
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "data-"));
  try {
    const figures = await measure(folder, words);
    print(figures);
    saveResult("load", { figures });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder, words) {
  let server = await ServerProcess.start(folder);
  const load = await onServer(server, (client) => {
    const progress = createProgress(words.words.length);
    return loadWhileQuerying(client, words, (state) => showLoad(progress, state)).finally(() => progress.end());
  });
  const residentBytes = server.residentBytes();
  const restarts = {};
  for (const signal of ["SIGKILL", "SIGTERM"]) {
    const start = performance.now();
    await server.stop(signal);
    const stopMs = performance.now() - start;
    server = await ServerProcess.start(folder, { readyWithinMs: RESTART_WITHIN_MS });
    const stats = await onServer(server, (client) => client.stats());
    if (stats.vectorCount !== load.records)
      throw new Error(`${stats.vectorCount} of ${load.records} records are there after ${signal}`);
    restarts[signal] = { stopMs, readyMs: server.readyMs, indexBacklog: stats.indexBacklog };
  }
  const restartedBytes = server.residentBytes();
  await server.stop();
  const { latenciesMs, ...rest } = load;
  const queries = {
    count: latenciesMs.length,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
  };
  return {
    ...rest,
    recordsPerSecond: (load.records / load.loadMs) * 1_000,
    queries,
    residentBytes,
    restarts,
    restartedBytes,
  };
}

async function onServer(server, use) {
  const { VecStoreClient } = await import("@vecstore/client");
  const client = new VecStoreClient(server.host);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

function firstWords({ dimension, words, ranks, vectors }, count) {
  return {
    dimension,
    words: words.slice(0, count),
    ranks: ranks.slice(0, count),
    vectors: vectors.subarray(0, count * dimension),
  };
}

function print(figures) {
  const seconds = (ms) => `${(ms / 1_000).toFixed(2)} s`;
  const mebibytes = (bytes) => `${whole(bytes / 2 ** 20)} MiB`;
  const { SIGKILL, SIGTERM } = figures.restarts;
  const rows = [
    ["records", whole(figures.records)],
    ["records/s, durable, through the client", whole(figures.recordsPerSecond)],
    ["query while loading, p50", `${figures.queries.p50Ms.toFixed(2)} ms`],
    ["query while loading, p99", `${figures.queries.p99Ms.toFixed(2)} ms`],
    ["most records waiting for the graph", whole(figures.backlogMax)],
    ["load", seconds(figures.loadMs)],
    ["graph complete, from the first record", seconds(figures.graphMs)],
    ["resident memory of the server after that", mebibytes(figures.residentBytes)],
    ["start to ready after kill -9", seconds(SIGKILL.readyMs)],
    ["start to ready after a clean stop", seconds(SIGTERM.readyMs)],
    ["resident memory after the restart", mebibytes(figures.restartedBytes)],
  ];
  console.log(`\n${table(["what", "figure"], rows)}`);
}
