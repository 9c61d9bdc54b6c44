import type { AggregateUsage, NamespaceUsage } from "../model/usage.js";
import { diskBytesOf, EMPTY_SUMMARY } from "../state/namespace-summary.js";
import type { NamespaceRef } from "./access.js";
import { catalogEntry } from "./access.js";
import type { DataDirectory } from "./data-directory.js";
import { nextExpiryMs } from "./expirer.js";
import { type OpenNamespace, storageBytes } from "./open-namespace.js";

/**
 * What a namespace uses, whatever its status. One that is not in memory is not read: the catalog knows it.
 *
 * @throws VecstoreError DATA_CORRUPTED when it was found damaged, NAMESPACE_NOT_FOUND, INTERNAL
 * Cost: lists the files of its snapshots, the first time after one was made or deleted.
 */
export async function usageOf(directory: DataDirectory, ref: NamespaceRef): Promise<NamespaceUsage> {
  const damage = directory.residents.damageOf(ref.number);
  if (damage !== undefined) throw damage;
  const snapshotBytes = await directory.snapshotSizes.bytesOf(ref.number);
  return ofOpenOrClosed(
    directory,
    ref,
    (namespace) => ({ ...usageOfOpen(directory, namespace), snapshotBytes }),
    () => ({ ...usageOfClosed(directory, ref), snapshotBytes }),
  );
}

/** The sum over all namespaces, of the damaged ones what their last checkpoints said. Cost: as `usageOf` for each. */
export async function aggregateUsage(directory: DataDirectory): Promise<AggregateUsage> {
  const all = [...directory.catalog.entries()];
  let usage: NamespaceUsage = {
    vectorCount: 0,
    storageBytes: 0,
    snapshotBytes: 0,
    queriesTotal: 0,
    writesTotal: 0,
    refusalsTotal: 0,
  };
  let namespaceCount = 0;
  for (const entry of all) {
    const isDamaged = directory.residents.damageOf(entry.number) !== undefined;
    const one = isDamaged
      ? await usageOfDamaged(directory, entry)
      : await usageOf(directory, entry).catch(noneIfGone(directory, entry));
    if (one === undefined) continue;
    namespaceCount++;
    const keys = Object.keys(usage) as (keyof NamespaceUsage)[];
    usage = Object.fromEntries(keys.map((key) => [key, usage[key] + one[key]])) as unknown as NamespaceUsage;
  }
  return { namespaceCount, usage };
}

/**
 * Answers from memory where the namespace is there, else from the catalog. Where some of its records have expired and are not removed yet
 * the catalog's counts are no longer true: then it is read.
 */
export async function ofOpenOrClosed<T>(
  directory: DataDirectory,
  ref: NamespaceRef,
  open: (namespace: OpenNamespace) => T,
  closed: () => T,
): Promise<T> {
  const { residents } = directory;
  const entry = catalogEntry(directory, ref);
  // A look is no use: it keeps no namespace in memory.
  const namespace = residents.get(ref.number);
  if (namespace !== undefined) return open(namespace);
  if (entry.status === "pending_deletion" || nextExpiryMs(directory, entry) > directory.nowMs()) return closed();
  const lease = await residents.lease(ref);
  try {
    return open(lease.namespace);
  } finally {
    lease.release();
  }
}

type Counts = Omit<NamespaceUsage, "snapshotBytes">;

function usageOfOpen(directory: DataDirectory, namespace: OpenNamespace): Counts {
  const { state, counts } = namespace;
  const nowMs = directory.nowMs();
  return {
    vectorCount: state.visibleCount(nowMs) + state.hiddenCount(nowMs),
    storageBytes: storageBytes(namespace),
    queriesTotal: counts.queries,
    writesTotal: state.writesTotal,
    refusalsTotal: counts.refusals,
  };
}

function usageOfClosed(directory: DataDirectory, ref: NamespaceRef): Counts {
  const { queriesTotal, refusalsTotal, summary = EMPTY_SUMMARY } = catalogEntry(directory, ref);
  const { liveCount, softCount, writesTotal } = summary;
  return {
    vectorCount: liveCount + softCount,
    storageBytes: diskBytesOf(summary),
    queriesTotal,
    writesTotal,
    refusalsTotal,
  };
}

async function usageOfDamaged(directory: DataDirectory, ref: NamespaceRef): Promise<NamespaceUsage> {
  return { ...usageOfClosed(directory, ref), snapshotBytes: await directory.snapshotSizes.bytesOf(ref.number) };
}

/** A namespace that was deleted since the list was made is left out. */
function noneIfGone(directory: DataDirectory, { number }: NamespaceRef): (error: unknown) => undefined {
  return (error) => {
    if (directory.catalog.byNumber(number) === undefined) return undefined;
    throw error;
  };
}
