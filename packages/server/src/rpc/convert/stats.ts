import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  CompactResult,
  Latency as EngineLatency,
  SegmentStats as EngineSegment,
  RecallMeasurement,
  SegmentMemory,
  StoreStats,
} from "@vecstore/engine";
import type { CacheNumbers } from "../../cache/answer-cache.js";
import {
  type CacheStatsSchema,
  type CompactResponseSchema,
  type GetStatsResponseSchema,
  IndexState,
  type LatencySchema,
  type MeasureRecallResponseSchema,
  type SegmentMemorySchema,
  type SegmentStatsSchema,
} from "../../gen/vecstore/v1/stats_pb.js";
import { toTimestamp, toUint64 } from "./numbers.js";

const INDEX_STATES: Readonly<Record<StoreStats["indexState"], IndexState>> = {
  flat: IndexState.FLAT,
  building: IndexState.BUILDING,
  ready: IndexState.READY,
};

/** The numbers of one namespace, and of the cache of its answers, where it has one. */
export function statsToWire(
  stats: StoreStats,
  cache: CacheNumbers | undefined,
): MessageInitShape<typeof GetStatsResponseSchema> {
  return {
    namespace: stats.namespace,
    vectorCount: toUint64(stats.vectorCount),
    softDeletedCount: toUint64(stats.softDeletedCount),
    deadCount: toUint64(stats.deadCount),
    dimension: stats.dimension,
    sequence: toUint64(stats.sequence),
    incarnation: toUint64(stats.incarnation),
    segments: stats.segments.map(segmentToWire),
    indexBacklog: toUint64(stats.indexBacklog),
    indexState: INDEX_STATES[stats.indexState],
    diskBytes: toUint64(stats.diskBytes),
    snapshotBytes: toUint64(stats.snapshotBytes),
    memoryBytes: toUint64(stats.memoryBytes),
    logBytes: toUint64(stats.logBytes),
    lastCheckpointAt: toTimestamp(stats.lastCheckpointMs),
    memoryBytesPerRecord: stats.memoryBytesPerRecord,
    diskBytesPerRecord: stats.diskBytesPerRecord,
    cache: cache && cacheToWire(cache),
  };
}

function segmentToWire(segment: EngineSegment): MessageInitShape<typeof SegmentStatsSchema> {
  return {
    number: segment.number,
    slots: toUint64(segment.slots),
    live: toUint64(segment.live),
    indexed: toUint64(segment.indexed),
    hasGraph: segment.hasGraph,
    memoryBytes: toUint64(segment.memoryBytes),
    memory: memoryToWire(segment.memory),
    diskBytes: toUint64(segment.diskBytes),
    vectorsOnDiskBytes: toUint64(segment.vectorsOnDiskBytes),
  };
}

function memoryToWire(memory: SegmentMemory): MessageInitShape<typeof SegmentMemorySchema> {
  return {
    graph: toUint64(memory.graph),
    vectors: toUint64(memory.vectors),
    ids: toUint64(memory.ids),
    metadata: toUint64(memory.metadata),
    text: toUint64(memory.text),
    sparse: toUint64(memory.sparse),
    other: toUint64(memory.other),
  };
}

function cacheToWire(cache: CacheNumbers): MessageInitShape<typeof CacheStatsSchema> {
  return {
    hits: toUint64(cache.hits),
    misses: toUint64(cache.misses),
    evictions: toUint64(cache.evictions),
    sizeBytes: toUint64(cache.sizeBytes),
  };
}

/** What Compact did. */
export function compactToWire(result: CompactResult): MessageInitShape<typeof CompactResponseSchema> {
  return { ...result, removed: toUint64(result.removed), freedBytes: toUint64(result.freedBytes) };
}

/** How good and how fast the index is. */
export function recallToWire(measured: RecallMeasurement): MessageInitShape<typeof MeasureRecallResponseSchema> {
  const { recall, samples, limit, indexed, exact } = measured;
  return { recall, sampleSize: samples, limit, indexed: latencyToWire(indexed), exact: latencyToWire(exact) };
}

function latencyToWire({ meanMs, p50Ms, p95Ms, p99Ms }: EngineLatency): MessageInitShape<typeof LatencySchema> {
  return { meanMs, p50Ms, p95Ms, p99Ms };
}
