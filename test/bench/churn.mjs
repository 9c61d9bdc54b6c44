// What is left of recall when every record was replaced, several times over, while queries go on: against stores that were filled
// with the same records at once.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { gloveDataset, K, recallOf } from "./dataset.mjs";
import { nearestOfAll } from "./exact.mjs";
import { CACHE, median, saveResult, table, whole } from "./report.mjs";
import { watchStalls } from "./stall-probe.mjs";

const BATCH = 250;
const BACKLOG_PAUSE_MS = 20;

export const summary = "recall, merges and latency while every record is replaced three times, against fresh builds";

export const options = {
  records: { type: "string", default: "100000", doc: "records of the store" },
  rounds: { type: "string", default: "3", doc: "times that each is replaced" },
  efs: { type: "string", default: "40,80,120,200", doc: "candidates of a query, separated by commas" },
  storage: { type: "string", default: "memory", doc: "memory or disk" },
  threads: { type: "string", default: "", doc: "as `threads` of the store; empty: its default" },
  burst: { type: "string", default: "2500", doc: "records replaced between two waits for the graph; 0: never wait" },
  deleted: { type: "string", default: "0.2", doc: "share that is deleted at the end, and compacted" },
  m: { type: "string", default: "16", doc: "links of a node" },
  "ef-construction": { type: "string", default: "200", doc: "candidates while building" },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const count = Number(values.records);
  const rounds = Number(values.rounds);
  const efs = values.efs.split(",").map(Number);
  const all = await gloveDataset(Number.POSITIVE_INFINITY);
  if (count * 2 > all.count) throw new Error(`--records ${count}: at most half of ${all.count}`);
  const store = await openStore(values, "churned");
  const rows = [];
  let compaction;
  try {
    await fill(
      store,
      contentOf(all, count, 0, rounds),
      Array.from({ length: count }, (_, i) => i),
    );
    for (let round = 0; round <= rounds; round++) {
      const content = contentOf(all, count, round, rounds);
      const churn = round === 0 ? undefined : await replaceAll(store, content, round, Number(values.burst));
      const truth = await truthOf(content);
      const row = { round, churn, recalls: await recalls(store.store, content, truth, efs) };
      row.fresh = round === 0 ? row.recalls : await freshRecalls(values, content, truth, efs);
      row.segments = (await store.store.stats()).segments.length;
      rows.push(row);
      console.log(describe(row, efs));
    }
    compaction = await deleteAndCompact(store, contentOf(all, count, 0, rounds), values, efs);
  } finally {
    await store.close();
  }
  const heads = [
    "replaced",
    ...efs.map((ef) => `recall at ef ${ef}`),
    "merges",
    "merging, s",
    "records/s",
    "query, ms",
    "p99",
    "stall, ms",
  ];
  console.log(
    table(
      heads,
      rows.map((row) => cells(row, efs)),
    ),
  );
  console.log(`\n${compactionText(compaction, Number(values.deleted), efs)}`);
  saveResult("churn", { parameters: values, dataset: all.name, rows, compaction });
}

/**
 * The vectors after so many rounds: others in each, and at the end those of the beginning, so that the last row compares with the first.
 *
 * @returns {{vectors: Float32Array, count: number, dimension: number, queries: Float32Array[]}}
 */
function contentOf({ vectors, dimension, count: total, queries }, count, round, rounds) {
  const first = (round % rounds) * count;
  const content = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) {
    const at = ((first + i) % total) * dimension;
    content.set(vectors.subarray(at, at + dimension), i * dimension);
  }
  return { vectors: content, count, dimension, queries };
}

async function truthOf({ vectors, count, dimension, queries }) {
  return nearestOfAll({ count, dimension, queries, chunks: () => [{ from: 0, vectors }] });
}

