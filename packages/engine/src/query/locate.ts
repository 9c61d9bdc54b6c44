import { VecstoreError } from "../errors.js";
import type { View } from "./view.js";
import type { Place } from "./walk.js";

/**
 * Finds the record of this id that a view sees.
 *
 * Cost: one look into the id table of each segment. After writes that came later than the view the table may name a newer slot;
 * the ids of that segment are then searched in order, which sorts those appended since the last time.
 */
export function locateVisible(view: View, id: string): Place | undefined {
  // A record's newest slot mostly lies in the newest segment.
  for (let i = view.segments.length - 1; i >= 0; i--) {
    const { segment, count } = view.segments[i]!;
    const newest = segment.find(id);
    if (newest < 0) continue;
    if (newest < count && segment.isVisible(newest, view)) return { segment, slot: newest };
    const slot = olderSlot(view, i, id, newest);
    if (slot >= 0) return { segment, slot };
  }
  return undefined;
}

/**
 * The vector of a record that a view sees.
 *
 * @returns f32[dimension], a copy
 * @throws VecstoreError RECORD_NOT_FOUND; INVALID_ARGUMENT when the record has no vector
 */
export function vectorOfRecord(view: View, id: string): Float32Array {
  const place = locateVisible(view, id);
  if (place?.segment.dimension === 0) {
    const message = `record ${JSON.stringify(id)} has no vector, which the query asks for; search by a vector`;
    throw new VecstoreError("INVALID_ARGUMENT", message, { id });
  }
  if (place !== undefined) return place.segment.vectorOf(place.slot);
  const message = `there is no record ${JSON.stringify(id)}, whose vector the query asks for; give the id of one that exists`;
  throw new VecstoreError("RECORD_NOT_FOUND", message, { id });
}

/** The slot of the id that the view sees, when it is not the newest; -1 when it sees none. */
function olderSlot(view: View, index: number, id: string, newest: number): number {
  const { segment, count } = view.segments[index]!;
  const order = segment.sortedSlots();
  for (let at = segment.lowerBound(id); at < order.length; at++) {
    const slot = order[at]!;
    if (segment.compareIds(slot, segment, newest) !== 0) break;
    if (slot < count && segment.isVisible(slot, view)) return slot;
  }
  return -1;
}
