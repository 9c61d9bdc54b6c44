import { VecStoreError } from "./errors.js";

/** Where time comes from; tests pass their own. */
export interface Clock {
  /** Milliseconds from any fixed point, never going back. */
  nowMs(): number;
  /**
   * Waits.
   *
   * @throws VecStoreError CANCELED as soon as `signal` is aborted
   */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

/** The clock of the machine. */
export const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(canceled(signal.reason));
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, durationMs);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    }),
};

/**
 * Makes the error of a call whose signal was aborted. A signal of `AbortSignal.timeout` counts as a deadline.
 *
 * @param reason  the signal's reason
 */
export function canceled(reason: unknown): VecStoreError {
  if (reason instanceof VecStoreError) return reason;
  if (reason instanceof Error && reason.name === "TimeoutError") return deadlineExceeded(reason);
  return new VecStoreError({ code: "canceled", reason: "CANCELED", message: "the call was canceled", cause: reason });
}

/** Makes the error of a call whose time ran out. */
export function deadlineExceeded(cause?: unknown): VecStoreError {
  const message = "the deadline passed; allow more time with timeoutMs, or ask for less. A write may have happened";
  return new VecStoreError({ code: "deadline_exceeded", reason: "DEADLINE_EXCEEDED", message, cause });
}
