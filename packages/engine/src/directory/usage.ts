import type { AggregateUsage, NamespaceUsage } from "../model/usage.js";
import { diskBytesOf, EMPTY_SUMMARY } from "../state/namespace-summary.js";
import { heldVectorMs, vectorMsUntil } from "../state/vector-time.js";
import { catalogEntry, type NamespaceRef } from "./access.js";
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
    (namespace) => usage(directory, ref, (nowMs) => storedInOpen(namespace, nowMs), snapshotBytes),
    () => usage(directory, ref, (nowMs) => storedInClosed(directory, ref, nowMs), snapshotBytes),
  );
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

/** What does not depend on requests. */
type Stored = Pick<NamespaceUsage, "vectorCount" | "storageBytes" | "vectorMilliseconds" | "writesTotal">;

function storedInOpen(namespace: OpenNamespace, nowMs: number): Stored {
  const { state } = namespace;
  return {
    vectorCount: state.visibleCount(nowMs) + state.hiddenCount(nowMs),
    storageBytes: storageBytes(namespace),
    vectorMilliseconds: vectorMsUntil(state, nowMs),
    writesTotal: state.writesTotal,
  };
}

/** No record has expired since the summary was made. */
function storedInClosed(directory: DataDirectory, ref: NamespaceRef, nowMs: number): Stored {
  const { summary = EMPTY_SUMMARY } = catalogEntry(directory, ref);
  const { liveCount, softCount, writesTotal } = summary;
  const vectorCount = liveCount + softCount;
  const vectorMilliseconds = heldVectorMs(summary, vectorCount, nowMs);
  return { vectorCount, storageBytes: diskBytesOf(summary), vectorMilliseconds, writesTotal };
}

/** In one turn: all of it is of one moment. */
function usage(
  directory: DataDirectory,
  { number }: NamespaceRef,
  stored: (nowMs: number) => Stored,
  snapshotBytes: number,
): NamespaceUsage {
  const nowMs = directory.nowMs();
  const counts = directory.requests.of(number);
  return {
    ...stored(nowMs),
    snapshotBytes,
    queriesTotal: counts.queries,
    requestsTotal: counts.requests,
    bytesInTotal: counts.bytesIn,
    bytesOutTotal: counts.bytesOut,
    refusalsTotal: counts.refusals,
    atMs: nowMs,
  };
}

const NOTHING: NamespaceUsage = {
  vectorCount: 0,
  storageBytes: 0,
  snapshotBytes: 0,
  vectorMilliseconds: 0n,
  writesTotal: 0,
  queriesTotal: 0,
  requestsTotal: 0,
  bytesInTotal: 0,
  bytesOutTotal: 0,
  refusalsTotal: 0,
  atMs: 0,
};

/** The sum over all namespaces, of the damaged ones what their last checkpoints said. Cost: as `usageOf` for each. */
export async function aggregateUsage(directory: DataDirectory): Promise<AggregateUsage> {
  let sum = NOTHING;
  let namespaceCount = 0;
  for (const ref of [...directory.catalog.entries()]) {
    const one = await usageOrLast(directory, ref);
    if (one === undefined) continue;
    sum = add(sum, one);
    namespaceCount++;
  }
  return { namespaceCount, usage: sum };
}

/** Undefined for a namespace that was deleted since the list was made. */
async function usageOrLast(directory: DataDirectory, ref: NamespaceRef): Promise<NamespaceUsage | undefined> {
  try {
    if (directory.residents.damageOf(ref.number) === undefined) return await usageOf(directory, ref);
    const snapshotBytes = await directory.snapshotSizes.bytesOf(ref.number);
    return usage(directory, ref, (nowMs) => storedInClosed(directory, ref, nowMs), snapshotBytes);
  } catch (error) {
    if (directory.catalog.byNumber(ref.number) === undefined) return undefined;
    throw error;
  }
}

function add(a: NamespaceUsage, b: NamespaceUsage): NamespaceUsage {
  return {
    vectorCount: a.vectorCount + b.vectorCount,
    storageBytes: a.storageBytes + b.storageBytes,
    snapshotBytes: a.snapshotBytes + b.snapshotBytes,
    vectorMilliseconds: a.vectorMilliseconds + b.vectorMilliseconds,
    writesTotal: a.writesTotal + b.writesTotal,
    queriesTotal: a.queriesTotal + b.queriesTotal,
    requestsTotal: a.requestsTotal + b.requestsTotal,
    bytesInTotal: a.bytesInTotal + b.bytesInTotal,
    bytesOutTotal: a.bytesOutTotal + b.bytesOutTotal,
    refusalsTotal: a.refusalsTotal + b.refusalsTotal,
    atMs: Math.max(a.atMs, b.atMs),
  };
}
