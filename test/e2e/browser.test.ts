import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { VecStoreClient } from "@vecstore/client";
import { type RunningServer, startServer } from "@vecstore/server";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CHROMIUM = "/usr/bin/chromium";

/** A browser that stays on this machine: no updates, no telemetry, no QUIC. */
const ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const ADMIN_KEY = "browser-test-admin-key";

/** What the page hands to the code that runs in it. */
declare global {
  var connect: (options: Record<string, unknown>) => VecStoreClient;
}

const hasChromium = existsSync(CHROMIUM);
const isCi = process.env.CI === "true";
if (!hasChromium && !isCi) console.warn(`browser tests are skipped: no ${CHROMIUM}; run apt-get install chromium`);

describe.skipIf(!hasChromium && !isCi)("the client in Chromium", () => {
  let dataDir: string;
  let pages: Server;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    if (!hasChromium) throw new Error(`no ${CHROMIUM}; run apt-get install chromium`);
    dataDir = await mkdtemp(join(tmpdir(), "vecstore-browser-"));
    pages = await servePages(await bundleClient());
    server = await startServer({
      listen: [{ host: "127.0.0.1", port: 0 }],
      data: dataDir,
      adminKey: ADMIN_KEY,
      corsOrigins: [originOf(pages, "127.0.0.1")],
      logSink: { write: () => {} },
    });
    browser = await chromium.launch({ executablePath: CHROMIUM, headless: false, args: ARGUMENTS });
    page = await openPage("127.0.0.1");
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await new Promise((resolve) => (pages ? pages.close(resolve) : resolve(undefined)));
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  });

  async function openPage(host: string): Promise<Page> {
    const opened = await browser.newPage();
    await opened.goto(originOf(pages, host));
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
    const foreign = await openPage("localhost");
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

function originOf(server: Server, host: string): string {
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

/** Bundles the browser's entry as an application's bundler would, with the way to make a client as a global. */
async function bundleClient(): Promise<string> {
  const contents = `
    import { VecStoreClient } from "@vecstore/client";
    globalThis.connect = ({ address, ...options }) => new VecStoreClient(address, options);
  `;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["@vecstore/source"],
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

/** Serves a page with the bundle on a port of its own, so on another origin than the server. */
async function servePages(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    const isScript = request.url === "/client.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8");
    response.end(isScript ? script : '<!doctype html><script type="module" src="/client.js"></script>');
  });
  // Without a host it listens on IPv6 too, where `localhost` may lead.
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return server;
}
