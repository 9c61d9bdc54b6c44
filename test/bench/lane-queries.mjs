// A query of 128 dimensions with 10 results and their metadata: processor time of the server for a call.
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { PAIRS, TITLES, WAYS } from "./lane-contestants.mjs";
import { numbersFrom, queryMessage } from "./lane-messages.mjs";
import { Contestant } from "./lane-process.mjs";
import { median, table } from "./report.mjs";

const PATH = "/vecstore.v1.VecStoreService/Query";
const DIMENSION = 128;
const BATCH = 500;
/** Enough for the compiler to be done. */
const WARM_CALLS = 12_000;
/** Before each turn, and not counted: V8 makes the heap of a process small that has waited for the others, and a server under load does not wait. */
const TURN_WARM_CALLS = 4_000;
/** All work on the main thread, so that none of it hides; and no answer from the cache, so that the engine is asked each time. */
const OPTIONS = { threads: 0, cacheBytes: 0 };

/** @returns microseconds of processor time for a call, by way and contestant */
export async function measureQueries(folder, { rounds, calls, concurrency, records, rate, logLevel }) {
  const vector = numbersFrom(7, DIMENSION);
  await fill(join(folder, "seed"), records);
  const kinds = ["lane", "connect", "asking"];
  for (const kind of kinds) cpSync(join(folder, "seed"), join(folder, kind), { recursive: true });
  const contestants = {};
  for (const kind of [...kinds, "bare", "grpc-js"]) {
    contestants[kind] = await Contestant.start(kind, join(folder, kind), {
      ...OPTIONS,
      ...(hasLog(kind) && { logLevel }),
    });
  }
  try {
    await contestants.asking.ask("query", { vector });
    const clients = await openClients(contestants, queryMessage(vector), concurrency);
    for (const { client } of clients) await client.call(WARM_CALLS);
    const asFast = {};
    const atRate = {};
    for (let round = 0; round < rounds; round++) {
      for (const { name, kind, client } of rotated(clients, round)) {
        const used = async (work) => (await contestants[kind].used(work)).cpuUs / calls;
        await client.call(TURN_WARM_CALLS);
        push(asFast, name, await used(() => client.call(calls)));
        if (rate > 0) push(atRate, name, await used(() => client.pace(calls, rate)));
      }
    }
    for (const { client } of clients) client.close();
    return { asFast: withMedians(asFast), ...(rate > 0 && { rate, atRate: withMedians(atRate) }) };
  } finally {
    for (const contestant of Object.values(contestants)) await contestant.stop();
  }
}

function withMedians(samples) {
  return { samples, medians: Object.fromEntries(Object.entries(samples).map(([name, of]) => [name, median(of)])) };
}

function push(samples, name, value) {
  samples[name] ??= [];
  samples[name].push(value);
}

const hasLog = (kind) => kind === "lane" || kind === "connect";

/** Records through REST, with a little metadata, as most have. */
async function fill(folder, count) {
  mkdirSync(folder, { recursive: true });
  const server = await Contestant.start("lane", folder, OPTIONS);
  for (let from = 0; from < count; from += BATCH) {
    const records = Array.from({ length: Math.min(BATCH, count - from) }, (_, at) => ({
      id: `record-${from + at}`,
      vector: numbersFrom(from + at + 1_000, DIMENSION),
      metadata: { kind: at % 2 === 0 ? "fruit" : "tool", year: 2_000 + (at % 25) },
    }));
    const headers = { "content-type": "application/json" };
    const url = `http://127.0.0.1:${server.ports.http1}/v1/upsert`;
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ records }) });
    if (!answer.ok) throw new Error(await answer.text());
  }
  await server.stop();
}

/** One client for each way to each server; who has no engine learns its answer from who has. */
async function openClients(contestants, body, concurrency) {
  const clients = [];
  for (const [way, kind] of PAIRS) {
    const port = contestants[kind].ports[way];
    const client = await WAYS[way].open({ port, path: PATH, bodies: [body], concurrency });
    if (way === "http1" && kind === "lane") {
      const bytes = (await client.answer()).toString("base64");
      for (const other of ["bare", "asking", "grpc-js"]) await contestants[other].ask("answer", { bytes });
    }
    clients.push({ name: `${way} ${kind}`, way, kind, client });
  }
  return clients;
}

const rotated = (list, by) => list.map((_, at) => list[(at + by) % list.length]);

/** @param {Awaited<ReturnType<typeof measureQueries>>} queries */
export function queryTables({ asFast, rate, atRate }) {
  const first = `As many queries as each server answers:\n\n${queryTable(asFast)}`;
  if (atRate === undefined) return [first];
  return [first, `${rate} queries a second, of each server:\n\n${queryTable(atRate)}`];
}

function queryTable({ medians }) {
  const rows = PAIRS.map(([way, kind]) => {
    const all = medians[`${way} ${kind}`];
    const bare = medians[`${way} bare`];
    // What asking adds to a handler that does nothing else, in a server under load: alone in a loop the engine takes less.
    const engine = ["lane", "connect", "asking"].includes(kind) ? medians[`${way} asking`] - bare : 0;
    const cells = [all, engine, all - engine].map((value) => value.toFixed(1));
    return [WAYS[way].title, TITLES[kind], ...cells, ((all - engine) / bare).toFixed(2)];
  });
  const heads = [
    "protocol",
    "server",
    "us of processor a query",
    "the engine's own",
    "the rest",
    "times the bare handler's",
  ];
  return table(heads, rows);
}
