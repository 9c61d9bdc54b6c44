import { createDeadlineSignal } from "@connectrpc/connect/protocol";
import { refusal } from "../errors.js";
import type { NodeResponse } from "../node-http.js";

/** What ends a call before its answer: its time, or that nobody waits for it. */
export interface Ending {
  readonly controller: AbortController;
  clear(): void;
}

/** Begins to watch. @param timeoutMs  from now; undefined for none */
export function createEnding(response: NodeResponse, timeoutMs: number | undefined): Ending {
  const controller = new AbortController();
  const onClose = () => {
    if (!response.writableEnded) controller.abort(refusal("CANCELED", "the caller went away"));
  };
  response.once("close", onClose);
  const stopTimer = timeoutMs === undefined ? undefined : abortIn(timeoutMs, controller);
  const clear = () => {
    response.off("close", onClose);
    stopTimer?.();
  };
  return { controller, clear };
}

/** With Connect's timer, and so with Connect's error. */
function abortIn(timeoutMs: number, controller: AbortController): () => void {
  const { signal, cleanup } = createDeadlineSignal(timeoutMs);
  const forward = () => controller.abort(signal.reason);
  if (signal.aborted) forward();
  else signal.addEventListener("abort", forward, { once: true });
  return cleanup;
}
