import type { FilteredSearch } from "../core/graph.js";
import type { SlotSet } from "../core/slot-set.js";
import { type GraphTask, keepCandidates, offerRescored, rescoredMax } from "./rescore.js";
import type { ScanContext } from "./scan.js";

/** A search of one segment for the records that match a filter. */
export interface MatchTask extends GraphTask {
  /** The visible slots that match. */
  readonly matches: SlotSet;
  /** How many these are. */
  readonly count: number;
  /** What the walk does where few of the records around the query match. */
  readonly whereScarce: FilteredSearch["whereScarce"];
}

/**
 * Searches one graph with the filter inside, rescores the best candidates in f32 and offers them; then the slots that the graph
 * does not link yet.
 *
 * @returns false, having offered a part at most, when the walk found fewer than `need` although the graph has more: all matches
 *          must be scanned
 */
export async function searchMatches(context: ScanContext, task: MatchTask): Promise<boolean> {
  const { graph, matches, count, need, indexed, without } = task;
  const search = graph.searchFiltered(task.vector, {
    ef: task.ef,
    accept: matches,
    share: count / Math.max(1, matches.limit),
    wanted: Math.min(task.ef, count, 2 * need),
    whereScarce: task.whereScarce,
    without,
  });
  // The builder may have linked more since the plan was made; the scan of the rest finds those.
  const kept = keepCandidates(context, task, search, (slot) => slot < indexed && slot !== without);
  if (kept < need && kept < countBelow(matches, indexed)) return false;
  offerRescored(context, task, kept);
  await scanMatchesByCode(context, task, indexed);
  return true;
}

/** Codes compared in one turn: about a millisecond. */
const MATCHES_PER_TURN = 65_536;

/**
 * Compares the matches among the slots from `from` on by their codes, then the best of each stretch in f32, and offers these. Slots
 * that have no code yet are compared in f32 at once.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function scanMatchesByCode(context: ScanContext, task: MatchTask, from: number): Promise<void> {
  const { graph, matches, count, segmentIndex } = task;
  // It grows while this gives others their turns.
  const coded = Math.min(matches.limit, graph.count);
  const most = rescoredMax(context.view.segments[segmentIndex]!.segment, task.need);
  const stretch = Math.ceil((matches.limit * MATCHES_PER_TURN) / Math.max(count, MATCHES_PER_TURN));
  for (let start = matches.next(from); start < coded; start = matches.next(start + stretch)) {
    const search = graph.scanSet(task.vector, matches, start, Math.min(coded, start + stretch), most);
    offerRescored(context, task, keepCandidates(context, task, search, isWhatever));
    if (context.pace.due) await context.pace.next();
  }
  if (coded < matches.limit) await scanMatchesExactly(context, task, Math.max(from, coded));
}

function isWhatever(): boolean {
  return true;
}

/** Slots compared in one call into the core. */
const BATCH_SLOTS = 1024;
/** The same where vectors are read from the disk, each for itself. */
const BATCH_SLOTS_ON_DISK = 64;

/** Of one batch: shared by all queries, since a batch is computed and offered in one turn. */
const slots = new Uint32Array(BATCH_SLOTS);
const distances = new Float32Array(BATCH_SLOTS);

/**
 * Compares the matches of a segment from slot `from` on in f32 and offers them.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function scanMatchesExactly(
  context: ScanContext,
  { segmentIndex, prepared, matches }: Pick<MatchTask, "segmentIndex" | "prepared" | "matches">,
  from = 0,
): Promise<void> {
  const { top, pace, counters, view } = context;
  const { vectors } = view.segments[segmentIndex]!.segment;
  const most = vectors.storedCount > 0 ? BATCH_SLOTS_ON_DISK : BATCH_SLOTS;
  for (let slot = matches.next(from); slot < matches.limit; ) {
    let count = 0;
    for (; slot < matches.limit && count < most; slot = matches.next(slot + 1)) slots[count++] = slot;
    vectors.distancesOf(prepared, slots, count, distances);
    let worst = top.worst;
    for (let i = 0; i < count; i++) {
      if (distances[i]! > worst) continue;
      top.offer(distances[i]!, segmentIndex, slots[i]!);
      worst = top.worst;
    }
    counters.candidates += count;
    counters.distanceComputations += count;
    if (pace.due) await pace.next();
  }
}

function countBelow(matches: SlotSet, end: number): number {
  let count = 0;
  for (let slot = matches.next(0); slot < end; slot = matches.next(slot + 1)) count++;
  return count;
}
