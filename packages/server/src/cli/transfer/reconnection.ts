import { setTimeout as pause } from "node:timers/promises";
import { type Clock, VecStoreError } from "@vecstore/client";

/** The first wait before the connection is made again is this; each further one is twice as long. */
const BACKOFF_MS = 200;
const BACKOFF_MS_MAX = 5_000;

const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.now(),
  sleep: (delayMs, signal) => pause(delayMs, undefined, { signal }),
};

/** How a stream that broke off is tried again. */
export interface ReconnectionOptions {
  /** How long a server with which nothing gets done is waited for. */
  readonly patienceMs: number;
  /** Ends the waiting. Absent: nothing does. */
  readonly signal?: AbortSignal;
  /** Told before each wait. */
  readonly onReconnect: (error: VecStoreError, delayMs: number) => void;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** When a stream that broke off is tried again. */
export class Reconnection {
  readonly #options: ReconnectionOptions;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Attempts since something was last done. */
  #tries = 0;
  #lastDoneMs: number;

  constructor(options: ReconnectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#lastDoneMs = this.#clock.nowMs();
  }

  /** Notes that something was done. */
  done(): void {
    this.#tries = 0;
    this.#lastDoneMs = this.#clock.nowMs();
  }

  /**
   * Waits until it is time for the next attempt.
   *
   * @throws the error, when it does not pass by itself, the signal was aborted, or the patience is at its end
   */
  async waitAfter(error: unknown): Promise<void> {
    const { patienceMs, onReconnect } = this.#options;
    if (this.#signal.aborted || !isPassing(error)) throw error;
    const delayMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** this.#tries++) + (error.retryAfterMs ?? 0);
    if (this.#clock.nowMs() + delayMs - this.#lastDoneMs > patienceMs) throw error;
    onReconnect(error, delayMs);
    await this.#clock.sleep(delayMs, this.#signal).catch(() => {
      throw error;
    });
  }
}

/**
 * True for an error after which the same may succeed. A stream of HTTP/2 whose server was killed ends as canceled, although nobody
 * canceled it.
 */
export function isPassing(error: unknown): error is VecStoreError {
  return error instanceof VecStoreError && (error.retryable || error.reason === "CANCELED");
}
