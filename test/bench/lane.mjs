// What a call costs the server's processor, engine apart: with the fast lane, without, and beside handlers that do nothing else.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { useNodeFlags } from "./lane-process.mjs";
import { measureQueries, queryTables } from "./lane-queries.mjs";
import { measureUpserts, upsertTable } from "./lane-upserts.mjs";
import { CACHE, conditions, saveReport } from "./report.mjs";

export const summary =
  "processor time of the server for a call, engine apart: fast lane on and off, bare handlers, grpc-js";

export const options = {
  rounds: { type: "string", default: "9", doc: "in each all take a turn; the median counts" },
  calls: { type: "string", default: "5000", doc: "queries of one turn" },
  rate: {
    type: "string",
    default: "2000",
    doc: "queries a second in the second table, the same for all; 0 leaves it out",
  },
  concurrency: { type: "string", default: "16", doc: "calls at once" },
  records: { type: "string", default: "1000", doc: "records that are queried, of 128 dimensions" },
  upserts: { type: "string", default: "20", doc: "upserts of 100 x 768 in one turn; 0 leaves them out" },
  "log-level": { type: "string", default: "info", doc: "of the servers that are queried" },
  "node-flags": { type: "string", default: "", doc: "for every server, such as --initial-old-space-size=256" },
  publish: { type: "boolean", default: false, doc: "keep the report in docs/benchmarks" },
};

/** @param {Record<string, string>} values */
export async function run(values) {
  const of = conditions();
  useNodeFlags(values["node-flags"].split(" ").filter((flag) => flag !== ""));
  const logLevel = values["log-level"];
  const numbers = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "lane-"));
  try {
    const queries = await measureQueries(join(folder, "queries"), { ...numbers, logLevel });
    const upserts = numbers.upserts === 0 ? undefined : await measureUpserts(join(folder, "upserts"), numbers);
    const sections = [...queryTables(queries), ...(upserts === undefined ? [] : [upsertTable(upserts)])];
    const result = { parameters: values, queries, upserts };
    const report = { slug: "lane", title: "What the network costs", conditions: of, result, sections, plots: {} };
    saveReport(report, values.publish ? "docs" : "cache");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
