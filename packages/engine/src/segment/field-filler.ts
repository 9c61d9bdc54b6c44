import { later, runSlice } from "../core/schedule.js";

/** One turn: short, because queries and writes wait for it. */
const SLICE_MS = 0.8;
/** Slots entered between two looks at the clock: a record has at most 40 KiB of metadata, and most have few hundred bytes. */
const SLOTS_PER_LOOK = 16;

/** Something whose field columns lag behind. */
export interface Fillable {
  /** Enters up to so many slots; returns false when none is left. */
  fillFields(most: number): boolean;
}

/** All segments of the process take turns: a thousand small ones must not run in one turn. */
const queue = new Set<Fillable>();
let scheduled = false;

/** Fills the field columns of a segment, a slice in each turn of the event loop. Cheap when it is under way already. */
export function fillInBackground(segment: Fillable): void {
  queue.add(segment);
  schedule();
}

function schedule(): void {
  if (scheduled || queue.size === 0) return;
  scheduled = true;
  later(() => {
    scheduled = false;
    turn();
    schedule();
  });
}

function turn(): void {
  const [segment] = queue;
  if (segment === undefined) return;
  // To the back of the queue, so that segments take turns.
  queue.delete(segment);
  if (runSlice(() => (segment.fillFields(SLOTS_PER_LOOK) ? 1 : 0), SLICE_MS)) queue.add(segment);
}
