import { VecstoreError } from "../errors.js";
import type { DataDirectory } from "./data-directory.js";
import type { OpenNamespace } from "./open-namespace.js";

/** What stops long work on a namespace: the directory that closes, its deletion, or the caller's own signal. */
export function stopSignal(directory: DataDirectory, namespace: OpenNamespace, signal?: AbortSignal): AbortSignal {
  const signals = [directory.closeSignal, namespace.leaveSignal];
  return AbortSignal.any(signal === undefined ? signals : [...signals, signal]);
}

/** What a compaction that was told to stop says to its caller. */
export function stoppedBy(directory: DataDirectory, namespace: OpenNamespace): unknown {
  if (directory.closeSignal.aborted)
    return new VecstoreError("STORE_CLOSED", "the store was closed while it was being compacted");
  if (namespace.leaveSignal.aborted) return namespace.leaveSignal.reason;
  return new VecstoreError("CANCELED", "the caller canceled the compaction; what is merged so far stays");
}
