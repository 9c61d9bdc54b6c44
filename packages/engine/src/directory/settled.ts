import type { Segment } from "../segment/segment.js";
import type { NamespaceState } from "../state/namespace-state.js";

/**
 * Returns when the graphs of all segments hold what those hold, whatever merges put in their place meanwhile.
 *
 * @param assertReadable  throws when the store was closed or stopped
 */
export async function settled(state: NamespaceState, assertReadable: () => void): Promise<void> {
  for (let segments = state.segments; ; segments = state.segments) {
    const replaced = await allSettled(segments, (segment) => !state.segments.includes(segment));
    assertReadable();
    if (!replaced) return;
  }
}

/** Waits for the graphs of these segments; returns true when a segment went meanwhile, and its records to another. */
async function allSettled(segments: readonly Segment[], isReplaced: (segment: Segment) => boolean): Promise<boolean> {
  for (const segment of segments) {
    try {
      await segment.settled();
    } catch (error) {
      // The graph of a segment that a merge replaced is given up in the middle of its build.
      if (!isReplaced(segment)) throw error;
    }
  }
  return segments.some(isReplaced);
}
