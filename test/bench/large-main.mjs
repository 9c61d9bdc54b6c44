// One phase of large.mjs, in a process of its own: load, merge or answer.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { VecStore } from "@vecstore/engine";
import { percentile } from "../../demo/load-while-querying.mjs";
import { vectorSource } from "./vector-source.mjs";

const BATCH = 1_000;
const BACKLOG_PAUSE_MS = 20;
const PROGRESS_MS = 30_000;
/** Between two queries beside the load. */
const PROBE_MS = 200;

const PHASES = { load, merge, answer };

process.once("message", async (input) => {
  const output = await PHASES[process.argv[2]](input);
  process.send({ output }, () => process.disconnect());
});

function open({ folder, options }) {
  return VecStore.open(join(folder, "data"), options);
}

/** Loads what is missing, queries beside it, and waits for the graph. */
async function load({ count, dimension, seed, queries, minutes, ...input }) {
  const store = await open(input);
  const { vectorCount: first } = await store.stats();
  const watch = createWatch(store, queries);
  const startMs = performance.now();
  let records = first;
  let reportedMs = startMs;
  for await (const { from, vectors } of vectorSource({ count, dimension, seed, first })) {
    records = await upsertAll(store, from, vectors, dimension);
    const nowMs = performance.now();
    if (nowMs - startMs > minutes * 60_000) break;
    if (nowMs - reportedMs < PROGRESS_MS) continue;
    reportedMs = nowMs;
    const { indexBacklog } = await store.stats();
    const speed = Math.round((records - first) / ((nowMs - startMs) / 1_000));
    process.send({
      progress: `${records} of ${count}, ${speed}/s, ${indexBacklog} wait, ${Math.round(residentBytes("VmRSS") / 2 ** 20)} MiB`,
    });
  }
  const loadMs = performance.now() - startMs;
  await store.settled();
  const graphMs = performance.now() - startMs - loadMs;
  const seen = watch.end();
  await store.close();
  return { records, added: records - first, loadMs, graphMs, ...seen };
}

/** Replaces a share of the records with vectors of their neighbors, and reclaims the dead ones. */
async function merge({ count, dimension, seed, queries, replace, ...input }) {
  const store = await open(input);
  const replaced = Math.floor(count * replace);
  for await (const { from, vectors } of vectorSource({ count: replaced, dimension, seed })) {
    await upsertAll(store, from, vectors, dimension);
  }
  await store.settled();
  const watch = createWatch(store, queries);
  const startMs = performance.now();
  const { removed } = await store.compact();
  const mergeMs = performance.now() - startMs;
  const seen = watch.end();
  await store.close();
  return { replaced, removed, mergeMs, ...seen };
}

/** Opens the store, answers for a minute, and says what it holds then; afterwards recall and speed. */
async function answer({ queries, truth, k, efs, seconds, ...input }) {
  const startMs = performance.now();
  const store = await open(input);
  const readyMs = performance.now() - startMs;
  const endMs = startMs + seconds * 1_000;
  for (let at = 0; performance.now() < endMs; at++)
    await store.query({ vector: queries[at % queries.length], limit: k });
  const held = {
    residentBytes: residentBytes("VmRSS"),
    anonymousBytes: residentBytes("RssAnon"),
    fileBytes: residentBytes("RssFile"),
    heapBytes: process.memoryUsage().heapTotal,
  };
  const stats = await store.stats();
  const curve = [];
  for (const ef of efs) curve.push(await measure(store, queries, truth, k, ef));
  const exactStartMs = performance.now();
  await store.query({ vector: queries[0], limit: k, exact: true });
  const exactMs = performance.now() - exactStartMs;
  await store.close();
  return { readyMs, seconds, ...held, stats, curve, exactMs };
}

async function measure(store, queries, truth, k, ef) {
  let found = 0;
  const timesMs = [];
  for (const [at, vector] of queries.entries()) {
    const startMs = performance.now();
    const { results } = await store.query({ vector, limit: k, efSearch: ef, includeMetadata: false });
    timesMs.push(performance.now() - startMs);
    const wanted = new Set(truth.slice(at * k, (at + 1) * k));
    for (const { id } of results) if (wanted.has(Number(id))) found++;
  }
  const totalMs = timesMs.reduce((sum, timeMs) => sum + timeMs, 0);
  const ascending = timesMs.toSorted((a, b) => a - b);
  return {
    ef,
    recall: found / (k * queries.length),
    queriesPerSecond: (queries.length / totalMs) * 1_000,
    p99Ms: percentile(ascending, 0.99),
  };
}

/** Writes a chunk in batches; returns the position behind it. */
async function upsertAll(store, from, vectors, dimension) {
  const length = vectors.length / dimension;
  for (let at = 0; at < length; at += BATCH) {
    const records = Array.from({ length: Math.min(BATCH, length - at) }, (_, i) => ({
      id: String(from + at + i),
      vector: vectors.subarray((at + i) * dimension, (at + i + 1) * dimension),
    }));
    await upsertPatiently(store, records);
  }
  return from + length;
}

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

/** Queries now and then, and watches memory and the event loop, until `end`. */
function createWatch(store, queries) {
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  const timesMs = [];
  let running = true;
  const probing = (async () => {
    for (let at = 0; running; at++) {
      const startMs = performance.now();
      await store.query({ vector: queries[at % queries.length], limit: 10 });
      timesMs.push(performance.now() - startMs);
      await pause(PROBE_MS);
    }
  })();
  const end = () => {
    running = false;
    loop.disable();
    const ascending = timesMs.toSorted((a, b) => a - b);
    return {
      peakBytes: residentBytes("VmHWM"),
      loopP99Ms: loop.percentile(99) / 1e6,
      loopMaxMs: loop.max / 1e6,
      queryP50Ms: percentile(ascending, 0.5),
      queryP99Ms: percentile(ascending, 0.99),
    };
  };
  probing.catch(() => {});
  return { end };
}

/** A line of /proc/self/status in bytes; what Node says where there is none. */
function residentBytes(line) {
  try {
    return Number(new RegExp(`${line}:\\s+(\\d+) kB`).exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1_024;
  } catch {
    return process.memoryUsage().rss;
  }
}
