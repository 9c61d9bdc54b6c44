import { burstOf, type LiveUsage, type TrafficQuotas } from "./traffic.js";

/** Quotas of what a namespace holds; absent: unlimited. */
export interface StorageQuotas {
  /** Records. */
  readonly maxVectors?: number;
  readonly maxStorageBytes?: number;
}

/** What a namespace holds. */
export interface StoredUsage {
  readonly vectorCount: number;
  readonly storageBytes: number;
}

/** How far a quota is used; named as in the schema. */
export interface QuotaLevel {
  readonly quota: string;
  readonly usage: number;
  readonly limit: number;
}

/** The share of a quota that is used; 1 of one that allows nothing, and more than 1 where it was lowered below what is there. */
export function utilization({ usage, limit }: Omit<QuotaLevel, "quota">): number {
  return limit === 0 ? 1 : usage / limit;
}

/** How far the quotas of what a namespace holds are used. */
export function storageLevels({ maxVectors, maxStorageBytes }: StorageQuotas, usage: StoredUsage): QuotaLevel[] {
  return leveled([
    ["max_vectors", usage.vectorCount, maxVectors],
    ["max_storage_bytes", usage.storageBytes, maxStorageBytes],
  ]);
}

/** How far the quotas of what goes on in a namespace are used. */
export function trafficLevels(quotas: TrafficQuotas, live: LiveUsage): QuotaLevel[] {
  return leveled([
    ["max_qps", live.currentQps, quotas.maxQps === undefined ? undefined : burstOf(quotas.maxQps)],
    ["max_connections", live.activeConnections, quotas.maxConnections],
    ["max_concurrent_queries", live.concurrentQueries, quotas.maxConcurrentQueries],
  ]);
}

function leveled(rows: readonly (readonly [quota: string, usage: number, limit: number | undefined])[]): QuotaLevel[] {
  return rows.flatMap(([quota, usage, limit]) => (limit === undefined ? [] : [{ quota, usage, limit }]));
}
