import type { ServiceImpl } from "@connectrpc/connect";
import { CALL } from "../call.js";
import type { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { filterFromWire } from "./convert/filter.js";
import { fromUint64, toUint64 } from "./convert/numbers.js";
import { projectionFromWire } from "./convert/query.js";
import { recordToWire } from "./convert/record.js";
import { snapshotToWire } from "./convert/snapshot.js";
import { openNamespace, type RpcDeps, tellWrite } from "./deps.js";
import { ImportSession } from "./import-session.js";

type Handlers = Pick<ServiceImpl<typeof VecStoreService>, "import" | "export" | "downloadSnapshot">;

/** Many records at once, into a namespace and out of it, and snapshots as files. */
export function createTransferHandlers(deps: RpcDeps): Handlers {
  return {
    async *import(requests, context) {
      let session: ImportSession | undefined;
      // The next message is read when this one is on the disk: that is the back-pressure.
      for await (const request of requests) {
        session ??= await ImportSession.begin(openNamespace(deps, request.namespace, context), request);
        const response = await session.take(request, context.signal);
        if (request.records.length > 0) tellWrite(context, "import");
        yield response;
      }
    },

    async *export(request, context) {
      const store = openNamespace(deps, request.namespace, context);
      const chunks = store.export({
        ...projectionFromWire(request),
        prefix: request.prefix || undefined,
        filter: filterFromWire(request),
        resumeToken: request.resumeToken || undefined,
        signal: context.signal,
      });
      for await (const { records, resumeToken, sequence } of chunks) {
        yield { records: records.map(recordToWire), resumeToken, sequence: toUint64(sequence) };
      }
    },

    async *downloadSnapshot({ namespace, name, offset }, context) {
      const store = openNamespace(deps, namespace, context);
      const options = { offset: fromUint64(offset, "offset"), signal: context.signal };
      const chunks = store.downloadSnapshot(name, options);
      // Only now: what is no name does not belong into the audit log.
      context.values.get(CALL).facts.target = name;
      let isFirst = true;
      for await (const { snapshot, totalBytes, data, crc32 } of chunks) {
        const head = { snapshot: snapshotToWire(snapshot, store.info.name), totalBytes: toUint64(totalBytes) };
        yield { ...(isFirst && head), data, crc32 };
        isFirst = false;
      }
    },
  };
}
