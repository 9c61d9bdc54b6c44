import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { sendHttp, type Target } from "./harness/http.js";
import { readMetric, startTestServer, type TestServer, TLS, until } from "./harness/server.js";
import { SocketClient } from "./harness/socket-client.js";

const RECORDS = Array.from({ length: 200 }, (_, at) => ({
  id: `r${String(at).padStart(3, "0")}`,
  vector: [1, at / 100],
  metadata: { half: at % 2, name: `é ${at}` },
}));

const open: SocketClient[] = [];
async function connect(target: Target, headers: Record<string, string> = {}): Promise<SocketClient> {
  const client = await SocketClient.open(target, headers);
  open.push(client);
  return client;
}
afterEach(() => {
  for (const client of open.splice(0)) client.vanish();
});

const counted = async (target: Target, code: string, headers: Record<string, string> = {}) => {
  const page = await sendHttp(target, { method: "GET", path: "/metrics", headers });
  return readMetric(page.body.toString(), "vecstore_requests_total", {
    door: "websocket",
    method: "QueryStream",
    code,
  });
};

describe.each([
  ["in clear text", {}],
  ["over TLS", TLS],
])("queries by a WebSocket, %s,", (_, settings) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(settings);
    await server.ask("Upsert", { records: RECORDS });
    await server.ask("NamespaceService.CreateNamespace", { name: "other" });
    await server.ask("Upsert", { namespace: "other", records: [{ id: "theirs", vector: [1, 2, 3] }] });
  });
  afterAll(() => server?.stop());

  test("have the results of every door, one a frame, and then the stats", async () => {
    const client = await connect(server);
    const query = { vector: [1, 0.5], limit: 150, filter: { half: 1 } };
    const before = await counted(server, "ok");
    const frames = await client.ask(query, "mine");
    const answer = await sendHttp(server, {
      path: "/v1/query",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(query),
    });
    const { results, stats } = JSON.parse(answer.body.toString());
    expect(frames.slice(0, -1)).toEqual(results.map((result: object) => ({ ...result, request_id: "mine" })));
    expect(results).toHaveLength(100);
    const { complete, request_id, stats: told } = frames.at(-1)!;
    expect([complete, request_id]).toEqual([true, "mine"]);
    expect(told).toMatchObject({ strategy: stats.strategy, filtered_count: 100, exhausted: true });
    await until("it is counted", async () => (await counted(server, "ok")) === before + 1);
    const logged = server.logged.filter(({ msg, results_count }) => msg === "query_complete" && results_count === 100);
    expect(logged[0]).toMatchObject({ namespace: "default", user_id: "anonymous", request_id: "mine" });
  });

  test("go to the namespace that the frame names, else to that of the header", async () => {
    const client = await connect(server, { "x-namespace": "other" });
    expect(await client.ask({ vector: [1, 0, 0] })).toMatchObject([{ id: "theirs" }, { complete: true }]);
    const frames = await client.ask({ vector: [1, 0], limit: 1, namespace: "default" });
    expect(frames).toMatchObject([{ id: "r000" }, { complete: true }]);
  });

  test("run several at once, under ids of the caller", async () => {
    const client = await connect(server);
    const ids = ["a", "b", 3, 4, -5];
    for (const [at, request_id] of ids.entries()) client.send({ vector: [1, 0], limit: 20 + at, request_id });
    client.send({ vector: [1, 0], limit: 3 });
    for (const [at, id] of ids.entries()) {
      const frames = await client.end(id);
      expect(frames.map(({ complete }) => complete)).toEqual([...Array(20 + at).fill(undefined), true]);
    }
    const nameless = await until("the one without an id", () => {
      const own = client.frames.filter((frame) => !("request_id" in frame));
      return own.length === 4 && own;
    });
    expect(nameless.at(-1)).toMatchObject({ complete: true });
  });

  test("that are wrong are answered by an error, and the socket stays open", async () => {
    const client = await connect(server);
    const wrong: readonly (readonly [object | string, string])[] = [
      ["{", "INVALID_ARGUMENT"],
      ["[1]", "INVALID_ARGUMENT"],
      ["null", "INVALID_ARGUMENT"],
      [Buffer.from('{"vector": [1, 0]}'), "INVALID_ARGUMENT"],
      [{ cancel: "a", vector: [1, 0] }, "INVALID_ARGUMENT"],
      [{ cancel: {} }, "INVALID_ARGUMENT"],
      [{ auth: 7 }, "INVALID_ARGUMENT"],
      [{ vector: [1, 0], request_id: "" }, "INVALID_ARGUMENT"],
      [{ vector: [1, 0], request_id: 1.5 }, "INVALID_ARGUMENT"],
      [{ vector: [1, 0], request_id: "x".repeat(129) }, "INVALID_ARGUMENT"],
      [{ vector: [1, 0], limit: 0 }, "LIMIT_OUT_OF_RANGE"],
      [{ vector: [1, 0], limit: 10_001 }, "LIMIT_OUT_OF_RANGE"],
      [{ vector: [1, 0], colour: "red" }, "INVALID_ARGUMENT"],
      [{ vector: [1, 0], filter: "half = " }, "INVALID_FILTER"],
      [{}, "MISSING_QUERY"],
      [{ vector: [1, 0], namespace: "none" }, "NAMESPACE_NOT_FOUND"],
    ];
    for (const [frame, reason] of wrong) {
      client.send(frame);
      expect(await client.error(), JSON.stringify(frame)).toMatchObject({ reason });
    }
    expect(await client.ask({ vector: [1, 0, 0] }, "bad")).toMatchObject([
      { request_id: "bad", error: { code: "invalid_argument", reason: "DIMENSION_MISMATCH", details: { got: "3" } } },
    ]);
    expect(await client.ask({ vector: [1, 0], limit: 1 })).toMatchObject([{ id: "r000" }, { complete: true }]);
    expect(await counted(server, "invalid_argument")).toBeGreaterThan(wrong.length - 2);
  });

  test("and a frame that is too large ends the socket, with the code for it", async () => {
    const client = await connect(server);
    client.send(JSON.stringify({ text: "x".repeat(4 * 1024 * 1024) }));
    expect((await client.closing()).code).toBe(1009);
    await until("it is counted", async () => (await counted(server, "resource_exhausted")) > 0);
  });
});

