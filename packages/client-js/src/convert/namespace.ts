import { invalidArgument } from "../errors.js";
import {
  type Namespace,
  TextAnalyzer as WireAnalyzer,
  type NamespaceConfig as WireConfig,
  Metric as WireMetric,
  type NamespaceUsage as WireNamespaceUsage,
  Quantization as WireQuantization,
  type Quotas as WireQuotas,
  NamespaceStatus as WireStatus,
  type Usage as WireUsage,
} from "../gen/vecstore/v1/namespace_pb.js";
import type {
  CreateNamespaceRequest,
  GetAggregateStatsResponse,
  GetNamespaceStatsResponse,
  UpdateNamespaceRequest,
} from "../gen/vecstore/v1/namespace_service_pb.js";
import type {
  AggregateUsage,
  CreateNamespaceOptions,
  ExportedUsage,
  Metric,
  NamespaceConfig,
  NamespaceInfo,
  NamespaceStatus,
  NamespaceUsage,
  Quantization,
  Quotas,
  TextAnalyzer,
  UpdateNamespaceOptions,
  Usage,
} from "../model/namespace.js";
import type { Init } from "../wire/schema.js";
import { toUint32, toUint64 } from "./number.js";
import { fromTimestamp } from "./time.js";

const METRICS: Readonly<Record<Metric, WireMetric>> = {
  cosine: WireMetric.COSINE,
  dot: WireMetric.DOT,
  euclidean: WireMetric.EUCLIDEAN,
};

const QUANTIZATIONS: Readonly<Record<Quantization, WireQuantization>> = {
  int8: WireQuantization.INT8,
  none: WireQuantization.NONE,
  binary: WireQuantization.BINARY,
};

const ANALYZERS: Readonly<Record<TextAnalyzer, WireAnalyzer>> = {
  standard: WireAnalyzer.STANDARD,
  english: WireAnalyzer.ENGLISH,
};

const STATUSES: Readonly<Record<NamespaceStatus, WireStatus>> = {
  active: WireStatus.ACTIVE,
  read_only: WireStatus.READ_ONLY,
  suspended: WireStatus.SUSPENDED,
  pending_deletion: WireStatus.PENDING_DELETION,
};

/** Names of the fields of the message, as `clear_quotas` wants them. */
const QUOTA_FIELDS: Readonly<Record<keyof Quotas, string>> = {
  maxVectors: "max_vectors",
  maxQps: "max_qps",
  maxStorageBytes: "max_storage_bytes",
  maxConnections: "max_connections",
  maxConcurrentQueries: "max_concurrent_queries",
  maxDimension: "max_dimension",
  maxResultsPerQuery: "max_results_per_query",
  maxBatchSize: "max_batch_size",
};

/**
 * Turns a namespace to create into its message.
 *
 * @throws VecStoreError invalid_argument for what the message cannot hold
 */
export function toCreateNamespace(name: string, options: CreateNamespaceOptions): Init<CreateNamespaceRequest> {
  const { quotas, description, labels, cacheAnswers } = options;
  return {
    name,
    config: toConfig(options),
    quotas: quotas && toQuotas(quotas),
    description,
    labels: { ...labels },
    cacheAnswers,
  };
}

/**
 * Turns the changes of a namespace into their message.
 *
 * @throws VecStoreError invalid_argument for what the message cannot hold
 */
export function toUpdateNamespace(name: string, options: UpdateNamespaceOptions): Init<UpdateNamespaceRequest> {
  const { status, description, cacheAnswers } = options;
  const [quotas, cleared] = splitNulls(options.quotas ?? {});
  const [labels, removed] = splitNulls(options.labels ?? {});
  return {
    name,
    status: status && toEnum(STATUSES, status, "status"),
    quotas: Object.keys(quotas).length === 0 ? undefined : toQuotas(quotas),
    clearQuotas: cleared.map((key) => toEnum(QUOTA_FIELDS, key, "quotas")),
    description,
    labels,
    removeLabels: removed,
    cacheAnswers,
  };
}

/** Turns a namespace as the server sends it. */
export function fromNamespace(namespace: Namespace): NamespaceInfo {
  const { name, status, config, quotas, description, labels, cacheAnswers, createdAt, updatedAt } = namespace;
  return {
    name,
    status: fromStatus(status),
    config: config === undefined ? {} : fromConfig(config),
    quotas: quotas === undefined ? {} : fromQuotas(quotas),
    description,
    labels,
    cacheAnswers,
    createdAtMs: createdAt === undefined ? 0 : fromTimestamp(createdAt),
    updatedAtMs: updatedAt === undefined ? 0 : fromTimestamp(updatedAt),
  };
}

/** Turns the usage of a namespace with the times of its totals. */
export function fromExportedUsage(exported: WireNamespaceUsage): ExportedUsage {
  const { countedSince, countedUntil } = exported;
  return {
    ...fromNamespaceUsage(exported),
    countedSinceMs: countedSince === undefined ? 0 : fromTimestamp(countedSince),
    countedUntilMs: countedUntil === undefined ? 0 : fromTimestamp(countedUntil),
  };
}

/** Turns the usage of all namespaces. */
export function fromAggregateUsage(response: GetAggregateStatsResponse): AggregateUsage {
  const { namespaceCount, usage, startedAt, serverVersion } = response;
  const startedAtMs = startedAt === undefined ? 0 : fromTimestamp(startedAt);
  return { namespaceCount, usage: fromUsage(usage), startedAtMs, serverVersion };
}

