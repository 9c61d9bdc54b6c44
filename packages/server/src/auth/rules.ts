import type { DescMethod, Message } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { ApiKeyService } from "../gen/vecstore/v1/api_key_service_pb.js";
import { NamespaceService } from "../gen/vecstore/v1/namespace_service_pb.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import type { Need } from "./roles.js";

const data = VecStoreService.method;
const namespaces = NamespaceService.method;
const keys = ApiKeyService.method;

/** The role that each RPC needs, as the schema's comments say. */
const NEEDS = new Map<DescMethod, Need>([
  [data.upsert, "writer"],
  [data.update, "writer"],
  [data.get, "reader"],
  [data.list, "reader"],
  [data.count, "reader"],
  [data.query, "reader"],
  [data.queryStream, "reader"],
  [data.batchQuery, "reader"],
  [data.delete, "writer"],
  [data.softDelete, "writer"],
  [data.restore, "writer"],
  [data.compact, "owner"],
  [data.getStats, "reader"],
  [data.createSnapshot, "owner"],
  [data.listSnapshots, "reader"],
  [data.restoreSnapshot, "owner"],
  [data.deleteSnapshot, "owner"],
  [data.downloadSnapshot, "owner"],
  [data.import, "writer"],
  [data.export, "reader"],
  [data.measureRecall, "owner"],
  [namespaces.createNamespace, "admin"],
  [namespaces.getNamespace, "reader"],
  [namespaces.listNamespaces, "admin"],
  [namespaces.updateNamespace, "admin"],
  [namespaces.deleteNamespace, "admin"],
  [namespaces.getNamespaceStats, "reader"],
  [namespaces.getAggregateStats, "admin"],
  [namespaces.exportUsage, "admin"],
  [keys.createApiKey, "admin"],
  [keys.listApiKeys, "admin"],
  [keys.revokeApiKey, "admin"],
  [keys.rotateApiKey, "admin"],
]);

/** Health checks of load balancers carry no key. */
const OPEN_SERVICE = "grpc.health.v1.Health";
const OUR_PACKAGE = "vecstore.";

/** What an RPC needs. One that is in no rule needs an admin, so that none is open by oversight. */
export function needOf(method: DescMethod): Need {
  const need = NEEDS.get(method);
  if (need !== undefined) return need;
  const { typeName } = method.parent;
  if (typeName === OPEN_SERVICE) return "open";
  return typeName.startsWith(OUR_PACKAGE) ? "admin" : "any";
}

/** True when a rule names the RPC, or its whole service. */
export function hasRule(method: DescMethod): boolean {
  return NEEDS.has(method) || !method.parent.typeName.startsWith(OUR_PACKAGE);
}

/** How an RPC stands in the audit log. `admin`: it needs an owner or an admin, and changes something. Undefined: not at all. */
export function auditKind(method: DescMethod): "admin" | "data" | undefined {
  if (!method.parent.typeName.startsWith(OUR_PACKAGE)) return undefined;
  const need = needOf(method);
  const isChange = method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  return isChange && (need === "owner" || need === "admin") ? "admin" : "data";
}

/** What one request needs: a snapshot that becomes a new namespace needs what making one does. */
export function needOfRequest(method: DescMethod, message: Message): Need {
  const isNew = method === data.restoreSnapshot && textOf(message, "targetNamespace") !== "";
  return isNew ? "admin" : needOf(method);
}

/**
 * The namespace that a request of the namespace service is about; undefined for other requests, whose namespace may come from
 * a header too: their handlers ask when they know it.
 */
export function namespaceOfRequest(method: DescMethod, message: Message): string | undefined {
  return method.parent === NamespaceService && method.input.fields.some(({ name }) => name === "name")
    ? textOf(message, "name")
    : undefined;
}

function textOf(message: Message, field: string): string {
  const value = (message as unknown as Record<string, unknown>)[field];
  return typeof value === "string" ? value : "";
}
