// Queries under filters, against queries without: through the public method, by the share of records that match and by how
// the filter lies to the query.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gloveDataset, recallOf } from "./dataset.mjs";
import { K } from "./exact.mjs";
import { closestMatches, filterFor, KINDS, metadataOf, placesOf, similarities } from "./filters-data.mjs";
import { filtersSections, ratioChart, rowText } from "./filters-report.mjs";
import { CACHE, conditions, median, saveReport, whole } from "./report.mjs";

const BATCH = 1_000;
const BACKLOG_PAUSE_MS = 20;
const EF_MAX = 2_048;

export const summary =
  "recall and time of filtered queries, by selectivity, random and correlated with the query or against it";

export const options = {
  sizes: { type: "string", default: "all", doc: "word vectors, separated by commas" },
  shares: { type: "string", default: "50,10,1,0.1,0.01", doc: "per cent of the records that match" },
  kinds: { type: "string", default: KINDS.join(","), doc: "how filters lie to the query" },
  ef: { type: "string", default: "320", doc: "of the filtered queries" },
  queries: { type: "string", default: "200", doc: "queries of each cell" },
  rounds: { type: "string", default: "5", doc: "rounds; filtered and unfiltered take turns, the median counts" },
  m: { type: "string", default: "16", doc: "links of a node" },
  "ef-construction": { type: "string", default: "200", doc: "candidates while building" },
  fresh: { type: "boolean", default: false, doc: "fill the store anew; else the one in .cache is used" },
  publish: { type: "boolean", default: false, doc: "keep the report in docs/benchmarks" },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const of = conditions();
  const results = [];
  for (const size of values.sizes.split(",")) results.push(await measureSize(size, values));
  saveReport(
    {
      slug: "filters-glove",
      title: "Queries under filters",
      conditions: of,
      result: { parameters: values, results },
      sections: results.flatMap(filtersSections),
      plots: { ratio: ratioChart(results.at(-1)) },
    },
    values.publish ? "docs" : "cache",
  );
}

async function measureSize(size, values) {
  const { truth, queries, ...dataset } = await gloveDataset(size === "all" ? Number.POSITIVE_INFINITY : Number(size));
  const asked = queries.slice(0, Number(values.queries));
  const places = placesOf(dataset);
  const store = await openFilled(dataset, places, values);
  try {
    const cells = createCells(dataset, values);
    addAnswers(cells, dataset, places, asked);
    const unfiltered = createUnfiltered(store, asked, truth);
    const ef = Number(values.ef);
    const rows = [];
    for (const cell of cells) {
      rows.push(await measureCell({ store, cell, places, asked, unfiltered, ef, values }));
      console.log(rowText(rows.at(-1)));
    }
    return { dataset: dataset.name, ef, recall: await unfiltered.recallAt(ef), rows };
  } finally {
    await store.close();
  }
}

