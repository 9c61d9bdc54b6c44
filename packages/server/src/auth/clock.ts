/** Time, passed in so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once after about `delayMs`, 0..2^31 - 1; keeps no process alive. Returns what cancels it. */
  startTimer(delayMs: number, run: () => void): () => void;
}

/** The longest delay of a timer, milliseconds: longer ones would fire at once. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** The time of the machine. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  startTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
