import { VecstoreError } from "../errors.js";
import type { NamespaceQuotas, StoredRecord } from "../gen/vecstore/storage/v1/log.js";
import { LIMITS } from "../limits.js";
import { describeValue } from "../metadata/describe.js";
import type { Quotas } from "../model/quotas.js";
import type { NamespaceState } from "./namespace-state.js";
import { type Rejected, rejected } from "./outcome.js";

/** Changes of quotas: numbers are set, null makes one unlimited, what is absent stays. */
export type QuotaChanges = { readonly [K in keyof Quotas]: number | null };

const U32_MAX = 2 ** 32 - 1;

/** Name in messages, least, most, and whether fractions are allowed. */
const RANGES: Readonly<Record<keyof Quotas, readonly [name: string, min: number, max: number]>> = {
  maxVectors: ["max_vectors", 0, Number.MAX_SAFE_INTEGER],
  maxQps: ["max_qps", Number.MIN_VALUE, Number.MAX_VALUE],
  maxStorageBytes: ["max_storage_bytes", 0, Number.MAX_SAFE_INTEGER],
  maxConnections: ["max_connections", 1, U32_MAX],
  maxConcurrentQueries: ["max_concurrent_queries", 1, U32_MAX],
  maxDimension: ["max_dimension", 1, LIMITS.dimensionMax],
  maxResultsPerQuery: ["max_results_per_query", 1, LIMITS.queryLimitMax],
  maxBatchSize: ["max_batch_size", 1, LIMITS.batchRecordsMax],
};

/**
 * The quotas after a change.
 *
 * @throws VecstoreError INVALID_CONFIGURATION for a number out of its range, or a name that is none
 */
export function changeQuotas(before: Quotas, changes: QuotaChanges): Quotas {
  if (typeof changes !== "object" || Array.isArray(changes)) {
    const message = `quotas is ${describeValue(changes)}; give an object of numbers`;
    throw new VecstoreError("INVALID_CONFIGURATION", message, { option: "quotas" });
  }
  const after: Record<string, number> = { ...before };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    if (value === null) delete after[key];
    else after[key] = validateQuota(key, value);
  }
  return after;
}

function validateQuota(key: string, value: unknown): number {
  const range = Object.hasOwn(RANGES, key) ? RANGES[key as keyof Quotas] : undefined;
  if (range === undefined) {
    const known = Object.keys(RANGES).join(", ");
    throw new VecstoreError("INVALID_CONFIGURATION", `there is no quota ${key}; quotas are ${known}`, { option: key });
  }
  const [name, min, max] = range;
  const isWhole = key === "maxQps" || Number.isInteger(value);
  if (typeof value === "number" && isWhole && value >= min && value <= max) return value;
  const allowed = key === "maxQps" ? "finite numbers above 0" : `integers from ${min} to ${max}`;
  throw new VecstoreError("INVALID_CONFIGURATION", `quota ${name} is ${String(value)}; allowed are ${allowed}`, {
    option: name,
  });
}

/** Quotas as they are logged; absent when there are none, so that a log without them is one that older programs read. */
export function storedQuotas(quotas: Quotas): NamespaceQuotas | undefined {
  if (Object.keys(quotas).length === 0) return undefined;
  const { maxVectors, maxStorageBytes } = quotas;
  return {
    maxVectors: maxVectors === undefined ? undefined : BigInt(maxVectors),
    maxQps: quotas.maxQps,
    maxStorageBytes: maxStorageBytes === undefined ? undefined : BigInt(maxStorageBytes),
    maxConnections: quotas.maxConnections,
    maxConcurrentQueries: quotas.maxConcurrentQueries,
    maxDimension: quotas.maxDimension,
    maxResultsPerQuery: quotas.maxResultsPerQuery,
    maxBatchSize: quotas.maxBatchSize,
  };
}

/** Quotas that were logged. */
export function quotasOf(stored: NamespaceQuotas | undefined): Quotas {
  const entries = Object.entries(stored ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, Number(value)]));
}

/**
 * Says why records cannot be written under the quota of records, or undefined. Apply decides by it in log order; a writer may ask it
 * early to refuse what cannot succeed, never to accept.
 *
 * @param nowMs  records whose time has passed by then do not count
 */
export function refuseByCount(
  state: NamespaceState,
  records: readonly StoredRecord[],
  nowMs: number,
): Rejected | undefined {
  const { maxVectors } = state.quotas;
  if (maxVectors === undefined) return undefined;
  const usage = keptCount(state, nowMs);
  // Most writes are far from the quota, or overwrite: only here are ids looked up.
  if (usage + records.length <= maxVectors) return undefined;
  const fresh = records.reduce((sum, { id }) => sum + (isKept(state, id, nowMs) ? 0 : 1), 0);
  if (fresh === 0 || usage + fresh <= maxVectors) return undefined;
  return quotaExceeded(state, "max_vectors", usage, maxVectors, `${fresh} new records do not fit`);
}

/** Says why the content of a snapshot cannot take the place of the present one under the quota of records, or undefined. */
export function refuseSnapshotByCount(state: NamespaceState, records: number, nowMs: number): Rejected | undefined {
  const { maxVectors } = state.quotas;
  if (maxVectors === undefined || records <= maxVectors) return undefined;
  const usage = keptCount(state, nowMs);
  // One that takes less than is there now is a way back.
  if (records <= usage) return undefined;
  return quotaExceeded(state, "max_vectors", usage, maxVectors, `the snapshot has ${records} records`);
}

/** Records that count for the quota: visible and soft-deleted ones. */
export function keptCount(state: NamespaceState, nowMs: number): number {
  return state.visibleCount(nowMs) + state.hiddenCount(nowMs);
}

function isKept(state: NamespaceState, id: string, nowMs: number): boolean {
  const found = state.locate(id);
  if (found === undefined) return false;
  const { segment, slot } = found;
  return segment.isLive(slot, nowMs) || segment.isHidden(slot, nowMs);
}

/** Why a write does not fit: the quota, what is used and what is allowed. */
export function quotaExceeded(
  { context }: NamespaceState,
  quota: "max_vectors" | "max_storage_bytes",
  usage: number,
  limit: number,
  why: string,
): Rejected {
  const unit = quota === "max_vectors" ? "records" : "bytes";
  const namespace = JSON.stringify(context.name);
  const message = `${why}: namespace ${namespace} uses ${usage} of ${limit} ${unit} (${quota}); delete records, or have the quota raised`;
  return rejected("QUOTA_EXCEEDED", message, {
    namespace: context.name,
    quota,
    usage: String(usage),
    limit: String(limit),
  });
}
