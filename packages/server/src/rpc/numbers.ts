import type { NamespacedVecStore } from "@vecstore/engine";
import type { NamespaceNumbers } from "../observability/metrics.js";

/** Reads the numbers behind the gauges. A namespace that is gone, or a store that is not open, has none. */
export async function readNumbers(
  directory: NamespacedVecStore | undefined,
  namespaces: readonly string[],
): Promise<ReadonlyMap<string, NamespaceNumbers>> {
  const numbers = new Map<string, NamespaceNumbers>();
  if (directory === undefined) return numbers;
  for (const name of namespaces) {
    try {
      const stats = await directory.namespaceStats(name);
      numbers.set(name, { ...stats, segmentsCount: stats.segments.length });
    } catch {
      // Deleted or closed meanwhile: the page has the others.
    }
  }
  return numbers;
}
