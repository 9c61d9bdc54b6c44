import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { VecStoreClient } from "./index.js";
import { FakeServer } from "./testing/fake-server.js";

let server: FakeServer;
let client: VecStoreClient;

beforeAll(async () => {
  server = await FakeServer.start();
  client = new VecStoreClient(`127.0.0.1:${server.port}`, { namespace: "docs", apiKey: "secret" });
});

afterAll(async () => {
  client.close();
  await server.close();
});

beforeEach(() => {
  server.store.records.clear();
  server.requests.length = 0;
});

describe("every request", () => {
  it("carries the key, the user agent and the namespace", async () => {
    await client.count();
    const header = server.requests[0]?.header;
    expect(header?.get("x-api-key")).toBe("secret");
    expect(header?.get("user-agent")).toMatch(/^vecstore-client-js\/\d/);
    expect(header?.get("connect-timeout-ms")).toMatch(/^(30000|29\d{3})$/);
    expect(server.lastMessage()).toMatchObject({ namespace: "docs" });
  });

  it("names another namespace through a handle", async () => {
    await client.namespace("other").upsert([{ id: "z", vector: [1] }]);
    expect(await client.count()).toBe(0);
    expect(await client.namespace("other").count()).toBe(1);
  });

  it("leaves the choice of namespace to the server when the caller names none", async () => {
    const bare = new VecStoreClient(server.url);
    await bare.count();
    expect(server.lastMessage()).toMatchObject({ namespace: "" });
    bare.close();
  });
});

describe("namespaces", () => {
  it("are created with their configuration, read, changed and deleted", async () => {
    const options = {
      metric: "dot",
      dimension: 3,
      m: 24,
      quotas: { maxVectors: 9, maxQps: 0.5 },
      labels: { a: "b" },
    } as const;
    const info = await client.createNamespace("n1", options);
    expect(info).toEqual({
      name: "n1",
      status: "active",
      config: { dimension: 3, metric: "dot", m: 24 },
      quotas: { maxVectors: 9, maxQps: 0.5 },
      description: "",
      labels: { a: "b" },
      cacheAnswers: true,
      createdAtMs: 1_700_000_000_000,
      updatedAtMs: 1_700_000_001_000,
    });
    expect(await client.getNamespace("n1")).toEqual(info);
    const changes = {
      status: "read_only",
      quotas: { maxVectors: 5, maxQps: null },
      labels: { a: null, c: "d" },
    } as const;
    expect(await client.updateNamespace("n1", { ...changes, description: "x", cacheAnswers: false })).toMatchObject({
      status: "read_only",
      description: "x",
      cacheAnswers: false,
    });
    expect(server.lastMessage()).toMatchObject({
      quotas: { maxVectors: 5n },
      clearQuotas: ["max_qps"],
      labels: { c: "d" },
      removeLabels: ["a"],
    });
    expect(await client.getNamespaceUsage("n1")).toMatchObject({
      status: "read_only",
      quotas: { maxVectors: 9 },
      usage: { vectorCount: 7, currentQps: 0.5, activeConnections: 1, queriesTotal: 0 },
    });
    await client.deleteNamespace("n1");
    await expect(client.getNamespace("n1")).rejects.toMatchObject({ reason: "NAMESPACE_NOT_FOUND" });
  });

  it("are listed over all pages", async () => {
    for (const name of ["p1", "p2", "q"]) await client.createNamespace(name);
    expect((await client.listNamespaces({ prefix: "p" })).map(({ name }) => name)).toEqual(["p1", "p2"]);
  });

  it("tell what they use, over all pages", async () => {
    const usages = [];
    for await (const usage of client.exportUsage()) usages.push(usage);
    expect(usages.map(({ name }) => name)).toEqual(["p1", "p2", "q"]);
    expect(usages[0]).toMatchObject({
      quotas: {},
      usage: { vectorCount: 7, requestsTotal: 9, bytesInTotal: 0, vectorSecondsTotal: 14, vectorMillisecondsRest: 35 },
      countedSinceMs: 1_700_000_000_000,
      countedUntilMs: 1_700_000_002_005,
    });
  });

  it("refuse values that the schema has not", async () => {
    await expect(client.createNamespace("x", { metric: "hamming" as never })).rejects.toMatchObject({
      reason: "INVALID_CONFIGURATION",
      message: expect.stringContaining("cosine, dot, euclidean"),
    });
    await expect(client.updateNamespace("x", { quotas: { maxCats: null } as never })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });
});
