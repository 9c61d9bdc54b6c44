import type { PreparedQuery } from "../core/vectors.js";
import type { Predicate } from "../filter/evaluate.js";
import { handedPart, isWorthSpreading } from "./handed-part.js";
import type { Pace } from "./pace.js";
import { spread } from "./spread.js";
import type { TopK } from "./top-k.js";
import type { View } from "./view.js";

/** Distances computed in one call into the core. */
export const BLOCK_SLOTS = 1024;

/** Vectors that are read from the disk at a time. */
const READ_BYTES = 1024 * 1024;

/** Distances of one block: shared by all queries, since a block is computed and offered in one turn. */
const distances = new Float32Array(BLOCK_SLOTS);

/** Counted while queries run; one object per query. */
export interface Counters {
  candidates: number;
  nodesVisited: number;
  distanceComputations: number;
}

/** What one query needs in each segment. */
export interface ScanContext {
  readonly view: View;
  readonly top: TopK;
  readonly predicate: Predicate | undefined;
  readonly pace: Pace;
  readonly counters: Counters;
}

/** Makes the working state of one query. */
export function createScanContext(context: Omit<ScanContext, "counters">): ScanContext {
  const { view, top, predicate, pace } = context;
  return { view, top, predicate, pace, counters: { candidates: 0, nodesVisited: 0, distanceComputations: 0 } };
}

/**
 * Compares the query with every slot of [from, to) of one segment and offers the visible ones that match.
 * The filter is asked only about slots that are close enough to enter.
 *
 * Cost: to - from f32 distances; the filter about k * ln(n / k) times unless few match.
 */
export async function scanRange(
  context: ScanContext,
  segmentIndex: number,
  query: PreparedQuery,
  from: number,
  to: number,
): Promise<void> {
  const { vectors } = context.view.segments[segmentIndex]!.segment;
  const inMemory = Math.max(from, vectors.storedCount);
  if (isWorthSpreading(vectors, to - inMemory)) {
    if (from < inMemory) await scanRange(context, segmentIndex, query, from, inMemory);
    return spreadRange(context, segmentIndex, query, inMemory, to);
  }
  const onDisk = Math.max(1, Math.floor(READ_BYTES / (4 * vectors.dimension)));
  for (let start = from; start < to; ) {
    const step = start < vectors.storedCount ? Math.min(BLOCK_SLOTS, onDisk) : BLOCK_SLOTS;
    const end = Math.min(to, start + step);
    const reading = vectors.fetch(start, end);
    if (reading !== undefined) await reading;
    // The disk works on the next block while this one is compared. A failure is met again when the block is needed.
    vectors.fetch(end, Math.min(to, end + step))?.catch(() => undefined);
    compareBlock(context, segmentIndex, query, start, end);
    if (context.pace.due) await context.pace.next();
    start = end;
  }
}

/** As `scanRange`, in one turn: of at most `BLOCK_SLOTS` slots, whose vectors are in memory or were fetched. */
export function compareBlock(
  context: ScanContext,
  segmentIndex: number,
  query: PreparedQuery,
  start: number,
  end: number,
): void {
  context.view.segments[segmentIndex]!.segment.vectors.distances(query, start, end, distances);
  offerBlock(context, segmentIndex, start, end);
  context.counters.candidates += end - start;
  context.counters.distanceComputations += end - start;
}

/** As `scanRange`, of slots that are in memory, in several threads. */
async function spreadRange(
  context: ScanContext,
  segmentIndex: number,
  query: PreparedQuery,
  from: number,
  to: number,
): Promise<void> {
  const { top, view, counters } = context;
  const { vectors } = view.segments[segmentIndex]!.segment;
  const here = (start: number, most: number) => {
    const end = Math.min(most, start + BLOCK_SLOTS);
    vectors.distances(query, start, end, distances);
    offerBlock(context, segmentIndex, start, end);
    return end;
  };
  // The first ones give the others a bound, without which all would be sent back.
  const begun = here(from, to);
  const elsewhere = (start: number, end: number) => {
    const inMemory = Math.max(start, vectors.storedCount);
    if (inMemory >= end) return undefined;
    return handedPart(vectors.elsewhere?.scan(query, inMemory, end, top.worst), (near, first) => {
      for (let i = 0; i < near.places.length; i++) {
        offerSlot(context, segmentIndex, first + near.places[i]!, near.distances[i]!);
      }
    });
  };
  await spread({ here, elsewhere }, begun, to, context.pace);
  counters.candidates += to - from;
  counters.distanceComputations += to - from;
}

function offerBlock(context: ScanContext, segmentIndex: number, start: number, end: number): void {
  let { worst } = context.top;
  for (let slot = start; slot < end; slot++) {
    const distance = distances[slot - start]!;
    if (distance > worst) continue;
    offerSlot(context, segmentIndex, slot, distance);
    worst = context.top.worst;
  }
}

function offerSlot({ top, view, predicate }: ScanContext, segmentIndex: number, slot: number, distance: number): void {
  if (distance > top.worst) return;
  const { segment } = view.segments[segmentIndex]!;
  if (!segment.isVisible(slot, view)) return;
  if (predicate !== undefined && !predicate(segment.metadataOf(slot))) return;
  top.offer(distance, segmentIndex, slot);
}
