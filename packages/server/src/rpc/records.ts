import type { ServiceImpl } from "@connectrpc/connect";
import type { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { filterFromWire } from "./convert/filter.js";
import { toUint64 } from "./convert/numbers.js";
import { projectionFromWire } from "./convert/query.js";
import { recordFromWire, recordToWire } from "./convert/record.js";
import { modeFromWire, targetFromWire, updateFromWire } from "./convert/write.js";
import { openNamespace, type RpcDeps, tellWrite } from "./deps.js";
import { endingOf } from "./ending.js";

type Handlers = Pick<
  ServiceImpl<typeof VecStoreService>,
  "upsert" | "update" | "get" | "list" | "count" | "delete" | "softDelete" | "restore"
>;

/** Writes and plain reads. */
export function createRecordHandlers(deps: RpcDeps): Handlers {
  return {
    async upsert(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      const records = request.records.map((record, at) => recordFromWire(record, `records[${at}]`));
      const result = await store.upsert(records, {
        mode: modeFromWire(request.mode),
        idempotencyKey: request.idempotencyKey || undefined,
        signal: context.signal,
      });
      tellWrite(context, "upsert");
      return { ...result, sequence: toUint64(result.sequence), versions: result.versions.map(toUint64) };
    },

    async update(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      const updates = request.updates.map((update, at) => updateFromWire(update, `updates[${at}]`));
      const result = await store.update(updates, { signal: context.signal });
      tellWrite(context, "update");
      return { ...result, sequence: toUint64(result.sequence), versions: result.versions.map(toUint64) };
    },

    async get(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      const { records, missing } = await store.get(request.ids, projectionFromWire(request));
      return { records: records.map(recordToWire), missing: [...missing] };
    },

    async list(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      const page = await store.list({
        ...projectionFromWire(request),
        prefix: request.prefix || undefined,
        filter: filterFromWire(request),
        pageSize: request.pageSize,
        pageToken: request.pageToken || undefined,
        ...endingOf(context),
      });
      return { records: page.records.map(recordToWire), nextPageToken: page.nextPageToken };
    },

    async count(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      return { count: toUint64(await store.count({ filter: filterFromWire(request), ...endingOf(context) })) };
    },

    async delete(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      const { affected, sequence } = await store.delete(targetFromWire(request), endingOf(context));
      tellWrite(context, "delete");
      return { deleted: toUint64(affected), sequence: toUint64(sequence) };
    },

    async softDelete(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      const { affected, sequence } = await store.softDelete(targetFromWire(request), endingOf(context));
      tellWrite(context, "soft_delete");
      return { softDeleted: toUint64(affected), sequence: toUint64(sequence) };
    },

    async restore(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      const { affected, sequence } = await store.restore(targetFromWire(request), endingOf(context));
      tellWrite(context, "restore");
      return { restored: toUint64(affected), sequence: toUint64(sequence) };
    },
  };
}
