import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { startServer } from "@vecstore/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONNECT_STATUS } from "./errors.cases.js";
import { DOORS, type Door, statusOf } from "./harness/doors.js";
import { sendHttp, type Target } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { ask, startTestServer, type TestServer, until } from "./harness/server.js";
import { StallingReader } from "./harness/stalling-reader.js";

const ADMIN = "an-admin-key-for-tests";
const keyed = (key: string) => ({ headers: { "x-api-key": key } });

/** Makes a key, by Connect. */
async function createKey(target: Target, role: string, namespaces: string[] = [], more: JsonObject = {}) {
  const request = { role: `ROLE_${role.toUpperCase()}`, namespaces, ...more };
  const { key, api_key: apiKey } = await ask(target, "ApiKeyService.CreateApiKey", request, keyed(ADMIN));
  return { key: key as string, id: (apiKey as JsonObject).id as string };
}

/** What a call comes to: `ok`, or the reason, with the HTTP status where the door has one. */
async function reasonOf(door: Door, target: Target, method: string, request: JsonObject, key: string): Promise<string> {
  const outcome = await door.call(target, methodOf(method), request, keyed(key));
  if (outcome.ok) return "ok";
  const [connect, rest] = [
    CONNECT_STATUS[outcome.code]!,
    { unauthenticated: 401, permission_denied: 403 }[outcome.code],
  ];
  if (rest !== undefined) expect("http" in outcome ? outcome.http : undefined).toBe(statusOf(door, connect, rest));
  return outcome.reason;
}

const doorsOf = (method: string) => DOORS.filter(({ supports }) => supports(methodOf(method)));

