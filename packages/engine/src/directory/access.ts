import { VecstoreError } from "../errors.js";
import { refuseByStatus, refuseReads } from "../state/apply.js";
import type { CatalogEntry } from "../state/catalog.js";
import { appliedOrThrow } from "../state/outcome.js";
import type { DataDirectory } from "./data-directory.js";
import type { OpenNamespace } from "./open-namespace.js";

/**
 * Lets a reader of a namespace pass. Asked when a request begins: what is under way ends well, whatever becomes of the namespace.
 *
 * @throws VecstoreError STORE_CLOSED, STORE_STOPPED, NAMESPACE_SUSPENDED, NAMESPACE_NOT_FOUND when it is being deleted or is gone
 */
export function assertReads(directory: DataDirectory, { state }: OpenNamespace): void {
  directory.assertReadable();
  const refused = refuseReads(state);
  if (refused !== undefined) appliedOrThrow(refused);
}

/**
 * Refuses now a write that `apply` would refuse as things stand, without spending a sync on it; what counts is the status when
 * the entry is applied.
 *
 * @throws VecstoreError as `assertReads`, and NAMESPACE_READ_ONLY
 */
export function assertWrites(directory: DataDirectory, { state }: OpenNamespace): void {
  directory.assertReadable();
  const refused = refuseByStatus(state);
  if (refused !== undefined) appliedOrThrow(refused);
}

/**
 * What the catalog says of a namespace that somebody has a handle on.
 *
 * @throws VecstoreError NAMESPACE_NOT_FOUND when it was deleted
 */
export function catalogEntry(directory: DataDirectory, { state, number }: OpenNamespace): CatalogEntry {
  const entry = directory.catalog.byNumber(number);
  if (entry !== undefined) return entry;
  const { name } = state.context;
  throw new VecstoreError("NAMESPACE_NOT_FOUND", `namespace ${JSON.stringify(name)} was deleted`, { namespace: name });
}
