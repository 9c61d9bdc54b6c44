// What the Go client costs beside grpc-go with the same messages, and net/http with bytes: test/bench/clients-go.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ServerProcess } from "../support/server-process.mjs";
import { median, table } from "./report.mjs";

const SOURCES = fileURLToPath(new URL("./clients-go", import.meta.url));
const QUERY = ["vecstore-connect", "vecstore-grpc", "vecstore-grpc-web", "vecstore-h2c", "grpc-go", "http2"];
const BULK = ["vecstore-connect", "vecstore-grpc", "vecstore-import", "grpc-go", "http2"];
/** Records of a batch, and batches in flight: the client's defaults. */
const BATCH = 500;
const IN_FLIGHT = 4;

/** @returns {Promise<{ result: object, sections: string[] }>} */
export async function measure(folder, numbers) {
  const program = join(folder, "bench");
  execFileSync("go", ["build", "-o", program, "."], { cwd: SOURCES, stdio: "inherit" });
  const queries = await measureQueries(program, folder, numbers);
  const bulk = numbers.records === 0 ? {} : await measureBulk(program, folder, numbers);
  const sections = [
    ...Object.entries(queries).map(querySection),
    ...(numbers.records === 0 ? [] : [bulkSection(bulk)]),
  ];
  return { result: { queries, bulk }, sections };
}

/** Answers are kept out of the cache, so that each query is one. */
async function measureQueries(program, folder, { rounds, calls, concurrencies, dimension }) {
  const server = await startServer(join(folder, "queries"), ["--cache-bytes", "0"]);
  const samples = {};
  try {
    const task = ["-address", server.host, "-namespace", "queries", "-dimension", String(dimension)];
    await turn(program, [...task, "-work", "fill"]);
    for (let round = 0; round < rounds; round++) {
      for (const concurrency of concurrencies) {
        for (const contestant of rotated(QUERY, round)) {
          const how = ["-contestant", contestant, "-calls", String(calls), "-concurrency", String(concurrency)];
          const { cpuMicros, wallMicros, allocations } = await turn(program, [...task, ...how]);
          const sample = { cpu: cpuMicros / calls, wall: wallMicros / calls, allocations: allocations / calls };
          samples[concurrency] ??= {};
          samples[concurrency][contestant] ??= [];
          samples[concurrency][contestant].push(sample);
        }
      }
    }
  } finally {
    await server.stop();
  }
  return samples;
}

/** Each contestant writes into a server of its own. */
async function measureBulk(program, folder, { records, bulkRounds, dimension }) {
  const samples = {};
  for (let round = 0; round < bulkRounds; round++) {
    for (const contestant of rotated(BULK, round)) {
      const server = await startServer(join(folder, `bulk-${round}-${contestant}`), []);
      try {
        const size = [
          "-batch",
          String(BATCH),
          "-calls",
          String(Math.ceil(records / BATCH)),
          "-dimension",
          String(dimension),
        ];
        const how = ["-work", "upsert", "-contestant", contestant, "-concurrency", String(IN_FLIGHT)];
        const { cpuMicros, wallMicros } = await turn(program, ["-address", server.host, ...size, ...how]);
        samples[contestant] ??= [];
        samples[contestant].push({ recordsPerSecond: (records / wallMicros) * 1e6, cpu: cpuMicros / records });
        console.error(contestant, samples[contestant].at(-1));
      } finally {
        await server.stop("SIGKILL");
      }
    }
  }
  return samples;
}

async function startServer(folder, args) {
  mkdirSync(folder, { recursive: true });
  return await ServerProcess.start(join(folder, "data"), { args });
}

async function turn(program, args) {
  const { stdout } = await promisify(execFile)(program, args);
  return JSON.parse(stdout);
}

const rotated = (names, by) => names.map((_, at) => names[(at + by) % names.length]);

const medianOf = (samples, key) => median(samples.map((sample) => sample[key]));

function querySection([concurrency, samples]) {
  const bare = medianOf(samples["grpc-go"], "cpu");
  const rows = QUERY.map((name) => {
    const [cpu, wall, allocations] = ["cpu", "wall", "allocations"].map((key) => medianOf(samples[name], key));
    return [name, cpu.toFixed(0), (cpu / bare).toFixed(2), (wall * concurrency).toFixed(0), allocations.toFixed(0)];
  });
  const head = ["client", "CPU of the client, us", "times grpc-go", "latency, us", "allocations"];
  return `## A query, ${concurrency} at once\n\n${table(head, rows)}`;
}

function bulkSection(samples) {
  const fastest = Math.max(...BULK.map((name) => medianOf(samples[name], "recordsPerSecond")));
  const rows = BULK.map((name) => {
    const [rate, cpu] = ["recordsPerSecond", "cpu"].map((key) => medianOf(samples[name], key));
    return [name, rate.toFixed(0), `${((rate / fastest) * 100).toFixed(0)} %`, cpu.toFixed(1)];
  });
  return `## Bulk\n\n${table(["client", "records a second", "of the fastest", "CPU of the client, us a record"], rows)}`;
}
