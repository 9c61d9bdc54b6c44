import type { DataDirectory } from "./directory/data-directory.js";
import type { NamespaceFiles } from "./directory/namespace-files.js";
import type { OpenNamespace } from "./directory/open-namespace.js";
import { snapshotBytes } from "./directory/snapshots.js";
import type { SegmentStats, StoreStats } from "./model/read.js";
import type { Segment } from "./segment/segment.js";
import { memoryBytesOf, memoryOf } from "./segment/segment-memory.js";

/** Counts a namespace's records, bytes and index state. Cost: lists the files of its snapshots. */
export async function namespaceStats(directory: DataDirectory, namespace: OpenNamespace): Promise<StoreStats> {
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
    snapshotBytes: await snapshotBytes(directory, namespace),
    memoryBytes,
    logBytes: directory.log.bytes,
    lastCheckpointMs: writtenAtMs === undefined ? undefined : Number(writtenAtMs),
    memoryBytesPerRecord: perRecord(memoryBytes, state.visibleCount(nowMs)),
    diskBytesPerRecord: perRecord(diskBytes, Number(files.manifest?.vectorCount ?? 0n)),
  };
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
