// This engine beside the native and JavaScript engines that one can install instead: same vectors, same parameters, one thread.
import { basename } from "node:path";
import { dataOptions, loadDataset } from "./dataset.mjs";
import { ENGINES, engineNames } from "./engines.mjs";
import { raceEntrants } from "./entrants.mjs";
import { searchGrid } from "./grid.mjs";
import { curveTable, howEach, plotsOf, ratioTable, speedTable, startTable } from "./peers-report.mjs";
import { conditions, saveReport } from "./report.mjs";

export const summary =
  "recall and queries a second, build speed, start and memory, beside hnswlib, usearch, zvec, LanceDB and Orama";

export const options = {
  sizes: { type: "string", default: "100000", doc: "base vectors, separated by commas; all: as many as there are" },
  ...dataOptions,
  engines: { type: "string", default: Object.keys(ENGINES).join(","), doc: "separated by commas" },
  m: { type: "string", default: "16", doc: "links of a node, every engine" },
  "ef-construction": { type: "string", default: "200", doc: "candidates while building, every engine" },
  threads: { type: "string", default: "0", doc: "builder threads of vecstore; 0: one thread in all, as the others" },
  rounds: {
    type: "string",
    default: "5",
    doc: "the engines take turns at each ef, the median counts; one more warms up",
  },
  seconds: { type: "string", default: "5", doc: "a pass over the queries ends after that, for slow engines" },
  opens: { type: "string", default: "3", doc: "starts in a fresh process, the median counts" },
  clock: {
    type: "string",
    default: "wall",
    doc: "wall, or cpu: queries for each second of processor time, on a machine that others use",
  },
  grid: { type: "boolean", default: false, doc: "a second table, each engine at its best of the grid" },
  "grid-m": { type: "string", default: "16,24,32", doc: "m of the grid" },
  "grid-ef-construction": { type: "string", default: "200,300,500", doc: "efConstruction of the grid" },
  "grid-recall": { type: "string", default: "0.95", doc: "the best is the fastest at this recall" },
  "grid-minutes": { type: "string", default: "15", doc: "for the search of each engine; what was not tried is said" },
  publish: { type: "boolean", default: false, doc: "keep the report in docs/benchmarks" },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const names = engineNames(values.engines);
  const { m, rounds, seconds, opens, threads, clock } = values;
  if (clock !== "wall" && clock !== "cpu") throw new Error(`--clock is "${clock}"; it may be wall or cpu`);
  const efConstruction = Number(values["ef-construction"]);
  for (const size of values.sizes.split(",")) {
    const of = conditions();
    const source = { data: values.data, queries: values.queries, size: size === "all" ? Infinity : Number(size) };
    const { vectors: _notHere, ...dataset } = await loadDataset(source);
    const race = {
      source,
      dataset,
      threads: Number(threads),
      rounds: Number(rounds),
      secondsMax: Number(seconds),
      clock,
    };
    const entrants = names.map((name) => ({ name, m: Number(m), efConstruction }));
    const standings = await raceEntrants(entrants, { ...race, opens: Number(opens) });
    const grid = values.grid ? await raceBest(names, race, values) : undefined;
    report({ values, of, dataset, standings, grid });
  }
}

/** The grid of each engine, then a race of the best. Engines without parameters keep out. */
async function raceBest(names, race, values) {
  const numbers = (list) => list.split(",").map(Number);
  const tried = [];
  for (const name of names.filter((one) => !ENGINES[one].exact)) {
    tried.push(
      await searchGrid(name, race, {
        ms: numbers(values["grid-m"]),
        efConstructions: numbers(values["grid-ef-construction"]),
        recall: Number(values["grid-recall"]),
        minutesMax: Number(values["grid-minutes"]),
      }),
    );
  }
  const best = tried.flatMap(({ best: found }) => (found === undefined ? [] : [found]));
  return { tried, standings: await raceEntrants(best, { ...race, opens: 0 }) };
}

function report({ values, of, dataset, standings, grid }) {
  const equal = `m = ${values.m}, efConstruction = ${values["ef-construction"]}`;
  const slug = `peers-${basename(values.data).replace(/\W/g, "-")}-${dataset.count}`;
  const subtitle = `${dataset.name}, ${dataset.dimension} dimensions, cosine, k = 10, ${equal}`;
  const perSecond = values.clock === "cpu" ? "a second of processor time" : "a second";
  const sections = [
    `${subtitle}. Vectors built and queries answered ${perSecond}, at a recall:`,
    speedTable(standings),
    "Speed of vecstore divided by that of the others, at a recall:",
    ratioTable(standings),
    "Opened again in a fresh process (files in the page cache), memory while it answers at ef 64, beyond that of the process before:",
    startTable(standings, dataset),
    ...gridSections(grid, values),
    "## How each is run",
    howEach(standings),
    "## Every point",
    curveTable(standings),
  ];
  const { truth: _truth, queries: _queries, ...described } = dataset;
  const result = { dataset: described, parameters: values, standings, grid };
  const plots = plotsOf({ standings, grid, title: "vecstore beside other engines", subtitle, perSecond });
  saveReport(
    { slug, title: `vecstore beside other engines: ${dataset.name}`, conditions: of, result, sections, plots },
    values.publish ? "docs" : "cache",
  );
}

function gridSections(grid, values) {
  if (grid === undefined) return [];
  const {
    "grid-m": ms,
    "grid-ef-construction": efConstructions,
    "grid-recall": recall,
    "grid-minutes": minutes,
  } = values;
  const untried = grid.tried.filter(({ left }) => left > 0).map(({ name, left }) => `${name} (${left} not tried)`);
  return [
    "## Each at its best of a grid",
    `m of ${ms}, efConstruction of ${efConstructions}; the best is the fastest at a recall of ${recall}, among those built within ${minutes} minutes${untried.length === 0 ? "" : `: ${untried.join(", ")}`}.`,
    speedTable(grid.standings),
    ratioTable(grid.standings),
  ];
}
