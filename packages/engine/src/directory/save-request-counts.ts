import type { RequestCounts } from "../gen/vecstore/storage/v1/log.js";
import { sameCounts, storedCounts } from "../state/request-counts.js";
import type { DataDirectory } from "./data-directory.js";

/** Namespaces of one entry, so that applying it takes no time that anybody notices. */
const ENTRY_NAMESPACES_MAX = 1_000;

/**
 * Logs what requests did in the namespaces where they did something since the last time; nothing when there is none.
 *
 * @throws VecstoreError STORE_CLOSED, STORE_STOPPED, DISK_FULL; the next call writes it then
 */
export async function saveRequestCounts(directory: DataDirectory): Promise<void> {
  const changed = changedCounts(directory);
  for (let from = 0; from < changed.length; from += ENTRY_NAMESPACES_MAX) {
    const namespaces = changed.slice(from, from + ENTRY_NAMESPACES_MAX);
    await directory.writeOrThrow(directory, { $case: "countRequests", value: { namespaces } });
  }
}

function changedCounts({ catalog, requestCounts }: DataDirectory): RequestCounts[] {
  const changed: RequestCounts[] = [];
  for (const [number, counts] of requestCounts.all()) {
    const saved = catalog.byNumber(number)?.counts;
    if (saved !== undefined && !sameCounts(saved, counts)) changed.push(storedCounts(number, counts));
  }
  return changed;
}
