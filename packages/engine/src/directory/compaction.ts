import { reuseGraph } from "../segment/graph-reuse.js";
import { MergeJob } from "../segment/merge.js";
import type { Segment } from "../segment/segment.js";
import { catchUp } from "./catch-up.js";
import { type MergeGroup, mergeGroups } from "./merge-policy.js";
import type { OpenNamespace } from "./open-namespace.js";

/** What merging some groups did: slots reclaimed, and groups merged. */
export interface Outcome {
  readonly removed: number;
  readonly merged: number;
}

/** What a compaction reclaimed. */
export interface CompactionResult {
  readonly removed: number;
  readonly freedBytes: number;
  readonly segmentsBefore: number;
  readonly segmentsAfter: number;
}

/**
 * What a compaction would reclaim now.
 *
 * @param nowMs  what has expired by then counts as dead, since a caller's compaction begins by removing it
 */
export function estimateCompaction(namespace: OpenNamespace, nowMs = 0): CompactionResult {
  const { segments } = namespace.state;
  const dead = segments.reduce((sum, segment) => sum + segment.deadCount + segment.expiry.due(nowMs).length, 0);
  const bytes = segments.reduce((sum, segment) => sum + deadBytes(segment, nowMs), 0);
  const segmentsAfter = mergeGroups(segments).length;
  return { removed: dead, freedBytes: bytes, segmentsBefore: segments.length, segmentsAfter };
}

/** Merges all that have dead slots, and all that fit into one; see `compactNamespace`. */
export async function compactAll(
  namespace: OpenNamespace,
  signal: AbortSignal,
): Promise<{ readonly result: CompactionResult; readonly merged: number }> {
  const { state } = namespace;
  const before = estimateCompaction(namespace);
  const groups = mergeGroups(state.segments).filter((group) => group.length > 1 || hasDead(group));
  const { removed, merged } = await compactNamespace(namespace, groups, signal);
  return { result: { ...before, removed, segmentsAfter: state.segments.length }, merged };
}

/**
 * Copies the records of each group into a fresh segment, in small steps, then swaps it in; reads and writes go on
 * and see no difference. The caller holds `merges`, and checkpoints afterwards to free the files.
 *
 * @param signal  stops the work between two steps; what was not merged by then is as it was
 */
export async function compactNamespace(
  namespace: OpenNamespace,
  groups: readonly MergeGroup[],
  signal?: AbortSignal,
): Promise<Outcome> {
  let removed = 0;
  let merged = 0;
  for (const group of groups) {
    const outcome = await mergeGroup(namespace, group, signal);
    removed += outcome.removed;
    merged += outcome.merged;
  }
  return { removed, merged };
}

function hasDead(group: MergeGroup, nowMs = 0): boolean {
  return group.some((segment) => segment.deadCount > 0 || segment.expiry.nextMs <= nowMs);
}

async function mergeGroup(namespace: OpenNamespace, sources: MergeGroup, signal?: AbortSignal): Promise<Outcome> {
  const { state } = namespace;
  const slotsMin = sources.length === 1 ? sources[0]!.count : 0;
  const target = state.createSegment(slotsMin, sources[0]!.dimension);
  let job: MergeJob | undefined;
  try {
    job = new MergeJob(sources, target, await reuseGraph(sources, target));
    if (!(await catchUp(job, sources.at(-1)!, signal))) {
      job.cancel();
      target.release();
      return await mergeEach(namespace, sources, signal);
    }
    // From here to the swap nothing else runs: late slots are copied, then the copy takes the place of its sources.
    job.finish();
  } catch (error) {
    job?.cancel();
    target.release();
    throw error;
  }
  const removed = sources.reduce((sum, segment) => sum + segment.count, 0) - target.count;
  const segments = state.segments.filter((segment) => segment === sources[0] || !sources.includes(segment));
  state.replaceSegments(segments.map((segment) => (segment === sources[0] ? target : segment)));
  return { removed, merged: 1 };
}

/** For a group that outgrew one segment while it was copied. What one segment keeps fits another. */
function mergeEach(namespace: OpenNamespace, sources: MergeGroup, signal?: AbortSignal): Promise<Outcome> {
  const alone = sources.filter((source) => hasDead([source])).map((source) => [source]);
  return compactNamespace(namespace, alone, signal);
}

/** Bytes of the records in dead slots, as they count for a caller: vectors, id, metadata, text. */
function deadBytes(segment: Segment, nowMs: number): number {
  if (!hasDead([segment], nowMs)) return 0;
  let bytes = 0;
  for (let slot = 0; slot < segment.count; slot++) {
    if (segment.deaths.isHard(slot) || segment.expiry.isExpired(slot, nowMs)) bytes += recordBytes(segment, slot);
  }
  return bytes;
}

function recordBytes(segment: Segment, slot: number): number {
  const text = segment.columns.textBytesOf(slot)?.length ?? 0;
  const vectors = 4 * segment.dimension + segment.sparseBytesOf(slot).length;
  return vectors + segment.ids.bytesOf(slot).length + segment.metadataBytesOf(slot).length + text;
}
