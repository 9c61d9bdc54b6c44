import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { type NamespaceUsage, VecstoreError } from "@vecstore/engine";
import { CALL } from "../call.js";
import type { NamespaceUsageSchema } from "../gen/vecstore/v1/namespace_pb.js";
import type { NamespaceService } from "../gen/vecstore/v1/namespace_service_pb.js";
import { configFromWire, namespaceToWire, statusFromWire, statusToWire } from "./convert/namespace.js";
import { toTimestamp, toUint64 } from "./convert/numbers.js";
import { quotaChangesFromWire, quotasFromWire, quotasToWire } from "./convert/quotas.js";
import { finalUsage, namespaceUsageToWire, usageToWire } from "./convert/usage.js";
import type { RpcDeps } from "./deps.js";

/** Namespaces, and what they use. */
export function createNamespaceService(deps: RpcDeps): ServiceImpl<typeof NamespaceService> {
  return {
    async createNamespace({ name, config, quotas, description, labels, cacheAnswers }) {
      const options = { ...configFromWire(config), quotas: quotasFromWire(quotas), description, labels, cacheAnswers };
      const info = await deps.directory().createNamespace(name, options);
      return { namespace: namespaceToWire(info) };
    },

    getNamespace({ name }) {
      return { namespace: namespaceToWire(deps.directory().getNamespace(name)) };
    },

    listNamespaces({ prefix, pageSize, pageToken }) {
      const request = { prefix: prefix || undefined, pageSize, pageToken: pageToken || undefined };
      const page = deps.directory().listNamespaces(request);
      return { namespaces: page.namespaces.map(namespaceToWire), nextPageToken: page.nextPageToken };
    },

    async updateNamespace({ name, status, quotas: set, clearQuotas, description, labels, removeLabels, cacheAnswers }) {
      const quotas = quotaChangesFromWire(set, clearQuotas);
      const change = { status: statusFromWire(status), quotas, description, labels, removeLabels, cacheAnswers };
      const changed = await deps.directory().updateNamespace(name, change);
      if (!changed.cacheAnswers) deps.cache?.empty(changed.number);
      return { namespace: namespaceToWire(changed) };
    },

    async deleteNamespace({ name }, context) {
      // Its totals go with it; the audit log has the last ones.
      context.values.get(CALL).facts.finalUsage = finalUsage(await deps.directory().namespaceUsage(name));
      const { number } = deps.directory().getNamespace(name);
      await deps.directory().deleteNamespace(name);
      deps.cache?.forget(number);
      return {};
    },

    async getNamespaceStats({ name }) {
      const stored = await deps.directory().namespaceUsage(name);
      const { number, status, quotas } = deps.directory().getNamespace(name);
      const usage = usageToWire(stored, deps.traffic.of(number));
      return { name, status: statusToWire(status), quotas: quotasToWire(quotas), usage };
    },

    async exportUsage({ pageSize, pageToken }) {
      const page = deps.directory().listNamespaces({ pageSize, pageToken: pageToken || undefined });
      const usages: MessageInitShape<typeof NamespaceUsageSchema>[] = [];
      for (const info of page.namespaces) {
        const stored = await usageIfThere(deps, info.name);
        if (stored !== undefined) usages.push(namespaceUsageToWire(info, stored, deps.traffic.of(info.number)));
      }
      return { usages, nextPageToken: page.nextPageToken, exportedAt: toTimestamp(Date.now()) };
    },

    async getAggregateStats() {
      const { namespaceCount, usage } = await deps.directory().aggregateUsage();
      const { version, startedAtMs } = deps.about;
      return {
        namespaceCount: toUint64(namespaceCount),
        usage: usageToWire(usage, deps.traffic.total()),
        startedAt: toTimestamp(startedAtMs),
        serverVersion: version,
      };
    },
  };
}

/** Undefined for a namespace that was deleted since its page was listed. */
async function usageIfThere(deps: RpcDeps, name: string): Promise<NamespaceUsage | undefined> {
  try {
    return await deps.directory().namespaceUsage(name);
  } catch (error) {
    if (error instanceof VecstoreError && error.reason === "NAMESPACE_NOT_FOUND") return undefined;
    throw error;
  }
}