/** A store with all records, their graph complete; it stays in the cache for the next run. */
async function openFilled(dataset, places, values) {
  const { VecStore } = await import("@vecstore/engine");
  const { m, "ef-construction": efConstruction } = values;
  const folder = join(CACHE, "filters", `${dataset.count}-m${m}-ef${efConstruction}`);
  if (values.fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const store = await VecStore.open(folder, { m: Number(m), efConstruction: Number(efConstruction), metric: "cosine" });
  const { vectorCount } = await store.stats();
  if (vectorCount < dataset.count) console.log(`filling a store with ${whole(dataset.count - vectorCount)} records`);
  for (let from = vectorCount; from < dataset.count; from += BATCH) {
    const records = Array.from({ length: Math.min(BATCH, dataset.count - from) }, (_, i) => ({
      id: String(from + i),
      vector: dataset.vectors.subarray((from + i) * dataset.dimension, (from + i + 1) * dataset.dimension),
      metadata: metadataOf(places, from + i),
    }));
    await upsertPatiently(store, records);
  }
  await store.settled();
  await readyColumns(store, places);
  return store;
}

/** Metadata is entered into columns in the background after opening, and a column is sorted by the first filter on it. */
async function readyColumns(store, { near }) {
  for (const field of ["random", ...near.keys()]) {
    const name = typeof field === "number" ? `near${field}` : field;
    await store.count({ filter: `${name} BETWEEN 0 AND ${near[0].length >> 1}` });
  }
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

function createCells({ count }, { shares, kinds }) {
  return shares.split(",").flatMap((percent) =>
    kinds.split(",").map((kind) => ({
      percent: Number(percent),
      kind,
      matches: Math.max(1, Math.round((count * Number(percent)) / 100)),
      /** By query, the closest matches. */
      answers: [],
    })),
  );
}

/** Compares each query with every record once, for all cells. */
function addAnswers(cells, { vectors, count }, places, queries) {
  for (const [turn, query] of queries.entries()) {
    const scores = similarities(query, vectors, count);
    for (const cell of cells) cell.answers.push(closestMatches(filterFor(cell, places, query, turn), scores));
  }
}

/** Queries without a filter, whose recall at an ef is measured once. */
function createUnfiltered(store, queries, truth) {
  const recalls = new Map();
  const ask = (vector, efSearch) => store.query({ vector, limit: K, efSearch, includeMetadata: false });
  const recallAt = async (ef) => {
    if (recalls.has(ef)) return recalls.get(ef);
    const answers = [];
    for (const query of queries) answers.push((await ask(query, ef)).results.map(({ id }) => Number(id)));
    recalls.set(ef, recallOf({ truth }, answers));
    return recalls.get(ef);
  };
  /** The least ef that gives a recall, or the greatest ef where none does. */
  const efFor = async (recall) => {
    let [low, high] = [K, EF_MAX];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((await recallAt(middle)) >= recall) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return { ask, recallAt, efFor };
}

async function measureCell({ store, cell, places, asked, unfiltered, ef, values }) {
  const turns = asked.map((vector, turn) => ({ vector, filter: filterFor(cell, places, vector, turn).filter }));
  const ask = ({ vector, filter }) => store.query({ vector, filter, limit: K, efSearch: ef, includeMetadata: false });
  const found = await judge(cell, turns, ask);
  const equalEf = await unfiltered.efFor(found.recall);
  const sides = {
    unfiltered: ({ vector }) => unfiltered.ask(vector, equalEf),
    sameEf: ({ vector }) => unfiltered.ask(vector, ef),
    filtered: ask,
  };
  const rounds = [];
  for (let round = 0; round <= Number(values.rounds); round++) {
    const medians = await timeRound(sides, turns);
    // The first round warms up.
    if (round > 0) rounds.push(medians);
  }
  const { answers: _answers, ...shown } = cell;
  return { ...shown, ...found, equalEf, equalRecall: await unfiltered.recallAt(equalEf), ...figuresOf(rounds) };
}

/** Some turns later a filter is asked again: so late that the processor forgot the vector, but the store not yet the filter. */
const AGAIN = 8;

/** The sides take turns, each with another vector: what one read would be in the processor's cache for the next. */
async function timeRound(sides, turns) {
  const names = Object.keys(sides);
  const times = Object.fromEntries([...names, "again"].map((name) => [name, []]));
  const apart = Math.floor(turns.length / names.length);
  const timed = async (name, work) => {
    const startMs = performance.now();
    await work();
    times[name].push(performance.now() - startMs);
  };
  for (const at of turns.keys()) {
    for (let i = 0; i < names.length; i++) {
      // Another one goes first each time.
      const side = (at + i) % names.length;
      const name = names[side];
      const turn = turns[(at + side * apart) % turns.length];
      await timed(name, () => sides[name](turn));
    }
    if (at >= AGAIN) await timed("again", () => sides.filtered(turns[(at - AGAIN + 2 * apart) % turns.length]));
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

function figuresOf(rounds) {
  const of = (figure) => median(rounds.map(figure));
  return {
    unfilteredMs: of(({ unfiltered }) => unfiltered),
    sameEfMs: of(({ sameEf }) => sameEf),
    filteredMs: of(({ filtered }) => filtered),
    againMs: of(({ again }) => again),
    ratio: of(({ filtered, unfiltered }) => filtered / unfiltered),
    sameEfRatio: of(({ filtered, sameEf }) => filtered / sameEf),
  };
}

/** Recall, strategies, and answers that lack results, of one pass. */
async function judge({ answers, matches }, turns, ask) {
  const strategies = {};
  let [found, wanted, short] = [0, 0, 0];
  for (const [at, turn] of turns.entries()) {
    const { results, stats } = await ask(turn);
    const truth = new Set(answers[at]);
    found += results.filter(({ id }) => truth.has(Number(id))).length;
    wanted += truth.size;
    if (results.length < Math.min(K, matches)) short++;
    strategies[stats.strategy] = (strategies[stats.strategy] ?? 0) + 1;
  }
  return { recall: found / wanted, strategies, short };
}
