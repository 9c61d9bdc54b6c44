// Texts, sparse vectors and hybrid queries: how good and how fast, how soon after opening, and what long texts hold up.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { percentile } from "../../demo/load-while-querying.mjs";
import { hybridSections, timeChart } from "./hybrid-report.mjs";
import { PeerPackage } from "./install.mjs";
import { createLabeled, qualityOf } from "./labeled.mjs";
import { CACHE, conditions, median, saveReport } from "./report.mjs";
import { watchStalls } from "./stall-probe.mjs";

const K = 10;
const BATCH = 500;
const BACKLOG_PAUSE_MS = 20;
const LONG_TEXT_BYTES = 40 * 1024;

export const summary =
  "quality and time of queries by text, sparse vector and several ways at once; indexing; long texts";

export const options = {
  records: { type: "string", default: "50000", doc: "records, made by the rule in labeled.mjs" },
  topics: { type: "string", default: "500", doc: "topics of the records, which make some of them relevant to a query" },
  words: { type: "string", default: "60", doc: "of a text, on average" },
  dimension: { type: "string", default: "100", doc: "of a vector" },
  noise: { type: "string", default: "1.9", doc: "length of a vector's noise, in times of its topic's center" },
  queries: { type: "string", default: "200", doc: "queries of each kind" },
  rounds: { type: "string", default: "5", doc: "rounds; kinds take turns, the median counts" },
  orama: { type: "string", default: "yes", doc: "no: without the other engine" },
  publish: { type: "boolean", default: false, doc: "keep the report in docs/benchmarks" },
};

