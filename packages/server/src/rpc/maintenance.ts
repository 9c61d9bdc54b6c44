import type { ServiceImpl } from "@connectrpc/connect";
import type { NamespacedVecStore, VecStore } from "@vecstore/engine";
import type { RestoreSnapshotRequest } from "../gen/vecstore/v1/snapshot_pb.js";
import type { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { toUint64 } from "./convert/numbers.js";
import { snapshotPageToWire, snapshotToWire } from "./convert/snapshot.js";
import { compactToWire, statsToWire } from "./convert/stats.js";
import { openNamespace, type RpcDeps, tellWrite } from "./deps.js";

type Handlers = Pick<
  ServiceImpl<typeof VecStoreService>,
  "compact" | "getStats" | "createSnapshot" | "listSnapshots" | "restoreSnapshot" | "deleteSnapshot"
>;

/** Compaction, numbers and snapshots. */
export function createMaintenanceHandlers(deps: RpcDeps): Handlers {
  return {
    async compact(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      return compactToWire(await store.compact({ dryRun: request.dryRun, signal: context.signal }));
    },

    async getStats(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      const { number, cacheAnswers } = store.info;
      const cache = cacheAnswers ? deps.cache?.of(number) : undefined;
      return statsToWire(await store.stats(), cache);
    },

    async createSnapshot(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      return { snapshot: snapshotToWire(await store.createSnapshot(request.name), store.info.name) };
    },

    async listSnapshots(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      return snapshotPageToWire(await store.listSnapshots(), request, store.info.name);
    },

    async restoreSnapshot(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      const restored = await restore(deps.directory(), store, request);
      tellWrite(context, "restore_snapshot");
      const { namespace, sequence, incarnation, vectorCount } = await restored.stats();
      return {
        namespace,
        sequence: toUint64(sequence),
        incarnation: toUint64(incarnation),
        vectorCount: toUint64(vectorCount),
      };
    },

    async deleteSnapshot(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      await store.deleteSnapshot(request.name);
      return {};
    },
  };
}

/** In place, or as a new namespace. @returns the namespace that now holds the records */
async function restore(
  directory: NamespacedVecStore,
  store: VecStore,
  { name, targetNamespace }: RestoreSnapshotRequest,
): Promise<VecStore> {
  if (targetNamespace !== "") return directory.restoreSnapshotAs(store.info.name, name, targetNamespace);
  await store.restoreSnapshot(name);
  return store;
}
