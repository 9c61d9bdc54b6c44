// Queries a second at equal recall, this engine against hnswlib: same vectors, same parameters, one thread searching.
import { gloveDataset, recallOf } from "./dataset.mjs";
import { createHnswlib, createVecstore } from "./engines.mjs";
import { EFS, measureCurves, RECALLS, speedAt } from "./race.mjs";
import { saveResult, table, whole } from "./report.mjs";

const ALL = 10_000_000;

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
  const curves = await measureCurves(
    sides.map((side) => sideOf(side, dataset)),
    { rounds },
  );
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

/** An engine of this process as a side of a race. */
function sideOf(engine, dataset) {
  const prepared = dataset.queries.map(engine.prepare);
  return {
    async pass(ef) {
      const answers = [];
      const start = performance.now();
      for (const query of prepared) answers.push(await engine.search(query, ef));
      const seconds = (performance.now() - start) / 1_000;
      return { recall: recallOf(dataset, answers), answered: prepared.length, seconds };
    },
  };
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
