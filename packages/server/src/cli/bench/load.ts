import { setTimeout as pause } from "node:timers/promises";
import { VecStoreError } from "@vecstore/client";

/** How calls are made. */
export interface LoadOptions {
  /** Calls that run at once at most. */
  readonly concurrency: number;
  /** Calls that are begun each second, whether or not those before have ended. Absent: as many as `concurrency` allows. */
  readonly perSecond?: number;
  /** Ends after so many calls, or ... */
  readonly count?: number;
  /** ... after so long. */
  readonly durationMs: number;
  readonly signal: AbortSignal;
}

/** What came of them. */
export interface LoadResult {
  /** Of the calls that succeeded. With a rate they count from the moment that the call was due. */
  readonly latenciesMs: readonly number[];
  /** Calls that failed, by reason. */
  readonly errors: Readonly<Record<string, number>>;
  readonly durationMs: number;
}

/**
 * Makes calls until the time or the number is reached, and waits for the last ones.
 *
 * @param call  makes one; its number counts from 0
 * @throws whatever `call` throws that is no VecStoreError
 */
export async function runLoad(call: (number: number) => Promise<void>, options: LoadOptions): Promise<LoadResult> {
  const { concurrency, perSecond, count = Number.POSITIVE_INFINITY, durationMs, signal } = options;
  const latenciesMs: number[] = [];
  const errors: Record<string, number> = {};
  const startMs = performance.now();
  let next = 0;
  const worker = async () => {
    for (;;) {
      const number = next++;
      const dueMs = perSecond === undefined ? performance.now() : startMs + (number * 1000) / perSecond;
      if (number >= count || dueMs - startMs >= durationMs || signal.aborted) return;
      if (perSecond === undefined ? performance.now() - startMs >= durationMs : !(await isDue(dueMs, signal))) return;
      try {
        await call(number);
        // A call that had to wait for its turn was slow for whoever asked: it counts from when it was due.
        latenciesMs.push(performance.now() - dueMs);
      } catch (error) {
        if (!(error instanceof VecStoreError)) throw error;
        errors[error.reason] = (errors[error.reason] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { latenciesMs, errors, durationMs: performance.now() - startMs };
}

/** Waits until then. @returns false when it was ended meanwhile */
async function isDue(dueMs: number, signal: AbortSignal): Promise<boolean> {
  const waitMs = dueMs - performance.now();
  if (waitMs > 0) await pause(waitMs, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