const ADMIN_KEY = "an-admin-key-of-the-socket-tests";
const ADMIN = { "x-api-key": ADMIN_KEY };

describe("a server with keys", () => {
  let server: TestServer;
  const ask = (method: string, request: JsonObject) => server.ask(method, request, { headers: ADMIN });
  const makeKey = async (request: JsonObject = { role: "ROLE_READER", namespaces: ["default"] }) => {
    const { key, api_key } = await ask("ApiKeyService.CreateApiKey", request);
    return { key: key as string, id: (api_key as JsonObject).id as string };
  };
  beforeAll(async () => {
    server = await startTestServer({ adminKey: ADMIN_KEY, corsOrigins: ["https://app.example.com"] });
    await ask("Upsert", { records: RECORDS });
    await ask("NamespaceService.CreateNamespace", { name: "other" });
  });
  afterAll(() => server?.stop());

  test("takes the key as a header", async () => {
    const { key, id } = await makeKey();
    const forms: readonly Record<string, string>[] = [{ "x-api-key": key }, { authorization: `Bearer ${key}` }];
    for (const headers of forms) {
      const client = await connect(server, headers);
      expect(await client.ask({ vector: [1, 0], limit: 1 })).toMatchObject([{ id: "r000" }, { complete: true }]);
      client.send({ auth: key });
      expect(await client.error()).toMatchObject({ reason: "INVALID_ARGUMENT" });
    }
    expect(server.logged.some(({ msg, user_id }) => msg === "query_complete" && user_id === id)).toBe(true);
    expect(JSON.stringify(server.logged)).not.toContain(key);
  });

  test("takes the key as the first frame", async () => {
    const { key } = await makeKey();
    const client = await connect(server);
    client.send({ auth: key });
    expect(await client.ask({ vector: [1, 0], limit: 1 })).toMatchObject([{ id: "r000" }, { complete: true }]);
  });

  test("answers no query before, and closes the socket", async () => {
    const client = await connect(server);
    client.send({ vector: [1, 0], request_id: 1 });
    expect(await client.error()).toMatchObject({ code: "unauthenticated", reason: "API_KEY_MISSING" });
    expect((await client.closing()).code).toBe(1008);
    expect(client.frames).toEqual([]);
  });

  test("closes the socket of a wrong key, at its handshake or its first frame", async () => {
    const refused = await SocketClient.refused(server, { "x-api-key": "wrong" });
    expect([refused.status, refused.error.reason]).toEqual([403, "API_KEY_UNKNOWN"]);
    const client = await connect(server);
    client.send({ auth: "wrong" });
    expect(await client.error()).toMatchObject({ code: "permission_denied", reason: "API_KEY_UNKNOWN" });
    expect((await client.closing()).code).toBe(1008);
    const { key } = await makeKey({ role: "ROLE_METRICS" });
    expect((await SocketClient.refused(server, { "x-api-key": key })).error.reason).toBe("PERMISSION_DENIED");
  });

  test("refuses the namespaces of others, and the socket stays open", async () => {
    const { key } = await makeKey();
    const client = await connect(server, { "x-api-key": key });
    for (const namespace of ["other", "none"]) {
      const [frame] = await client.ask({ vector: [1, 0], namespace });
      expect(frame).toMatchObject({ error: { code: "permission_denied", reason: "PERMISSION_DENIED" } });
    }
    expect(await client.ask({ vector: [1, 0], limit: 1 })).toMatchObject([{ id: "r000" }, { complete: true }]);
  });

  test("ends the sockets of a key that is revoked", async () => {
    const { key, id } = await makeKey();
    const [first, second] = [await connect(server, { "x-api-key": key }), await connect(server)];
    second.send({ auth: key });
    for (const client of [first, second]) await client.ask({ vector: [1, 0] });
    await ask("ApiKeyService.RevokeApiKey", { id });
    for (const client of [first, second]) {
      expect(await client.error()).toMatchObject({ code: "permission_denied", reason: "API_KEY_UNKNOWN" });
      expect((await client.closing()).code).toBe(1008);
    }
  });

  test("takes pages of origins that CORS allows, and its own, and no others", async () => {
    const own = `http://127.0.0.1:${server.port}`;
    for (const origin of ["https://app.example.com", own]) {
      const client = await connect(server, { ...ADMIN, origin });
      await client.close();
    }
    for (const origin of [
      "https://evil.example.com",
      "null",
      "http://localhost:1",
      "https://app.example.com.evil.com",
    ]) {
      const { status, error } = await SocketClient.refused(server, { ...ADMIN, origin });
      expect([status, error.reason], origin).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
    }
  });
});

