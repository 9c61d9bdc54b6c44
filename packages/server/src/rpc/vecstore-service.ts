import type { ServiceImpl } from "@connectrpc/connect";
import type { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import type { RpcDeps } from "./deps.js";
import { createMaintenanceHandlers } from "./maintenance.js";
import { createQueryHandlers } from "./queries.js";
import { createRecordHandlers } from "./records.js";
import { createTransferHandlers } from "./transfer.js";

/** The data service, in four parts: records, queries, maintenance, transfer. */
export function createVecStoreService(deps: RpcDeps): Partial<ServiceImpl<typeof VecStoreService>> {
  return {
    ...createRecordHandlers(deps),
    ...createQueryHandlers(deps),
    ...createMaintenanceHandlers(deps),
    ...createTransferHandlers(deps),
  };
}
