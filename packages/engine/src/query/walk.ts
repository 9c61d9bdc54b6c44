import type { Predicate } from "../filter/evaluate.js";
import type { Segment } from "../segment/segment.js";
import type { Pace } from "./pace.js";
import type { View } from "./view.js";

/** Slots looked at between two looks at the clock. */
const SLOTS_PER_LOOK = 256;

/** A visible slot. */
export interface Place {
  readonly segment: Segment;
  readonly slot: number;
}

/** Calls `found` for each visible slot that matches, in the order of slots. */
export async function walkMatches(
  view: View,
  predicate: Predicate | undefined,
  pace: Pace,
  found: (segment: Segment, slot: number) => void,
): Promise<void> {
  for (const { segment, count } of view.segments) {
    for (let slot = 0; slot < count; slot++) {
      if (slot % SLOTS_PER_LOOK === 0 && pace.due) await pace.next();
      if (!segment.isVisible(slot, view.sequence)) continue;
      if (predicate === undefined || predicate(segment.metadataOf(slot))) found(segment, slot);
    }
  }
}

/** Calls `found` for each soft-deleted slot that matches. Sees the present, not the view: hidden records have no sequence. */
export async function walkHidden(
  view: View,
  predicate: Predicate | undefined,
  pace: Pace,
  found: (segment: Segment, slot: number) => void,
): Promise<void> {
  for (const { segment, count } of view.segments) {
    if (segment.softCount === 0) continue;
    for (let slot = 0; slot < count; slot++) {
      if (slot % SLOTS_PER_LOOK === 0 && pace.due) await pace.next();
      if (!segment.isSoft(slot)) continue;
      if (predicate === undefined || predicate(segment.metadataOf(slot))) found(segment, slot);
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
    if (slot < first.count && first.segment.isVisible(slot, view.sequence)) yield { segment: first.segment, slot };
  }
}
