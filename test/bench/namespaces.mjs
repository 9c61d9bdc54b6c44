// Many small namespaces on one server: how long it takes to start, what the first query of each costs, and what all of them take.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { percentile } from "../../demo/load-while-querying.mjs";
import { ServerProcess } from "../support/server-process.mjs";
import { CACHE, saveResult, table, whole } from "./report.mjs";

/** Creations and writes under way at once while the directory is made. */
const WRITERS = 64;
/** Queries between two looks at the open files. */
const LOOK_EVERY = 20;

export const summary =
  "10,000 namespaces of 100 records on one server: start, first query of each, memory and open files, by limit";

export const options = {
  count: { type: "string", default: "10000", doc: "namespaces" },
  records: { type: "string", default: "100", doc: "records of each" },
  dimension: { type: "string", default: "128", doc: "of their vectors" },
  limits: {
    type: "string",
    default: "none;--memory-for-namespaces 268435456;--memory-for-vectors 0",
    doc: "flags of a run of the server, runs separated by semicolons",
  },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const shape = { count: Number(values.count), records: Number(values.records), dimension: Number(values.dimension) };
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "data-"));
  try {
    const fillMs = await fill(folder, shape);
    console.log(`made in ${(fillMs / 1_000).toFixed(0)} s`);
    const rows = [];
    for (const limits of values.limits.split(";")) {
      rows.push(await measure(folder, shape, limits === "none" ? [] : limits.trim().split(/\s+/)));
      console.log(cells(rows.at(-1)).join("  "));
    }
    console.log(`\n${table(HEADS, rows.map(cells))}`);
    saveResult("namespaces", { parameters: values, fillMs, rows });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const HEADS = [
  "flags",
  "start to ready, s",
  "memory, MiB",
  "first query, median ms",
  "p99",
  "slowest",
  "memory after all, MiB",
  "most, MiB",
  "second query, median ms",
  "p99",
  "slowest",
  "open files at most",
];

function cells({ flags, readyMs, before, first, after, most, second, openFiles }) {
  const mebibytes = (bytes) => whole(bytes / 2 ** 20);
  const times = ({ p50, p99, max }) => [p50, p99, max].map((ms) => ms.toFixed(2));
  return [
    flags || "none",
    (readyMs / 1_000).toFixed(2),
    mebibytes(before),
    ...times(first),
    mebibytes(after),
    mebibytes(most),
    ...times(second),
    whole(openFiles),
  ];
}

/** Made by the engine in memory, and copied to the disk: the syncs of so many files are not what is measured. */
async function fill(folder, { count, records, dimension }) {
  const { MemoryEnv, NamespacedVecStore } = await import("@vecstore/engine");
  const startMs = performance.now();
  const env = new MemoryEnv();
  const directory = await NamespacedVecStore.open("data", { env });
  const random = randomFrom(7);
  let next = 0;
  const writer = async () => {
    for (let i = next++; i < count; i = next++) {
      await directory.createNamespace(nameOf(i), { dimension });
      const store = await directory.namespace(nameOf(i));
      await store.upsert(
        Array.from({ length: records }, (_, k) => ({
          id: `r${k}`,
          vector: vectorOf(random, dimension),
          metadata: { group: k % 10, name: `record ${k} of ${i}` },
        })),
      );
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  await directory.close();
  copyOut(env, folder);
  return performance.now() - startMs;
}

function copyOut(env, folder) {
  for (const path of env.paths()) {
    const target = join(folder, path.slice("data/".length));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, env.readFile(path));
  }
}

async function measure(folder, shape, args) {
  const { VecStoreClient } = await import("@vecstore/client");
  const server = await ServerProcess.start(folder, { readyWithinMs: 120_000, args });
  const client = new VecStoreClient(server.host);
  try {
    const { readyMs } = server;
    const before = server.residentBytes();
    const watch = { most: before, openFiles: server.openFiles() };
    // The first query of all compiles what the others use.
    await client.query({ vector: vectorOf(randomFrom(1), shape.dimension), limit: 1 }).catch(() => undefined);
    const first = await queryAll(client, server, shape, watch);
    const after = server.residentBytes();
    const second = await queryAll(client, server, shape, watch);
    return { flags: args.join(" "), readyMs, before, first, after, second, ...watch };
  } finally {
    client.close();
    await server.stop();
  }
}

/** One query of each namespace, one after the other, as a client sees it. */
async function queryAll(client, server, { count, records, dimension }, watch) {
  const random = randomFrom(11);
  const times = [];
  for (let i = 0; i < count; i++) {
    const vector = vectorOf(random, dimension);
    const startMs = performance.now();
    const results = await client.namespace(nameOf(i)).query({ vector, limit: 10 });
    times.push(performance.now() - startMs);
    if (results.length !== Math.min(10, records)) throw new Error(`${nameOf(i)} answered ${results.length} records`);
    if (i % LOOK_EVERY !== 0) continue;
    watch.most = Math.max(watch.most, server.residentBytes());
    watch.openFiles = Math.max(watch.openFiles, server.openFiles());
  }
  times.sort((a, b) => a - b);
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), max: times.at(-1) };
}

function nameOf(i) {
  return `tenant-${String(i).padStart(6, "0")}`;
}

function vectorOf(random, dimension) {
  return Float32Array.from({ length: dimension }, () => random() - 0.5);
}

/** A small generator with a seed, so that each run has the same vectors. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
