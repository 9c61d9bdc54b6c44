import { defaultEnv } from "#default-env";
import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { Metric, NamespaceConfig, Quantization, TextAnalyzer } from "../model/namespace.js";
import type { DirectoryOptions } from "../model/options.js";
import type { CatalogEntry } from "../state/catalog.js";
import { dimensionOf } from "./access.js";
import { DataDirectory } from "./data-directory.js";
import { DEFAULT_NAMESPACE } from "./names.js";
import { DirectorySettings } from "./settings.js";

const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const QUANTIZATIONS: readonly Quantization[] = ["int8", "none", "binary"];
const ANALYZERS: readonly TextAnalyzer[] = ["standard", "english"];
const M_DEFAULT = 16;
const M_MIN = 4;
const EF_CONSTRUCTION_DEFAULT = 200;

/**
 * Opens a data directory and makes sure that the namespace `default` is there.
 *
 * @param config  of `default`, if it has to be made
 * @throws VecstoreError INVALID_CONFIGURATION, DATA_DIR_IN_USE, FORMAT_TOO_NEW, DATA_CORRUPTED
 */
export async function openDirectory(
  path: string,
  options: DirectoryOptions,
  config: NamespaceConfig,
): Promise<DataDirectory> {
  validateOptions(options);
  const complete = completeConfig(config);
  const directory = await DataDirectory.open(path, new DirectorySettings(options, options.env ?? defaultEnv()));
  try {
    if (directory.catalog.byName(DEFAULT_NAMESPACE) === undefined) {
      await directory.createNamespace({ name: DEFAULT_NAMESPACE, config: complete, description: "", labels: {} });
    }
    return directory;
  } catch (error) {
    await directory.close().catch(() => undefined);
    throw error;
  }
}

/**
 * Fills in the defaults of a namespace's configuration.
 *
 * @throws VecstoreError INVALID_CONFIGURATION
 */
export function completeConfig(config: NamespaceConfig): CatalogEntry["config"] {
  const { dimension, metric = "cosine", m = M_DEFAULT, efSearch } = config;
  if (!METRICS.includes(metric)) refuse("metric", metric, METRICS.join(", "));
  if (dimension !== undefined) checkRange("dimension", dimension, 1, LIMITS.dimensionMax);
  checkRange("m", m, M_MIN, LIMITS.mMax);
  const efConstruction = config.efConstruction ?? Math.max(EF_CONSTRUCTION_DEFAULT, m);
  checkRange("ef_construction", efConstruction, m, LIMITS.efConstructionMax);
  if (efSearch !== undefined) checkRange("ef_search", efSearch, 1, LIMITS.efMax);
  const quantization = config.quantization ?? "int8";
  if (!QUANTIZATIONS.includes(quantization)) refuse("quantization", quantization, QUANTIZATIONS.join(", "));
  const textAnalyzer = config.textAnalyzer ?? "standard";
  if (!ANALYZERS.includes(textAnalyzer)) refuse("text_analyzer", textAnalyzer, ANALYZERS.join(", "));
  return { dimension, metric, m, efConstruction, efSearch, quantization, textAnalyzer };
}

/** @throws VecstoreError INVALID_CONFIGURATION when options name a configuration that the store was not made with */
export function assertAgrees(directory: DataDirectory, options: NamespaceConfig): void {
  const entry = directory.entryByName(DEFAULT_NAMESPACE);
  const found: NamespaceConfig = { ...entry.config, dimension: dimensionOf(directory, entry) || undefined };
  for (const key of [
    "dimension",
    "metric",
    "m",
    "efConstruction",
    "efSearch",
    "quantization",
    "textAnalyzer",
  ] as const) {
    const wanted = options[key];
    if (wanted === undefined || wanted === found[key]) continue;
    const message = `option ${key} is ${wanted}; this store was made with ${found[key] ?? "none"}; leave it out or use another directory`;
    throw new VecstoreError("INVALID_CONFIGURATION", message, { option: key });
  }
}

function validateOptions(options: DirectoryOptions): void {
  const { fsync, threads, checkpointLogBytes, graphRecordsMin, segmentRecordsMax, memoryForVectors } = options;
  const { memoryForNamespaces, maxOpenFiles, maxBatchRecords, maxQueryLimit } = options;
  if (typeof fsync === "object" && fsync !== null) checkRange("fsync.intervalMs", fsync.intervalMs, 1, 60_000);
  else if (fsync !== undefined && fsync !== "always" && fsync !== "never") {
    refuse("fsync", fsync, "always, never, {intervalMs}");
  }
  if (threads !== undefined) checkRange("threads", threads, 0, 64);
  if (checkpointLogBytes !== undefined) checkRange("checkpointLogBytes", checkpointLogBytes, 1, LIMITS.logBytesMax / 2);
  if (graphRecordsMin !== undefined) checkRange("graphRecordsMin", graphRecordsMin, 1, 2 ** 31);
  if (segmentRecordsMax !== undefined) checkRange("segmentRecordsMax", segmentRecordsMax, 1, 2 ** 31);
  if (memoryForVectors !== undefined) checkRange("memoryForVectors", memoryForVectors, 0, Number.MAX_SAFE_INTEGER);
  if (memoryForNamespaces !== undefined) {
    checkRange("memoryForNamespaces", memoryForNamespaces, 0, Number.MAX_SAFE_INTEGER);
  }
  if (maxOpenFiles !== undefined) checkRange("maxOpenFiles", maxOpenFiles, LIMITS.openFilesMin, LIMITS.openFilesMax);
  if (maxBatchRecords !== undefined) checkRange("maxBatchRecords", maxBatchRecords, 1, LIMITS.batchRecordsMax);
  if (maxQueryLimit !== undefined) checkRange("maxQueryLimit", maxQueryLimit, 1, LIMITS.queryLimitMax);
}

function checkRange(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) refuse(name, value, `integers from ${min} to ${max}`);
}

function refuse(name: string, got: unknown, allowed: string): never {
  throw new VecstoreError("INVALID_CONFIGURATION", `option ${name} is ${String(got)}; allowed are ${allowed}`, {
    option: name,
  });
}
