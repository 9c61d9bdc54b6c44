import { LIMITS } from "../limits.js";
import type { Segment } from "../segment/segment.js";

/** Segments that one merge makes one of. */
export type MergeGroup = readonly Segment[];

/** Slots below which no merge begins by itself: scanning them costs nothing. */
const SLOTS_MIN = 1_000;
/** How full the segment that a merge makes may be: it takes writes when it is the last one. */
const FILLED_SHARE = 0.9;

/**
 * All segments by what a merge would join: neighbors, as long as what they keep fits into one. Records with and without
 * vectors do not mix.
 */
export function mergeGroups(segments: readonly Segment[]): MergeGroup[] {
  const withVectors = segments.filter(({ dimension }) => dimension > 0);
  const without = segments.filter(({ dimension }) => dimension === 0);
  return [...groupNeighbors(withVectors), ...groupNeighbors(without)];
}

/**
 * The groups that are worth a merge by themselves: where a segment's dead slots pass LIMITS.deadRatioMax, since every search walks
 * through them; and where several segments fit into one, since every search is paid once for each.
 *
 * A segment begins when the last one is full, so segments fit together only after records were deleted. A namespace has one or two then:
 * full ones as many as its records need, and the one that takes writes.
 */
export function dueMerges(segments: readonly Segment[]): MergeGroup[] {
  return mergeGroups(segments).filter((group) => {
    const slots = group.reduce((sum, { count }) => sum + count, 0);
    return slots >= SLOTS_MIN && (group.length > 1 || group.some(isWorthRewriting));
  });
}

function isWorthRewriting({ count, deadCount }: Segment): boolean {
  return deadCount > count * LIMITS.deadRatioMax;
}

function groupNeighbors(segments: readonly Segment[]): MergeGroup[] {
  const groups: Segment[][] = [];
  let kept = 0;
  for (const segment of segments) {
    const size = segment.liveCount + segment.softCount;
    const last = groups.at(-1);
    if (last !== undefined && kept + size <= segment.capacity * FILLED_SHARE) {
      last.push(segment);
      kept += size;
    } else {
      groups.push([segment]);
      kept = size;
    }
  }
  return groups;
}
