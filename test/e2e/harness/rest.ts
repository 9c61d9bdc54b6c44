import { type DescMethod, fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import type { HttpRequest } from "./http.js";

/** Where an RPC lives in the REST door, and the field of its response that is the whole answer there. */
interface RestPath {
  readonly verb: string;
  readonly path: string;
  readonly unwrap?: string;
  /** A field of the response whose fields stand beside the others there. */
  readonly spread?: string;
}

const post = (path: string, unwrap?: string): RestPath => ({ verb: "POST", path, unwrap });
const get = (path: string, unwrap?: string): RestPath => ({ verb: "GET", path, unwrap });

/** The paths of the documentation. QueryStream, Import and the like are no unary calls. */
const PATHS: Readonly<Record<string, RestPath>> = {
  Upsert: post("/v1/upsert"),
  Update: post("/v1/update"),
  Get: post("/v1/get"),
  List: post("/v1/list"),
  Count: post("/v1/count"),
  Query: post("/v1/query"),
  BatchQuery: post("/v1/batch-query"),
  Delete: post("/v1/delete"),
  SoftDelete: post("/v1/soft-delete"),
  Restore: post("/v1/restore"),
  Compact: post("/v1/compact"),
  GetStats: get("/v1/stats"),
  MeasureRecall: post("/v1/measure-recall"),
  CreateSnapshot: post("/v1/snapshots"),
  ListSnapshots: get("/v1/snapshots"),
  RestoreSnapshot: post("/v1/snapshots/{name}/restore"),
  DeleteSnapshot: { verb: "DELETE", path: "/v1/snapshots/{name}" },
  CreateNamespace: post("/admin/namespaces", "namespace"),
  ListNamespaces: get("/admin/namespaces"),
  GetNamespace: get("/admin/namespaces/{name}", "namespace"),
  UpdateNamespace: { verb: "PATCH", path: "/admin/namespaces/{name}", unwrap: "namespace" },
  DeleteNamespace: { verb: "DELETE", path: "/admin/namespaces/{name}" },
  GetNamespaceStats: get("/admin/namespaces/{name}/stats"),
  GetAggregateStats: get("/admin/stats"),
  ExportUsage: get("/admin/usage"),
  CreateApiKey: { verb: "POST", path: "/admin/keys", spread: "api_key" },
  ListApiKeys: get("/admin/keys"),
  RotateApiKey: { verb: "POST", path: "/admin/keys/{id}/rotate", spread: "api_key" },
  RevokeApiKey: { verb: "DELETE", path: "/admin/keys/{id}" },
};

/** Every line of the table as documentation writes it, for example `POST /v1/query`. */
export const REST_LINES: readonly string[] = Object.values(PATHS).map(({ verb, path }) => `${verb} ${path}`);

/** True when the RPC has a path. */
export const hasRestPath = ({ name }: DescMethod): boolean => name in PATHS;

/** An RPC's request as one of REST: parts of the path, then parameters where there is no body, else JSON in snake_case. */
export function toRest(method: DescMethod, given: JsonObject): HttpRequest {
  const { verb, path } = pathOf(method);
  const fields = { ...snakeCase(method, given) };
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => {
    const value = String(fields[name] ?? "");
    delete fields[name];
    return encodeURIComponent(value);
  });
  if (verb === "POST" || verb === "PATCH") {
    return {
      method: verb,
      path: filled,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(fields),
    };
  }
  const search = new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  return { method: verb, path: search.size > 0 ? `${filled}?${search}` : filled };
}

/** The response's JSON as the RPC's message has it. */
export function fromRest(method: DescMethod, json: JsonObject): JsonObject {
  const { unwrap, spread } = pathOf(method);
  if (unwrap !== undefined) return { [unwrap]: json };
  if (spread === undefined) return json;
  const isOuter = ([name]: [string, unknown]) => method.output.fields.some((field) => field.name === name);
  const outer = Object.entries(json).filter(isOuter);
  const inner = Object.entries(json).filter((each) => !isOuter(each));
  return { ...Object.fromEntries(outer), [spread]: Object.fromEntries(inner) };
}

function pathOf({ name }: DescMethod): RestPath {
  const found = PATHS[name];
  if (found === undefined) throw new Error(`REST has no path for ${name}`);
  return found;
}

function snakeCase({ input }: DescMethod, given: JsonObject): JsonObject {
  return toJson(input, fromJson(input, given), { useProtoFieldName: true }) as JsonObject;
}
