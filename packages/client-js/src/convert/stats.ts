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
import { fromUint64 } from "./number.js";
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
    vectorCount: fromUint64(stats.vectorCount),
    softDeletedCount: fromUint64(stats.softDeletedCount),
    deadCount: fromUint64(stats.deadCount),
    ...(dimension !== undefined && { dimension }),
    sequence: fromUint64(stats.sequence),
    incarnation: fromUint64(stats.incarnation),
    segments: stats.segments.map(fromSegment),
    indexBacklog: fromUint64(stats.indexBacklog),
    indexState: INDEX_STATES[stats.indexState] ?? "unknown",
    diskBytes: fromUint64(stats.diskBytes),
    snapshotBytes: fromUint64(stats.snapshotBytes),
    memoryBytes: fromUint64(stats.memoryBytes),
    logBytes: fromUint64(stats.logBytes),
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
    slots: fromUint64(slots),
    live: fromUint64(live),
    indexed: fromUint64(indexed),
    hasGraph,
    memoryBytes: fromUint64(memoryBytes),
    memory: fromMemory(memory),
    diskBytes: fromUint64(diskBytes),
    vectorsOnDiskBytes: fromUint64(vectorsOnDiskBytes),
  };
}

/** A server that does not say it yet counts as one that holds nothing. */
function fromMemory(memory: WireSegmentMemory | undefined): SegmentMemory {
  const { graph = 0n, vectors = 0n, ids = 0n, metadata = 0n, text = 0n, sparse = 0n, other = 0n } = memory ?? {};
  return {
    graph: fromUint64(graph),
    vectors: fromUint64(vectors),
    ids: fromUint64(ids),
    metadata: fromUint64(metadata),
    text: fromUint64(text),
    sparse: fromUint64(sparse),
    other: fromUint64(other),
  };
}

function fromCache(cache: WireCacheStats): CacheStats {
  const { hits, misses, evictions, sizeBytes } = cache;
  return {
    hits: fromUint64(hits),
    misses: fromUint64(misses),
    evictions: fromUint64(evictions),
    sizeBytes: fromUint64(sizeBytes),
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
