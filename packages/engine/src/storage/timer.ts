/**
 * The platform's timer, for the `startTimer` of an `Env`.
 *
 * @param delayMs  0..2^31 - 1
 * @returns        cancels it; does nothing after it went off
 */
export function startPlatformTimer(delayMs: number, run: () => void): () => void {
  const timer: unknown = setTimeout(run, delayMs);
  // Node only: in browsers a timer is a number.
  (timer as { unref?: () => void }).unref?.();
  return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
}