describe("a server without keys, on loopback,", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ webSocketsMax: 3 });
    await server.ask("Upsert", { records: RECORDS });
  });
  afterAll(() => server?.stop());

  test("refuses foreign hosts and origins, and takes local ones", async () => {
    for (const [name, value] of [
      ["host", "evil.example.com"],
      ["origin", "https://evil.example.com"],
    ] as const) {
      const { status, error } = await SocketClient.refused(server, { [name]: value });
      expect([status, error.reason]).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
    }
    const client = await connect(server, { origin: "http://localhost:3000" });
    // A key is not needed, and so it is ignored.
    client.send({ auth: "whatever" });
    expect(await client.ask({ vector: [1, 0], limit: 1 })).toMatchObject([{ id: "r000" }, { complete: true }]);
    await client.close();
  });

  test("opens so many sockets, and another when one has closed", async () => {
    const clients = [await connect(server), await connect(server), await connect(server)];
    const { status, headers, error } = await SocketClient.refused(server);
    expect([status, error.reason, headers["retry-after"]]).toEqual([429, "CONNECTIONS_LIMITED", "5"]);
    await clients[0]!.close();
    const next = await until("room for another", () => connect(server).catch(() => undefined));
    expect(await next.ask({ vector: [1, 0], limit: 1 })).toHaveLength(2);
  });

  test("counts sockets, requests and queries against the quotas of the namespace", async () => {
    await server.ask("NamespaceService.CreateNamespace", { name: "small", quotas: { maxConnections: 1 } });
    const change = (request: JsonObject) =>
      server.ask("NamespaceService.UpdateNamespace", { name: "small", ...request });
    const query = { vector: [1, 0], namespace: "small" };
    const [first, second] = [await connect(server), await connect(server)];
    expect(await first.ask(query)).toMatchObject([{ complete: true }]);
    expect(await second.ask(query)).toMatchObject([{ error: { reason: "CONNECTIONS_LIMITED" } }]);
    await first.close();
    await until("the place of the first", async () => (await second.ask(query))[0]!.complete);
    await change({ quotas: { maxQps: 0.001 } });
    await second.ask(query);
    const [limited] = await second.ask(query);
    expect(limited).toMatchObject({ error: { reason: "RATE_LIMITED", details: { quota: "max_qps" } } });
    const { usage } = (await server.ask("NamespaceService.GetNamespaceStats", { name: "small" })) as {
      usage: JsonObject;
    };
    expect(Number(usage.refusals_total)).toBeGreaterThanOrEqual(2);
  });

  test("closes its sockets when it stops", async () => {
    const other = await startTestServer();
    const client = await connect(other);
    await client.ask({ vector: [1, 0] });
    await other.stop();
    expect(client.closed).toEqual({ code: 1001, reason: "the server is shutting down" });
  });

  test("takes an upgrade at another path for the plain request that it is", async () => {
    const headers = { connection: "upgrade", upgrade: "websocket" };
    const answer = await sendHttp(server, { method: "GET", path: "/v1/stats", headers });
    expect(answer.status).toBe(200);
    const options = { path: "/v1/count", headers: { ...headers, "content-type": "application/json" }, body: "{}" };
    expect(JSON.parse((await sendHttp(server, options)).body.toString())).toEqual({ count: 200 });
  });
});