describe("roles", () => {
  let server: TestServer;
  const keys: Record<string, string> = { admin: ADMIN };

  beforeAll(async () => {
    server = await startTestServer({ adminKey: ADMIN });
    for (const name of ["docs", "other"]) {
      await server.ask("NamespaceService.CreateNamespace", { name }, keyed(ADMIN));
      await server.ask("Upsert", { namespace: name, records: [{ id: "a", vector: [1, 0] }] }, keyed(ADMIN));
    }
    for (const role of ["reader", "writer", "owner"]) {
      keys[role] = (await createKey(server, role, ["docs"])).key;
      keys[`foreign ${role}`] = (await createKey(server, role, ["other", "nowhere"])).key;
    }
    keys.metrics = (await createKey(server, "metrics")).key;
    keys["other admin"] = (await createKey(server, "admin")).key;
  });
  afterAll(() => server?.stop());

  const records = [{ id: "b", vector: [0, 1] }];
  const CALLS: readonly (readonly [method: string, request: JsonObject, allowed: readonly string[]])[] = [
    ["Count", {}, ["reader", "writer", "owner"]],
    ["Query", { vector: [1, 0] }, ["reader", "writer", "owner"]],
    ["ListSnapshots", {}, ["reader", "writer", "owner"]],
    ["Upsert", { records }, ["writer", "owner"]],
    ["SoftDelete", { ids: ["zz"] }, ["writer", "owner"]],
    ["Compact", { dryRun: true }, ["owner"]],
    ["MeasureRecall", { sampleSize: 1 }, ["owner"]],
  ];

  test.each(CALLS)("%s is for those who may, at every door", async (method, request, allowed) => {
    for (const [name, key] of Object.entries(keys)) {
      const isAllowed = allowed.includes(name) || name.endsWith("admin");
      for (const door of doorsOf(method)) {
        const reason = await reasonOf(door, server, method, { namespace: "docs", ...request }, key);
        expect(reason, `${name}, ${door.name}`).toBe(isAllowed ? "ok" : "PERMISSION_DENIED");
      }
    }
  });

  test("namespaces are for admins, save one's own, which may be read", async () => {
    for (const [name, key] of Object.entries(keys)) {
      const isAdmin = name.endsWith("admin");
      for (const door of doorsOf("NamespaceService.GetNamespace")) {
        const reasons = await Promise.all([
          reasonOf(door, server, "NamespaceService.ListNamespaces", {}, key),
          reasonOf(door, server, "NamespaceService.GetAggregateStats", {}, key),
          reasonOf(door, server, "ApiKeyService.ListApiKeys", {}, key),
          reasonOf(door, server, "NamespaceService.GetNamespace", { name: "docs" }, key),
        ]);
        const denied = isAdmin ? "ok" : "PERMISSION_DENIED";
        const mayRead = isAdmin || ["reader", "writer", "owner"].includes(name);
        expect([reasons[0], reasons[2], reasons[3]], `${name}, ${door.name}`).toEqual([
          denied,
          denied,
          mayRead ? "ok" : "PERMISSION_DENIED",
        ]);
        if (!isAdmin) expect(reasons[1]).toBe("PERMISSION_DENIED");
      }
    }
  });

  test.each(["../docs", "docs\0", "DOCS", "😀", "con", "__proto__", "x".repeat(10_000)])(
    "a namespace of a hostile name is outside of every binding, and says no more than one that exists: %j",
    async (namespace) => {
      for (const door of doorsOf("Count")) {
        const answers = await Promise.all(
          [namespace, "other", "nowhere"].map((name) =>
            door.call(server, methodOf("Count"), { namespace: name }, keyed(keys.reader!)),
          ),
        );
        const shown = answers.map((answer, at) => {
          const name = [namespace, "other", "nowhere"][at]!;
          return JSON.stringify(answer).replace(
            JSON.stringify(JSON.stringify(name.slice(0, 128))).slice(1, -1),
            "NAME",
          );
        });
        expect(answers[1], door.name).toMatchObject({ ok: false, reason: "PERMISSION_DENIED" });
        expect([shown[0], shown[2]], door.name).toEqual([shown[1], shown[1]]);
      }
    },
  );

  test("a namespace in a header, or in a query within the request, is held to the same", async () => {
    const post = async (path: string, body: object, headers: Record<string, string>) => {
      const json = { "content-type": "application/json", "x-api-key": keys.reader!, ...headers };
      const answer = await sendHttp(server, { path, headers: json, body: JSON.stringify(body) });
      return answer.status;
    };
    for (const path of ["/v1/count", "/vecstore.v1.VecStoreService/Count"]) {
      expect(await post(path, {}, { "x-namespace": "other" })).toBe(403);
      expect(await post(path, {}, { "x-namespace": "docs" })).toBe(200);
      // The key is bound to one namespace, so that is meant.
      expect(await post(path, {}, {})).toBe(200);
      expect(await post(path, { namespace: "default" }, {})).toBe(403);
      expect(await post(path, {}, { "x-namespace": "docs", "x-api-key": keys["foreign reader"]! })).toBe(403);
      // Bound to two, it must say which.
      expect(await post(path, {}, { "x-api-key": keys["foreign reader"]! })).toBe(403);
    }
    const query = { vector: [1, 0], namespace: "other" };
    expect(await post("/v1/batch-query", { queries: [query] }, {})).toBe(400);
    expect(await post("/v1/batch-query", { namespace: "other", queries: [query] }, {})).toBe(403);
    const reader = await StallingReader.grpc(server, { query }, "QueryStream", { "x-api-key": keys.reader! });
    expect(await reader.next()).toBeUndefined();
    await until("the trailers", () => reader.trailers["grpc-status"] !== undefined);
    expect(reader.trailers).toMatchObject({ "grpc-status": "7" });
  });

  test("the paths of operators ask for their roles", async () => {
    const statuses = async (path: string) =>
      Object.fromEntries(
        await Promise.all(
          ["admin", "metrics", "owner"].map(async (name) => {
            const headers = { "x-api-key": keys[name]! };
            return [name, (await sendHttp(server, { method: "GET", path, headers })).status] as const;
          }),
        ),
      );
    expect(await statuses("/metrics")).toEqual({ admin: 200, metrics: 200, owner: 403 });
    expect(await statuses("/v1/stats")).toEqual({ admin: 200, metrics: 403, owner: 200 });
    const openapi = await statuses("/openapi.json");
    expect(new Set(Object.values(openapi)).size).toBe(1);
    expect(openapi.owner).not.toBe(403);
  });

  test("a refused request does not get its body read", async () => {
    const body = "not JSON at all";
    for (const [path, contentType] of [
      ["/v1/upsert", "application/json"],
      ["/vecstore.v1.VecStoreService/Upsert", "application/json"],
    ] as const) {
      const headers = { "content-type": contentType, "x-api-key": keys.reader! };
      expect((await sendHttp(server, { path, headers, body })).status, path).toBe(403);
    }
  });

  test("keys stand in no log line, nor in the key file", async () => {
    const logged = JSON.stringify(server.logged);
    for (const key of Object.values(keys)) expect(logged).not.toContain(key);
  });
});

