export type { AdminClient } from "./admin-client.js";
export type { Clock } from "./clock.js";
export { filterFromJson, type JsonFilter } from "./convert/json-filter.js";
export {
  type ClientReason,
  type ErrorCode,
  type ErrorFacts,
  type ErrorReason,
  type ServerReason,
  VecStoreError,
} from "./errors.js";
export type { ExportStream } from "./export-stream.js";
export { filterBuilder } from "./filter-builder.js";
export type * from "./model/api-key.js";
export type * from "./model/call.js";
export type * from "./model/filter.js";
export type * from "./model/filter-builder.js";
export type * from "./model/interruption.js";
export type * from "./model/metadata.js";
export type * from "./model/namespace.js";
export type * from "./model/query.js";
export type * from "./model/read.js";
export type * from "./model/record.js";
export type * from "./model/snapshot.js";
export type * from "./model/stats.js";
export type * from "./model/transfer.js";
export type * from "./model/write.js";
export { NamespaceHandle } from "./namespace-handle.js";
export type { BrowserClientOptions, ClientOptions, Protocol, TlsOptions } from "./options.js";
export type { QueryStream } from "./query-stream.js";
export type { RetryOptions } from "./retry.js";
