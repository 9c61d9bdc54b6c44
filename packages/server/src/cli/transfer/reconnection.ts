import { VecStoreError } from "@vecstore/client";

/** The first wait before the connection is made again is this; each further one is twice as long. */
const BACKOFF_MS = 200;
const BACKOFF_MS_MAX = 5_000;

/** When a stream that broke off is tried again. */
export class Reconnection {
  readonly #patienceMs: number;
  /** Attempts since the server last answered. */
  #tries = 0;
  #lastAnswerMs = performance.now();

  /** @param patienceMs  how long a server that does not answer is waited for */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Notes that the server has answered. */
  answered(): void {
    this.#tries = 0;
    this.#lastAnswerMs = performance.now();
  }

  /**
   * How long to wait before the next attempt, in ms.
   *
   * @param isEnded  whether the caller ended the stream itself
   * @throws the error, when it does not pass by itself or the patience is at its end
   */
  delayAfter(error: unknown, isEnded: boolean): { readonly error: VecStoreError; readonly delayMs: number } {
    if (isEnded || !isPassing(error)) throw error;
    const delayMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** this.#tries++) + (error.retryAfterMs ?? 0);
    if (performance.now() + delayMs - this.#lastAnswerMs > this.#patienceMs) throw error;
    return { error, delayMs };
  }
}

/** A stream of HTTP/2 whose server was killed ends as canceled, although nobody canceled it. */
function isPassing(error: unknown): error is VecStoreError {
  return error instanceof VecStoreError && (error.retryable || error.reason === "CANCELED");
}
