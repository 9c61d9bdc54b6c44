import type { DataDirectory } from "./directory/data-directory.js";
import type { OpenNamespace } from "./directory/open-namespace.js";
import { snapshotBytes } from "./directory/snapshots.js";
import type { SegmentStats, StoreStats } from "./model/read.js";
import type { Segment } from "./segment/segment.js";

/** Counts a namespace's records, bytes and index state. Cost: lists the files of its snapshots. */
export async function namespaceStats(directory: DataDirectory, namespace: OpenNamespace): Promise<StoreStats> {
  const { state, files } = namespace;
  const writtenAtMs = files.manifest?.writtenAtMs;
  const nowMs = directory.nowMs();
  return {
    namespace: state.context.name,
    vectorCount: state.visibleCount(nowMs),
    softDeletedCount: state.hiddenCount(nowMs),
    deadCount: state.deadCount,
    dimension: state.dimension || undefined,
    sequence: state.sequence,
    incarnation: state.incarnation,
    segments: state.segments.map(segmentStats),
    indexBacklog: state.backlog,
    indexState: indexState(state.segments, state.backlog),
    diskBytes: files.diskBytes,
    snapshotBytes: await snapshotBytes(directory, namespace),
    memoryBytes: state.segments.reduce((sum, segment) => sum + segment.memoryBytes, 0),
    logBytes: directory.log.bytes,
    lastCheckpointMs: writtenAtMs === undefined ? undefined : Number(writtenAtMs),
  };
}

function segmentStats(segment: Segment): SegmentStats {
  return {
    number: segment.number,
    slots: segment.count,
    live: segment.liveCount,
    indexed: segment.indexed,
    hasGraph: segment.graph !== undefined,
    memoryBytes: segment.memoryBytes,
  };
}

function indexState(segments: readonly Segment[], backlog: number): StoreStats["indexState"] {
  if (segments.every((segment) => segment.graph === undefined)) return "flat";
  return backlog === 0 ? "ready" : "building";
}
