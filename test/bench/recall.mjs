// What the engine says of its recall, against queries that it has not seen: measureRecall, and recall targets.
import { dataOptions, K, loadDataset } from "./dataset.mjs";
import { loadStore } from "./engines/vecstore.mjs";
import { saveResult, table } from "./report.mjs";

const EFS = [32, 64, 128, 256];
const TARGETS = [0.9, 0.95, 0.99];
/** Numbers of results. */
const LIMITS = [1, 10];

export const summary = "whether measureRecall and recall targets hold for queries that are not among the records";

export const options = {
  ...dataOptions,
  data: { ...dataOptions.data, default: "glove,synthetic-768", doc: "as elsewhere; several separated by commas" },
  sizes: { type: "string", default: "100000,50000", doc: "base vectors of each data set" },
  m: { type: "string", default: "16", doc: "links of a node" },
  "ef-construction": { type: "string", default: "200", doc: "candidates while building" },
};

/** @param {Record<string, string>} values */
export async function run({ data, sizes, queries, m, "ef-construction": efConstruction }) {
  const parameters = { m: Number(m), efConstruction: Number(efConstruction) };
  const results = [];
  const counts = sizes.split(",").map(Number);
  for (const [at, name] of data.split(",").entries()) {
    const dataset = await loadDataset({ data: name, queries, size: counts[at] ?? counts.at(-1) });
    const result = await measure(dataset, parameters);
    results.push(result);
    print(result);
  }
  saveResult("recall", { parameters, results });
}

async function measure(dataset, parameters) {
  const { MemoryEnv, VecStore } = await import("@vecstore/engine");
  const store = await VecStore.open("recall", { env: new MemoryEnv(), metric: "cosine", ...parameters });
  await loadStore(store, dataset);
  const byDefault = await answerAll(store, dataset, { recallTarget: 0.95 });
  const start = performance.now();
  await store.calibrate();
  const calibrationMs = performance.now() - start;
  const measures = [];
  for (const efSearch of EFS) {
    const heldOut = await answerAll(store, dataset, { efSearch });
    const said = await store.measureRecall({ samples: 1_000, limit: K, efSearch });
    measures.push({ efSearch, heldOut: heldOut.recall, measured: said.recall });
  }
  const targets = [];
  for (const limit of LIMITS)
    for (const recallTarget of TARGETS)
      targets.push({ limit, recallTarget, ...(await answerAll(store, dataset, { recallTarget, limit })) });
  await store.close();
  return { dataset: dataset.name, calibrationMs, beforeCalibration: byDefault, measures, targets };
}

/** Runs all queries; recall, and the mean time of one after a first round that warms up. */
async function answerAll(store, dataset, { limit = K, ...request }) {
  let answers = [];
  let strategies = new Set();
  let start = 0;
  for (let round = 0; round < 2; round++) {
    answers = [];
    strategies = new Set();
    start = performance.now();
    for (const vector of dataset.queries) {
      const { results, stats } = await store.query({ vector, limit, includeMetadata: false, ...request });
      answers.push(results.map(({ id }) => Number(id)));
      strategies.add(stats.strategy);
    }
  }
  const meanMs = (performance.now() - start) / dataset.queries.length;
  return { recall: recallAt(limit, dataset, answers), meanMs, strategies: [...strategies] };
}

/** Share of the true `limit` nearest that were found. */
function recallAt(limit, { truth }, answers) {
  let found = 0;
  for (const [at, answer] of answers.entries()) {
    const wanted = new Set(truth.subarray(at * K, at * K + limit));
    for (const position of answer) if (wanted.has(position)) found++;
  }
  return found / (answers.length * limit);
}

function print({ dataset, calibrationMs, beforeCalibration, measures, targets }) {
  console.log(`\n${dataset}, k = ${K}\n`);
  const ofEf = measures.map(({ efSearch, heldOut, measured }) => [
    efSearch,
    heldOut.toFixed(4),
    measured.toFixed(4),
    (measured - heldOut).toFixed(4),
  ]);
  console.log(table(["ef", "recall of 1,000 queries", "`measureRecall`", "difference"], ofEf));
  console.log(`\ncalibrated in ${(calibrationMs / 1_000).toFixed(1)} s\n`);
  const rows = targets.map(({ limit, recallTarget, recall, meanMs, strategies }) => [
    limit,
    recallTarget,
    recall.toFixed(4),
    meanMs.toFixed(3),
    strategies.join(", "),
  ]);
  const { recall, meanMs, strategies } = beforeCalibration;
  rows.unshift([K, "0.95, before calibration", recall.toFixed(4), meanMs.toFixed(3), strategies.join(", ")]);
  console.log(table(["k", "recall target", "recall", "ms a query", "strategy"], rows));
}
