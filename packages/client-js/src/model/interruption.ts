import type { VecStoreError } from "../errors.js";

/** How a transfer outlives a server that is away, or asks it to wait. */
export interface InterruptionOptions {
  /**
   * Milliseconds for which attempts that failed are followed by others while nothing gets done, 0 or more; 0: the first failure ends it.
   * Default 300,000, and 0 for `export`.
   */
  readonly patienceMs?: number;
  /** Told before each wait for another attempt, and once when the server is back. What it throws ends the call. */
  readonly onInterruption?: (interruption: Interruption) => void;
}

/** A time in which the connection was lost, or the server refused for a cause that passes. */
export interface Interruption {
  /** `waiting`: another attempt follows, in `delayMs`. `over`: something got done again. */
  readonly state: "waiting" | "over";
  /** Why the last attempt failed. */
  readonly error: VecStoreError;
  /** Attempts that failed since it began, 1 or more. */
  readonly attempts: number;
  /** Milliseconds since the first of them failed. */
  readonly durationMs: number;
  /** Milliseconds until the next attempt; 0 when it is over. */
  readonly delayMs: number;
}
