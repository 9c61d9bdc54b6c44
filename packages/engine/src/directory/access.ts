import { VecstoreError } from "../errors.js";
import type { NamespaceInfo } from "../model/namespace.js";
import { refuseByStatus, refuseReads } from "../state/apply.js";
import { type CatalogEntry, infoOf } from "../state/catalog.js";
import { appliedOrThrow } from "../state/outcome.js";
import type { DataDirectory } from "./data-directory.js";

/** Which namespace is meant, whether it is in memory or not. */
export interface NamespaceRef {
  /** Never given to another one. */
  readonly number: number;
  readonly name: string;
}

/**
 * Lets a reader of a namespace pass. Asked when a request begins: what is under way ends well, whatever becomes of the namespace.
 *
 * @throws VecstoreError STORE_CLOSED, STORE_STOPPED, NAMESPACE_SUSPENDED, NAMESPACE_NOT_FOUND when it is being deleted or is gone
 */
export function assertReads(directory: DataDirectory, ref: NamespaceRef): void {
  directory.assertReadable();
  const { status } = catalogEntry(directory, ref);
  const refused = refuseReads({ status, context: ref });
  if (refused !== undefined) appliedOrThrow(refused);
}

/**
 * Refuses now a write that `apply` would refuse as things stand, without spending a sync on it; what counts is the status when
 * the entry is applied.
 *
 * @throws VecstoreError as `assertReads`, and NAMESPACE_READ_ONLY
 */
export function assertWrites(directory: DataDirectory, ref: NamespaceRef): void {
  directory.assertReadable();
  const { status } = catalogEntry(directory, ref);
  const refused = refuseByStatus({ status, context: ref });
  if (refused !== undefined) appliedOrThrow(refused);
}

/**
 * What the catalog says of a namespace that somebody has a handle on.
 *
 * @throws VecstoreError NAMESPACE_NOT_FOUND when it was deleted
 */
export function catalogEntry(directory: DataDirectory, { number, name }: NamespaceRef): CatalogEntry {
  const entry = directory.catalog.byNumber(number);
  if (entry !== undefined) return entry;
  throw new VecstoreError("NAMESPACE_NOT_FOUND", `namespace ${JSON.stringify(name)} was deleted`, { namespace: name });
}

/**
 * A namespace as the catalog knows it, with its dimension once the first vector has fixed it.
 *
 * @throws VecstoreError NAMESPACE_NOT_FOUND
 */
export function namespaceInfo(directory: DataDirectory, ref: NamespaceRef): NamespaceInfo {
  const info = infoOf(catalogEntry(directory, ref));
  return { ...info, config: { ...info.config, dimension: dimensionOf(directory, ref) || undefined } };
}

/** The dimension of a namespace as it is now; 0 while no vector has fixed it. */
export function dimensionOf(directory: DataDirectory, ref: NamespaceRef): number {
  const open = directory.residents.get(ref.number);
  return open?.state.dimension ?? catalogEntry(directory, ref).config.dimension ?? 0;
}
