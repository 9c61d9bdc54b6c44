// Queries a second at equal recall, this engine against hnswlib: same vectors, same parameters, one thread searching.
import { gloveDataset, recallOf } from "./dataset.mjs";
import { createHnswlib, createVecstore } from "./engines.mjs";
import { median, saveResult, table, whole } from "./report.mjs";

const ALL = 10_000_000;
const EFS = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];
const RECALLS = [0.9, 0.95, 0.975, 0.99];

export const summary = "queries a second at equal recall and vectors built a second, against hnswlib on GloVe vectors";

export const options = {
  sizes: { type: "string", default: "100000,all", doc: "base vectors, separated by commas" },
  m: { type: "string", default: "16", doc: "links of a node, both sides" },
  "ef-construction": { type: "string", default: "200", doc: "candidates while building, both sides" },
  rounds: { type: "string", default: "5", doc: "rounds; A and B take turns, the median counts" },
  storage: { type: "string", default: "memory", doc: "memory or disk, the engine's side" },
  threads: {
    type: "string",
    default: "1",
    doc: "builder threads, the engine's side; 0 builds on the main thread, as hnswlib does",
  },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const parameters = {
    m: Number(values.m),
    efConstruction: Number(values["ef-construction"]),
    storage: values.storage,
    threads: Number(values.threads),
  };
  const results = [];
  for (const size of values.sizes.split(",")) {
    results.push(await compare(size === "all" ? ALL : Number(size), Number(values.rounds), parameters));
  }
  saveResult("hnswlib", { parameters, results });
}

async function compare(size, rounds, parameters) {
  const dataset = await gloveDataset(size);
  const sides = [await createVecstore(parameters), await createHnswlib(parameters)];
  const builds = [];
  for (const side of sides) builds.push(await measureBuild(side, dataset));
  const curves = await measureCurves(sides, dataset, rounds);
  for (const side of sides) await side.close();
  const result = {
    dataset: dataset.name,
    sides: sides.map(({ name }, at) => ({ name, buildPerSecond: builds[at], curve: curves[at] })),
  };
  print(result, parameters);
  return result;
}

async function measureBuild(side, dataset) {
  console.log(`building ${side.name}: ${dataset.name}`);
  const start = performance.now();
  await side.build(dataset);
  return (dataset.count / (performance.now() - start)) * 1_000;
}

/** For each side a list of {ef, recall, queriesPerSecond}. The sides take turns at each ef, and swap who is first. */
async function measureCurves(sides, dataset, rounds) {
  const prepared = sides.map((side) => dataset.queries.map(side.prepare));
  const samples = sides.map(() => EFS.map(() => ({ recall: 0, speeds: [] })));
  for (let round = -1; round < rounds; round++) {
    for (const [at, ef] of EFS.entries()) {
      const turns = round % 2 === 0 ? [0, 1] : [1, 0];
      for (const turn of turns) {
        const { answers, queriesPerSecond } = await measureQueries(sides[turn], prepared[turn], ef);
        const sample = samples[turn][at];
        sample.recall = recallOf(dataset, answers);
        if (round >= 0) sample.speeds.push(queriesPerSecond); // the first round warms up
      }
    }
  }
  return samples.map((side) =>
    side.map(({ recall, speeds }, at) => ({ ef: EFS[at], recall, queriesPerSecond: median(speeds), rounds: speeds })),
  );
}

async function measureQueries(side, queries, ef) {
  const answers = [];
  const start = performance.now();
  for (const query of queries) answers.push(await side.search(query, ef));
  return { answers, queriesPerSecond: (queries.length / (performance.now() - start)) * 1_000 };
}

/** Queries a second at a recall, between the two neighboring points of the curve; NaN when it is never reached. */
export function speedAt(curve, recall) {
  for (let at = 0; at < curve.length; at++) {
    if (curve[at].recall < recall) continue;
    if (at === 0) return curve[0].queriesPerSecond;
    const [low, high] = [curve[at - 1], curve[at]];
    const share = (recall - low.recall) / (high.recall - low.recall);
    return Math.exp(Math.log(low.queriesPerSecond) * (1 - share) + Math.log(high.queriesPerSecond) * share);
  }
  return Number.NaN;
}

function print({ dataset, sides }, { m, efConstruction }) {
  console.log(`\n${dataset}, cosine, k = 10, m = ${m}, efConstruction = ${efConstruction}\n`);
  const rows = sides.map(({ name, buildPerSecond, curve }) => [
    name,
    whole(buildPerSecond),
    ...RECALLS.map((recall) => whole(speedAt(curve, recall))),
  ]);
  const ratios = RECALLS.map((recall) => {
    const ratio = speedAt(sides[0].curve, recall) / speedAt(sides[1].curve, recall);
    // No ef of the list reached that recall on one of the sides.
    return Number.isNaN(ratio) ? "-" : ratio.toFixed(2);
  });
  rows.push(["ratio", (sides[0].buildPerSecond / sides[1].buildPerSecond).toFixed(2), ...ratios]);
  console.log(table(["engine", "built, vectors/s", ...RECALLS.map((recall) => `q/s at recall ${recall}`)], rows));
  console.log();
  const points = EFS.map((ef, at) => [
    ef,
    ...sides.flatMap(({ curve }) => [curve[at].recall.toFixed(4), whole(curve[at].queriesPerSecond)]),
  ]);
  console.log(table(["ef", ...sides.flatMap(({ name }) => [`${name}: recall`, "q/s"])], points));
}
