import type { SlotSet } from "../core/slot-set.js";
import type { Filter } from "../model/filter.js";
import { resolveMatches } from "./matches.js";
import type { QueryRun } from "./run.js";
import { clampDistance } from "./top-k.js";

/** Distances computed in one call into the core. */
const BATCH_SLOTS = 1024;
/** The same where vectors are read from the disk, each for itself. */
const BATCH_SLOTS_ON_DISK = 64;

/** Of one batch: shared by all queries, since a batch is computed and visited in one turn. */
const slots = new Uint32Array(BATCH_SLOTS);
const distances = new Float32Array(BATCH_SLOTS);

/**
 * Computes the distance of every record with a vector that a filter lets through, in f32.
 *
 * @param visit  called for each, segment by segment, by ascending slot
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function scanMatches(
  run: QueryRun,
  filter: Filter | undefined,
  visit: (distance: number, segment: number, slot: number) => void,
): Promise<void> {
  const { view, pace, vector, counters } = run;
  for (let i = 0; i < view.segments.length; i++) {
    const { segment } = view.segments[i]!;
    if (segment.dimension === 0) continue;
    const matches = await resolveMatches({ filter }, view, i, pace);
    const prepared = segment.vectors.prepare(vector);
    const most = segment.vectors.storedCount > 0 ? BATCH_SLOTS_ON_DISK : BATCH_SLOTS;
    for (let from = 0; from < matches.limit; ) {
      const { count, end } = takeBatch(matches, from, most);
      segment.vectors.distancesOf(prepared, slots, count, distances);
      for (let at = 0; at < count; at++) visit(clampDistance(view.metric, distances[at]!), i, slots[at]!);
      counters.candidates += count;
      counters.distanceComputations += count;
      from = end;
      if (pace.due) await pace.next();
    }
  }
}

/** Puts the next slots of a set, from `from` on, into `slots`; returns how many, and where the rest begins. */
function takeBatch(matches: SlotSet, from: number, most: number): { readonly count: number; readonly end: number } {
  let count = 0;
  let slot = matches.next(from);
  while (slot < matches.limit && count < most) {
    slots[count++] = slot;
    slot = matches.next(slot + 1);
  }
  return { count, end: slot };
}
