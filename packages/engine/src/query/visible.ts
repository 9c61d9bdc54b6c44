import { SlotSet } from "../core/slot-set.js";
import type { View } from "./view.js";

/** True when a view sees every slot of one segment: the usual case, and worth no set. */
export function isAllVisible(view: View, segmentIndex: number): boolean {
  const { segment, count, visible } = view.segments[segmentIndex]!;
  return visible === count && (count === 0 || segment.versionOf(count - 1) <= view.sequence);
}

/**
 * The slots of one segment that a view sees.
 *
 * @param visible  an empty set with the view's count of the segment as its limit, that is filled and returned
 * Cost: one pass over its words, and one step for each slot that died since the view was taken, or expired and is not removed yet.
 */
export function visibleSlots(
  view: View,
  segmentIndex: number,
  visible = new SlotSet(view.segments[segmentIndex]!.count),
): SlotSet {
  const { segment, count } = view.segments[segmentIndex]!;
  let end = count;
  // What was written after the view stands at the end: a merge changes the order of older slots only.
  while (end > 0 && segment.versionOf(end - 1) > view.sequence) end--;
  visible.addBelow(end);
  segment.deaths.removeFrom(visible, view.sequence);
  segment.expiry.removeFrom(visible, view);
  return visible;
}
