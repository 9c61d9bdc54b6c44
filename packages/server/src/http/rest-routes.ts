import type { DescMethod } from "@bufbuild/protobuf";
import { ApiKeyService } from "../gen/vecstore/v1/api_key_service_pb.js";
import { NamespaceService } from "../gen/vecstore/v1/namespace_service_pb.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";

/** One line of the REST door. */
export interface RestRoute {
  readonly verb: "GET" | "POST" | "PATCH" | "DELETE";
  /** `{name}` is a part of the path that becomes the field of that name. */
  readonly path: string;
  readonly method: DescMethod;
  /** A message field of the response that is the whole answer. */
  readonly unwrap?: string;
  /** A message field of the response whose fields stand beside the others. */
  readonly spread?: string;
}

const data = VecStoreService.method;
const admin = NamespaceService.method;
const keys = ApiKeyService.method;

/** Every REST path, and the RPC that answers it. */
export const REST_ROUTES: readonly RestRoute[] = [
  { verb: "POST", path: "/v1/upsert", method: data.upsert },
  { verb: "POST", path: "/v1/update", method: data.update },
  { verb: "POST", path: "/v1/get", method: data.get },
  { verb: "POST", path: "/v1/list", method: data.list },
  { verb: "POST", path: "/v1/count", method: data.count },
  { verb: "POST", path: "/v1/query", method: data.query },
  { verb: "POST", path: "/v1/batch-query", method: data.batchQuery },
  { verb: "GET", path: "/v1/query/stream", method: data.queryStream },
  { verb: "POST", path: "/v1/delete", method: data.delete },
  { verb: "POST", path: "/v1/soft-delete", method: data.softDelete },
  { verb: "POST", path: "/v1/restore", method: data.restore },
  { verb: "POST", path: "/v1/compact", method: data.compact },
  { verb: "POST", path: "/v1/measure-recall", method: data.measureRecall },
  { verb: "GET", path: "/v1/stats", method: data.getStats },
  { verb: "POST", path: "/v1/snapshots", method: data.createSnapshot },
  { verb: "GET", path: "/v1/snapshots", method: data.listSnapshots },
  { verb: "POST", path: "/v1/snapshots/{name}/restore", method: data.restoreSnapshot },
  { verb: "GET", path: "/v1/snapshots/{name}/download", method: data.downloadSnapshot },
  { verb: "DELETE", path: "/v1/snapshots/{name}", method: data.deleteSnapshot },
  { verb: "POST", path: "/v1/import", method: data.import },
  { verb: "POST", path: "/v1/export", method: data.export },
  { verb: "POST", path: "/admin/namespaces", method: admin.createNamespace, unwrap: "namespace" },
  { verb: "GET", path: "/admin/namespaces", method: admin.listNamespaces },
  { verb: "GET", path: "/admin/namespaces/{name}", method: admin.getNamespace, unwrap: "namespace" },
  { verb: "PATCH", path: "/admin/namespaces/{name}", method: admin.updateNamespace, unwrap: "namespace" },
  { verb: "DELETE", path: "/admin/namespaces/{name}", method: admin.deleteNamespace },
  { verb: "GET", path: "/admin/namespaces/{name}/stats", method: admin.getNamespaceStats },
  { verb: "GET", path: "/admin/stats", method: admin.getAggregateStats },
  { verb: "GET", path: "/admin/usage", method: admin.exportUsage },
  { verb: "POST", path: "/admin/keys", method: keys.createApiKey, spread: "api_key" },
  { verb: "GET", path: "/admin/keys", method: keys.listApiKeys },
  { verb: "POST", path: "/admin/keys/{id}/rotate", method: keys.rotateApiKey, spread: "api_key" },
  { verb: "DELETE", path: "/admin/keys/{id}", method: keys.revokeApiKey },
];

/** A route with the fields that its path holds. */
export interface RouteMatch {
  readonly route: RestRoute;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the routes of a path, whatever their verb. Several verbs share a path, never two routes one verb. */
export function matchPath(path: string): readonly RouteMatch[] {
  const parts = path.split("/");
  return REST_ROUTES.flatMap((route) => {
    const params = matchParts(route.path.split("/"), parts);
    return params === undefined ? [] : [{ route, params }];
  });
}

function matchParts(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, wanted] of pattern.entries()) {
    const part = parts[at] as string;
    if (!wanted.startsWith("{")) {
      if (wanted !== part) return undefined;
      continue;
    }
    const value = decodePart(part);
    if (!value) return undefined;
    params[wanted.slice(1, -1)] = value;
  }
  return params;
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
