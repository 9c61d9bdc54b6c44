import type { QueryHit, QueryOptions, QueryResults, QuerySource } from "@vecstore/client";
import { ConfigError } from "../../config.js";
import { withClient } from "../command/open-client.js";
import { NAMESPACE_FLAG, OUTPUT_FLAG, SERVER_FLAGS } from "../command/server-flags.js";
import { defineCommand, type FlagValues } from "../command/spec.js";
import { printResult, tableText } from "../output.js";
import { jsonForm } from "./json-form.js";
import { parseVector, readVectorFile } from "./vector-argument.js";

const FLAGS = {
  vector: { kind: "text", placeholder: "NUMBERS", doc: "The vector, such as 0.1,0.2 or [0.1, 0.2]." },
  "vector-file": {
    kind: "text",
    placeholder: "FILE",
    doc: "The vector in a file: .npy, .fvecs, or numbers as text. - is standard input.",
  },
  row: {
    kind: "integer",
    placeholder: "N",
    min: 0,
    doc: "Which vector of the file, from 0: needed where it has several; of text, which line.",
  },
  id: { kind: "text", placeholder: "ID", doc: "The vector of this record." },
  text: { kind: "text", placeholder: "TEXT", doc: "Search the texts; together with a vector both ways are fused." },
  limit: { kind: "integer", placeholder: "N", min: 1, doc: "Results. Default 10." },
  offset: { kind: "integer", placeholder: "N", min: 0, doc: "Results to skip. Default 0." },
  filter: { kind: "text", placeholder: "FILTER", doc: 'Only records whose metadata match, such as "year >= 2020".' },
  "ef-search": {
    kind: "integer",
    placeholder: "N",
    min: 1,
    doc: "Candidates of the graph search. Default max(64, 2 x limit).",
  },
  "recall-target": {
    kind: "number",
    placeholder: "SHARE",
    min: 0,
    max: 1,
    doc: "Share of the nearest to find; the server chooses the candidates.",
  },
  exact: { kind: "switch", doc: "Compare with every record that matches." },
  "score-threshold": { kind: "number", placeholder: "SCORE", doc: "Only results whose score is at least this." },
  "group-by": {
    kind: "text",
    placeholder: "PATH",
    doc: "Results that share the value of this metadata field form a group.",
  },
  "group-size": { kind: "integer", placeholder: "N", min: 1, doc: "Results kept of a group. Default 1." },
  fusion: {
    kind: "text",
    placeholder: "METHOD",
    choices: ["reciprocal_rank", "weighted"],
    doc: "How a vector and a text become one list: reciprocal_rank or weighted. Default reciprocal_rank.",
  },
  alpha: {
    kind: "number",
    placeholder: "WEIGHT",
    min: 0,
    max: 1,
    doc: "Weight of the vector when weighted. Default 0.7.",
  },
  "no-metadata": { kind: "switch", doc: "Leave out the metadata." },
  "include-vector": { kind: "switch", doc: "Show the vectors; in JSON only." },
  "include-text": { kind: "switch", doc: "Show the texts." },
  explain: { kind: "switch", doc: "Say how the answer was found and what it cost; in JSON only." },
  ...NAMESPACE_FLAG,
  ...SERVER_FLAGS,
  ...OUTPUT_FLAG,
} as const;

type Values = FlagValues<typeof FLAGS>;

/** `vecstore query`. */
export const queryCommand = defineCommand({
  name: "query",
  summary: "Searches by a vector, by the id of a record, by a text, or by several of them.",
  operands: "",
  operandsMin: 0,
  operandsMax: 0,
  flags: FLAGS,
  async run({ flags, env }) {
    const source = sourceOf(flags);
    const options = optionsOf(flags);
    const results = await withClient(flags, env, (client) => client.query(source, options));
    const { stats, explain } = results;
    const json = jsonForm({ results: [...results], stats, explain });
    return printResult(flags.output, json, () => resultsText(results, process.stdout.columns ?? COLUMNS_ABSENT));
  },
});

/** Width of a table whose terminal does not say its own. */
const COLUMNS_ABSENT = 120;

/** What to look for. @throws ConfigError */
function sourceOf(flags: Values): QuerySource {
  const { vector, "vector-file": file, row, id, text } = flags;
  const vectors = [vector, file, id].filter((each) => each !== undefined);
  if (vectors.length > 1)
    throw new ConfigError("--vector, --vector-file and --id each name a vector: give one of them");
  if (vectors.length === 0 && text === undefined) {
    throw new ConfigError("what to look for is missing: give --vector, --vector-file, --id or --text");
  }
  if (row !== undefined && file === undefined) throw new ConfigError("--row chooses from a file: give --vector-file");
  return {
    ...(vector !== undefined && { vector: parseVector(vector, "--vector") }),
    ...(file !== undefined && { vector: readVectorFile(file, row) }),
    ...(id !== undefined && { id }),
    ...(text !== undefined && { text }),
  };
}

function optionsOf(flags: Values): QueryOptions {
  const { alpha, fusion: method } = flags;
  return {
    limit: flags.limit,
    offset: flags.offset,
    filter: flags.filter,
    efSearch: flags["ef-search"],
    recallTarget: flags["recall-target"],
    exact: flags.exact,
    scoreThreshold: flags["score-threshold"],
    groupBy: flags["group-by"],
    groupSize: flags["group-size"],
    explain: flags.explain,
    includeMetadata: !flags["no-metadata"],
    includeVector: flags["include-vector"],
    includeText: flags["include-text"],
    ...((alpha !== undefined || method !== undefined) && { fusion: { alpha, method } }),
  };
}

function resultsText(results: QueryResults, columns: number): string {
  const hasDistance = results.some(({ distance }) => distance !== undefined);
  const hasText = results.some(({ text }) => text !== undefined);
  const head = ["ID", "SCORE", ...(hasDistance ? ["DISTANCE"] : []), ...(hasText ? ["TEXT"] : []), "METADATA"];
  const rows = results.map((hit) => [
    hit.id,
    numberText(hit.score),
    ...(hasDistance ? [numberText(hit.distance)] : []),
    ...(hasText ? [clipTo(hit.text ?? "", Math.floor(columns / 3))] : []),
    metadataText(hit, Math.floor(columns / 2)),
  ]);
  const { strategy, durationMs, cacheHit } = results.stats;
  const how = cacheHit ? "from the cache" : strategy.replaceAll("_", " ");
  const count = results.length === 1 ? "1 result" : `${results.length} results`;
  return `${tableText(head, rows)}\n${count}, ${how}, ${durationMs.toFixed(2)} ms\n`;
}

function numberText(value: number | undefined): string {
  return value === undefined ? "-" : value.toPrecision(6);
}

function metadataText({ metadata }: QueryHit, length: number): string {
  return metadata === undefined ? "" : clipTo(JSON.stringify(metadata), length);
}

function clipTo(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
}
