import { catalogEntry, type NamespaceRef } from "./directory/access.js";
import type { DataDirectory } from "./directory/data-directory.js";
import type { NamespaceFiles } from "./directory/namespace-files.js";
import type { OpenNamespace } from "./directory/open-namespace.js";
import { ofOpenOrClosed } from "./directory/usage.js";
import type { SegmentMemory, SegmentStats, StoreStats } from "./model/read.js";
import type { Segment } from "./segment/segment.js";
import { memoryBytesOf, memoryOf } from "./segment/segment-memory.js";
import { diskBytesOf, EMPTY_SUMMARY, type SegmentSummary } from "./state/namespace-summary.js";

/**
 * Counts a namespace's records, bytes and index state. One that is not in memory is not read: the catalog knows it.
 *
 * @throws VecstoreError DATA_CORRUPTED when it was found damaged, NAMESPACE_NOT_FOUND, INTERNAL
 * Cost: lists the files of its snapshots, the first time after one was made or deleted.
 */
export async function namespaceStats(directory: DataDirectory, ref: NamespaceRef): Promise<StoreStats> {
  const damage = directory.residents.damageOf(ref.number);
  if (damage !== undefined) throw damage;
  const snapshotBytes = await directory.snapshotSizes.bytesOf(ref.number);
  return ofOpenOrClosed(
    directory,
    ref,
    (namespace) => ({ ...statsOfOpen(directory, namespace), snapshotBytes }),
    () => ({ ...statsOfClosed(directory, ref), snapshotBytes }),
  );
}

type Stats = Omit<StoreStats, "snapshotBytes">;

function statsOfOpen(directory: DataDirectory, namespace: OpenNamespace): Stats {
  const { state, files } = namespace;
  const writtenAtMs = files.manifest?.writtenAtMs;
  const nowMs = directory.nowMs();
  const segments = state.segments.map((segment) => segmentStats(segment, files));
  const memoryBytes = segments.reduce((sum, segment) => sum + segment.memoryBytes, 0);
  const { diskBytes } = files;
  return {
    namespace: state.context.name,
    vectorCount: state.visibleCount(nowMs),
    softDeletedCount: state.hiddenCount(nowMs),
    deadCount: state.deadCount,
    dimension: state.dimension || undefined,
    sequence: state.sequence,
    incarnation: state.incarnation,
    segments,
    indexBacklog: state.backlog,
    indexState: indexState(state.segments, state.backlog),
    diskBytes,
    memoryBytes,
    logBytes: directory.log.bytes,
    lastCheckpointMs: writtenAtMs === undefined ? undefined : Number(writtenAtMs),
    memoryBytesPerRecord: perRecord(memoryBytes, state.visibleCount(nowMs)),
    diskBytesPerRecord: perRecord(diskBytes, Number(files.manifest?.vectorCount ?? 0n)),
  };
}

function statsOfClosed(directory: DataDirectory, ref: NamespaceRef): Stats {
  const { config, summary = EMPTY_SUMMARY } = catalogEntry(directory, ref);
  const { liveCount, softCount, segments, writtenAtMs } = summary;
  const withGraph = segments.filter(({ hasGraph }) => hasGraph);
  const backlog = withGraph.reduce((sum, { slots, indexed }) => sum + slots - indexed, 0);
  const diskBytes = diskBytesOf(summary);
  return {
    namespace: ref.name,
    vectorCount: liveCount,
    softDeletedCount: softCount,
    deadCount: segments.reduce((sum, { dead }) => sum + dead, 0),
    dimension: config.dimension,
    sequence: summary.sequence,
    incarnation: summary.incarnation,
    segments: segments.map(closedSegmentStats),
    indexBacklog: backlog,
    indexState: withGraph.length === 0 ? "flat" : backlog === 0 ? "ready" : "building",
    diskBytes,
    memoryBytes: 0,
    logBytes: directory.log.bytes,
    lastCheckpointMs: writtenAtMs === 0 ? undefined : writtenAtMs,
    memoryBytesPerRecord: 0,
    diskBytesPerRecord: perRecord(diskBytes, liveCount),
  };
}

const NO_MEMORY: SegmentMemory = { graph: 0, vectors: 0, ids: 0, metadata: 0, text: 0, sparse: 0, other: 0 };

function closedSegmentStats(segment: SegmentSummary): SegmentStats {
  const { number, slots, live, indexed, hasGraph, dimension, diskBytes } = segment;
  const vectorsOnDiskBytes = slots * dimension * 4;
  return { number, slots, live, indexed, hasGraph, memoryBytes: 0, memory: NO_MEMORY, diskBytes, vectorsOnDiskBytes };
}

function perRecord(bytes: number, records: number): number {
  return records === 0 ? 0 : bytes / records;
}

function segmentStats(segment: Segment, files: NamespaceFiles): SegmentStats {
  const memory = memoryOf(segment);
  const { storedCount, dimension } = segment.vectors;
  return {
    number: segment.number,
    slots: segment.count,
    live: segment.liveCount,
    indexed: segment.indexed,
    hasGraph: segment.graph !== undefined,
    memoryBytes: memoryBytesOf(memory),
    memory,
    diskBytes: files.diskBytesOf(segment),
    vectorsOnDiskBytes: storedCount * dimension * 4,
  };
}

function indexState(segments: readonly Segment[], backlog: number): StoreStats["indexState"] {
  if (segments.every((segment) => segment.graph === undefined)) return "flat";
  return backlog === 0 ? "ready" : "building";
}
