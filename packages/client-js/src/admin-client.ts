import type { ClientCore } from "./client.js";

/** What an admin does: namespaces, their quotas and usage, and keys. It reads and writes no records. */
export interface AdminClient
  extends Pick<
    ClientCore,
    | "createNamespace"
    | "getNamespace"
    | "listNamespaces"
    | "updateNamespace"
    | "deleteNamespace"
    | "getNamespaceUsage"
    | "getAggregateUsage"
    | "exportUsage"
    | "createApiKey"
    | "listApiKeys"
    | "revokeApiKey"
    | "rotateApiKey"
    | "close"
  > {}
