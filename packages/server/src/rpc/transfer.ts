import type { ServiceImpl } from "@connectrpc/connect";
import type { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { filterFromWire } from "./convert/filter.js";
import { toUint64 } from "./convert/numbers.js";
import { projectionFromWire } from "./convert/query.js";
import { recordToWire } from "./convert/record.js";
import { openNamespace, type RpcDeps } from "./deps.js";

type Handlers = Pick<ServiceImpl<typeof VecStoreService>, "export">;

/** Many records at once, out of a namespace. */
export function createTransferHandlers(deps: RpcDeps): Handlers {
  return {
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
