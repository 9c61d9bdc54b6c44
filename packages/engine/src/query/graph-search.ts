import type { Graph } from "../core/graph.js";
import type { PreparedQuery } from "../core/vectors.js";
import { LIMITS } from "../limits.js";
import type { Segment } from "../segment/segment.js";
import { type ScanContext, scanRange } from "./scan.js";
import type { View } from "./view.js";

/** Candidates that are rescored in f32 at least; fewer lose recall to the codes. */
const RESCORED_MIN = 40;
/** The same where vectors are read from the disk: each costs a read. */
const RESCORED_MIN_ON_DISK = 20;
/** Candidates that are rescored for each result asked for. */
const RESCORED_PER_RESULT = 1.5;

/**
 * Candidates that are farther on codes than the last result, by this many deviations of the codes, are not rescored: two
 * errors of three each would have to meet.
 */
const RESCORED_DEVIATIONS = 6;

/** What a graph search needs besides the query. */
export interface GraphTask {
  readonly segmentIndex: number;
  readonly graph: Graph;
  readonly prepared: PreparedQuery;
  /** f32[dimension] */
  readonly vector: Float32Array;
  readonly ef: number;
  /** Results wanted: offset + limit. */
  readonly need: number;
  /** Slots below this are linked and in the view. */
  readonly indexed: number;
  /** A slot that the search walks around. */
  readonly without: number | undefined;
}

/** Working arrays of the rescore, reused from query to query: a search runs to its end in one turn. */
const rescored = new Uint32Array(Math.ceil(LIMITS.queryLimitMax * RESCORED_PER_RESULT));
const exact = new Float32Array(rescored.length);

/**
 * Searches one graph, rescores the best candidates in f32 and offers them. Dead slots are walked through, not returned:
 * when they crowd out the answer the search is repeated with twice the ef.
 *
 * @returns false when fewer than `need` visible slots were found although the graph has more: it must be scanned
 */
export function searchGraph(context: ScanContext, task: GraphTask): boolean {
  const { segment } = context.view.segments[task.segmentIndex]!;
  for (let ef = task.ef; ; ef = Math.min(LIMITS.efMax, 2 * ef)) {
    const found = collect(context, task, segment, ef);
    // What the graph holds is counted only when it gave too little: the count walks the tail.
    const complete = found >= task.need || found >= visibleInGraph(context.view, task);
    if (complete || ef >= LIMITS.efMax) {
      offerRescored(context, task, segment, found);
      return complete;
    }
  }
}

/** Codes compared in one turn: about a millisecond. */
const TAIL_SLOTS_PER_TURN = 65_536;
/** A shorter tail is compared in f32: that costs no more, and needs no rescore. */
const TAIL_SLOTS_MIN = 512;

/**
 * Searches the slots of [indexed, count) that the graph does not link yet: by their codes, then the best of each stretch in f32.
 */
export async function searchTail(context: ScanContext, task: GraphTask): Promise<void> {
  const { segment, count } = context.view.segments[task.segmentIndex]!;
  const { graph, indexed } = task;
  const most = rescoredMax(segment, task.need);
  if (count - indexed < TAIL_SLOTS_MIN || indexed < graph.tailStart || most > LIMITS.efMax) {
    return scanRange(context, task.segmentIndex, task.prepared, indexed, count);
  }
  // What was appended since a graph began to follow may have no codes yet.
  const coded = Math.min(count, graph.count);
  for (let from = indexed; from < coded; from += TAIL_SLOTS_PER_TURN) {
    const to = Math.min(coded, from + TAIL_SLOTS_PER_TURN);
    // Writers may have come round the ring since the last turn.
    const complete = from >= graph.tailStart && searchStretch(context, task, segment, from, to, most);
    if (!complete) await scanRange(context, task.segmentIndex, task.prepared, from, to);
    if (context.pace.due) await context.pace.next();
  }
  await scanRange(context, task.segmentIndex, task.prepared, coded, count);
}

/** Returns false, having offered nothing, when dead slots may have crowded out visible ones. */
function searchStretch(
  context: ScanContext,
  task: GraphTask,
  segment: Segment,
  from: number,
  to: number,
  most: number,
): boolean {
  const { counters, view } = context;
  const search = task.graph.scanTail(task.vector, from, to, most);
  counters.distanceComputations += search.computed;
  let kept = 0;
  for (let i = 0; i < search.count; i++) {
    const slot = search.slots[i]!;
    if (segment.isVisible(slot, view)) rescored[kept++] = slot;
  }
  if (kept < Math.min(task.need, to - from) && search.count === most) return false;
  offerRescored(context, task, segment, kept);
  return true;
}

function rescoredMax({ vectors }: Segment, need: number): number {
  const least = vectors.storedCount > 0 ? RESCORED_MIN_ON_DISK : RESCORED_MIN;
  return Math.max(least, Math.ceil(need * RESCORED_PER_RESULT));
}

/** Slots below `indexed` that the view sees: of its count, the segment's own being that of the present. */
function visibleInGraph(view: View, { segmentIndex, indexed }: GraphTask): number {
  const { segment, count, visible } = view.segments[segmentIndex]!;
  let sum = visible;
  for (let slot = indexed; slot < count; slot++) if (segment.isVisible(slot, view)) sum--;
  return sum;
}

/** Puts the best visible slots into `rescored`; returns how many. */
function collect(context: ScanContext, task: GraphTask, segment: Segment, ef: number): number {
  const { counters, view } = context;
  const search = task.graph.search(task.vector, ef, task.without);
  counters.nodesVisited += search.visited;
  counters.distanceComputations += search.computed;
  const most = rescoredMax(segment, task.need);
  let kept = 0;
  let bound = Number.POSITIVE_INFINITY;
  for (let i = 0; i < search.count && kept < most && search.distances[i]! <= bound; i++) {
    const slot = search.slots[i]!;
    // The builder may have linked more since the plan was made; the tail scan finds those.
    if (slot >= task.indexed || !segment.isVisible(slot, view)) continue;
    rescored[kept++] = slot;
    if (kept === task.need) bound = search.distances[i]! + RESCORED_DEVIATIONS * search.deviation;
  }
  return kept;
}

function offerRescored(context: ScanContext, task: GraphTask, segment: Segment, count: number): void {
  segment.vectors.distancesOf(task.prepared, rescored, count, exact);
  for (let i = 0; i < count; i++) context.top.offer(exact[i]!, task.segmentIndex, rescored[i]!);
  context.counters.candidates += count;
  context.counters.distanceComputations += count;
}
