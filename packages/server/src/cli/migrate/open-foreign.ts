import { statSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError } from "../../config.js";
import type { Env } from "../command/spec.js";
import type { ImportFlags } from "../transfer/import-flags.js";
import type { OpenSource } from "../transfer/open-source.js";
import { CHROMA } from "./chroma.js";
import type { Foreign } from "./foreign.js";
import { apiSource, fileSource } from "./foreign-source.js";
import { HttpJson } from "./http-json.js";
import { PINECONE } from "./pinecone.js";
import { QDRANT } from "./qdrant.js";

const FOREIGN = { qdrant: QDRANT, chroma: CHROMA, pinecone: PINECONE } as const;

const PAGE_SIZE = 500;

/** Flags of formats, which mean nothing here. */
const FORMAT_FLAGS = [
  "format",
  "id-field",
  "vector-field",
  "metadata-field",
  "delimiter",
  "vector-prefix",
  "strings",
  "records",
  "id-prefix",
] as const;

/** Flags of an API. */
const API_FLAGS = ["collection", "source-namespace", "source-tenant", "source-database", "source-api-key"] as const;

/**
 * Opens another database as a source: its API by `--source`, or a file that keeps its answers.
 *
 * @param path  undefined where there is none
 * @throws ConfigError when the flags do not fit
 */
export function openForeign(path: string | undefined, flags: ImportFlags, env: Env): OpenSource {
  const foreign = FOREIGN[flags.from!];
  const { source: url, "vector-name": vectorName, "text-field": textField } = flags;
  const idle = FORMAT_FLAGS.find((flag) => flags[flag] !== undefined);
  if (idle !== undefined) throw new ConfigError(`--${idle} means nothing together with --from`);
  if (vectorName !== undefined && foreign !== QDRANT)
    throw new ConfigError("--vector-name means something to qdrant only");
  const choice = { vectorName, textField };
  if ((path === undefined) === (url === undefined)) {
    throw new ConfigError(
      `--from ${foreign.name} reads its API, by --source, or a file that keeps its answers: give one of them`,
    );
  }
  const scope = { from: foreign.name, vectorName, textField };
  const close = () => {};
  if (path !== undefined) {
    const wrong = API_FLAGS.find((flag) => flags[flag] !== undefined);
    if (wrong !== undefined) throw new ConfigError(`--${wrong} goes with --source`);
    const { size, mtimeMs } = statSync(path);
    const file = { source: resolve(path), bytes: size, modifiedMs: Math.floor(mtimeMs) };
    return { source: fileSource(foreign, path, choice), scope: { ...scope, ...file }, close };
  }
  const place = placeOf(foreign, flags);
  const http = new HttpJson(baseOf(url!), headersOf(foreign, flags, env));
  return { source: apiSource(foreign, http, place, choice), scope: { ...scope, source: url, ...place }, close };
}

function placeOf(foreign: Foreign, flags: ImportFlags) {
  const { collection = "", "source-namespace": namespace = "" } = flags;
  if (foreign === PINECONE && collection !== "") throw new ConfigError("pinecone has namespaces: --source-namespace");
  if (foreign !== PINECONE && collection === "")
    throw new ConfigError(`the collection of ${foreign.name} is missing: --collection`);
  if (foreign !== PINECONE && namespace !== "") throw new ConfigError(`${foreign.name} has collections: --collection`);
  const { "source-tenant": tenant = "default_tenant", "source-database": database = "default_database" } = flags;
  return { collection, namespace, tenant, database, pageSize: PAGE_SIZE };
}

function baseOf(url: string): string {
  const text = /^https?:\/\//.test(url) ? url : `http://${url}`;
  if (URL.canParse(text)) return text.replace(/\/+$/, "");
  throw new ConfigError(`--source is ${url}; allowed: HOST:PORT, http://HOST:PORT or https://HOST`);
}

function headersOf(foreign: Foreign, flags: ImportFlags, env: Env): Readonly<Record<string, string>> {
  const key = flags["source-api-key"] ?? (env.VECSTORE_SOURCE_API_KEY || undefined);
  return key === undefined ? {} : foreign.keyHeader(key);
}