/** Turns the usage of a namespace. */
export function fromNamespaceUsage(response: GetNamespaceStatsResponse | WireNamespaceUsage): NamespaceUsage {
  const { name, status, quotas, usage } = response;
  return { name, status: fromStatus(status), quotas: quotas ? fromQuotas(quotas) : {}, usage: fromUsage(usage) };
}

function toConfig(config: NamespaceConfig): Init<WireConfig> {
  const { metric, quantization, textAnalyzer } = config;
  return {
    dimension: toUint32(config.dimension, "dimension"),
    metric: metric && toEnum(METRICS, metric, "metric"),
    m: toUint32(config.m, "m"),
    efConstruction: toUint32(config.efConstruction, "efConstruction"),
    efSearch: toUint32(config.efSearch, "efSearch"),
    quantization: quantization && toEnum(QUANTIZATIONS, quantization, "quantization"),
    textAnalyzer: textAnalyzer && toEnum(ANALYZERS, textAnalyzer, "textAnalyzer"),
  };
}

function fromConfig(config: WireConfig): NamespaceConfig {
  const { dimension, m, efConstruction, efSearch } = config;
  return {
    ...(dimension !== undefined && { dimension }),
    metric: fromEnum(METRICS, config.metric),
    ...(m !== undefined && { m }),
    ...(efConstruction !== undefined && { efConstruction }),
    ...(efSearch !== undefined && { efSearch }),
    quantization: fromEnum(QUANTIZATIONS, config.quantization),
    textAnalyzer: fromEnum(ANALYZERS, config.textAnalyzer),
  };
}

function toQuotas(quotas: Quotas): Init<WireQuotas> {
  return {
    maxVectors: toUint64(quotas.maxVectors, "maxVectors"),
    maxQps: quotas.maxQps,
    maxStorageBytes: toUint64(quotas.maxStorageBytes, "maxStorageBytes"),
    maxConnections: toUint32(quotas.maxConnections, "maxConnections"),
    maxConcurrentQueries: toUint32(quotas.maxConcurrentQueries, "maxConcurrentQueries"),
    maxDimension: toUint32(quotas.maxDimension, "maxDimension"),
    maxResultsPerQuery: toUint32(quotas.maxResultsPerQuery, "maxResultsPerQuery"),
    maxBatchSize: toUint32(quotas.maxBatchSize, "maxBatchSize"),
  };
}

function fromQuotas(quotas: WireQuotas): Quotas {
  const { maxVectors, maxStorageBytes } = quotas;
  const fields: Quotas = {
    maxVectors: maxVectors === undefined ? undefined : maxVectors,
    maxQps: quotas.maxQps,
    maxStorageBytes: maxStorageBytes === undefined ? undefined : maxStorageBytes,
    maxConnections: quotas.maxConnections,
    maxConcurrentQueries: quotas.maxConcurrentQueries,
    maxDimension: quotas.maxDimension,
    maxResultsPerQuery: quotas.maxResultsPerQuery,
    maxBatchSize: quotas.maxBatchSize,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function fromUsage(usage: WireUsage | undefined): Usage {
  return {
    vectorCount: usage?.vectorCount ?? 0,
    currentQps: usage?.currentQps ?? 0,
    storageBytes: usage?.storageBytes ?? 0,
    snapshotBytes: usage?.snapshotBytes ?? 0,
    activeConnections: usage?.activeConnections ?? 0,
    concurrentQueries: usage?.concurrentQueries ?? 0,
    queriesTotal: usage?.queriesTotal ?? 0,
    writesTotal: usage?.writesTotal ?? 0,
    refusalsTotal: usage?.refusalsTotal ?? 0,
    requestsTotal: usage?.requestsTotal ?? 0,
    bytesInTotal: usage?.bytesInTotal ?? 0,
    bytesOutTotal: usage?.bytesOutTotal ?? 0,
    vectorSecondsTotal: usage?.vectorSecondsTotal ?? 0,
    vectorMillisecondsRest: usage?.vectorMillisecondsRest ?? 0,
  };
}

function fromStatus(status: WireStatus): NamespaceStatus | "unknown" {
  return fromEnum(STATUSES, status) ?? "unknown";
}

/** @throws VecStoreError INVALID_CONFIGURATION when `name` is not in the table */
function toEnum<Name extends string, Wire>(table: Readonly<Record<Name, Wire>>, name: Name, field: string): Wire {
  if (Object.hasOwn(table, name)) return table[name];
  const allowed = Object.keys(table).join(", ");
  throw invalidArgument(`${field} is ${JSON.stringify(name)}; use one of ${allowed}`, "INVALID_CONFIGURATION");
}

function fromEnum<Name extends string, Wire>(table: Readonly<Record<Name, Wire>>, wire: Wire): Name | undefined {
  return (Object.keys(table) as Name[]).find((name) => table[name] === wire);
}

function splitNulls<Key extends string, Value>(
  entries: Readonly<{ [K in Key]?: Value | null | undefined }>,
): [Record<Key, Value>, Key[]] {
  const kept: [string, Value][] = [];
  const nulls: Key[] = [];
  for (const [key, value] of Object.entries<Value | null | undefined>(entries)) {
    if (value === null) nulls.push(key as Key);
    else if (value !== undefined) kept.push([key, value]);
  }
  return [Object.fromEntries(kept) as Record<Key, Value>, nulls];
}
