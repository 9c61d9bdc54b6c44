import type { Near } from "../core/task-work.js";
import type { HandedSlots } from "../core/vector-tasks.js";
import type { Vectors } from "../core/vectors.js";
import type { HandedPart } from "./spread.js";

/**
 * Bytes of vectors from which on a scan is spread over threads: half a millisecond on one. With one thread beside the calling one
 * 8 MiB took 1.1 to 1.25 times as long spread as not, 16 MiB 0.73 to 0.85 times: `npm run bench -- threads`.
 */
const SPREAD_BYTES_MIN = 16 * 1024 * 1024;

/** Whether other threads shall take part in comparing so many vectors that are in memory. */
export function isWorthSpreading({ elsewhere, dimension }: Vectors, slots: number): boolean {
  return elsewhere !== undefined && slots * dimension * 4 >= SPREAD_BYTES_MIN;
}

/**
 * Slots that another thread compares, as a part of work that is spread.
 *
 * @param takeIn  offers those that are near, which are counted from the position `first` on
 */
export function handedPart(
  handed: HandedSlots | undefined,
  takeIn: (near: Near, first: number) => void,
): HandedPart | undefined {
  if (handed === undefined) return undefined;
  const { from, near } = handed;
  return { from, found: near.then((found) => found && (() => takeIn(found, from))) };
}
