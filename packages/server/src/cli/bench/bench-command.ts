import type { QueryOptions, VecStoreClient } from "@vecstore/client";
import { withClient } from "../command/open-client.js";
import { NAMESPACE_FLAG, OUTPUT_FLAG, SERVER_FLAGS } from "../command/server-flags.js";
import { defineCommand, type FlagValues } from "../command/spec.js";
import { jsonForm } from "../online/json-form.js";
import { countText } from "../online/quantities.js";
import { factsText, outputFormat, printResult } from "../output.js";
import { summarizeLatencies } from "./latencies.js";
import { type LoadResult, runLoad } from "./load.js";
import { primeCache } from "./prime-cache.js";
import { freshVector, storedVectors, vectorsOfFile } from "./query-vectors.js";
import { type MeasuredRecall, measureRecallOf } from "./recall.js";

const FLAGS = {
  queries: {
    kind: "text",
    placeholder: "FILE",
    doc: "Vectors to ask for: .npy, .fvecs, or text, one a line. Default those of stored records, which are easier to find than others.",
  },
  samples: {
    kind: "integer",
    placeholder: "N",
    min: 1,
    max: 10_000,
    doc: "Stored records to take as queries. Default 1000.",
  },
  concurrency: { kind: "integer", placeholder: "N", min: 1, max: 1_000, doc: "Queries that run at once. Default 8." },
  rate: {
    kind: "number",
    placeholder: "N",
    min: 0.001,
    max: 1_000_000,
    doc: "Queries to begin each second, however long they take; times then count from when each was due. Default as many as run at once.",
  },
  duration: { kind: "number", placeholder: "SECONDS", min: 0.001, max: 86_400, doc: "Default 10." },
  count: { kind: "integer", placeholder: "N", min: 1, doc: "Queries in all, if they are fewer than the time allows." },
  warmup: {
    kind: "integer",
    placeholder: "N",
    min: 0,
    max: 100_000,
    doc: "Queries before, which are not counted. Default 100.",
  },
  limit: { kind: "integer", placeholder: "N", min: 1, doc: "Results of a query. Default 10." },
  "ef-search": {
    kind: "integer",
    placeholder: "N",
    min: 1,
    doc: "Candidates of the graph search. Default max(64, 2 x limit).",
  },
  "recall-target": { kind: "number", placeholder: "SHARE", min: 0, max: 1, doc: "Share of the nearest to find." },
  exact: { kind: "switch", doc: "Compare with every record that matches." },
  filter: { kind: "text", placeholder: "FILTER", doc: "Only records whose metadata match." },
  "recall-samples": {
    kind: "integer",
    placeholder: "N",
    min: 0,
    max: 10_000,
    doc: "Queries whose answers are compared with exact ones, after the load. Default 100; 0 leaves it out.",
  },
  cached: {
    kind: "switch",
    doc: "Ask for the same vectors again and again, whose answers the server keeps: all of them are asked for beforehand until it does.",
  },
  ...NAMESPACE_FLAG,
  ...SERVER_FLAGS,
  ...OUTPUT_FLAG,
} as const;

type BenchFlags = FlagValues<typeof FLAGS>;

/** `vecstore bench`. */
export const benchCommand = defineCommand({
  name: "bench",
  summary: "Sends queries to a server that runs, and measures how fast and how good the answers are.",
  operands: "",
  operandsMin: 0,
  operandsMax: 0,
  notes: `
Each query differs from the others, if only in the last bits of a number, so that none is answered from the cache (--cached). Refused
queries are counted by their reason and not repeated. It only reads; the load is real for whoever else uses the server.`,
  flags: FLAGS,
  async run({ flags, env }) {
    outputFormat(flags.output);
    const interrupted = new AbortController();
    const stop = () => interrupted.abort();
    process.once("SIGINT", stop);
    try {
      // A repeated call would hide what a refusal costs.
      return await withClient(flags, env, (client) => bench(client, flags, interrupted.signal), { retries: false });
    } finally {
      process.removeListener("SIGINT", stop);
    }
  },
});

const NOTHING_KEPT =
  "vecstore bench: the server kept no answer to measure by --cached: --cache-bytes or cache_answers is off, or the namespace is written all the time\n";

interface Measured {
  readonly load: LoadResult;
  readonly cacheHits: number;
  readonly serverMs: readonly number[];
  readonly recall: MeasuredRecall | undefined;
}

