import type { ServiceImpl } from "@connectrpc/connect";
import type { NamespaceService } from "../gen/vecstore/v1/namespace_service_pb.js";
import { configFromWire, namespaceToWire, statusFromWire, statusToWire } from "./convert/namespace.js";
import { toTimestamp, toUint64 } from "./convert/numbers.js";
import { usageToWire } from "./convert/usage.js";
import type { RpcDeps } from "./deps.js";

type Handlers = Omit<ServiceImpl<typeof NamespaceService>, "exportUsage">;

/** Namespaces: what is built of them. */
export function createNamespaceService(deps: RpcDeps): Handlers {
  return {
    async createNamespace({ name, config, description, labels }) {
      const info = await deps.directory().createNamespace(name, { ...configFromWire(config), description, labels });
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

    async updateNamespace({ name, status, description, labels, removeLabels }) {
      const change = { status: statusFromWire(status), description, labels, removeLabels };
      return { namespace: namespaceToWire(await deps.directory().updateNamespace(name, change)) };
    },

    async deleteNamespace({ name }) {
      await deps.directory().deleteNamespace(name);
      return {};
    },

    async getNamespaceStats({ name }) {
      const stored = await deps.directory().namespaceUsage(name);
      const { status } = deps.directory().getNamespace(name);
      return { name, status: statusToWire(status), usage: usageToWire(stored, deps.traffic.of(name)) };
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
