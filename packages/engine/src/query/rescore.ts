import type { Graph, GraphSearch } from "../core/graph.js";
import type { PreparedQuery } from "../core/vectors.js";
import { LIMITS } from "../limits.js";
import type { Quantization } from "../model/namespace.js";
import type { Segment } from "../segment/segment.js";
import type { SearchWidth } from "./reach.js";
import type { ScanContext } from "./scan.js";

/** How many candidates are rescored in f32; fewer lose recall to the codes. */
interface Oversampling {
  /** At least. */
  readonly min: number;
  /** The same where vectors are read from the disk: each costs a read. */
  readonly minOnDisk: number;
  /** For each result asked for. */
  readonly perResult: number;
}

/** Without quantization nothing is rescored, and these are offered. */
const OVERSAMPLING: Readonly<Record<Quantization, Oversampling>> = {
  int8: { min: 40, minOnDisk: 20, perResult: 1.5 },
  none: { min: 40, minOnDisk: 20, perResult: 1.5 },
  // At 768 dimensions and ef 200 recall ends at .994 with 40, at .998 with 100.
  binary: { min: 100, minOnDisk: 50, perResult: 4 },
};

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
  /** A slot that is not searched for, as though it had never been linked. */
  readonly without: number | undefined;
  /** What another thread found already with so many candidates. */
  readonly ahead: ((width: SearchWidth) => GraphSearch | undefined) | undefined;
}

/** Slots and distances of the candidates, reused from query to query: a search runs to its end in one turn. */
const rescored = new Uint32Array(Math.ceil(LIMITS.queryLimitMax * OVERSAMPLING.int8.perResult));
const exact = new Float32Array(rescored.length);

/** How many candidates are rescored at most, for `need` results; where distances are exact, how many are offered. */
export function rescoredMax({ vectors, graph }: Segment, need: number): number {
  const { min, minOnDisk, perResult } = OVERSAMPLING[graph?.quantization ?? "int8"];
  const wanted = Math.max(vectors.storedCount > 0 ? minOnDisk : min, Math.ceil(need * perResult));
  // No more than a search by codes can hold, unless that were too few in any case.
  return Math.max(Math.min(wanted, LIMITS.efMax), Math.ceil(need * OVERSAMPLING.int8.perResult));
}

/**
 * Puts the closest hits that are accepted aside for `offerRescored`, as many as the codes cannot tell from results: without
 * quantization those that are as close as the last result. Nothing may be awaited in between.
 *
 * @returns  how many
 */
export function keepCandidates(
  context: ScanContext,
  task: GraphTask,
  search: GraphSearch,
  accepts: (slot: number) => boolean,
): number {
  const { segment } = context.view.segments[task.segmentIndex]!;
  const most = rescoredMax(segment, task.need);
  let kept = 0;
  let bound = Number.POSITIVE_INFINITY;
  for (let i = 0; i < search.count && kept < most && search.distances[i]! <= bound; i++) {
    const slot = search.slots[i]!;
    if (!accepts(slot)) continue;
    exact[kept] = search.distances[i]!;
    rescored[kept++] = slot;
    if (kept === task.need) bound = search.distances[i]! + RESCORED_DEVIATIONS * search.deviation;
  }
  context.counters.nodesVisited += search.visited;
  context.counters.distanceComputations += search.computed;
  return kept;
}

/** Compares the first `count` candidates that were put aside with the query in f32, unless they were already, and offers them. */
export function offerRescored(context: ScanContext, task: GraphTask, count: number): void {
  const { trace } = context.pace;
  const { segment } = context.view.segments[task.segmentIndex]!;
  context.counters.candidates += count;
  if (task.graph.quantization !== "none") {
    trace?.enter("rescore");
    segment.vectors.distancesOf(task.prepared, rescored, count, exact);
    context.counters.distanceComputations += count;
  }
  for (let i = 0; i < count; i++) context.top.offer(exact[i]!, task.segmentIndex, rescored[i]!);
  trace?.enter("search");
}
