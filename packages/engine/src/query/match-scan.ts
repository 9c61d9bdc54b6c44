import type { SlotSet } from "../core/slot-set.js";
import type { Filter } from "../model/filter.js";
import { resolveMatches } from "./matches.js";
import type { QueryRun } from "./run.js";
import { clampDistance } from "./top-k.js";

/** Distances computed in one call into the core. */
const BATCH_SLOTS = 1024;

/** Of one batch: shared by all queries, since a batch is computed and visited in one turn. */
const slots = new Uint32Array(BATCH_SLOTS);
const distances = new Float32Array(BATCH_SLOTS);

/**
 * Computes the distance of every record that a filter lets through, in f32.
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
    const matches = await resolveMatches({ filter }, view, i, pace);
    const prepared = segment.vectors.prepare(vector);
    for (let from = 0; from < matches.limit; ) {
      const { count, end } = takeBatch(matches, from);
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
function takeBatch(matches: SlotSet, from: number): { readonly count: number; readonly end: number } {
  let count = 0;
  let slot = matches.next(from);
  while (slot < matches.limit && count < BATCH_SLOTS) {
    slots[count++] = slot;
    slot = matches.next(slot + 1);
  }
  return { count, end: slot };
}
