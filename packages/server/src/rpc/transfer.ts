import type { ServiceImpl } from "@connectrpc/connect";
import type { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { filterFromWire } from "./convert/filter.js";
import { toUint64 } from "./convert/numbers.js";
import { projectionFromWire } from "./convert/query.js";
import { recordToWire } from "./convert/record.js";
import { openNamespace, type RpcDeps, tellWrite } from "./deps.js";
import { ImportSession } from "./import-session.js";

type Handlers = Pick<ServiceImpl<typeof VecStoreService>, "import" | "export">;

/** Many records at once, into a namespace and out of it. */
export function createTransferHandlers(deps: RpcDeps): Handlers {
  return {
    async *import(requests, context) {
      let session: ImportSession | undefined;
      // The next message is read when this one is on the disk: that is the back-pressure.
      for await (const request of requests) {
        session ??= await ImportSession.begin(await openNamespace(deps, request.namespace, context), request);
        const response = await session.take(request, context.signal);
        if (request.records.length > 0) tellWrite(context, "import");
        yield response;
      }
    },

    async *export(request, context) {
      const store = await openNamespace(deps, request.namespace, context);
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
  };
}
