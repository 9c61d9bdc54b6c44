import { BLOCK_SLOTS, BLOCK_WORDS } from "../core/block-bits.js";
import { SlotSet } from "../core/slot-set.js";
import { FilterResolver } from "../filter/resolve/filter-resolver.js";
import type { Filter } from "../model/filter.js";
import type { Segment } from "../segment/segment.js";
import type { Pace } from "./pace.js";
import type { SegmentView, View } from "./view.js";
import { isAllVisible, visibleSlots } from "./visible.js";

/** Slots whose metadata is entered into columns between two looks at the clock. */
const SLOTS_PER_LOOK = 16;

/**
 * The slots of one segment that a view sees and that match a filter: exactly these, so that their count is exact too.
 *
 * @param query         a ValidQuery, or whatever has a filter; all visible slots match where it has none
 * @param segmentIndex  of the segment in the view
 * @returns             with the view's count of the segment as its limit; to be read only, since other queries may share it
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 * Cost: steps by the number of 32 slots, and by terms; columns that lag behind, as after opening, are filled first.
 */
export async function resolveMatches(
  query: { readonly filter: Filter | undefined },
  view: View,
  segmentIndex: number,
  pace: Pace,
): Promise<SlotSet> {
  if (query.filter === undefined) return visibleSlots(view, segmentIndex);
  const { segment, count } = view.segments[segmentIndex]!;
  const matches = await resolveFilter(query.filter, segment, count, pace);
  if (isAllVisible(view, segmentIndex)) return matches;
  const visible = visibleSlots(view, segmentIndex);
  visible.intersect(matches);
  return visible;
}

/** Slots whose metadata a query fills into columns itself: about 10 ms of work. */
const LAG_MAX = 8_192;

/**
 * False while the columns of a segment lag so far behind, as after opening, that filling them takes longer than comparing all
 * vectors and asking the filter about those that are close. They are being filled meanwhile.
 */
export function isCountable({ segment, count }: SegmentView): boolean {
  return count - segment.filled <= LAG_MAX;
}

/** A segment with fewer slots is resolved sooner than a set is looked up and kept. */
const KEPT_FROM = 4_096;

/**
 * The slots of [0, count) of a segment that match a filter, dead ones too.
 *
 * @returns  to be read only: the segment keeps it for the next query with this filter
 * @throws VecstoreError CANCELED, DEADLINE_EXCEEDED
 */
export async function resolveFilter(filter: Filter, segment: Segment, count: number, pace: Pace): Promise<SlotSet> {
  while (segment.filled < count) {
    segment.fillFields(SLOTS_PER_LOOK);
    if (pace.due) await pace.next();
  }
  const known = count < KEPT_FROM ? undefined : segment.resolved.find(filter);
  if (known?.limit === count) return known;
  const matches = new SlotSet(count);
  // Of the last block of what is known a part is missing.
  const whole = Math.floor(Math.min(known?.limit ?? 0, count) / BLOCK_SLOTS);
  if (known !== undefined) matches.words.set(known.words.subarray(0, whole * BLOCK_WORDS));
  const resolver = new FilterResolver(filter, segment.fields, segment);
  for (let block = whole; block * BLOCK_SLOTS < count; block++) {
    while (resolver.prepare(block)) if (pace.due) await pace.next();
    resolver.resolve(block, matches);
    if (pace.due) await pace.next();
  }
  if (count >= KEPT_FROM) segment.resolved.keep(filter, matches);
  return matches;
}
