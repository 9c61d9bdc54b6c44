// What the client of a language costs, beside bare clients of the same language.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CACHE, conditions, saveReport } from "./report.mjs";

/** Each measures one language: `measure(folder, numbers)` gives {result, sections}. */
const LANGUAGES = {
  go: "./client-cost-go.mjs",
};

export const summary =
  "what the client of a language costs for a query and in bulk, beside bare clients of the language";

export const options = {
  language: { type: "string", default: "go", doc: `one of ${Object.keys(LANGUAGES).join(", ")}` },
  rounds: { type: "string", default: "7", doc: "in each all take a turn; the median counts" },
  calls: { type: "string", default: "2000", doc: "queries of one turn" },
  concurrency: { type: "string", default: "1,8", doc: "calls at once, several by commas" },
  dimension: { type: "string", default: "768", doc: "numbers of a vector" },
  records: { type: "string", default: "100000", doc: "records written in bulk; 0 leaves that out" },
  "bulk-rounds": { type: "string", default: "1", doc: "in each all write all records; the median counts" },
  publish: { type: "boolean", default: false, doc: "keep the report in docs/benchmarks" },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const module = LANGUAGES[values.language];
  if (module === undefined)
    throw new Error(`language is ${values.language}; use one of ${Object.keys(LANGUAGES).join(", ")}`);
  const of = conditions();
  const { measure } = await import(module);
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "clients-"));
  try {
    const { result, sections } = await measure(folder, {
      rounds: Number(values.rounds),
      calls: Number(values.calls),
      concurrencies: values.concurrency.split(",").map(Number),
      dimension: Number(values.dimension),
      records: Number(values.records),
      bulkRounds: Number(values["bulk-rounds"]),
    });
    const slug = `clients-${values.language}`;
    const title = `What the client costs: ${values.language}`;
    const report = { slug, title, conditions: of, result: { parameters: values, ...result }, sections, plots: {} };
    saveReport(report, values.publish ? "docs" : "cache");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