describe("the life of a key", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ adminKey: ADMIN });
  });
  afterAll(() => server?.stop());

  test.each(doorsOf("ApiKeyService.CreateApiKey").map((door) => [door.name, door] as const))(
    "is made, listed, rotated and revoked by %s",
    async (_, door) => {
      const call = async (method: string, request: JsonObject) => {
        const outcome = await door.call(server, methodOf(`ApiKeyService.${method}`), request, keyed(ADMIN));
        if (!outcome.ok) throw new Error(JSON.stringify(outcome));
        return outcome.message as {
          key: string;
          api_key: { id: string; prefix: string; namespaces: string[] };
        } & JsonObject;
      };
      const worth = (key: string) => reasonOf(door, server, "Count", { namespace: "default" }, key);
      const expiresAt = "2999-12-31T23:59:59Z";
      const name = `"${door.name}" ../x 👩‍💻`;
      const made = await call("CreateApiKey", {
        name,
        role: "ROLE_READER",
        namespaces: ["later", "default"],
        expiresAt,
      });
      expect(made.api_key).toMatchObject({
        name,
        role: "ROLE_READER",
        namespaces: ["default", "later"],
        expires_at: expiresAt,
      });
      expect(made.key.startsWith(made.api_key.prefix)).toBe(true);
      expect(await worth(made.key)).toBe("ok");
      const listed = await call("ListApiKeys", {});
      expect(listed.api_keys).toContainEqual(made.api_key);
      expect(JSON.stringify(listed)).not.toContain(made.key);
      const rotated = await call("RotateApiKey", { id: made.api_key.id });
      expect([await worth(made.key), await worth(rotated.key)]).toEqual(["API_KEY_UNKNOWN", "ok"]);
      expect(await call("RevokeApiKey", { id: made.api_key.id })).toEqual({});
      expect(await call("RevokeApiKey", { id: made.api_key.id })).toEqual({});
      expect(await worth(rotated.key)).toBe("API_KEY_UNKNOWN");
      const again = { id: made.api_key.id };
      expect(await reasonOf(door, server, "ApiKeyService.RotateApiKey", again, ADMIN)).toBe("API_KEY_NOT_FOUND");
      expect(JSON.stringify(await call("ListApiKeys", {}))).not.toContain(made.api_key.id);
      expect(JSON.stringify(await call("ListApiKeys", { includeRevoked: true }))).toContain(made.api_key.id);
    },
  );

  test.each<[string, string, JsonObject, string]>([
    ["no role", "CreateApiKey", { namespaces: ["docs"] }, "INVALID_ARGUMENT"],
    ["a reader of nothing", "CreateApiKey", { role: "ROLE_READER" }, "LIMIT_OUT_OF_RANGE"],
    ["an admin of something", "CreateApiKey", { role: "ROLE_ADMIN", namespaces: ["docs"] }, "INVALID_ARGUMENT"],
    ["a hostile namespace", "CreateApiKey", { role: "ROLE_READER", namespaces: ["../x"] }, "INVALID_NAME"],
    ["a name with NUL", "CreateApiKey", { role: "ROLE_ADMIN", name: "a\0b" }, "INVALID_ARGUMENT"],
    ["a long name", "CreateApiKey", { role: "ROLE_ADMIN", name: "x".repeat(10_000) }, "LIMIT_OUT_OF_RANGE"],
    ["the past", "CreateApiKey", { role: "ROLE_ADMIN", expiresAt: "2001-01-01T00:00:00Z" }, "INVALID_ARGUMENT"],
    ["a page of none", "ListApiKeys", { pageSize: 0 }, "LIMIT_OUT_OF_RANGE"],
    ["a page of 1,001", "ListApiKeys", { pageSize: 1_001 }, "LIMIT_OUT_OF_RANGE"],
    ["a token of nobody", "ListApiKeys", { pageToken: "nope" }, "INVALID_PAGE_TOKEN"],
    ["an unknown key to revoke", "RevokeApiKey", { id: "../KEYS" }, "API_KEY_NOT_FOUND"],
    ["an unknown key to rotate", "RotateApiKey", { id: "x".repeat(10_000) }, "API_KEY_NOT_FOUND"],
  ])("refuses %s at every door", async (_, method, request, reason) => {
    for (const door of doorsOf(`ApiKeyService.${method}`)) {
      expect(await reasonOf(door, server, `ApiKeyService.${method}`, request, ADMIN), door.name).toBe(reason);
    }
  });

  test("lists in pages", async () => {
    for (let at = 0; at < 5; at++) await createKey(server, "metrics");
    const pages: JsonObject[][] = [];
    let pageToken = "";
    do {
      const request = { pageSize: 2, pageToken };
      const page = await server.ask("ApiKeyService.ListApiKeys", request, keyed(ADMIN));
      pages.push(page.api_keys as JsonObject[]);
      pageToken = (page.next_page_token ?? "") as string;
    } while (pageToken !== "");
    const ids = pages.flat().map(({ id }) => id as string);
    expect(pages.slice(0, -1).every((page) => page.length === 2)).toBe(true);
    expect([ids.length >= 5, ids]).toEqual([true, [...new Set(ids)].sort()]);
  });

  test("has the JSON of the REST door", async () => {
    const send = async (method: string, path: string, body?: object) => {
      const headers = { "x-api-key": ADMIN, ...(body && { "content-type": "application/json" }) };
      const answer = await sendHttp(server, { method, path, headers, ...(body && { body: JSON.stringify(body) }) });
      return [answer.status, JSON.parse(answer.body.toString())];
    };
    const [status, made] = await send("POST", "/admin/keys", { role: "writer", namespaces: ["docs"] });
    expect([status, made]).toEqual([
      200,
      {
        id: expect.stringMatching(/^[a-z2-7]{12}$/),
        key: expect.stringMatching(/^vs_/),
        name: "",
        prefix: made.key.slice(0, 20),
        role: "writer",
        namespaces: ["docs"],
        created_at: expect.stringMatching(/Z$/),
      },
    ]);
    const [, rotated] = await send("POST", `/admin/keys/${made.id}/rotate`, {});
    expect(rotated).toEqual({
      ...made,
      key: expect.stringMatching(/^vs_/),
      prefix: rotated.key.slice(0, 20),
      rotated_at: expect.any(String),
    });
    const { key: _, ...listed } = rotated;
    expect((await send("GET", "/admin/keys?page_size=1000"))[1].api_keys).toContainEqual(listed);
    expect(await send("DELETE", `/admin/keys/${made.id}`)).toEqual([200, {}]);
    expect((await send("DELETE", "/admin/keys/nope"))[0]).toBe(404);
  });

  test("is answered when it rotates or revokes itself", async () => {
    const { key, id } = await createKey(server, "admin");
    const rotated = await server.ask("ApiKeyService.RotateApiKey", { id }, keyed(key));
    const next = rotated.key as string;
    expect(await server.ask("ApiKeyService.RevokeApiKey", { id }, keyed(next))).toEqual({});
    expect(await reasonOf(DOORS[0]!, server, "Count", {}, next)).toBe("API_KEY_UNKNOWN");
  });
});

