import type { CompactResult } from "../model/write.js";
import { compactAll } from "./compaction.js";
import type { DataDirectory } from "./data-directory.js";
import type { OpenNamespace } from "./open-namespace.js";
import { stoppedBy, stopSignal } from "./stopped-by.js";

/**
 * Removes what has expired, merges all that has dead slots or fits into one segment, and frees the files.
 *
 * @throws VecstoreError CANCELED, STORE_CLOSED, NAMESPACE_NOT_FOUND when it is deleted meanwhile: what is merged by then stays; DISK_FULL,
 *         STORE_STOPPED
 */
export async function compact(
  directory: DataDirectory,
  namespace: OpenNamespace,
  callerSignal: AbortSignal | undefined,
): Promise<CompactResult> {
  const signal = stopSignal(directory, namespace, callerSignal);
  await directory.expirer.expire(namespace);
  return namespace.merges.run(async () => {
    if (signal.aborted) throw stoppedBy(directory, namespace);
    const { result, merged } = await compactAll(namespace, signal).catch((error: unknown) => {
      throw error === signal.reason ? stoppedBy(directory, namespace) : error;
    });
    if (merged > 0) await directory.checkpointer.freeMerged(namespace);
    return result;
  });
}
