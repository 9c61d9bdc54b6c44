// How long a store takes to open, and what a record costs in memory and on disk, by the number of records.
import { basename } from "node:path";
import { dataOptions, loadDataset } from "./dataset.mjs";
import { engineNames } from "./engines.mjs";
import { raceEntrants } from "./entrants.mjs";
import { startTable } from "./peers-report.mjs";
import { conditions, saveReport } from "./report.mjs";

export const summary = "time to open and to the first answer, memory and bytes a record, by the number of records";

export const options = {
  sizes: { type: "string", default: "10000,100000,all", doc: "records, separated by commas" },
  ...dataOptions,
  engines: { type: "string", default: "vecstore-disk,hnswlib-native,usearch,zvec,lancedb", doc: "separated by commas" },
  m: { type: "string", default: "16", doc: "links of a node" },
  "ef-construction": { type: "string", default: "200", doc: "candidates while building" },
  threads: { type: "string", default: "1", doc: "builder threads of vecstore" },
  opens: { type: "string", default: "5", doc: "starts in a fresh process, the median counts" },
  publish: { type: "boolean", default: false, doc: "keep the report in docs/benchmarks" },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const of = conditions();
  const names = engineNames(values.engines);
  const results = [];
  for (const size of values.sizes.split(",")) {
    const source = { data: values.data, queries: values.queries, size: size === "all" ? Infinity : Number(size) };
    const { vectors: _notHere, ...dataset } = await loadDataset(source);
    const entrants = names.map((name) => ({
      name,
      m: Number(values.m),
      efConstruction: Number(values["ef-construction"]),
    }));
    const race = {
      source,
      dataset,
      threads: Number(values.threads),
      rounds: 0,
      efs: [],
      clock: "wall",
      opens: Number(values.opens),
    };
    results.push({ dataset, standings: await raceEntrants(entrants, race) });
  }
  saveReport(
    {
      slug: `startup-${basename(values.data).replace(/\W/g, "-")}`,
      title: "Start and memory, by the number of records",
      conditions: of,
      result: { parameters: values, results: results.map(withoutVectors) },
      sections: results.flatMap(({ dataset, standings }) => [`${dataset.name}:`, startTable(standings, dataset)]),
      plots: {},
    },
    values.publish ? "docs" : "cache",
  );
}

function withoutVectors({ dataset: { truth: _truth, queries: _queries, ...dataset }, standings }) {
  return { dataset, standings };
}
