import type { CompactResult } from "../model/write.js";
import { assertBounds } from "../query/assert-bounds.js";
import { assertOptions } from "../query/assert-request.js";
import { compactAll, estimateCompaction } from "./compaction.js";
import type { DataDirectory } from "./data-directory.js";
import type { OpenNamespace } from "./open-namespace.js";
import { stoppedBy, stopSignal } from "./stopped-by.js";

/** As `VecStore.compact` takes them. */
export interface CompactOptions {
  /** Only say what there is to reclaim. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Removes what has expired, merges all that has dead slots or fits into one segment, and frees the files.
 *
 * @throws VecstoreError INVALID_ARGUMENT, CANCELED, STORE_CLOSED, NAMESPACE_NOT_FOUND when it is deleted meanwhile: what is merged by then stays; DISK_FULL,
 *         STORE_STOPPED
 */
export async function compact(
  directory: DataDirectory,
  namespace: OpenNamespace,
  options: CompactOptions,
): Promise<CompactResult> {
  assertOptions(options, "compact");
  assertBounds(options);
  if (options.dryRun === true) return estimateCompaction(namespace, directory.nowMs());
  const signal = stopSignal(directory, namespace, options.signal);
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
