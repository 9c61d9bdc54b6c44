import {
  type GetStatsResponse,
  IndexState,
  type MeasureRecallResponse,
  type CacheStats as WireCacheStats,
  type Latency as WireLatency,
  type SegmentMemory as WireSegmentMemory,
  type SegmentStats as WireSegmentStats,
} from "../gen/vecstore/v1/stats_pb.js";
import type {
  CacheStats,
  Latency,
  RecallMeasurement,
  SegmentMemory,
  SegmentStats,
  StoreStats,
} from "../model/stats.js";
import { fromTimestamp } from "./time.js";

const INDEX_STATES: Readonly<Partial<Record<IndexState, StoreStats["indexState"]>>> = {
  [IndexState.FLAT]: "flat",
  [IndexState.BUILDING]: "building",
  [IndexState.READY]: "ready",
};

/** Turns the numbers of a namespace. */
export function fromStoreStats(stats: GetStatsResponse): StoreStats {
  const { dimension, lastCheckpointAt, cache } = stats;
  return {
    namespace: stats.namespace,
    vectorCount: stats.vectorCount,
    softDeletedCount: stats.softDeletedCount,
    deadCount: stats.deadCount,
    ...(dimension !== undefined && { dimension }),
    sequence: stats.sequence,
    incarnation: stats.incarnation,
    segments: stats.segments.map(fromSegment),
    indexBacklog: stats.indexBacklog,
    indexState: INDEX_STATES[stats.indexState] ?? "unknown",
    diskBytes: stats.diskBytes,
    snapshotBytes: stats.snapshotBytes,
    memoryBytes: stats.memoryBytes,
    logBytes: stats.logBytes,
    ...(lastCheckpointAt !== undefined && { lastCheckpointMs: fromTimestamp(lastCheckpointAt) }),
    ...(cache !== undefined && { cache: fromCache(cache) }),
    memoryBytesPerRecord: stats.memoryBytesPerRecord,
    diskBytesPerRecord: stats.diskBytesPerRecord,
  };
}

function fromSegment(segment: WireSegmentStats): SegmentStats {
  const { number, slots, live, indexed, hasGraph, memoryBytes, memory, diskBytes, vectorsOnDiskBytes } = segment;
  return {
    number,
    slots,
    live,
    indexed,
    hasGraph,
    memoryBytes,
    memory: fromMemory(memory),
    diskBytes,
    vectorsOnDiskBytes,
  };
}

/** A server that does not say it yet counts as one that holds nothing. */
function fromMemory(memory: WireSegmentMemory | undefined): SegmentMemory {
  const { graph = 0, vectors = 0, ids = 0, metadata = 0, text = 0, sparse = 0, other = 0 } = memory ?? {};
  return {
    graph,
    vectors,
    ids,
    metadata,
    text,
    sparse,
    other,
  };
}

function fromCache(cache: WireCacheStats): CacheStats {
  const { hits, misses, evictions, sizeBytes } = cache;
  return {
    hits,
    misses,
    evictions,
    sizeBytes,
  };
}

/** Turns what a measure of recall found. */
export function fromRecall({ recall, sampleSize, limit, indexed, exact }: MeasureRecallResponse): RecallMeasurement {
  return { recall, samples: sampleSize, limit, indexed: fromLatency(indexed), exact: fromLatency(exact) };
}

function fromLatency(latency: WireLatency | undefined): Latency {
  const { meanMs = 0, p50Ms = 0, p95Ms = 0, p99Ms = 0 } = latency ?? {};
  return { meanMs, p50Ms, p95Ms, p99Ms };
}
