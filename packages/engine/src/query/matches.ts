import { SlotSet } from "../core/slot-set.js";
import { compileFilter } from "../filter/evaluate.js";
import type { Filter } from "../model/filter.js";
import type { Pace } from "./pace.js";
import type { View } from "./view.js";

/** Slots looked at between two looks at the clock. */
const SLOTS_PER_LOOK = 256;

/**
 * The slots of one segment that a view sees and that match a filter: exactly these, so that their count is exact too.
 *
 * @param query    a ValidQuery, or whatever has a filter; all visible slots match where it has none
 * @param segment  index of the segment in the view
 * @returns        a set of its own for the caller, with the view's count of the segment as its limit
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function resolveMatches(
  query: { readonly filter: Filter | undefined },
  view: View,
  segment: number,
  pace: Pace,
): Promise<SlotSet> {
  const { segment: source, count } = view.segments[segment]!;
  const predicate = query.filter && compileFilter(query.filter);
  const matches = new SlotSet(count);
  for (let slot = 0; slot < count; slot++) {
    if (slot % SLOTS_PER_LOOK === 0 && pace.due) await pace.next();
    if (!source.isVisible(slot, view.sequence)) continue;
    if (predicate === undefined || predicate(source.metadataOf(slot))) matches.add(slot);
  }
  return matches;
}
