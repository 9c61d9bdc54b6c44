import { later, runSlice } from "../core/schedule.js";

/** One turn: short, because queries and writes wait for it. */
const SLICE_MS = 0.8;

/** Something derived that lags behind what it is derived from. */
export interface Follower {
  /** Goes on for a fraction of a millisecond; returns false when nothing is left. */
  step(): boolean;
}

/** All segments of the process take turns: a thousand small ones must not run in one turn. */
const queue = new Set<Follower>();
let scheduled = false;

/** Lets a follower catch up, a slice in each turn of the event loop. Cheap when it is under way already. */
export function followInBackground(follower: Follower): void {
  queue.add(follower);
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
  const [follower] = queue;
  if (follower === undefined) return;
  // To the back of the queue, so that followers take turns.
  queue.delete(follower);
  if (runSlice(() => (follower.step() ? 1 : 0), SLICE_MS)) queue.add(follower);
}
