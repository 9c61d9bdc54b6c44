import type { Filter } from "../model/filter.js";
import type { Segment } from "../segment/segment.js";
import { resolveFilter, resolveMatches } from "./matches.js";
import type { Pace } from "./pace.js";
import type { View } from "./view.js";

/** Slots looked at between two looks at the clock. */
const SLOTS_PER_LOOK = 256;

/** A visible slot. */
export interface Place {
  readonly segment: Segment;
  readonly slot: number;
}

/** Counts the visible records that match. */
export async function countMatches(view: View, filter: Filter, pace: Pace): Promise<number> {
  let count = 0;
  for (const i of view.segments.keys()) count += (await resolveMatches({ filter }, view, i, pace)).count();
  return count;
}

/** Calls `found` for each visible slot that matches, in the order of slots. */
export async function walkMatches(
  view: View,
  filter: Filter | undefined,
  pace: Pace,
  found: (segment: Segment, slot: number) => void,
): Promise<void> {
  for (const [i, { segment, count }] of view.segments.entries()) {
    const matches = await resolveMatches({ filter }, view, i, pace);
    let met = 0;
    for (let slot = matches.next(0); slot < count; slot = matches.next(slot + 1)) {
      if (met++ % SLOTS_PER_LOOK === 0 && pace.due) await pace.next();
      found(segment, slot);
    }
  }
}

/** Calls `found` for each soft-deleted slot that matches. Sees the present, not the view: hidden records have no sequence. */
export async function walkHidden(
  view: View,
  filter: Filter | undefined,
  pace: Pace,
  found: (segment: Segment, slot: number) => void,
): Promise<void> {
  for (const { segment, count } of view.segments) {
    if (segment.softCount === 0) continue;
    const matches = filter && (await resolveFilter(filter, segment, count, pace));
    for (let slot = 0; slot < count; slot++) {
      if (slot % SLOTS_PER_LOOK === 0 && pace.due) await pace.next();
      if (segment.isHidden(slot, view.nowMs) && (matches === undefined || matches.has(slot))) found(segment, slot);
    }
  }
}

/**
 * Visible slots by ascending id, from `from` on.
 *
 * @param from  the first id that may come; "" for all
 */
export function* walkInOrder(view: View, from: string): Generator<Place> {
  const cursors = view.segments
    .map(({ segment, count }) => ({ segment, count, order: segment.sortedSlots(), at: segment.lowerBound(from) }))
    .filter((cursor) => cursor.at < cursor.order.length);
  while (cursors.length > 0) {
    const first = cursors.reduce((best, cursor) =>
      cursor.segment.compareIds(cursor.order[cursor.at]!, best.segment, best.order[best.at]!) < 0 ? cursor : best,
    );
    const slot = first.order[first.at++]!;
    if (first.at >= first.order.length) cursors.splice(cursors.indexOf(first), 1);
    if (slot < first.count && first.segment.isVisible(slot, view)) yield { segment: first.segment, slot };
  }
}