async function bench(client: VecStoreClient, flags: BenchFlags, signal: AbortSignal): Promise<number> {
  const vectors =
    flags.queries === undefined ? await storedVectors(client, flags.samples ?? 1_000) : vectorsOfFile(flags.queries);
  const measured = await measure(client, vectors, flags, signal);
  const { latenciesMs, errors } = measured.load;
  if (latenciesMs.length === 0) {
    throw new Error(`no query succeeded: ${JSON.stringify(errors)}; ask once by vecstore query to see why`);
  }
  const facts = factsOf(measured, flags);
  return printResult(flags.output, jsonForm(facts), () => factsText(linesOf(facts)));
}

async function measure(
  client: VecStoreClient,
  vectors: readonly Float32Array[],
  flags: BenchFlags,
  signal: AbortSignal,
): Promise<Measured> {
  const { concurrency = 8, duration = 10, warmup = 100, "recall-samples": recallSamples = 100 } = flags;
  const options = queryOptionsOf(flags);
  const serverMs: number[] = [];
  let cacheHits = 0;
  const askFor = async (vector: Float32Array) => (await client.query(vector, options)).stats;
  const ask = async (number: number) => {
    const stats = await askFor(flags.cached ? vectors[number % vectors.length]! : freshVector(vectors, number));
    serverMs.push(stats.durationMs);
    if (stats.cacheHit) cacheHits++;
  };
  if (flags.cached) {
    const asked = vectors.slice(0, flags.count);
    const isHit = async (vector: Float32Array) => (await askFor(vector)).cacheHit;
    if (!(await primeCache({ ask: isHit, vectors: asked, concurrency, signal }))) process.stderr.write(NOTHING_KEPT);
  }
  if (warmup > 0) await runLoad(ask, { concurrency, count: warmup, durationMs: Number.POSITIVE_INFINITY, signal });
  serverMs.length = 0;
  cacheHits = 0;
  const limits = { concurrency, perSecond: flags.rate, count: flags.count, durationMs: duration * 1_000, signal };
  const load = await runLoad((number) => ask(number + (flags.cached ? 0 : warmup)), limits);
  const compared = load.latenciesMs.length === 0 ? [] : vectors.slice(0, recallSamples);
  const recall = compared.length === 0 || signal.aborted ? undefined : await measureRecallOf(client, compared, options);
  return { load, cacheHits, serverMs, recall };
}

function queryOptionsOf(flags: BenchFlags): QueryOptions {
  return {
    limit: flags.limit ?? 10,
    efSearch: flags["ef-search"],
    recallTarget: flags["recall-target"],
    exact: flags.exact,
    filter: flags.filter,
    includeMetadata: false,
  };
}

type Facts = ReturnType<typeof factsOf>;

function factsOf({ load, cacheHits, serverMs, recall }: Measured, flags: BenchFlags) {
  const { latenciesMs, errors, durationMs } = load;
  return {
    queries: latenciesMs.length,
    queriesPerSecond: round((latenciesMs.length / durationMs) * 1_000),
    durationMs: round(durationMs),
    concurrency: flags.concurrency ?? 8,
    ratePerSecond: flags.rate ?? null,
    latencyMs: rounded(summarizeLatencies(latenciesMs)),
    engineMs: rounded(summarizeLatencies(serverMs)),
    cacheHits,
    failed: Object.values(errors).reduce((sum, count) => sum + count, 0),
    errors,
    recall: recall ?? null,
  };
}

function rounded(summary: ReturnType<typeof summarizeLatencies>) {
  return Object.fromEntries(Object.entries(summary).map(([name, ms]) => [name, round(ms)]));
}

const round = (value: number) => Math.round(value * 1_000) / 1_000;

function linesOf(facts: Facts): (readonly [string, string])[] {
  const { recall, errors } = facts;
  const times = (ms: Record<string, number>) =>
    Object.entries(ms)
      .map(([name, value]) => `${name === "p999" ? "p99.9" : name} ${value.toFixed(2)}`)
      .join("  ");
  const failed = Object.entries(errors)
    .map(([reason, count]) => `${countText(count)} ${reason}`)
    .join(", ");
  return [
    [
      "queries",
      `${countText(facts.queries)} in ${(facts.durationMs / 1_000).toFixed(1)} s, ${facts.concurrency} at once`,
    ],
    ["queries/s", facts.queriesPerSecond.toFixed(1)],
    ["latency, ms", times(facts.latencyMs)],
    ["in the engine", times(facts.engineMs)],
    ["from the cache", countText(facts.cacheHits)],
    ["failed", facts.failed === 0 ? "0" : `${countText(facts.failed)}: ${failed}`],
    ...(recall === null
      ? []
      : [[`recall@${recall.limit}`, `${recall.recall.toFixed(4)} of ${countText(recall.samples)} queries`] as const]),
  ];
}
