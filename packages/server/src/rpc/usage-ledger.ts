import type { NamespacedVecStore } from "@vecstore/engine";
import type { Metrics } from "../observability/metrics.js";
import { storageLevels } from "../quota/levels.js";
import type { Ledger } from "../quota/request-account.js";
import type { QuotaWarnings } from "../quota/warnings.js";

/** What a ledger needs. */
export interface UsageLedgerOptions {
  /** Undefined while the server starts; nothing reaches a namespace then. */
  readonly directory: () => NamespacedVecStore | undefined;
  readonly metrics: Metrics;
  readonly warnings: QuotaWarnings;
}

/** Keeps what requests did with their namespaces, and in metrics, and looks at the quotas of what was written to. */
export function createUsageLedger({ directory, metrics, warnings }: UsageLedgerOptions): Ledger {
  return {
    add(namespace, more) {
      directory()?.countRequests(namespace, more);
      metrics.usage.add(namespace, more);
    },
    wrote(namespace) {
      const store = directory();
      if (store !== undefined) void noteStorage(store, namespace, warnings);
    },
  };
}

async function noteStorage(store: NamespacedVecStore, namespace: string, warnings: QuotaWarnings): Promise<void> {
  try {
    const info = store.getNamespace(namespace);
    const { quotas } = info;
    if (quotas.maxVectors === undefined && quotas.maxStorageBytes === undefined) return;
    const usage = await store.namespaceUsage(namespace);
    for (const level of storageLevels(quotas, usage)) warnings.note(info, level);
  } catch {
    // Deleted or closed meanwhile: then nobody needs a warning.
  }
}
