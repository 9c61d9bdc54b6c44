import { breathe, pause } from "../core/breathe.js";
import { VecstoreError } from "../errors.js";
import type { MergeJob } from "../segment/merge.js";
import type { Segment } from "../segment/segment.js";

/** Slots copied in one turn of the event loop. */
const SLOTS_PER_TURN = 256;
/** Late slots that are copied in the turn of the swap. */
const SLOTS_LATE_MAX = 512;
/** Slots of the copy that may wait for the builder at the swap: scanning so many delays no writer (`backpressure`). */
const UNLINKED_MAX = 2_048;
/** The builder works for the copy alone for so long, then for the segment that takes writes too. */
const COPY_ALONE_MS = 20;
const BOTH_MS = 10;

/**
 * Copies until what is left fits one turn, and lets the builder link the copy first, but for a short tail.
 *
 * Writers are let through as fast as the segment that takes them is linked, and what they write has to be linked in the copy
 * as well: if the builder served both alike, the copy would never be done. So it serves the copy two thirds of the time and more.
 *
 * @param head  the last source, which takes writes meanwhile
 * @returns     false when writers filled it so far that the copy does not fit the target
 * @throws VecstoreError the signal's own reason, such as STORE_CLOSED, or CANCELED
 */
export async function catchUp(job: MergeJob, head: Segment, signal?: AbortSignal): Promise<boolean> {
  const { target } = job;
  for (;;) {
    throwIfAborted(signal);
    if (job.slotsNeeded > target.capacity) return false;
    const reading = job.fetch(SLOTS_PER_TURN);
    if (reading !== undefined) await reading;
    const isCopied = job.step(SLOTS_PER_TURN);
    const { waiting } = job;
    const isLinked = target.graph === undefined || target.count - target.indexed <= UNLINKED_MAX;
    if (waiting === undefined && job.remaining <= SLOTS_LATE_MAX && isLinked && isFollowed(target, head)) return true;
    if (waiting !== undefined) await Promise.race([waiting, pause(BOTH_MS)]);
    else if (isCopied && !isLinked) await linkMore(target, head);
    else await breathe();
  }
}

/** Whether what is derived in the background lags no farther behind than in the segment that the copy replaces. */
function isFollowed(target: Segment, head: Segment): boolean {
  return lagOf(target) <= Math.max(SLOTS_LATE_MAX, lagOf(head));
}

function lagOf({ count, filled, inverted }: Segment): number {
  return count - Math.min(filled, inverted.count);
}

/** Gives the builder time, at least two thirds of it for the copy. */
async function linkMore(target: Segment, { graph }: Segment): Promise<void> {
  try {
    await graph?.pause();
    await Promise.race([target.settled(), pause(COPY_ALONE_MS)]);
  } finally {
    graph?.resume();
  }
  await Promise.race([target.settled(), pause(BOTH_MS)]);
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  if (signal.reason instanceof VecstoreError) throw signal.reason;
  throw new VecstoreError("CANCELED", "the caller canceled the compaction; the records are as they were");
}
