import type { CodeBound } from "../core/code-bound.js";
import type { Graph } from "../core/graph.js";
import type { SlotSet } from "../core/slot-set.js";
import { LIMITS } from "../limits.js";
import type { GraphTask } from "./rescore.js";
import { type ScanContext, scanRange } from "./scan.js";
import { clampDistance } from "./top-k.js";

/** An exact search of one segment that has a graph. */
export interface BoundTask extends Omit<GraphTask, "ef" | "indexed" | "ahead"> {
  /** The visible slots that match the filter; undefined without one. */
  readonly matches: SlotSet | undefined;
}

/** Codes compared in one call into the core, which POOL_ENTRIES allows. */
const BLOCK_SLOTS = 2_048;
/** Where more than this share of a block is left its vectors are compared in their order: that is read faster. */
const SHARE_MAX = 0.25;
/** The same where vectors are on the disk: each is read for itself, and holds everybody up. */
const SHARE_MAX_ON_DISK = 1 / 32;
/** Candidates of the graph search that begins: at the distance of its results all that is farther can be left out. */
const SEED_EF = 64;

/** Of one block, or of the seeds: computed and offered in one turn. */
const slots = new Uint32Array(BLOCK_SLOTS);
const distances = new Float32Array(BLOCK_SLOTS);

/**
 * Finds the closest records exactly, as a scan of all vectors does, reading few of these: a vector is compared only where its code
 * cannot prove that it is too far. A graph search tells first how far that is.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 * Cost: a distance of codes for each slot, and one of vectors for the few that are left.
 */
export async function scanByBounds(context: ScanContext, task: BoundTask): Promise<void> {
  const { pace, view } = context;
  const { segmentIndex, graph, prepared } = task;
  const { segment, count } = view.segments[segmentIndex]!;
  const bound = graph.bound(task.vector);
  const farthest = seed(context, task);
  let start = 0;
  // A graph that is given up while others have their turn has no codes any more.
  while (segment.graph === graph && start < Math.min(count, graph.count)) {
    const end = Math.min(count, graph.count, start + BLOCK_SLOTS);
    const left = keepClose(graph, task, bound, { from: start, to: end, worst: Math.min(farthest, context.top.worst) });
    context.counters.distanceComputations += end - start;
    const shareMax = start < segment.vectors.storedCount ? SHARE_MAX_ON_DISK : SHARE_MAX;
    if (left > (end - start) * shareMax) await scanRange(context, segmentIndex, prepared, start, end);
    else offerExactly(context, task, left);
    if (pace.isDueSoon) await pace.next();
    start = end;
  }
  await scanRange(context, segmentIndex, prepared, start, count);
}

/** A distance that at least `need` records are within; infinite when too few were found. */
function seed(context: ScanContext, task: BoundTask): number {
  const { view, counters } = context;
  const { graph, need, without, matches, segmentIndex } = task;
  if (2 * need > LIMITS.efMax) return Number.POSITIVE_INFINITY;
  const { segment, count } = view.segments[segmentIndex]!;
  const search = graph.search(task.vector, Math.max(SEED_EF, 2 * need), without);
  counters.nodesVisited += search.visited;
  counters.distanceComputations += search.computed;
  let found = 0;
  for (let i = 0; i < search.count && found < need; i++) {
    const slot = search.slots[i]!;
    if (slot >= count || slot === without || !segment.isVisible(slot, view)) continue;
    if (matches !== undefined && !matches.has(slot)) continue;
    slots[found++] = slot;
  }
  if (found < need) return Number.POSITIVE_INFINITY;
  segment.vectors.distancesOf(task.prepared, slots, found, distances);
  counters.distanceComputations += found;
  let farthest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < found; i++) farthest = Math.max(farthest, clampDistance(view.metric, distances[i]!));
  // At the greatest distance of the metric rounding errors beyond it count as the same.
  return view.metric === "cosine" && farthest >= 2 ? Number.POSITIVE_INFINITY : farthest;
}

/** A part of a segment, and how far its vectors may be. */
interface Block {
  readonly from: number;
  readonly to: number;
  readonly worst: number;
}

/** Puts the slots aside that may be close enough; returns how many. */
function keepClose(graph: Graph, { vector, matches }: BoundTask, bound: CodeBound, { from, to, worst }: Block): number {
  const close = graph.scanBounds(vector, bound, from, to, worst);
  let left = 0;
  for (let i = 0; i < close.length; i++) {
    if (matches === undefined || matches.has(close[i]!)) slots[left++] = close[i]!;
  }
  return left;
}

function offerExactly(
  { view, top, counters }: ScanContext,
  { segmentIndex, prepared }: BoundTask,
  count: number,
): void {
  const { segment } = view.segments[segmentIndex]!;
  segment.vectors.distancesOf(prepared, slots, count, distances);
  let { worst } = top;
  for (let i = 0; i < count; i++) {
    if (distances[i]! > worst || !segment.isVisible(slots[i]!, view)) continue;
    top.offer(distances[i]!, segmentIndex, slots[i]!);
    worst = top.worst;
  }
  counters.candidates += count;
  counters.distanceComputations += count;
}
