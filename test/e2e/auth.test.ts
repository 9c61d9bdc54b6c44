import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONNECT_STATUS } from "./errors.cases.js";
import { DOORS, statusOf } from "./harness/doors.js";
import { toFrame } from "./harness/frames.js";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer } from "./harness/server.js";

const KEY = "an-admin-key-for-tests";

describe("a server with an admin key", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ adminKey: KEY });
    const records = [{ id: "a", vector: [1, 0] }];
    await server.ask("Upsert", { records }, { headers: { "x-api-key": KEY } });
  });
  afterAll(() => server?.stop());

  const HEADERS: readonly (readonly [string, Record<string, string>, object])[] = [
    ["no key", {}, { code: "unauthenticated", reason: "API_KEY_MISSING", http: 401 }],
    ["an empty key", { "x-api-key": "" }, { code: "unauthenticated", reason: "API_KEY_MISSING", http: 401 }],
    [
      "another scheme",
      { authorization: `Basic ${KEY}` },
      { code: "unauthenticated", reason: "API_KEY_MISSING", http: 401 },
    ],
    ["a wrong key", { "x-api-key": `${KEY}x` }, { code: "permission_denied", reason: "API_KEY_UNKNOWN", http: 403 }],
    [
      "a wrong bearer",
      { authorization: "Bearer x" },
      { code: "permission_denied", reason: "API_KEY_UNKNOWN", http: 403 },
    ],
  ];

  test.each(HEADERS)("refuses every RPC at every door: %s", async (_, headers, expected) => {
    for (const method of ["Query", "NamespaceService.CreateNamespace", "ApiKeyService.CreateApiKey"]) {
      const rpc = methodOf(method);
      for (const door of DOORS.filter(({ supports }) => supports(rpc))) {
        const outcome = await door.call(server, rpc, {}, { headers });
        const { code, reason } = expected as { code: string; reason: string };
        expect(outcome, `${method}, ${door.name}`).toMatchObject({ ok: false, code, reason });
        expect("http" in outcome ? outcome.http : undefined).toBe(
          statusOf(door, CONNECT_STATUS[code]!, code === "unauthenticated" ? 401 : 403),
        );
      }
    }
  });

  test.each([
    ["X-API-Key", { "x-api-key": KEY }],
    ["a bearer", { authorization: `Bearer ${KEY}` }],
    ["a bearer in lower case", { authorization: `bearer ${KEY}` }],
  ])("lets the admin in at every door, by %s", async (_, headers) => {
    for (const door of DOORS) {
      const outcome = await door.call(server, methodOf("Count"), {}, { headers: headers as Record<string, string> });
      expect(outcome, door.name).toEqual({ ok: true, message: { count: "1" } });
    }
  });

  test.each([
    ["/metrics", 401, 403, 200],
    ["/openapi.json", 401, 403, 501],
    ["/nowhere", 404, 404, 404],
    ["/health", 200, 200, 200],
    ["/ready", 200, 200, 200],
  ])("answers %s with %i, %i and %i to no key, a wrong one and the admin's", async (path, none, wrong, admin) => {
    const statusWith = async (headers: Record<string, string>) =>
      (await sendHttp(server, { method: "GET", path, headers })).status;
    expect(await statusWith({})).toBe(none);
    expect(await statusWith({ "x-api-key": "wrong" })).toBe(wrong);
    expect(await statusWith({ "x-api-key": KEY })).toBe(admin);
  });

  test("answers the health service without a key, and reflection with one only", async () => {
    const path = "/grpc.health.v1.Health/Check";
    const health = await sendHttp(server, { path, headers: { "content-type": "application/json" }, body: "{}" });
    expect([health.status, JSON.parse(health.body.toString())]).toEqual([200, { status: "SERVING" }]);
    const reflect = (headers: Record<string, string>) =>
      sendHttp(server, {
        path: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        headers: { "content-type": "application/grpc", te: "trailers", ...headers },
        body: toFrame(Uint8Array.of(0x3a, 0)),
        version: "2",
      });
    const refused = await reflect({});
    expect({ ...refused.headers, ...refused.trailers }).toMatchObject({ "grpc-status": "16" });
    const answered = await reflect({ "x-api-key": KEY });
    expect(answered.trailers).toMatchObject({ "grpc-status": "0" });
    expect(answered.body.toString()).toContain("vecstore.v1.VecStoreService");
  });

  test("creates a namespace by REST", async () => {
    const answer = await sendHttp(server, {
      path: "/admin/namespaces",
      headers: { "content-type": "application/json", "x-api-key": KEY },
      body: '{"name": "tenant-1"}',
    });
    expect(JSON.parse(answer.body.toString())).toMatchObject({ name: "tenant-1", status: "active" });
    expect(answer.status).toBe(200);
  });

  test("keeps keys out of its log, and counts refusals", async () => {
    expect(JSON.stringify(server.logged)).not.toContain(KEY);
    const page = await sendHttp(server, { method: "GET", path: "/metrics", headers: { "x-api-key": KEY } });
    expect(page.body.toString()).toMatch(/vecstore_refusals_total\{reason="API_KEY_MISSING"\} [1-9]/);
    expect(page.body.toString()).toMatch(/vecstore_refusals_total\{reason="API_KEY_UNKNOWN"\} [1-9]/);
  });
});

