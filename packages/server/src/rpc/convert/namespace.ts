import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type TextAnalyzer as EngineAnalyzer,
  type NamespaceConfig as EngineConfig,
  type Metric as EngineMetric,
  type Quantization as EngineQuantization,
  type NamespaceStatus as EngineStatus,
  type NamespaceInfo,
  type UpdateNamespaceOptions,
  VecstoreError,
} from "@vecstore/engine";
import {
  Metric,
  type NamespaceConfig,
  type NamespaceSchema,
  NamespaceStatus,
  Quantization,
  TextAnalyzer,
} from "../../gen/vecstore/v1/namespace_pb.js";
import { toTimestamp } from "./numbers.js";
import { quotasToWire } from "./quotas.js";

const METRICS: Readonly<Record<EngineMetric, Metric>> = {
  cosine: Metric.COSINE,
  dot: Metric.DOT,
  euclidean: Metric.EUCLIDEAN,
};

const QUANTIZATIONS: Readonly<Record<EngineQuantization, Quantization>> = {
  int8: Quantization.INT8,
  none: Quantization.NONE,
  binary: Quantization.BINARY,
};

const ANALYZERS: Readonly<Record<EngineAnalyzer, TextAnalyzer>> = {
  standard: TextAnalyzer.STANDARD,
  english: TextAnalyzer.ENGLISH,
};

const STATUSES: Readonly<Record<EngineStatus, NamespaceStatus>> = {
  active: NamespaceStatus.ACTIVE,
  read_only: NamespaceStatus.READ_ONLY,
  suspended: NamespaceStatus.SUSPENDED,
  pending_deletion: NamespaceStatus.PENDING_DELETION,
};

/** A configuration; absent fields stay absent, the defaults are the engine's. */
export function configFromWire(config: NamespaceConfig | undefined): EngineConfig {
  if (config === undefined) return {};
  const { dimension, m, efConstruction, efSearch } = config;
  const metric = metricFromWire(config.metric);
  const quantization = quantizationFromWire(config.quantization);
  const textAnalyzer = analyzerFromWire(config.textAnalyzer);
  return { dimension, metric, m, efConstruction, efSearch, quantization, textAnalyzer };
}

function metricFromWire(metric: Metric): EngineMetric | undefined {
  if (metric === Metric.UNSPECIFIED) return undefined;
  const known = (Object.keys(METRICS) as EngineMetric[]).find((name) => METRICS[name] === metric);
  if (known === undefined) throw new VecstoreError("INVALID_CONFIGURATION", `config.metric ${metric} is unknown`);
  return known;
}

function quantizationFromWire(quantization: Quantization): EngineQuantization | undefined {
  return (Object.keys(QUANTIZATIONS) as EngineQuantization[]).find((name) => QUANTIZATIONS[name] === quantization);
}

function analyzerFromWire(analyzer: TextAnalyzer): EngineAnalyzer | undefined {
  return (Object.keys(ANALYZERS) as EngineAnalyzer[]).find((name) => ANALYZERS[name] === analyzer);
}

/**
 * The status that a change asks for; absent when it stays.
 *
 * @throws VecstoreError INVALID_ARGUMENT, from the engine, for one that only a deletion sets
 */
export function statusFromWire(status: NamespaceStatus): UpdateNamespaceOptions["status"] {
  return (Object.keys(STATUSES) as EngineStatus[]).find(
    (name) => STATUSES[name] === status,
  ) as UpdateNamespaceOptions["status"];
}

/** A status for the wire. */
export const statusToWire = (status: EngineStatus): NamespaceStatus => STATUSES[status];

/** A namespace with every value in effect. */
export function namespaceToWire(info: NamespaceInfo): MessageInitShape<typeof NamespaceSchema> {
  return {
    name: info.name,
    status: STATUSES[info.status],
    config: {
      dimension: info.config.dimension,
      metric: METRICS[info.config.metric],
      m: info.config.m,
      efConstruction: info.config.efConstruction,
      efSearch: info.config.efSearch,
      quantization: QUANTIZATIONS[info.config.quantization],
      textAnalyzer: ANALYZERS[info.config.textAnalyzer],
    },
    quotas: quotasToWire(info.quotas),
    description: info.description,
    labels: { ...info.labels },
    cacheAnswers: info.cacheAnswers,
    createdAt: toTimestamp(info.createdAtMs),
    updatedAt: toTimestamp(info.updatedAtMs),
  };
}