describe("an open stream", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ adminKey: ADMIN });
    const metadata = { body: "x".repeat(30_000) };
    for (const batch of ["a", "b"]) {
      const records = Array.from({ length: 500 }, (_, at) => ({ id: batch + at, vector: [1, at], metadata }));
      await server.ask("Upsert", { records }, keyed(ADMIN));
    }
  });
  afterAll(() => server?.stop());

  const QUERY = { query: { vector: [1, 0], limit: 1_000 } };
  const end: Record<string, (id: string) => Promise<unknown>> = {
    revoked: (id) => server.ask("ApiKeyService.RevokeApiKey", { id }, keyed(ADMIN)),
    rotated: (id) => server.ask("ApiKeyService.RotateApiKey", { id }, keyed(ADMIN)),
  };

  test.each(["revoked", "rotated"])("of Connect ends when its key is %s", async (how) => {
    const { key, id } = await createKey(server, "reader", ["default"]);
    const other = await createKey(server, "reader", ["default"]);
    const reader = await StallingReader.connect(server, QUERY, "QueryStream", { "x-api-key": key });
    const unharmed = await StallingReader.connect(server, QUERY, "QueryStream", { "x-api-key": other.key });
    await Promise.all([reader.next(), unharmed.next()]);
    await end[how]!(id);
    const results = async (from: StallingReader) => {
      let count = 0;
      for (let chunk = await from.next(); chunk !== undefined; chunk = await from.next()) {
        count += ((chunk.results ?? []) as unknown[]).length;
      }
      return count;
    };
    expect(await results(reader)).toBeLessThan(900);
    expect(JSON.parse(reader.ending).error).toMatchObject({
      code: "permission_denied",
      message: `the API key ${id} was ${how} while the call ran; a write may have happened; use the one that replaced it, or ask an admin for another`,
    });
    expect(await results(unharmed)).toBeGreaterThan(900);
    expect(JSON.parse(unharmed.ending).error).toBeUndefined();
  });

  test("of gRPC ends when its key is revoked", async () => {
    const { key, id } = await createKey(server, "reader", ["default"]);
    const reader = await StallingReader.grpc(server, QUERY, "QueryStream", { "x-api-key": key });
    await reader.next();
    await end.revoked!(id);
    while ((await reader.next()) !== undefined);
    await until("the trailers", () => reader.trailers["grpc-status"] !== undefined);
    expect(reader.trailers["grpc-status"]).toBe("7");
  });

  test("ends when the time of its key comes", async () => {
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    const { key, id } = await createKey(server, "reader", ["default"], { expiresAt });
    const reader = await StallingReader.connect(server, QUERY, "QueryStream", { "x-api-key": key });
    await reader.next();
    const isOver = async () => (await reasonOf(DOORS[0]!, server, "Count", {}, key)) === "API_KEY_UNKNOWN";
    await until("the key expires", isOver);
    while ((await reader.next()) !== undefined);
    expect(JSON.parse(reader.ending).error.message).toContain(`the API key ${id} has expired`);
  });
});

