// The load that demo:large and `npm run bench -- load` measure: every record through the client, with queries beside it.
import { setTimeout as sleep } from "node:timers/promises";
import { formatCount } from "./progress.mjs";
import { wordRecords } from "./word-records.mjs";
import { vectorAt } from "./words.mjs";

const QUERY_PAUSE_MS = 10;
const STATS_EVERY_MS = 500;
const GRAPH_WAIT_MS_MAX = 15 * 60_000;

/**
 * @typedef {object} LoadFigures
 * @property {number} records
 * @property {number} loadMs          until the last batch was acknowledged
 * @property {number} graphMs         from the first batch until no record was outside a graph
 * @property {number} backlogMax      most records that waited for the graph, sampled twice a second
 * @property {number} backlogAtEnd    records that waited when the load ended
 * @property {number[]} latenciesMs   of the queries that ran while loading, ascending
 */

/**
 * Loads `words` and measures queries meanwhile, one at a time.
 *
 * @param {object} client  of the namespace to fill
 * @param {import("./words.mjs").Words} words
 * @param {(state: {done: number, backlog: number, loading: boolean}) => void} onProgress
 * @returns {Promise<LoadFigures>}
 */
export async function loadWhileQuerying(client, words, onProgress) {
  const state = { done: 0, backlog: 0, backlogMax: 0, loading: true };
  const start = performance.now();
  const show = () => onProgress(state);
  const queries = measureQueries(client, words, state);
  const watch = watchBacklog(client, state, show);
  try {
    await client.upsertAll(wordRecords(words), {
      batchSize: 1_000,
      onProgress: ({ upserted }) => {
        state.done = upserted;
        show();
      },
    });
  } finally {
    state.loading = false;
  }
  const loadMs = performance.now() - start;
  const latenciesMs = await queries;
  await watch;
  const { indexBacklog: backlogAtEnd } = await client.stats();
  await waitForGraph(client, state, show);
  const graphMs = performance.now() - start;
  return {
    records: words.words.length,
    loadMs,
    graphMs,
    backlogMax: Math.max(state.backlogMax, backlogAtEnd),
    backlogAtEnd,
    latenciesMs,
  };
}

async function measureQueries(client, words, state) {
  const latenciesMs = [];
  while (state.done === 0 && state.loading) await sleep(QUERY_PAUSE_MS);
  for (let turn = 0; state.loading; turn++) {
    // A fixed stride visits words of every frequency; 7,919 is prime, so it does not repeat early.
    const vector = vectorAt(words, (turn * 7_919) % words.words.length);
    const start = performance.now();
    await client.query({ vector }, { limit: 10, includeMetadata: false });
    latenciesMs.push(performance.now() - start);
    await sleep(QUERY_PAUSE_MS);
  }
  return latenciesMs.sort((a, b) => a - b);
}

async function watchBacklog(client, state, show) {
  while (state.loading) {
    await readBacklog(client, state, show);
    await sleep(STATS_EVERY_MS);
  }
}

async function waitForGraph(client, state, show) {
  const deadline = performance.now() + GRAPH_WAIT_MS_MAX;
  for (;;) {
    const { indexState } = await readBacklog(client, state, show);
    if (state.backlog === 0 && indexState !== "building") return;
    if (performance.now() > deadline)
      throw new Error(`the graph still lacks ${state.backlog} records after ${GRAPH_WAIT_MS_MAX / 60_000} minutes`);
    await sleep(STATS_EVERY_MS / 5);
  }
}

async function readBacklog(client, state, show) {
  const stats = await client.stats();
  state.backlog = stats.indexBacklog;
  state.backlogMax = Math.max(state.backlogMax, state.backlog);
  show();
  return stats;
}

/** Shows the state of a load. @param {ReturnType<typeof import("./progress.mjs").createProgress>} progress */
export function showLoad(progress, { done, backlog, loading }) {
  if (loading) progress.show(done);
  else progress.wait(`loaded; ${formatCount(backlog)} records are not in the graph yet`);
}

/**
 * The value that a share of the values does not exceed.
 *
 * @param {readonly number[]} ascending
 * @param {number} share  0..1
 */
export function percentile(ascending, share) {
  if (ascending.length === 0) return Number.NaN;
  return ascending[Math.min(ascending.length - 1, Math.ceil(share * ascending.length) - 1)];
}
