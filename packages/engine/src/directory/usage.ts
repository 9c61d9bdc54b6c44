import type { AggregateUsage, NamespaceUsage } from "../model/usage.js";
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
  const nowMs = directory.nowMs();
  return {
    vectorCount: state.visibleCount(nowMs) + state.hiddenCount(nowMs),
    storageBytes: storageBytes(namespace),
    snapshotBytes: snapshots,
    queriesTotal: counts.queries,
    writesTotal: state.writesTotal,
    refusalsTotal: counts.refusals,
  };
}

/** The sum over all namespaces. Cost: as `usageOf` for each. */
export async function aggregateUsage(directory: DataDirectory): Promise<AggregateUsage> {
  const all = [...directory.namespaces.values()];
  let usage: NamespaceUsage = {
    vectorCount: 0,
    storageBytes: 0,
    snapshotBytes: 0,
    queriesTotal: 0,
    writesTotal: 0,
    refusalsTotal: 0,
  };
  for (const namespace of all) {
    const one = await usageOf(directory, namespace);
    const keys = Object.keys(usage) as (keyof NamespaceUsage)[];
    usage = Object.fromEntries(keys.map((key) => [key, usage[key] + one[key]])) as unknown as NamespaceUsage;
  }
  return { namespaceCount: all.length, usage };
}
