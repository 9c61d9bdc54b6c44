import { VecstoreError } from "../errors.js";
import { quoteValue } from "../metadata/describe.js";

/**
 * Checks what a caller without types handed in to end a call by: a deadline that is no number would never pass, and a signal that is
 * none would never fire.
 *
 * @throws VecstoreError INVALID_ARGUMENT
 */
export function assertBounds({
  signal,
  deadlineMs,
}: {
  readonly signal?: unknown;
  readonly deadlineMs?: unknown;
}): void {
  if (signal !== undefined && !isSignal(signal)) refuse("signal", signal, "an AbortSignal");
  if (deadlineMs !== undefined && (typeof deadlineMs !== "number" || Number.isNaN(deadlineMs)))
    refuse("deadlineMs", deadlineMs, "milliseconds since 1970, such as Date.now() + 1000");
}

/** By its shape: a signal of another realm, such as a frame's, is one too. */
function isSignal(signal: unknown): boolean {
  const { aborted, addEventListener } = (signal ?? {}) as Partial<AbortSignal>;
  return typeof aborted === "boolean" && typeof addEventListener === "function";
}

function refuse(name: string, got: unknown, allowed: string): never {
  throw new VecstoreError("INVALID_ARGUMENT", `${name} is ${quoteValue(got)}; give ${allowed}, or leave it out`);
}
