import { defaultEnv } from "#default-env";
import { VecstoreError } from "../errors.js";
import { LIMITS } from "../limits.js";
import type { Metric, NamespaceConfig, Quantization, TextAnalyzer } from "../model/namespace.js";
import type { DirectoryOptions } from "../model/options.js";
import type { CatalogEntry } from "../state/catalog.js";
import { dimensionOf } from "./access.js";
import { checkRange, refuse } from "./check-option.js";
import { DataDirectory } from "./data-directory.js";
import { DEFAULT_NAMESPACE } from "./names.js";
import { DirectorySettings } from "./settings.js";
import { validateOptions } from "./validate-options.js";

const METRICS: readonly Metric[] = ["cosine", "dot", "euclidean"];
const QUANTIZATIONS: readonly Quantization[] = ["int8", "none", "binary"];
const ANALYZERS: readonly TextAnalyzer[] = ["standard", "english"];
/** Names of `NamespaceConfig`. */
export const CONFIG_KEYS = [
  "dimension",
  "metric",
  "m",
  "efConstruction",
  "efSearch",
  "quantization",
  "textAnalyzer",
] as const satisfies (keyof NamespaceConfig)[];
const M_DEFAULT = 16;
const M_MIN = 4;
const EF_CONSTRUCTION_DEFAULT = 200;

/**
 * Opens a data directory and makes sure that the namespace `default` is there.
 *
 * @param config  of `default`, if it has to be made; the options may have its names too. Absent: they may not, since these would do nothing
 * @throws VecstoreError INVALID_CONFIGURATION, DATA_DIR_IN_USE, FORMAT_TOO_NEW, DATA_CORRUPTED
 */
export async function openDirectory(
  path: string,
  options: DirectoryOptions,
  config?: NamespaceConfig,
): Promise<DataDirectory> {
  validateOptions(path, options, config === undefined ? [] : CONFIG_KEYS);
  const complete = completeConfig(config ?? {});
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
  const { dimension, metric = "cosine", m = M_DEFAULT, efSearch, quantization = "int8" } = config;
  const { textAnalyzer = "standard" } = config;
  if (!METRICS.includes(metric)) refuse("metric", metric, METRICS.join(", "));
  if (dimension !== undefined) checkRange("dimension", dimension, 1, LIMITS.dimensionMax);
  checkRange("m", m, M_MIN, LIMITS.mMax);
  const { efConstruction = Math.max(EF_CONSTRUCTION_DEFAULT, m) } = config;
  checkRange("ef_construction", efConstruction, m, LIMITS.efConstructionMax);
  if (efSearch !== undefined) checkRange("ef_search", efSearch, 1, LIMITS.efMax);
  if (!QUANTIZATIONS.includes(quantization)) refuse("quantization", quantization, QUANTIZATIONS.join(", "));
  if (!ANALYZERS.includes(textAnalyzer)) refuse("text_analyzer", textAnalyzer, ANALYZERS.join(", "));
  return { dimension, metric, m, efConstruction, efSearch, quantization, textAnalyzer };
}

/** @throws VecstoreError INVALID_CONFIGURATION when options name a configuration that the store was not made with */
export function assertAgrees(directory: DataDirectory, options: NamespaceConfig): void {
  const entry = directory.entryByName(DEFAULT_NAMESPACE);
  const found: NamespaceConfig = { ...entry.config, dimension: dimensionOf(directory, entry) || undefined };
  for (const key of CONFIG_KEYS) {
    const wanted = options[key];
    if (wanted === undefined || wanted === found[key]) continue;
    const message = `option ${key} is ${wanted}; this store was made with ${found[key] ?? "none"}; leave it out or use another directory`;
    throw new VecstoreError("INVALID_CONFIGURATION", message, { option: key });
  }
}
