// Records out of a server and into it again by `vecstore export` and `vecstore import`, and whether they are the same.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { loadGlove } from "../../demo/glove.mjs";
import { vectorAt } from "../../demo/words.mjs";
import { ServerProcess } from "../support/server-process.mjs";
import { CACHE, saveResult, table, whole } from "./report.mjs";

const COMMAND = fileURLToPath(new URL("../../packages/server/bin/vecstore.js", import.meta.url));
const SOURCE = "source";
/** Results of a query. */
const LIMIT = 10;

export const summary =
  "341,479 records exported by the command and imported again: times, and whether vectors, metadata and answers are the same bit for bit";

export const options = {
  records: { type: "string", default: "341479", doc: "records, the most frequent words first" },
  formats: { type: "string", default: "jsonl,parquet", doc: "of jsonl, csv, parquet" },
  queries: {
    type: "string",
    default: "1000",
    doc: "exact queries whose answers are compared; their vectors are spread over the records",
  },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const words = await loadGlove(console.log);
  const count = Math.min(words.words.length, Number(values.records));
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "roundtrip-"));
  const server = await ServerProcess.start(join(folder, "data"));
  const { VecStoreClient } = await import("@vecstore/client");
  const client = new VecStoreClient(server.host);
  try {
    await fill(client, words, count);
    const queries = spread(words, count, Number(values.queries));
    const answers = await answersOf(client, SOURCE, queries);
    const rows = [];
    for (const format of values.formats.split(",")) {
      const figures = await roundTrip(server, folder, format);
      await compareRecords(client, format, count);
      compareAnswers(answers, await answersOf(client, format, queries), format);
      await client.deleteNamespace(format);
      rows.push({ format, ...figures });
      console.log(`${format}: the same records and answers`);
    }
    print(rows, count, queries.length);
    saveResult("roundtrip", { records: count, queries: queries.length, rows });
  } finally {
    client.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(client, words, count) {
  console.log(`writing ${whole(count)} records`);
  await client.createNamespace(SOURCE);
  await client.namespace(SOURCE).upsertAll(recordsOf(words, count));
}

/** Metadata with what JSON, decimals and quoting may lose. */
function* recordsOf(words, count) {
  for (let at = 0; at < count; at++) {
    const word = words.words[at];
    const rank = words.ranks[at];
    const metadata = { rank, share: 1 / rank, 'é,"': [word, null, rank % 2 === 0], nested: { zip: "01234" } };
    yield {
      id: word,
      vector: vectorAt(words, at).slice(),
      metadata,
      ...(at % 100 === 0 && { text: `the word ${word}\n` }),
    };
  }
}

/** Vectors between two words, so that they are nobody's. */
function spread(words, count, queries) {
  const step = Math.max(1, Math.floor(count / queries));
  return Array.from({ length: Math.min(queries, count - 1) }, (_, n) => {
    const [one, other] = [vectorAt(words, n * step), vectorAt(words, n * step + 1)];
    return one.map((value, at) => (value + other[at]) / 2);
  });
}

async function roundTrip(server, folder, format) {
  const path = join(folder, `records.${format}`);
  const env = { ...process.env, VECSTORE_URL: server.host };
  const command = async (...args) => {
    const start = performance.now();
    const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, ...args], { env });
    return { ms: performance.now() - start, result: JSON.parse(stdout) };
  };
  const exported = await command("export", path, "--namespace", SOURCE);
  await command("namespaces", "create", format);
  const imported = await command("import", path, "--namespace", format);
  const bytes = statSync(path).size;
  rmSync(path);
  return { bytes, exportMs: exported.ms, importMs: imported.ms, imported: imported.result.imported };
}

/** @throws Error at the first difference */
async function compareRecords(client, format, count) {
  const [ours, theirs] = [SOURCE, format].map((name) => client.namespace(name).export()[Symbol.asyncIterator]());
  let compared = 0;
  for (;;) {
    const [one, other] = await Promise.all([ours.next(), theirs.next()]);
    if (one.done !== other.done) throw new Error(`${format}: one has fewer records than the other, after ${compared}`);
    if (one.done) break;
    const [before, after] = [one.value, other.value].map(bitsOf);
    if (before !== after) throw new Error(`${format}: a record has changed\n${before}\n${after}`);
    compared++;
  }
  if (compared !== count) throw new Error(`${format}: ${compared} of ${count} records`);
}

/** All of a record but its version; the vector as its bytes. */
function bitsOf({ version, vector, ...rest }) {
  return JSON.stringify({
    ...rest,
    bits: Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("hex"),
  });
}

async function answersOf(client, namespace, queries) {
  const handle = client.namespace(namespace);
  const answers = [];
  for (const query of queries) {
    const hits = await handle.query(query, { exact: true, limit: LIMIT, includeMetadata: false });
    answers.push(hits.map(({ id, score, distance }) => `${id} ${score} ${distance}`).join("\n"));
  }
  return answers;
}

function compareAnswers(before, after, format) {
  const at = before.findIndex((answer, n) => answer !== after[n]);
  if (at >= 0) throw new Error(`${format}: query ${at} has another answer\n${before[at]}\n${after[at]}`);
}

function print(rows, count, queries) {
  const rate = (ms) => whole((count / ms) * 1_000);
  const cells = rows.map(({ format, bytes, exportMs, importMs }) => [
    format,
    `${whole(bytes / 2 ** 20)} MiB`,
    `${(exportMs / 1_000).toFixed(1)} s, ${rate(exportMs)}/s`,
    `${(importMs / 1_000).toFixed(1)} s, ${rate(importMs)}/s`,
    `${whole(count)} of ${whole(count)}`,
    `${whole(queries)} of ${whole(queries)}`,
  ]);
  const heads = ["format", "file", "export", "import", "records the same bit for bit", "exact answers the same"];
  console.log(`\n${table(heads, cells)}`);
}
