import type { Segment } from "../segment/segment.js";
import type { Pace } from "./pace.js";
import type { View } from "./view.js";
import { walkHidden } from "./walk.js";

/** Vectors read between two looks at the clock. */
const READS_PER_LOOK = 16;

/**
 * Reads the vectors of soft-deleted records from the disk: bringing records back copies them when the entry is applied, and a
 * damaged one has to be found before it is logged.
 *
 * @param ids  of the records; "all" for every hidden one
 * @throws VecstoreError DATA_CORRUPTED, INTERNAL when the disk fails
 * Cost: nothing where all vectors are in memory.
 */
export async function readHiddenVectors(view: View, ids: Iterable<string> | "all", pace: Pace): Promise<void> {
  if (view.segments.every(({ segment }) => segment.vectors.storedCount === 0)) return;
  const vector = new Float32Array(Math.max(...view.segments.map(({ segment }) => segment.dimension)));
  const read = (segment: Segment, slot: number): void => {
    if (slot < segment.vectors.storedCount) segment.vectorOf(slot, vector);
  };
  if (ids === "all") return walkHidden(view, undefined, pace, read);
  let reads = 0;
  for (const id of ids) {
    if (++reads % READS_PER_LOOK === 0 && pace.due) await pace.next();
    for (const { segment } of view.segments) {
      const slot = segment.find(id);
      if (slot >= 0 && segment.isSoft(slot)) read(segment, slot);
    }
  }
}
