import type { GraphSearch } from "../core/graph.js";
import type { SlotSet } from "../core/slot-set.js";
import type { PreparedQuery } from "../core/vectors.js";
import { handedPart, isWorthSpreading } from "./handed-part.js";
import type { Pace } from "./pace.js";
import { filteredReachOf } from "./reach.js";
import { type GraphTask, keepCandidates, offerRescored, rescoredMax } from "./rescore.js";
import type { ScanContext } from "./scan.js";
import { spread } from "./spread.js";

/** A search of one segment for the records that match a filter. */
export interface MatchTask extends GraphTask {
  /** The visible slots that match. */
  readonly matches: SlotSet;
  /** How many these are. */
  readonly count: number;
  /** What the walk does where few of the records around the query match. */
  readonly leastShare: number;
}

/**
 * Searches one graph with the filter inside, rescores the best candidates in f32 and offers them.
 *
 * @returns false, having offered nothing, when the walk found fewer than `need` although the graph has more: all matches must be
 *          scanned. The slots that the graph does not link yet must be in any case
 */
export function searchInside(context: ScanContext, task: MatchTask): boolean {
  const { graph, matches, count, need, indexed, without } = task;
  const { segment } = context.view.segments[task.segmentIndex]!;
  const search = graph.searchFiltered(task.vector, {
    ef: task.ef,
    accept: matches,
    share: count / Math.max(1, matches.limit),
    wanted: Math.min(task.ef, count, 2 * need),
    leastShare: task.leastShare,
    without,
    reach: filteredReachOf(segment, graph, task.vector, task.ef, need),
  });
  // The builder may have linked more since the plan was made; the scan of the rest finds those.
  const kept = keepCandidates(context, task, search, (slot) => slot < indexed && slot !== without);
  if (kept < need && kept < matches.countBelow(indexed)) return false;
  offerRescored(context, task, kept);
  return true;
}

/** Codes compared in one turn: about a millisecond. */
export const MATCHES_PER_TURN = 65_536;

/**
 * As `scanMatchesByCode` in one turn, of at most MATCHES_PER_TURN matches.
 *
 * @param from  at most the codes that there are
 */
export function scanMatchesAtOnce(context: ScanContext, task: MatchTask, from: number): void {
  const coded = Math.min(task.matches.limit, task.graph.count);
  const most = rescoredMax(context.view.segments[task.segmentIndex]!.segment, task.need);
  const search = task.graph.scanSet(task.vector, task.matches, from, coded, most);
  offerRescored(context, task, keepCandidates(context, task, search, isWhatever));
  compareMatchesAtOnce(context, task, coded);
}

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
  const take = (search: GraphSearch) => offerRescored(context, task, keepCandidates(context, task, search, isWhatever));
  // Positions are stretches, the same wherever they are searched: the best of each are compared in f32.
  const startOf = (position: number) => Math.min(coded, from + position * stretch);
  const here = (position: number) => {
    take(graph.scanSet(task.vector, matches, startOf(position), startOf(position + 1), most));
    return position + 1;
  };
  const elsewhere = (_: number, end: number) => {
    const found = graph.elsewhere?.scanSet(task.vector, matches, startOf(end - 1), startOf(end), most);
    return found && { from: end - 1, found: found.then((searches) => searches && (() => take(searches[0]!))) };
  };
  await spread({ here, elsewhere }, 0, Math.ceil(Math.max(0, coded - from) / stretch), context.pace);
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

/** What comparing vectors needs. */
type ExactTask = Pick<MatchTask, "segmentIndex" | "prepared" | "matches">;

/**
 * Compares the matches of a segment from slot `from` on in f32 and offers them.
 *
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function scanMatchesExactly(
  context: ScanContext,
  { segmentIndex, prepared, matches }: ExactTask,
  from = 0,
): Promise<void> {
  const { pace, view } = context;
  const { vectors } = view.segments[segmentIndex]!.segment;
  if (from >= vectors.storedCount && isWorthSpreading(vectors, Math.min(matches.limit - from, matches.count()))) {
    const named = await namedSlots(matches, from, pace);
    if (isWorthSpreading(vectors, named.length)) return spreadMatches(context, segmentIndex, prepared, named);
  }
  for (let slot = matches.next(from); slot < matches.limit; ) {
    slot = compareBatch(context, { segmentIndex, prepared, matches }, slot);
    if (pace.due) await pace.next();
  }
}

/** As `scanMatchesExactly` in one turn: of few matches. */
export function compareMatchesAtOnce(context: ScanContext, task: ExactTask, from = 0): void {
  for (let slot = task.matches.next(from); slot < task.matches.limit; ) slot = compareBatch(context, task, slot);
}

/** Compares and offers some matches from `first` on, which is one; returns the next that is left, or the limit. */
function compareBatch(context: ScanContext, { segmentIndex, prepared, matches }: ExactTask, first: number): number {
  const { counters, view } = context;
  const { vectors } = view.segments[segmentIndex]!.segment;
  const most = vectors.storedCount > 0 ? BATCH_SLOTS_ON_DISK : BATCH_SLOTS;
  let slot = first;
  let count = 0;
  for (; slot < matches.limit && count < most; slot = matches.next(slot + 1)) slots[count++] = slot;
  vectors.distancesOf(prepared, slots, count, distances);
  offerBatch(context, segmentIndex, slots, distances, count);
  counters.candidates += count;
  counters.distanceComputations += count;
  return slot;
}

/** Slots listed between two looks at the clock. */
const SLOTS_PER_LOOK = 65_536;

/** u32: the slots of a set from `from` on, ascending. */
async function namedSlots(matches: SlotSet, from: number, pace: Pace): Promise<Uint32Array> {
  const named = new Uint32Array(matches.count());
  let count = 0;
  for (let slot = matches.next(from); slot < matches.limit; slot = matches.next(slot + 1)) {
    named[count++] = slot;
    if (count % SLOTS_PER_LOOK === 0 && pace.due) await pace.next();
  }
  return named.subarray(0, count);
}

/** As `scanMatchesExactly`, of slots that are in memory, in several threads. */
async function spreadMatches(
  context: ScanContext,
  segmentIndex: number,
  prepared: PreparedQuery,
  named: Uint32Array,
): Promise<void> {
  const { vectors } = context.view.segments[segmentIndex]!.segment;
  const here = (from: number, to: number) => {
    const batch = named.subarray(from, Math.min(to, from + BATCH_SLOTS));
    vectors.distancesOf(prepared, batch, batch.length, distances);
    offerBatch(context, segmentIndex, batch, distances, batch.length);
    return from + batch.length;
  };
  // The first ones give the others a bound, without which all would be sent back.
  const begun = here(0, named.length);
  const elsewhere = (from: number, to: number) => {
    if (named[from]! < vectors.storedCount) return undefined;
    return handedPart(vectors.elsewhere?.gather(prepared, named, from, to, context.top.worst), (near, first) => {
      const found = near.places.map((place) => named[first + place]!);
      offerBatch(context, segmentIndex, found, near.distances, found.length);
    });
  };
  await spread({ here, elsewhere }, begun, named.length, context.pace);
  context.counters.candidates += named.length;
  context.counters.distanceComputations += named.length;
}

/** Offers matches, the first `count` of `slots`, with their distances. */
function offerBatch(
  { top }: ScanContext,
  segmentIndex: number,
  slots: Uint32Array,
  distances: Float32Array,
  count: number,
): void {
  let { worst } = top;
  for (let i = 0; i < count; i++) {
    if (distances[i]! > worst) continue;
    top.offer(distances[i]!, segmentIndex, slots[i]!);
    worst = top.worst;
  }
}
