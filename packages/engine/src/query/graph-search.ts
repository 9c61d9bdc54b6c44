import { LIMITS } from "../limits.js";
import type { Segment } from "../segment/segment.js";
import { type SearchWidth, widthIn } from "./reach.js";
import { type GraphTask, keepCandidates, offerRescored, rescoredMax } from "./rescore.js";
import { type ScanContext, scanRange } from "./scan.js";
import type { View } from "./view.js";

/**
 * Searches one graph, rescores the best candidates in f32 and offers them. Dead slots are walked through, not returned:
 * when they crowd out the answer the search is repeated with twice the ef.
 *
 * @returns false when fewer than `need` visible slots were found although the graph has more: it must be scanned
 */
export function searchGraph(context: ScanContext, task: GraphTask): boolean {
  const view = context.view.segments[task.segmentIndex]!;
  const { graph, vector, ef, need } = task;
  for (let width = widthIn(view, graph, vector, ef, need); ; width = twiceAsWide(width)) {
    const found = collect(context, task, view.segment, width);
    // What the graph holds is counted only when it gave too little: the count walks the tail.
    const complete = found >= need || found >= visibleInGraph(context.view, task);
    if (complete || (width.ef >= LIMITS.efMax && width.reach === undefined)) {
      offerRescored(context, task, found);
      return complete;
    }
  }
}

/** Where the first search gave too little, distances say nothing: dead slots are among those it was measured by. */
function twiceAsWide({ ef }: SearchWidth): SearchWidth {
  return { ef: Math.min(LIMITS.efMax, 2 * ef), reach: undefined };
}

/** Codes compared in one turn: about a millisecond. */
const TAIL_SLOTS_PER_TURN = 65_536;
/** A shorter tail is compared in f32: that costs no more, and needs no rescore. */
export const TAIL_SLOTS_MIN = 512;

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
    const complete = from >= graph.tailStart && searchStretch(context, task, from, to, most);
    if (!complete) await scanRange(context, task.segmentIndex, task.prepared, from, to);
    if (context.pace.due) await context.pace.next();
  }
  await scanRange(context, task.segmentIndex, task.prepared, coded, count);
}

/** Returns false, having offered nothing, when dead slots may have crowded out visible ones. */
function searchStretch(context: ScanContext, task: GraphTask, from: number, to: number, most: number): boolean {
  const { view } = context;
  const { segment } = view.segments[task.segmentIndex]!;
  const search = task.graph.scanTail(task.vector, from, to, most);
  const kept = keepCandidates(context, task, search, (slot) => segment.isVisible(slot, view));
  if (kept < Math.min(task.need, to - from) && search.count === most) return false;
  offerRescored(context, task, kept);
  return true;
}

/** Slots below `indexed` that the view sees: of its count, the segment's own being that of the present. */
function visibleInGraph(view: View, { segmentIndex, indexed }: GraphTask): number {
  const { segment, count, visible } = view.segments[segmentIndex]!;
  let sum = visible;
  for (let slot = indexed; slot < count; slot++) if (segment.isVisible(slot, view)) sum--;
  return sum;
}

/** Puts the best visible slots aside for the rescore; returns how many. */
function collect(context: ScanContext, task: GraphTask, segment: Segment, width: SearchWidth): number {
  const { view } = context;
  const { indexed, without } = task;
  const search = task.ahead?.(width) ?? task.graph.search(task.vector, width.ef, without, width.reach);
  // The builder may have linked more since the plan was made; the tail scan finds those.
  return keepCandidates(
    context,
    task,
    search,
    (slot) => slot < indexed && slot !== without && segment.isVisible(slot, view),
  );
}
