import { breathe, pause } from "../core/breathe.js";
import { VecstoreError } from "../errors.js";
import { MergeJob } from "../segment/merge.js";
import type { Segment } from "../segment/segment.js";
import type { OpenNamespace } from "./open-namespace.js";

/** Slots copied in one turn of the event loop. */
const SLOTS_PER_TURN = 256;
/** Late slots that are copied in the turn of the swap. */
const SLOTS_LATE_MAX = 512;
/** Share of the copy that must be linked before it takes the place of its sources. */
const LINKED_SHARE = 0.95;

/** How often the copy catches up with writers while it is being linked. */
const CATCH_UP_MS = 10;

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
  const groups = mergeGroups(segments);
  const after = groups.reduce((sum, group) => sum + (hasDead(group, nowMs) ? 1 : group.length), 0);
  return { removed: dead, freedBytes: bytes, segmentsBefore: segments.length, segmentsAfter: after };
}

/**
 * Copies the records of segments with dead slots into fresh ones, in small steps, then swaps them in; reads and writes go on
 * and see no difference. The caller holds `merges`, and checkpoints afterwards to free the files.
 *
 * @param signal  stops the work between two steps; the namespace is then as it was
 */
export async function compactNamespace(namespace: OpenNamespace, signal?: AbortSignal): Promise<CompactionResult> {
  const before = estimateCompaction(namespace);
  if (before.removed === 0) return before;
  let removed = 0;
  for (const group of mergeGroups(namespace.state.segments)) {
    if (hasDead(group)) removed += await mergeGroup(namespace, group, signal);
  }
  return { ...before, removed, segmentsAfter: namespace.state.segments.length };
}

function hasDead(group: readonly Segment[], nowMs = 0): boolean {
  return group.some((segment) => segment.deadCount > 0 || segment.expiry.nextMs <= nowMs);
}

/** Neighbors are merged as long as their kept slots fit one segment. Records with and without vectors do not mix. */
function mergeGroups(segments: readonly Segment[]): Segment[][] {
  const withVectors = segments.filter(({ dimension }) => dimension > 0);
  const without = segments.filter(({ dimension }) => dimension === 0);
  return [...groupNeighbors(withVectors), ...groupNeighbors(without)];
}

function groupNeighbors(segments: readonly Segment[]): Segment[][] {
  const groups: Segment[][] = [];
  let kept = 0;
  for (const segment of segments) {
    const size = segment.liveCount + segment.softCount;
    const last = groups.at(-1);
    if (last !== undefined && kept + size <= segment.capacity * 0.9) {
      last.push(segment);
      kept += size;
    } else {
      groups.push([segment]);
      kept = size;
    }
  }
  return groups;
}

async function mergeGroup(namespace: OpenNamespace, sources: Segment[], signal?: AbortSignal): Promise<number> {
  const { state } = namespace;
  const slotsMin = sources.length === 1 ? sources[0]!.count : 0;
  const target = state.createSegment(slotsMin, sources[0]!.dimension);
  const job = new MergeJob(sources, target);
  try {
    if (!(await catchUp(job, target, signal))) {
      job.cancel();
      target.release();
      return await mergeEach(namespace, sources, signal);
    }
    // From here to the swap nothing else runs: late slots are copied, then the copy takes the place of its sources.
    job.finish();
  } catch (error) {
    job.cancel();
    target.release();
    throw error;
  }
  const removed = sources.reduce((sum, segment) => sum + segment.count, 0) - target.count;
  const segments = state.segments.filter((segment) => segment === sources[0] || !sources.includes(segment));
  state.replaceSegments(segments.map((segment) => (segment === sources[0] ? target : segment)));
  return removed;
}

/** For a group that outgrew one segment while it was copied. What one segment keeps fits another. */
async function mergeEach(namespace: OpenNamespace, sources: Segment[], signal?: AbortSignal): Promise<number> {
  let removed = 0;
  for (const source of sources) if (hasDead([source])) removed += await mergeGroup(namespace, [source], signal);
  return removed;
}

/**
 * Copies until what is left fits one turn, and lets the builder link nearly all of the copy first.
 *
 * @returns false when writers filled the last source so far that the copy does not fit the target
 */
async function catchUp(job: MergeJob, target: Segment, signal?: AbortSignal): Promise<boolean> {
  for (;;) {
    throwIfAborted(signal);
    if (job.slotsNeeded > target.capacity) return false;
    const reading = job.fetch(SLOTS_PER_TURN);
    if (reading !== undefined) await reading;
    const copied = job.step(SLOTS_PER_TURN);
    const linked = target.graph === undefined || target.indexed >= target.count * LINKED_SHARE;
    if (job.remaining <= SLOTS_LATE_MAX && linked) return true;
    if (copied && !linked) await Promise.race([target.settled(), pause(CATCH_UP_MS)]);
    else await breathe();
  }
}

/** @throws VecstoreError the signal's own reason, such as STORE_CLOSED, or CANCELED */
function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  if (signal.reason instanceof VecstoreError) throw signal.reason;
  throw new VecstoreError("CANCELED", "the caller canceled the compaction; the records are as they were");
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
