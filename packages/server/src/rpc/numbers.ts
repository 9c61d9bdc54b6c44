import type { NamespacedVecStore } from "@vecstore/engine";
import type { NamespaceNumbers } from "../observability/metrics.js";
import { storageLevels, trafficLevels, utilization } from "../quota/levels.js";
import type { Traffic } from "../quota/traffic.js";

/** Reads the numbers behind the gauges. A namespace that is gone, or a store that is not open, has none. */
export async function readNumbers(
  directory: NamespacedVecStore | undefined,
  traffic: Traffic,
  namespaces: readonly string[],
): Promise<ReadonlyMap<string, NamespaceNumbers>> {
  const numbers = new Map<string, NamespaceNumbers>();
  if (directory === undefined) return numbers;
  for (const name of namespaces) {
    try {
      const stats = await directory.namespaceStats(name);
      numbers.set(name, {
        ...stats,
        segmentsCount: stats.segments.length,
        ...(await usageNumbers(directory, traffic, name)),
      });
    } catch {
      // Deleted or closed meanwhile: the page has the others.
    }
  }
  return numbers;
}

async function usageNumbers(directory: NamespacedVecStore, traffic: Traffic, name: string) {
  const usage = await directory.namespaceUsage(name);
  const { number, quotas } = directory.getNamespace(name);
  const levels = [...storageLevels(quotas, usage), ...trafficLevels(quotas, traffic.of(number))];
  return {
    vectorSeconds: Number(usage.vectorMilliseconds) / 1_000,
    quotaRatios: levels.map((level) => ({ quota: level.quota, ratio: utilization(level) })),
  };
}
