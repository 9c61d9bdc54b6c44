import { type EngineEvent, VecstoreError } from "@vecstore/engine";
import type { Log } from "../observability/logger.js";
import type { Metrics } from "../observability/metrics.js";

/**
 * Turns what the engine tells operators into metrics and log lines.
 *
 * @param onStopped  told why the store takes no more writes until it is opened again
 */
export function engineEvents(
  log: Log,
  metrics: Metrics,
  onStopped: (why: string) => void,
): (event: EngineEvent) => void {
  return (event) => {
    const { kind, ...fields } = event;
    switch (event.kind) {
      case "fsync":
        return metrics.fsync(event.durationMs);
      case "background_error":
        if (event.error instanceof VecstoreError && event.error.reason === "STORE_STOPPED")
          onStopped(event.error.message);
        return log.error({ task: event.task, error: event.error.message, backtrace: event.error.stack }, kind);
      case "namespace_damaged":
        return log.error(fields, kind);
      case "log_cut":
      case "derived_rebuilt":
      case "checkpoint_damaged":
        return log.warn(fields, kind);
      default:
        return log.info(fields, kind);
    }
  };
}
