// What a call costs the JavaScript client's process, beside clients that send the same bytes and read the answer's bytes away.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ServerProcess } from "../support/server-process.mjs";
import { numbersFrom } from "./lane-messages.mjs";
import { CACHE, conditions, median, saveReport, table, whole } from "./report.mjs";

export const summary =
  "processor time of the JavaScript client for a query, and vectors/s of a bulk upsert, beside bare clients";

export const options = {
  rounds: { type: "string", default: "7", doc: "in each all take a turn; the median counts" },
  calls: { type: "string", default: "2000", doc: "queries of one turn" },
  concurrency: { type: "string", default: "8", doc: "queries at once" },
  records: { type: "string", default: "20000", doc: "records of one bulk upsert, of 768 dimensions; 0 leaves it out" },
  "bulk-rounds": { type: "string", default: "3", doc: "bulk upserts of each" },
  publish: { type: "boolean", default: false, doc: "keep the report in docs/benchmarks" },
};

const CHILD = fileURLToPath(new URL("client-cost-js-main.mjs", import.meta.url));
const DIMENSION = 768;
const STORED = 1_000;
const BATCH = 500;
/** Who sends what; the first bare one is what the others are compared with. */
const CLIENTS = {
  "bare-http2": "bare, HTTP/2 (node:http2)",
  "bare-http1": "bare, HTTP/1.1 (sockets)",
  "node-http": "bare, HTTP/1.1 (node:http)",
  "grpc-js": "@grpc/grpc-js",
  connect: "client, Connect",
  "grpc-web": "client, gRPC-Web",
  grpc: "client, gRPC",
};
/** Bulk upserts, by bare clients that wait as long as the server asks for, and by the client. */
const WRITERS = ["node-http", "bare-http2", "connect", "grpc"];

/** @param {Record<string, string>} values */
export async function run(values) {
  const of = conditions();
  const numbers = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "client-cost-js-"));
  const server = await ServerProcess.start(folder);
  const clients = {};
  try {
    await fill(server.host);
    for (const kind of Object.keys(CLIENTS)) clients[kind] = await Client.start(kind, server.host, numbers.concurrency);
    const queries = await measureQueries(clients, numbers);
    const upserts = numbers.records === 0 ? undefined : await measureUpserts(clients, server.host, numbers);
    const sections = [queryTable(queries), ...(upserts === undefined ? [] : [upsertTable(upserts)])];
    const result = { parameters: values, queries, upserts };
    const report = { slug: "client-cost-js", title: "What the JavaScript client costs", conditions: of, result };
    saveReport({ ...report, sections, plots: {} }, values.publish ? "docs" : "cache");
  } finally {
    for (const client of Object.values(clients)) await client.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Records with a little metadata, as most have. */
async function fill(host) {
  const records = Array.from({ length: STORED }, (_, at) => ({
    id: `record-${at}`,
    vector: numbersFrom(at + 1_000, DIMENSION),
    metadata: { title: `The record number ${at}`, kind: at % 2 === 0 ? "fruit" : "tool", year: 2_000 + (at % 25) },
  }));
  await post(`http://${host}/v1/upsert`, { records });
}

async function post(url, body, method = "POST") {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(await answer.text());
}

async function measureQueries(clients, { rounds, calls }) {
  const samples = Object.fromEntries(Object.keys(clients).map((kind) => [kind, []]));
  const kinds = Object.keys(clients);
  for (const kind of kinds) await clients[kind].ask("queries", { calls: calls * 2 });
  for (let round = 0; round < rounds; round++) {
    for (const kind of rotated(kinds, round)) {
      const { cpuUs } = await clients[kind].ask("queries", { calls });
      samples[kind].push(cpuUs / calls);
    }
  }
  return { samples, medians: mediansOf(samples) };
}

async function measureUpserts(clients, host, { records, "bulk-rounds": rounds }) {
  const samples = Object.fromEntries(WRITERS.map((kind) => [kind, []]));
  const cpuUs = Object.fromEntries(WRITERS.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round++) {
    for (const kind of rotated(WRITERS, round)) {
      const namespace = `n-${kind}-${round}`;
      await post(`http://${host}/admin/namespaces`, { name: namespace });
      const used = await clients[kind].ask("upserts", { namespace, records, batch: BATCH });
      samples[kind].push((records * 1_000) / used.wallMs);
      cpuUs[kind].push(used.cpuUs / records);
      await post(`http://${host}/admin/namespaces/${namespace}`, undefined, "DELETE");
    }
  }
  return { samples, cpuUs, medians: mediansOf(samples), cpuMedians: mediansOf(cpuUs) };
}

const rotated = (list, by) => list.map((_, at) => list[(at + by) % list.length]);

const mediansOf = (samples) => Object.fromEntries(Object.entries(samples).map(([name, of]) => [name, median(of)]));

function queryTable({ medians }) {
  const rows = Object.entries(medians).map(([kind, cpuUs]) => {
    return [CLIENTS[kind], cpuUs.toFixed(1), (cpuUs / medians["bare-http2"]).toFixed(2)];
  });
  return table(
    ["client", `us of processor a query of ${DIMENSION} dimensions`, "times the bare HTTP/2 client's"],
    rows,
  );
}

function upsertTable({ medians, cpuMedians }) {
  const fastest = Math.max(...Object.values(medians));
  const rows = Object.entries(medians).map(([kind, perSecond]) => {
    return [CLIENTS[kind], whole(perSecond), (perSecond / fastest).toFixed(2), cpuMedians[kind].toFixed(1)];
  });
  const heads = [`vectors/s of a bulk upsert of ${DIMENSION} dimensions`, "share of the fastest"];
  return table(["client", ...heads, "us of the client's processor a vector"], rows);
}

/** A client in a process of its own, so that what is counted is its alone. */
class Client {
  #process;

  static async start(kind, host, concurrency) {
    const client = new Client();
    client.#process = fork(CHILD, [kind, host, String(concurrency)]);
    await client.#answer();
    return client;
  }

  ask(what, given) {
    this.#process.send({ what, ...given });
    return this.#answer();
  }

  async stop() {
    const ended = once(this.#process, "exit");
    this.#process.disconnect();
    await ended;
  }

  #answer() {
    return new Promise((resolve, reject) => {
      const child = this.#process;
      const onExit = (code) => reject(new Error(`a client ended with ${code}`));
      child.once("exit", onExit);
      child.once("message", (message) => {
        child.off("exit", onExit);
        if (message.error !== undefined) reject(new Error(message.error));
        else resolve(message);
      });
    });
  }
}