test("keys and what became of them outlast restarts", async () => {
  const data = await mkdtemp(join(tmpdir(), "vecstore-e2e-"));
  const start = async () => {
    const listen = [{ host: "127.0.0.1", port: 0 }];
    const sink = { write: () => {} };
    const server = await startServer({ listen, data, threads: 0, fsync: "never", adminKey: ADMIN, logSink: sink });
    return { close: () => server.close(), target: { url: `http://127.0.0.1:${server.ports[0]}` } };
  };
  try {
    const first = await start();
    const [kept, revoked, rotated] = await Promise.all(
      [1, 2, 3].map(() => createKey(first.target, "writer", ["default"])),
    );
    await ask(first.target, "ApiKeyService.RevokeApiKey", { id: revoked!.id }, keyed(ADMIN));
    const next = await ask(first.target, "ApiKeyService.RotateApiKey", { id: rotated!.id }, keyed(ADMIN));
    await first.close();
    const second = await start();
    const worth = (key: string) => reasonOf(DOORS[0]!, second.target, "Count", {}, key);
    const worths = await Promise.all([kept!.key, revoked!.key, rotated!.key, next.key as string].map(worth));
    expect(worths).toEqual(["ok", "API_KEY_UNKNOWN", "API_KEY_UNKNOWN", "ok"]);
    await second.close();
    const file = await readFile(join(data, "KEYS"), "utf8");
    for (const key of [kept!.key, next.key as string]) expect(file).not.toContain(key.slice(20));
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