/** A query of each kind. */
const KINDS = {
  vector: ({ vector }) => ({ vector }),
  text: ({ text }) => ({ text }),
  sparse: ({ sparse }) => ({ sparse }),
  "vector and text, reciprocal rank": ({ vector, text }) => ({ vector, text }),
  "vector and text, weighted": ({ vector, text }) => ({ vector, text, fusion: { method: "weighted", alpha: 0.5 } }),
  "vector and sparse, reciprocal rank": ({ vector, sparse }) => ({ vector, sparse }),
  "all three, reciprocal rank": ({ vector, text, sparse }) => ({ vector, text, sparse }),
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const of = conditions();
  const number = (name) => Number(values[name]);
  const shape = { records: number("records"), topics: number("topics"), queries: number("queries"), seed: 1 };
  const set = createLabeled({
    ...shape,
    words: number("words"),
    dimension: number("dimension"),
    noise: Number(values.noise),
    aboutTopic: 0.25,
  });
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "data-"));
  try {
    const loaded = await load(folder, set);
    const { kinds, opened, long } = await measure(folder, set, {
      rounds: number("rounds"),
      withOrama: values.orama !== "no",
    });
    const result = { parameters: values, loaded, opened, kinds, long };
    saveReport(
      {
        slug: "hybrid",
        title: "Texts, sparse vectors and hybrid queries",
        conditions: of,
        result,
        sections: hybridSections(result),
        plots: { time: timeChart(result) },
      },
      values.publish ? "docs" : "cache",
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function open(folder) {
  const { VecStore } = await import("@vecstore/engine");
  return VecStore.open(folder, { metric: "cosine" });
}

/** Writes everything, and waits until the graph and the inverted indexes have it. */
async function load(folder, { records, queries }) {
  const store = await open(folder);
  const startMs = performance.now();
  for (let from = 0; from < records.length; from += BATCH)
    await upsertPatiently(store, records.slice(from, from + BATCH));
  const writtenMs = performance.now() - startMs;
  await indexed(store, queries[0]);
  const indexedMs = performance.now() - startMs;
  await store.settled();
  const linkedMs = performance.now() - startMs;
  await store.close();
  return { writtenMs, indexedMs, linkedMs };
}

/** A search makes the missing steps itself. */
async function indexed(store, { text, sparse }) {
  await store.query({ text, limit: 1 });
  await store.query({ sparse, limit: 1 });
}

async function measure(folder, set, { rounds, withOrama }) {
  const { store, opened } = await reopen(folder, set.queries[0]);
  try {
    const sides = Object.entries(KINDS).map(([name, requestOf]) => ({
      name: `vecstore, ${name}`,
      ask: async (query) =>
        (await store.query({ ...requestOf(query), limit: K, includeMetadata: false })).results.map(({ id }) => id),
    }));
    if (withOrama) sides.push({ name: "Orama, text", ask: await oramaOf(set) });
    const kinds = await race(sides, set.queries, rounds);
    return { kinds, opened, long: await longTexts(store) };
  } finally {
    await store.close();
  }
}

/** How long it takes to open, and from then until a text and a sparse vector are answered; and the longest stall meanwhile. */
async function reopen(folder, query) {
  const watch = watchStalls();
  const startMs = performance.now();
  const store = await open(folder);
  const openMs = performance.now() - startMs;
  await store.query({ vector: query.vector, limit: K });
  const vectorMs = performance.now() - startMs;
  await store.query({ text: query.text, limit: K });
  const textMs = performance.now() - startMs;
  await store.query({ sparse: query.sparse, limit: K });
  const sparseMs = performance.now() - startMs;
  return { store, opened: { openMs, vectorMs, textMs, sparseMs, stalls: watch.stop() } };
}

async function race(sides, queries, rounds) {
  const times = sides.map(() => []);
  const qualities = sides.map(() => ({ ndcg: 0, recall: 0 }));
  for (let round = 0; round <= rounds; round++) {
    for (const query of queries) {
      for (const [at, { ask }] of sides.entries()) {
        const startMs = performance.now();
        const ids = await ask(query);
        const tookMs = performance.now() - startMs;
        // The first round warms up, and is judged.
        if (round > 0) times[at].push(tookMs);
        else addQuality(qualities[at], qualityOf(ids, query.relevant, K), queries.length);
      }
    }
  }
  return sides.map(({ name }, at) => {
    const ascending = times[at].toSorted((a, b) => a - b);
    return { name, medianMs: median(times[at]), p99Ms: percentile(ascending, 0.99), ...qualities[at] };
  });
}

function addQuality(sum, { ndcg, recall }, count) {
  sum.ndcg += ndcg / count;
  sum.recall += recall / count;
}

/** Orama's own BM25 over the same texts, in memory. */
async function oramaOf({ records }) {
  const peer = new PeerPackage({ name: "@orama/orama", packages: ["@orama/orama@3.1.18"] });
  peer.install();
  const { create, insertMultiple, search } = peer.require();
  const database = create({ schema: { text: "string" } });
  console.log("filling Orama");
  await insertMultiple(
    database,
    records.map(({ id, text }) => ({ id, text })),
    BATCH,
  );
  // A text need not have all of the words.
  const ask = async ({ text }) => (await search(database, { term: text, limit: K, threshold: 1 })).hits;
  return async (query) => (await ask(query)).map(({ id }) => id);
}

/** Texts of 40 KiB: how long until they are found, and what they hold up meanwhile. */
async function longTexts(store) {
  const filled = (piece) =>
    piece.repeat(Math.ceil(LONG_TEXT_BYTES / Buffer.byteLength(piece))).slice(0, LONG_TEXT_BYTES);
  const texts = {
    words: filled("some words and others "),
    "distinct words": filled(Array.from({ length: 8_000 }, (_, i) => `z${i}`).join(" ")),
    "one word": filled("q"),
    "Chinese, no white space": filled("中文没有空格的很长的文本").slice(0, LONG_TEXT_BYTES / 3),
    "Thai, no white space": filled("ภาษาไทยไม่มีช่องว่าง").slice(0, LONG_TEXT_BYTES / 3),
  };
  const rows = [];
  for (const [name, text] of Object.entries(texts)) {
    await pause(50);
    const watch = watchStalls();
    const startMs = performance.now();
    await store.upsert([{ id: `long ${name}`, text }]);
    const writtenMs = performance.now() - startMs;
    const { results } = await store.query({ text, limit: 1 });
    const foundMs = performance.now() - startMs - writtenMs;
    await pause(20);
    rows.push({ name, isFound: results[0]?.id === `long ${name}`, writtenMs, foundMs, stalls: watch.stop() });
  }
  return rows;
}

async function upsertPatiently(store, records) {
  const written = records.map(({ id, vector, text, sparse }) => ({ id, vector, text, sparse }));
  for (;;) {
    try {
      return await store.upsert(written);
    } catch (error) {
      if (error?.reason !== "INDEX_BACKLOG") throw error;
      await pause(BACKLOG_PAUSE_MS);
    }
  }
}