async function openStore({ storage, threads, m, "ef-construction": efConstruction }, name) {
  const { MemoryEnv, VecStore } = await import("@vecstore/engine");
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, `${name}-`));
  const merges = [];
  const store = await VecStore.open(folder, {
    ...(storage === "memory" && { env: new MemoryEnv() }),
    ...(threads !== "" && { threads: Number(threads) }),
    m: Number(m),
    efConstruction: Number(efConstruction),
    metric: "cosine",
    onEvent: (event) => {
      if (event.kind === "merged") merges.push(event);
      if (event.kind === "background_error") console.log(event);
    },
  });
  return {
    store,
    merges,
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Writes records in the order of `order`, and waits for the graph, in between too after each `burst` of them. */
async function fill({ store }, { vectors, dimension }, order, burst = 0) {
  for (let from = 0; from < order.length; from += BATCH) {
    if (burst > 0 && from % burst === 0) await store.settled();
    const records = order.slice(from, from + BATCH).map((i) => ({
      id: String(i),
      vector: vectors.subarray(i * dimension, (i + 1) * dimension),
    }));
    await upsertPatiently(store, records);
  }
  await store.settled();
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

/** Replaces every record, in another order each time, while queries come one after the other. */
async function replaceAll(opened, content, round, burst) {
  const { store, merges } = opened;
  const before = merges.length;
  const state = { done: false, latencies: [] };
  const stalls = watchStalls();
  const querying = queryUntil(store, content.queries, state);
  const startedMs = performance.now();
  await fill(opened, content, shuffled(content.count, round), burst);
  const tookMs = performance.now() - startedMs;
  state.done = true;
  await querying;
  const { worstOwnMs } = stalls.stop();
  const made = merges.slice(before);
  const sorted = state.latencies.toSorted((a, b) => a - b);
  return {
    recordsPerSecond: (content.count / tookMs) * 1_000,
    merges: made.length,
    mergingMs: made.reduce((sum, { durationMs }) => sum + durationMs, 0),
    queries: sorted.length,
    medianMs: median(sorted),
    p99Ms: sorted[Math.floor(sorted.length * 0.99)],
    stallMs: worstOwnMs,
  };
}

async function queryUntil(store, queries, state) {
  for (let at = 0; !state.done; at = (at + 1) % queries.length) {
    const startedMs = performance.now();
    const { results } = await store.query({ vector: queries[at], limit: K, includeMetadata: false });
    if (results.length !== K) throw new Error(`${results.length} results`);
    state.latencies.push(performance.now() - startedMs);
    await turn();
  }
}

/** What the merge of a store with dead records takes, against a store that is filled with the others. */
async function deleteAndCompact({ store }, { vectors, count, dimension, queries }, values, efs) {
  const order = shuffled(count, 77);
  const dead = order.slice(0, Math.floor(count * Number(values.deleted)));
  const live = order.slice(dead.length).sort((a, b) => a - b);
  const left = { vectors: new Float32Array(live.length * dimension), count: live.length, dimension, queries };
  for (const [at, i] of live.entries()) {
    left.vectors.set(vectors.subarray(i * dimension, (i + 1) * dimension), at * dimension);
  }
  // At once, so that no merge begins before all are dead.
  const deleting = [];
  for (let from = 0; from < dead.length; from += 1_000) {
    deleting.push(store.delete({ ids: dead.slice(from, from + 1_000).map(String) }));
  }
  await Promise.all(deleting);
  const startedMs = performance.now();
  await store.compact();
  await store.settled();
  const tookMs = performance.now() - startedMs;
  const truth = (await truthOf(left)).map((at) => live[at]);
  const found = await recalls(store, left, truth, efs);
  const fresh = await openStore(values, "fresh");
  try {
    const freshStartedMs = performance.now();
    await fill(
      fresh,
      left,
      Array.from({ length: left.count }, (_, i) => i),
    );
    const freshMs = performance.now() - freshStartedMs;
    return { tookMs, recalls: found, freshMs, fresh: await recalls(fresh.store, left, await truthOf(left), efs) };
  } finally {
    await fresh.close();
  }
}

function compactionText({ tookMs, freshMs, recalls, fresh }, deleted, efs) {
  const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`;
  const ratio = (freshMs / tookMs).toFixed(1);
  const compared = efs
    .map((ef, i) => `ef ${ef}: ${recalls[i].toFixed(4)} (${signed(recalls[i] - fresh[i])})`)
    .join(", ");
  return `${deleted * 100} % deleted, compacted in ${seconds(tookMs)}; the rest built anew in ${seconds(freshMs)}, ${ratio} times that. Recall at ${compared}`;
}

async function freshRecalls(values, content, truth, efs) {
  const fresh = await openStore(values, "fresh");
  try {
    await fill(
      fresh,
      content,
      Array.from({ length: content.count }, (_, i) => i),
    );
    return await recalls(fresh.store, content, truth, efs);
  } finally {
    await fresh.close();
  }
}

async function recalls(store, { queries }, truth, efs) {
  const found = [];
  for (const efSearch of efs) {
    const answers = [];
    for (const vector of queries) {
      const { results } = await store.query({ vector, limit: K, efSearch, includeMetadata: false });
      answers.push(results.map(({ id }) => Number(id)));
    }
    found.push(recallOf({ truth }, answers));
  }
  return found;
}

/** 0..count-1 in an order that follows from the seed. */
function shuffled(count, seed) {
  const order = Array.from({ length: count }, (_, i) => i);
  let state = (seed * 0x9e3779b9) | 1;
  for (let last = count - 1; last > 0; last--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const other = (state >>> 0) % (last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

const signed = (value) => `${value < 0 ? "" : "+"}${value.toFixed(4)}`;

function cells({ round, churn, recalls, fresh }, efs) {
  const compared = efs.map((_, i) => `${recalls[i].toFixed(4)} (${signed(recalls[i] - fresh[i])})`);
  if (churn === undefined) return ["-", ...recalls.map((recall) => recall.toFixed(4)), ...Array(6).fill("-")];
  const { merges, mergingMs, recordsPerSecond, medianMs, p99Ms, stallMs } = churn;
  const latencies = [p99Ms.toFixed(2), stallMs.toFixed(1)];
  const times = [(mergingMs / 1_000).toFixed(1), whole(recordsPerSecond), medianMs.toFixed(2), ...latencies];
  return [`${round} times`, ...compared, merges, ...times];
}

function describe({ round, recalls, fresh, segments }, efs) {
  const parts = efs.map((ef, i) => `ef ${ef}: ${recalls[i].toFixed(4)}, fresh ${fresh[i].toFixed(4)}`);
  return `replaced ${round} times, ${segments} segments: ${parts.join("; ")}`;
}
