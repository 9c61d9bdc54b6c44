import type { AggregateUsage, NamespaceUsage } from "../model/usage.js";
import { vectorMsUntil } from "../state/vector-time.js";
import type { DataDirectory } from "./data-directory.js";
import { type OpenNamespace, storageBytes } from "./open-namespace.js";
import { snapshotBytes } from "./snapshots.js";

/**
 * What a namespace uses, whatever its status.
 *
 * Cost: lists the files of its snapshots, the first time after one was made or deleted.
 */
export async function usageOf(directory: DataDirectory, namespace: OpenNamespace): Promise<NamespaceUsage> {
  const { state, counts } = namespace;
  const snapshots = await snapshotBytes(directory, namespace);
  // From here on in one turn: all of it is of one moment.
  const nowMs = directory.nowMs();
  return {
    vectorCount: state.visibleCount(nowMs) + state.hiddenCount(nowMs),
    storageBytes: storageBytes(namespace),
    snapshotBytes: snapshots,
    vectorMilliseconds: vectorMsUntil(state, nowMs),
    writesTotal: state.writesTotal,
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

/** The sum over all namespaces. Cost: as `usageOf` for each. */
export async function aggregateUsage(directory: DataDirectory): Promise<AggregateUsage> {
  const all = [...directory.namespaces.values()];
  let usage = NOTHING;
  for (const namespace of all) usage = add(usage, await usageOf(directory, namespace));
  return { namespaceCount: all.length, usage };
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
