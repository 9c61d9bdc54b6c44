// npm run demo                           loads 10,000 words into the namespace "words"
// npm run demo -- king                   prints the words nearest to king
// npm run demo -- king "length > 5"      the same, among the words that match a filter
import { connect, ensureNamespace, main, Refusal } from "./connect.mjs";
import { createProgress, formatCount } from "./progress.mjs";
import { wordRecords } from "./word-records.mjs";
import { readWords } from "./words.mjs";

const NAMESPACE = "words";
const LIMIT = 10;

await main(async ([word, filter]) => {
  const client = await connect(NAMESPACE);
  try {
    if (word === undefined) await load(client);
    else await printNearest(client, word, filter);
  } finally {
    client.close();
  }
});

async function load(client) {
  const words = readWords(new URL("words.bin", import.meta.url));
  await ensureNamespace(client, NAMESPACE, {
    dimension: words.dimension,
    description: "the 10,000 most frequent English words",
  });
  const progress = createProgress(words.words.length);
  const start = performance.now();
  await client.upsertAll(wordRecords(words), { onProgress: ({ upserted }) => progress.show(upserted) });
  progress.end();
  const seconds = (performance.now() - start) / 1_000;
  const count = words.words.length;
  console.log(
    `loaded ${formatCount(count)} words in ${seconds.toFixed(1)} s: ${formatCount(count / seconds)} records/s`,
  );
  console.log('try: npm run demo -- king, or npm run demo -- king "length > 5"');
}

async function printNearest(client, word, filter) {
  const vector = await vectorOf(client, word);
  const results = await client.query({ vector }, { limit: LIMIT + 1, filter });
  const others = results.filter(({ id }) => id !== word).slice(0, LIMIT);
  const { strategy, durationMs } = results.stats;
  console.log(
    `nearest to ${word}${filter === undefined ? "" : ` where ${filter}`} (${strategy}, ${durationMs.toFixed(2)} ms)`,
  );
  for (const { id, score, metadata } of others) {
    console.log(`  ${score.toFixed(4)}  ${id.padEnd(20)} rank ${formatCount(metadata.rank)}`);
  }
  if (others.length === 0) console.log("  no word matches the filter");
}

async function vectorOf(client, word) {
  const { records } = await client.get([word], { includeVector: true, includeMetadata: false }).catch((error) => {
    if (error?.reason !== "NAMESPACE_NOT_FOUND") throw error;
    throw new Refusal("there are no words yet; load them with npm run demo");
  });
  if (records.length > 0) return records[0].vector;
  const suggestions = await suggest(client, word);
  if (suggestions.length === 0) throw new Refusal(`"${word}" is not among the words; load them with npm run demo`);
  throw new Refusal(`"${word}" is not among the words; did you mean ${suggestions.join(", ")}?`);
}

/** Words that begin as `word` does, by the longest beginning that any word has. */
async function suggest(client, word) {
  for (let length = word.length; length > 0; length--) {
    const page = await client.listPage({ prefix: word.slice(0, length), pageSize: 5, includeMetadata: false });
    if (page.records.length > 0) return page.records.map(({ id }) => id);
  }
  return [];
}
