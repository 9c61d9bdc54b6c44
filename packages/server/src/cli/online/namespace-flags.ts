import type { CreateNamespaceOptions, Quotas, UpdateNamespaceOptions } from "@vecstore/client";
import { ConfigError } from "../../config.js";
import type { FlagValues } from "../command/spec.js";

/** Quotas by the names that REST has for them. */
const QUOTAS: Readonly<Record<string, keyof Quotas>> = {
  max_vectors: "maxVectors",
  max_qps: "maxQps",
  max_storage_bytes: "maxStorageBytes",
  max_connections: "maxConnections",
  max_concurrent_queries: "maxConcurrentQueries",
  max_dimension: "maxDimension",
  max_results_per_query: "maxResultsPerQuery",
  max_batch_size: "maxBatchSize",
};

const CHANGEABLE = {
  description: { kind: "text", placeholder: "TEXT", doc: "For people, at most 1 KiB." },
  "cache-answers": {
    kind: "text",
    placeholder: "on|off",
    choices: ["on", "off"],
    doc: "Whether the server may keep answers of queries. Default on.",
  },
} as const;

/** Flags of `namespaces create`. */
export const NEW_NAMESPACE_FLAGS = {
  dimension: { kind: "integer", placeholder: "N", min: 1, max: 65_535, doc: "Default that of the first vector." },
  metric: {
    kind: "text",
    placeholder: "METRIC",
    choices: ["cosine", "dot", "euclidean"],
    doc: "cosine, dot or euclidean. Default cosine.",
  },
  m: { kind: "integer", placeholder: "N", min: 4, max: 64, doc: "HNSW links of a node. Default 16." },
  "ef-construction": {
    kind: "integer",
    placeholder: "N",
    min: 4,
    max: 2_048,
    doc: "HNSW candidates while building. Default 200.",
  },
  "ef-search": {
    kind: "integer",
    placeholder: "N",
    min: 1,
    max: 2_048,
    doc: "Candidates of a query that names none. Default max(64, 2 x limit).",
  },
  quantization: {
    kind: "text",
    placeholder: "CODES",
    choices: ["int8", "none", "binary"],
    doc: "int8, none or binary. Default int8.",
  },
  "text-analyzer": {
    kind: "text",
    placeholder: "NAME",
    choices: ["standard", "english"],
    doc: "How texts become terms: standard or english. Default standard.",
  },
  ...CHANGEABLE,
  label: { kind: "text", placeholder: "KEY=VALUE", repeats: true, doc: "For programs; may repeat." },
  quota: {
    kind: "text",
    placeholder: "NAME=NUMBER",
    repeats: true,
    doc: `May repeat; what is not named is unlimited. Names: ${Object.keys(QUOTAS).join(" ")}.`,
  },
} as const;

/** Flags of `namespaces update`. */
export const UPDATE_FLAGS = {
  status: {
    kind: "text",
    placeholder: "STATUS",
    choices: ["active", "read_only", "suspended"],
    doc: "active, read_only or suspended.",
  },
  ...CHANGEABLE,
  label: {
    kind: "text",
    placeholder: "KEY=VALUE",
    repeats: true,
    doc: "Added or replaced; KEY= removes it. May repeat.",
  },
  quota: {
    kind: "text",
    placeholder: "NAME=NUMBER",
    repeats: true,
    doc: `NAME=none makes it unlimited. May repeat. Names: ${Object.keys(QUOTAS).join(" ")}.`,
  },
} as const;

/** @throws ConfigError */
export function createFlagsOf(flags: FlagValues<typeof NEW_NAMESPACE_FLAGS>): CreateNamespaceOptions {
  return {
    dimension: flags.dimension,
    metric: flags.metric,
    m: flags.m,
    efConstruction: flags["ef-construction"],
    efSearch: flags["ef-search"],
    quantization: flags.quantization,
    textAnalyzer: flags["text-analyzer"],
    description: flags.description,
    ...cacheOf(flags["cache-answers"]),
    ...(flags.label !== undefined && { labels: pairsOf("label", flags.label) }),
    ...(flags.quota !== undefined && { quotas: quotasOf(flags.quota, false) as Quotas }),
  };
}

/**
 * Only what is to be changed.
 *
 * @throws ConfigError
 */
export function updateFlagsOf(flags: FlagValues<typeof UPDATE_FLAGS>): UpdateNamespaceOptions {
  const { status, description, label, quota } = flags;
  const labels = label && Object.entries(pairsOf("label", label)).map(([key, value]) => [key, value || null]);
  return {
    ...(status !== undefined && { status }),
    ...(description !== undefined && { description }),
    ...cacheOf(flags["cache-answers"]),
    ...(labels !== undefined && { labels: Object.fromEntries(labels) }),
    ...(quota !== undefined && { quotas: quotasOf(quota, true) }),
  };
}

function cacheOf(word: "on" | "off" | undefined): { cacheAnswers?: boolean } {
  return word === undefined ? {} : { cacheAnswers: word === "on" };
}

function pairsOf(flag: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (key === undefined || value === undefined) throw new ConfigError(`--${flag} is ${pair}; allowed: NAME=VALUE`);
      return [key, value];
    }),
  );
}

function quotasOf(pairs: readonly string[], mayRemove: boolean): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(pairsOf("quota", pairs)).map(([name, value]) => {
      const quota = Object.hasOwn(QUOTAS, name) ? QUOTAS[name] : undefined;
      if (quota === undefined) {
        throw new ConfigError(`--quota names ${name}; allowed: ${Object.keys(QUOTAS).join(", ")}`);
      }
      if (mayRemove && value === "none") return [quota, null];
      const number = value.trim() === "" ? Number.NaN : Number(value);
      if (Number.isFinite(number) && number >= 0) return [quota, number];
      throw new ConfigError(
        `--quota ${name} is ${value}; allowed: a number of 0 or more${mayRemove ? ", or none" : ""}`,
      );
    }),
  );
}
