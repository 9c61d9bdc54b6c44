import { afterEach, expect, it, vi } from "vitest";
import { createAdminClient as createInBrowser } from "./browser.js";
import { createAdminClient } from "./index.js";
import { FakeServer } from "./testing/fake-server.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

it("an admin's client takes the admin's key from the environment, and reads what all namespaces use", async () => {
  const server = await FakeServer.start();
  vi.stubEnv("VECSTORE_API_KEY", "of-a-writer");
  vi.stubEnv("VECSTORE_ADMIN_KEY", "of-an-admin");
  const clients = [createAdminClient(server.url), createAdminClient(server.url, { apiKey: "mine" })];
  vi.stubEnv("VECSTORE_ADMIN_KEY", "");
  clients.push(createAdminClient(server.url));
  clients.push(createInBrowser(server.url, { apiKey: "asked for" }) as (typeof clients)[0]);
  for (const admin of clients) {
    expect(await admin.getAggregateUsage()).toMatchObject({ namespaceCount: 0, startedAtMs: 0, serverVersion: "" });
    admin.close();
  }
  expect(server.requests.map(({ header }) => header.get("x-api-key"))).toEqual([
    "of-an-admin",
    "mine",
    "of-a-writer",
    "asked for",
  ]);
  await server.close();
});
