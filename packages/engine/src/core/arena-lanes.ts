import { LIMITS } from "../limits.js";
import { RESERVED_BYTES } from "./layout.js";

/** Distances computed in one call. */
export const BATCH_SLOTS = 4096;
/** Threads that compare for the calling one: beyond, the memory is what they wait for. */
export const COMPARING_THREADS_MAX = 8;

const PLACES_OFFSET = (LIMITS.dimensionMax + 1) * 4;
const OUT_OFFSET = PLACES_OFFSET + BATCH_SLOTS * 8;
const LANE_BYTES = OUT_OFFSET + BATCH_SLOTS * 4;

/** Address behind the lanes of an arena. */
export const LANES_END = RESERVED_BYTES + (1 + COMPARING_THREADS_MAX) * LANE_BYTES;

/** Addresses of the buffers of one thread, in every arena the same. */
export interface Lane {
  /** f32[dimension] */
  readonly query: number;
  /** u32[2 * BATCH_SLOTS] */
  readonly places: number;
  /** f32[BATCH_SLOTS] */
  readonly out: number;
}

/** The lane of the calling thread (0), and of each worker that compares. Pages that nobody touches cost nothing. */
export function laneOf(thread: number): Lane {
  const query = RESERVED_BYTES + thread * LANE_BYTES;
  return { query, places: query + PLACES_OFFSET, out: query + OUT_OFFSET };
}
