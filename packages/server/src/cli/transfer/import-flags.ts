import { NAMESPACE_FLAG, OUTPUT_FLAG, SERVER_FLAGS } from "../command/server-flags.js";
import type { FlagValues } from "../command/spec.js";

/** Formats that an import reads. */
export const IMPORT_FORMATS = ["jsonl", "csv", "parquet", "npy", "fvecs"] as const;

/** Databases that an import reads. */
export const FOREIGN_NAMES = ["qdrant", "chroma", "pinecone"] as const;

/** Flags of `vecstore import`. */
export const IMPORT_FLAGS = {
  format: {
    kind: "text",
    placeholder: "FORMAT",
    choices: IMPORT_FORMATS,
    doc: "jsonl, csv, parquet, npy or fvecs. Default by the end of the file's name; jsonl for standard input.",
  },
  mode: {
    kind: "text",
    placeholder: "MODE",
    choices: ["upsert", "insert_only", "update_only"],
    doc: "What to do with ids that exist: upsert, insert_only or update_only. Default upsert.",
  },
  "id-field": { kind: "text", placeholder: "NAME", doc: "The field or column of the id. Default id." },
  "vector-field": { kind: "text", placeholder: "NAME", doc: "That of the vector. Default vector." },
  "text-field": {
    kind: "text",
    placeholder: "NAME",
    doc: "That of the text. Default text; with --from no field, the text then stays in the metadata.",
  },
  "metadata-field": {
    kind: "text",
    placeholder: "NAME",
    doc: "That of the metadata, an object or JSON of one. Default metadata. Fields without a meaning become metadata too.",
  },
  delimiter: {
    kind: "text",
    placeholder: "CHARACTER",
    doc: "CSV: what stands between cells. Default a comma; tab is a tab.",
  },
  "vector-prefix": {
    kind: "text",
    placeholder: "TEXT",
    doc: "CSV: columns named by this and a number are the components of the vector, in the order of the numbers.",
  },
  strings: { kind: "switch", doc: "CSV: metadata stay strings, also where they look like numbers or booleans." },
  records: {
    kind: "text",
    placeholder: "FILE",
    doc: "npy and fvecs: lines of JSON with id, metadata and text, one for each vector, in their order.",
  },
  "id-prefix": {
    kind: "text",
    placeholder: "TEXT",
    doc: "npy and fvecs without --records: ids are this and the position of the vector, from 0. Default nothing.",
  },
  from: {
    kind: "text",
    placeholder: "DATABASE",
    choices: FOREIGN_NAMES,
    doc: "Another database: qdrant, chroma or pinecone. FILE then keeps answers of its API, or --source is the API itself.",
  },
  source: {
    kind: "text",
    placeholder: "ADDRESS",
    doc: "--from: where its API is, such as localhost:6333, or the host of a Pinecone index.",
  },
  collection: { kind: "text", placeholder: "NAME", doc: "--from qdrant and chroma: the collection." },
  "source-namespace": {
    kind: "text",
    placeholder: "NAME",
    doc: "--from pinecone: the namespace. Default its default one.",
  },
  "source-tenant": { kind: "text", placeholder: "NAME", doc: "--from chroma: Default default_tenant." },
  "source-database": { kind: "text", placeholder: "NAME", doc: "--from chroma: Default default_database." },
  "source-api-key": {
    kind: "text",
    placeholder: "KEY",
    doc: "--from: a key of that database. Others may see flags, so the variable is better. [VECSTORE_SOURCE_API_KEY]",
  },
  "vector-name": { kind: "text", placeholder: "NAME", doc: "--from qdrant: which of several named vectors." },
  "batch-size": {
    kind: "integer",
    placeholder: "N",
    min: 1,
    max: 10_000,
    doc: "Records that are sent together; a server allows 1,000 unless it is told otherwise. Default 500.",
  },
  "bad-rows": {
    kind: "text",
    placeholder: "FILE",
    doc: "Where bad rows are set aside, as lines of JSON. Default beside the source, FILE.bad-rows.jsonl; none for standard input.",
  },
  "bad-rows-max": {
    kind: "integer",
    placeholder: "N",
    min: 0,
    doc: "Stop when more rows than these are bad, as those of a wrong file are. Default never.",
  },
  state: {
    kind: "text",
    placeholder: "FILE",
    doc: "Where it is kept how far the import is, until it is done. Default beside the source, FILE.import-state; none for standard input.",
  },
  restart: { kind: "switch", doc: "Begin anew, also where an import broke off." },
  patience: {
    kind: "integer",
    placeholder: "SECONDS",
    min: 0,
    max: 86_400,
    doc: "How long to wait for a server that does not answer. Default 300.",
  },
  ...NAMESPACE_FLAG,
  ...SERVER_FLAGS,
  ...OUTPUT_FLAG,
} as const;

/** Values of them. */
export type ImportFlags = FlagValues<typeof IMPORT_FLAGS>;