describe("a server without a key on loopback", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ corsOrigins: ["https://app.example.com"] });
  });
  afterAll(() => server?.stop());

  test.each([
    ["a foreign Host, as DNS rebinding brings", { host: "evil.example.com" }, 403],
    ["a foreign Origin", { origin: "https://evil.example.com" }, 403],
    ["the origin of a sandbox", { origin: "null" }, 403],
    ["an origin of the setting", { origin: "https://app.example.com" }, 200],
    ["a page of this machine", { origin: "http://localhost:3000" }, 200],
    ["a key that nobody asked for", { "x-api-key": "any" }, 200],
  ])("answers at every plain door: %s", async (_, headers, status) => {
    const json = { "content-type": "application/json", ...headers } as Record<string, string>;
    for (const path of ["/v1/count", "/vecstore.v1.VecStoreService/Count"]) {
      const answer = await sendHttp(server, { path, headers: json, body: "{}" });
      expect(answer.status, path).toBe(status);
      if (status === 403) expect(answer.body.toString()).toContain("ORIGIN_NOT_ALLOWED");
    }
    const metrics = await sendHttp(server, { method: "GET", path: "/metrics", headers: json });
    expect(metrics.status, "/metrics").toBe(status);
  });

  const COUNT = "/vecstore.v1.VecStoreService/Count";
  const FOREIGN: readonly (readonly [string, Record<string, string>])[] = [
    ["a foreign authority", { ":authority": "evil.example.com" }],
    ["a foreign authority behind a host of this machine", { ":authority": "evil.example.com", host: "localhost" }],
    ["a foreign Origin", { origin: "https://evil.example.com" }],
  ];
  test.each(FOREIGN)("refuses it over HTTP/2 too, by gRPC, Connect and REST: %s", async (_, headers) => {
    const calls = [
      [COUNT, "application/grpc", toFrame(new Uint8Array())],
      [COUNT, "application/json", "{}"],
      ["/v1/count", "application/json", "{}"],
    ] as const;
    for (const [path, type, body] of calls) {
      const sent = { path, headers: { "content-type": type, te: "trailers", ...headers }, body, version: "2" } as const;
      const answer = await sendHttp(server, sent);
      const told = [JSON.stringify(answer.headers), JSON.stringify(answer.trailers), answer.body.toString()]
        .join(" ")
        .replaceAll("%20", " ");
      expect(told, `${path} ${type}`).toContain("is not allowed while the server runs without authentication");
    }
  });
});
