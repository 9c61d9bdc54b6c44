import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { VecStoreClient } from "@vecstore/client";
import { type RunningServer, startServer } from "@vecstore/server";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Chromium, isChromiumMissing, startChromium } from "../support/chromium.js";
import { bundleForBrowser, type Site, serveSite } from "../support/site.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

const ADMIN_KEY = "browser-test-admin-key";

/** What the page hands to the code that runs in it. */
declare global {
  var connect: (options: Record<string, unknown>) => VecStoreClient;
}

/** The browser's entry, with the way to make a client as a global. */
const MAIN = `
  import { VecStoreClient } from "@vecstore/client";
  globalThis.connect = ({ address, ...options }) => new VecStoreClient(address, options);
`;

describe.skipIf(isChromiumMissing)("the client in Chromium", () => {
  let dataDir: string;
  let site: Site;
  let server: RunningServer;
  let browser: Chromium;
  let page: Page;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "vecstore-browser-"));
    site = await serveSite(new Map([["main.js", await bundleForBrowser(MAIN, { folder: HERE })]]));
    server = await startServer({
      listen: [{ host: "127.0.0.1", port: 0 }],
      data: dataDir,
      adminKey: ADMIN_KEY,
      corsOrigins: [site.origin],
      logSink: { write: () => {} },
    });
    browser = await startChromium();
    page = await openPage(site.origin);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await site?.close();
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  });

  async function openPage(origin: string): Promise<Page> {
    const opened = await browser.context.newPage();
    await opened.goto(origin);
    const options = { address: `127.0.0.1:${server.ports[0]}`, apiKey: ADMIN_KEY };
    await opened.evaluate((given) => {
      const make = globalThis.connect;
      globalThis.connect = (own) => make({ ...given, ...own });
    }, options);
    return opened;
  }

  describe.each(["connect", "grpc-web"] as const)("over %s", (protocol) => {
    it("writes records, and finds them with vectors bit for bit", async () => {
      const outcome = await page.evaluate(async (protocol) => {
        const client = globalThis.connect({ protocol, namespace: `browser-${protocol}` });
        await client.createNamespace(`browser-${protocol}`, { dimension: 3 });
        const vector = new Float32Array([0.1, 0.2, 0.3]);
        const written = await client.upsert([
          { id: "é", vector, metadata: { kind: "near", tags: ["x"] } },
          { id: "far", vector: [-1, 0.5, 0], metadata: { kind: "far" } },
        ]);
        const results = await client.query(vector, { limit: 10, includeVector: true });
        const filtered = await client.query(vector, { filter: "kind = 'far'" });
        return {
          written,
          ids: results.map(({ id }) => id),
          isSameVector: results[0]?.vector?.every((value, axis) => value === vector[axis]),
          metadata: results[0]?.metadata,
          strategy: results.stats.strategy,
          filtered: filtered.map(({ id }) => id),
          count: await client.count(),
        };
      }, protocol);
      expect(outcome).toMatchObject({
        written: { upserted: 2, inserted: 2 },
        ids: ["é", "far"],
        isSameVector: true,
        metadata: { kind: "near", tags: ["x"] },
        filtered: ["far"],
        count: 2,
      });
      expect(outcome.strategy).not.toBe("unknown");
    });

    it("streams hits, and may stop early", async () => {
      const ids = await page.evaluate(async (protocol) => {
        const client = globalThis.connect({ protocol, namespace: `browser-${protocol}` });
        const found: string[] = [];
        for await (const { id } of client.queryStream([0.1, 0.2, 0.3], { limit: 100 })) found.push(id);
        for await (const _ of client.queryStream([0.1, 0.2, 0.3])) break;
        return found;
      }, protocol);
      expect(ids).toEqual(["é", "far"]);
    });

    it("throws typed errors", async () => {
      const errors = await page.evaluate(async (protocol) => {
        const read = (error: Error) => JSON.parse(JSON.stringify({ ...error, message: error.message }));
        const client = globalThis.connect({ protocol, namespace: `browser-${protocol}` });
        const stranger = globalThis.connect({ protocol, apiKey: "not-a-key" });
        return {
          dimension: await client.query([1, 2]).then(String, read),
          key: await stranger.count().then(String, read),
          abort: await client.count({ signal: AbortSignal.abort() }).then(String, read),
        };
      }, protocol);
      expect(errors).toMatchObject({
        dimension: { name: "VecStoreError", code: "invalid_argument", reason: "DIMENSION_MISMATCH", retryable: false },
        key: { code: "permission_denied", reason: "API_KEY_UNKNOWN" },
        abort: { code: "canceled", reason: "CANCELED" },
      });
      expect(errors.dimension.message).toContain("2 dimensions");
    });
  });

  it("is kept out of pages of an origin that is not allowed", async () => {
    const foreign = await openPage(`http://localhost:${site.port}`);
    const error = await foreign.evaluate(() =>
      globalThis
        .connect({ retries: false })
        .count()
        .then(String, (thrown) => ({ ...thrown })),
    );
    expect(error).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
    await foreign.close();
  });
});
