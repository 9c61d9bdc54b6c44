import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, stopTestServers, type TestServer } from "../testing/server.js";
import { matchPath, REST_ROUTES } from "./rest-routes.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ maxMessageBytes: 64 * 1024, corsOrigins: ["https://app.example"] });
});
afterAll(stopTestServers);

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const isJson = body !== undefined && typeof body !== "string";
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    body: isJson ? JSON.stringify(body) : (body as string | undefined),
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? undefined : JSON.parse(text), headers: response.headers };
}

const post = (path: string, body: unknown, headers?: Record<string, string>) => call("POST", path, body, headers);

describe("REST", () => {
  it("creates a namespace, flat and with its times", async () => {
    const { status, json } = await post("/admin/namespaces", { name: "docs", config: { metric: "euclidean", m: 8 } });
    expect([status, json.name, json.status]).toEqual([200, "docs", "active"]);
    expect(json.config).toMatchObject({ metric: "euclidean", m: 8, quantization: "int8" });
    expect(new Date(json.created_at).getTime()).toBeGreaterThan(0);
    for (const quantization of ["none", "binary"]) {
      const created = await post("/admin/namespaces", { name: quantization, config: { quantization } });
      expect(created.json.config.quantization).toBe(quantization);
      expect((await call("GET", `/admin/namespaces/${quantization}`)).json.config.quantization).toBe(quantization);
    }
    const listed = await call("GET", "/admin/namespaces?page_size=10&prefix=do");
    expect(listed.json.namespaces.map((each: { name: string }) => each.name)).toEqual(["docs"]);
    expect((await call("GET", "/admin/namespaces/docs")).json.name).toBe("docs");
  });

  it("takes quotas by each of their names", async () => {
    const quota = { max_vectors: 1_000_000, max_qps: 1_000, max_storage_bytes: 10_737_418_240 };
    const created = await post("/admin/namespaces", { name: "acme_corp", quota });
    expect([created.status, created.json.quotas]).toEqual([200, quota]);
    const other = { name: "other", quotas: { maxVectors: 5, max_queries_per_second: 0.5 } };
    expect((await post("/admin/namespaces", other)).json.quotas).toEqual({ max_vectors: 5, max_qps: 0.5 });
    const changed = await call("PATCH", "/admin/namespaces/acme_corp", {
      quota: { max_vectors: 7 },
      clear_quotas: ["max_qps"],
    });
    expect(changed.json.quotas).toEqual({ max_vectors: 7, max_storage_bytes: 10_737_418_240 });
    const { json } = await call("GET", "/admin/namespaces/acme_corp/stats");
    expect([json.quotas, json.usage.vector_count]).toEqual([changed.json.quotas, 0]);
    for (const clear_quotas of [["max_speed"], ["max_vectors"]]) {
      const wrong = { quotas: { max_vectors: 9 }, clear_quotas };
      expect((await call("PATCH", "/admin/namespaces/acme_corp", wrong)).json.error.reason).toBe("INVALID_ARGUMENT");
    }
  });

  it("writes and answers in the forms of the documentation", async () => {
    const records = [
      { id: "a", vector: [1, 0], metadata: { color: "red" } },
      { id: "b", vector_f32: Buffer.from(new Float32Array([0, 1]).buffer).toString("base64"), metadata: { n: 2 } },
      { id: "c", vectorF32: Buffer.from(new Float32Array([0, 2]).buffer).toString("base64"), text: "hello" },
    ];
    const written = await post("/v1/upsert", { records, mode: "insert_only" });
    expect(written.json).toEqual({
      upserted: 3,
      inserted: 3,
      sequence: expect.any(Number),
      versions: Array(3).fill(written.json.sequence),
    });
    const got = await post("/v1/get", { ids: ["c", "x"], include_text: true, includeVector: true });
    expect(got.json.records).toMatchObject([
      { id: "c", version: written.json.sequence, vector: [0, 2], text: "hello" },
    ]);
    expect(got.json.missing).toEqual(["x"]);
    expect((await post("/v1/count", { filter: "color = 'red'" })).json).toEqual({ count: 1 });
    expect((await post("/v1/list", { prefix: "b" })).json).toMatchObject({
      records: [{ id: "b" }],
      next_page_token: "",
    });
    expect((await post("/v1/update", { updates: [{ id: "a", merge_metadata: { n: 1 } }] })).json.updated).toBe(1);
  });

  it("takes a filter as text and in its JSON form", async () => {
    for (const filter of ["color = 'red'", { color: "red" }, { $or: [{ color: { $eq: "red" } }, { n: { $gt: 5 } }] }]) {
      const { json } = await post("/v1/query", { vector: [1, 0], limit: 2, filter });
      expect(
        json.results.map((each: { id: string }) => each.id),
        JSON.stringify(filter),
      ).toEqual(["a"]);
      expect(json.results[0]).not.toHaveProperty("vector");
      expect(json.stats).toMatchObject({
        strategy: expect.stringMatching(/^[a-z_]+$/),
        duration_ms: expect.any(Number),
        cache_hit: false,
      });
    }
    const batch = await post("/v1/batch-query", { queries: [{ vector: [1, 0], filter: { n: 2 } }] });
    expect(batch.json.responses[0].results[0].id).toBe("b");
    expect((await post("/v1/query", { vector: [1, 0], filter: { $bad: 1 } })).json.error.reason).toBe("INVALID_FILTER");
  });

  it("hides, brings back, deletes, compacts, counts and copies", async () => {
    expect((await post("/v1/soft-delete", { ids: ["a"] })).json.soft_deleted).toBe(1);
    expect((await post("/v1/restore", { all: true })).json.restored).toBe(1);
    expect((await post("/v1/snapshots", { name: "s" })).json.snapshot).toMatchObject({ name: "s", vector_count: 3 });
    expect((await post("/v1/delete", { filter: { n: 2 } })).json.deleted).toBe(1);
    expect((await call("GET", "/v1/stats")).json).toMatchObject({ namespace: "default", vector_count: 2 });
    expect((await post("/v1/snapshots/s/restore", {})).json).toMatchObject({ vector_count: 3 });
    expect((await call("GET", "/v1/snapshots")).json.snapshots).toHaveLength(1);
    expect((await call("DELETE", "/v1/snapshots/s")).json).toEqual({});
    expect((await post("/v1/compact", { dry_run: true })).status).toBe(200);
  });

  it("takes the namespace from the body, else from X-Namespace", async () => {
    await post("/v1/upsert", { namespace: "docs", records: [{ id: "d", vector: [1] }] });
    expect((await post("/v1/count", {}, { "x-namespace": "docs" })).json.count).toBe(1);
    expect((await call("GET", "/v1/stats", undefined, { "x-namespace": "docs" })).json.namespace).toBe("docs");
    expect((await call("GET", "/v1/stats?namespace=docs")).json.namespace).toBe("docs");
    expect((await post("/v1/count", { namespace: "default" }, { "x-namespace": "docs" })).json.count).toBe(3);
  });

  const MISTAKES = [
    ["POST", "/v1/query", { vectr: [1] }, 400, "INVALID_ARGUMENT"],
    ["POST", "/v1/query", { vector: "x" }, 400, "INVALID_ARGUMENT"],
    ["POST", "/v1/query", { vector: [1, 2, 3] }, 400, "DIMENSION_MISMATCH"],
    ["POST", "/v1/query", { vector: [1, 0], group_by: "", group_size: 2 }, 400, "INVALID_ARGUMENT"],
    ["POST", "/v1/upsert", { mode: "replace" }, 400, "INVALID_ARGUMENT"],
    ["POST", "/v1/upsert", "{", 400, "INVALID_ARGUMENT"],
    ["POST", "/v1/upsert", "[]", 400, "INVALID_ARGUMENT"],
    ["POST", "/v1/count", { namespace: "nope" }, 404, "NAMESPACE_NOT_FOUND"],
    ["POST", "/admin/namespaces", { name: "docs" }, 409, "NAMESPACE_EXISTS"],
    ["POST", "/admin/namespaces", { name: "q", quota: { max_queries_per_second: 0 } }, 400, "INVALID_CONFIGURATION"],
    ["POST", "/admin/namespaces", { name: "q", quota: {}, quotas: { max_qps: 1 } }, 400, "INVALID_ARGUMENT"],
    [
      "POST",
      "/admin/namespaces",
      { name: "q", quota: { max_qps: 2, max_queries_per_second: 1 } },
      400,
      "INVALID_ARGUMENT",
    ],
    ["POST", "/admin/keys", { role: "admin" }, 400, "NO_ADMIN_KEY"],
    ["POST", "/v1/import?mode=replace", {}, 400, "INVALID_ARGUMENT"],
    ["POST", "/v1/measure-recall", { limit: 0 }, 400, "LIMIT_OUT_OF_RANGE"],
    ["GET", "/v1/query/stream", undefined, 426, "INVALID_ARGUMENT"],
    ["GET", "/openapi.json", undefined, 501, "NOT_IMPLEMENTED"],
    ["GET", "/nope", undefined, 404, "NOT_IMPLEMENTED"],
    ["GET", "/v1/query", undefined, 405, "NOT_IMPLEMENTED"],
    ["POST", "/v1/upsert", { idempotency_key: "x".repeat(70_000) }, 413, "MESSAGE_TOO_LARGE"],
  ] as const;
  it.each(MISTAKES.map((row) => [row[0], row[1], row[4], row] as const))(
    "answers %s %s with %s",
    async (_m, _p, _r, row) => {
      const [method, path, body, status, reason] = row;
      const answer = await call(method, path, body);
      expect([answer.status, answer.json.error.reason]).toEqual([status, reason]);
      expect(answer.json.error).toEqual({
        code: expect.any(String),
        reason,
        message: expect.any(String),
        details: expect.any(Object),
      });
      expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it("needs application/json to write, and says which verbs are allowed", async () => {
    const answer = await post("/v1/compact", "{}", { "content-type": "text/plain" });
    expect([answer.status, answer.json.error.reason]).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect((await call("PUT", "/v1/snapshots")).headers.get("allow")).toBe("POST, GET");
  });

  it("keeps the caller's request id", async () => {
    const { headers } = await call("GET", "/v1/stats", undefined, { "x-request-id": "abc-1" });
    expect(headers.get("x-request-id")).toBe("abc-1");
  });
});

describe("CORS", () => {
  it("answers a preflight of an allowed origin with Connect's headers", async () => {
    const { headers, status } = await call("OPTIONS", "/vecstore.v1.VecStoreService/Query", undefined, {
      origin: "https://app.example",
      "access-control-request-method": "POST",
    });
    expect([status, headers.get("access-control-allow-origin")]).toEqual([204, "https://app.example"]);
    expect(headers.get("access-control-allow-headers")).toContain("Connect-Protocol-Version");
  });

  it("exposes the headers of gRPC-Web, and refuses other origins", async () => {
    const allowed = await call("GET", "/v1/stats", undefined, { origin: "https://app.example" });
    expect(allowed.headers.get("access-control-expose-headers")).toContain("Grpc-Status");
    const foreign = await call("GET", "/v1/stats", undefined, { origin: "https://evil.example" });
    expect([foreign.status, foreign.json.error.reason]).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
    expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("refuses a foreign Host, which DNS rebinding brings", async () => {
    const status = await new Promise((resolve) => {
      httpRequest({ port: server.port, path: "/v1/stats", headers: { host: "evil.example" } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });
});

describe("the route table", () => {
  it("has one route for each verb and path, and decodes what the path holds", () => {
    for (const { path, verb } of REST_ROUTES) {
      expect(
        matchPath(path).filter(({ route }) => route.verb === verb),
        `${verb} ${path}`,
      ).toHaveLength(1);
    }
    expect(matchPath("/v1/snapshots/a%20b")[0]?.params).toEqual({ name: "a b" });
    expect(matchPath("/v1/snapshots/%zz")).toEqual([]);
    expect(matchPath("/v1/snapshots/")).toEqual([]);
  });
});
