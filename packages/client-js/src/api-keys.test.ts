import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VecStoreClient } from "./index.js";
import { FakeServer } from "./testing/fake-server.js";

let server: FakeServer;
let client: VecStoreClient;

beforeAll(async () => {
  server = await FakeServer.start();
  client = new VecStoreClient(server.url, { apiKey: "an admin's" });
});

afterAll(async () => {
  client.close();
  await server.close();
});

describe("keys", () => {
  it("are made, rotated, listed over all pages and revoked", async () => {
    const options = { name: "ingest", namespaces: ["docs"], expiresAtMs: 4_000_000_000_000.5 };
    const made = await client.createApiKey("writer", options);
    const info = { id: "k1", prefix: "vs_k1", role: "writer", createdAtMs: 1_700_000_000_000, ...options };
    expect(made).toEqual({ key: "vs_k1_secret", info });
    const { key } = await client.createApiKey("metrics");
    expect(key).toBe("vs_k2_secret");
    expect(await client.rotateApiKey("k1")).toEqual({
      key: "vs_k1_next",
      info: { ...info, rotatedAtMs: 1_700_000_000_000 },
    });
    expect((await client.listApiKeys()).map(({ id }) => id)).toEqual(["k1", "k2"]);
    await client.revokeApiKey("k1");
    expect((await client.listApiKeys()).map(({ id }) => id)).toEqual(["k2"]);
    const all = await client.listApiKeys({ includeRevoked: true });
    expect(all.map(({ id, revokedAtMs }) => [id, revokedAtMs])).toEqual([
      ["k1", 1_700_000_000_000],
      ["k2", undefined],
    ]);
  });

  it("that do not exist are said to be missing", async () => {
    await expect(client.rotateApiKey("nope")).rejects.toMatchObject({ code: "not_found", reason: "API_KEY_NOT_FOUND" });
  });

  it("refuse what the schema has not, before anything is sent", async () => {
    const before = server.requests.length;
    for (const call of [
      () => client.createApiKey("root" as never),
      () => client.createApiKey("toString" as never),
      () => client.createApiKey("admin", { expiresAtMs: Number.NaN }),
      () => client.createApiKey("admin", { name: "\ud800" }),
    ]) {
      await expect(call()).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
    }
    expect(server.requests.length).toBe(before);
  });
});
