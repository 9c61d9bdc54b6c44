import { type Clock, canceled } from "../clock.js";

/** A clock that moves only when something waits on it, and then at once. */
export class ManualClock implements Clock {
  /** Every wait so far, milliseconds. */
  readonly sleeps: number[] = [];
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw canceled(signal.reason);
    this.sleeps.push(durationMs);
    this.#nowMs += durationMs;
  }
}
