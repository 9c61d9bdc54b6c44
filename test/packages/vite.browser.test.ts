import { createRequire } from "node:module";
import { join } from "node:path";
import { type RunningServer, startServer } from "@vecstore/server";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Chromium, isChromiumMissing, startChromium } from "../support/chromium.js";
import type { Site } from "../support/site.js";
import { serveBuilt } from "./built-site.js";
import { INSTALL_MS, isRegistryMissing, Project } from "./project.js";

const KEY = "vite-page-admin-key";
const VITE: string = createRequire(import.meta.url)("vite/package.json").version;

const PAGE = '<!doctype html><script type="module" src="/src/main.ts"></script>';

/** What a page of a user does, with a type for its metadata. */
const MAIN = `
import { filterBuilder, VecStoreClient, VecStoreError } from "@vecstore/client";

interface Book { readonly title: string; readonly year: number }

async function run(address: string, apiKey: string, protocol: "connect" | "grpc-web") {
  const client = new VecStoreClient(address, { apiKey, protocol });
  await client.createNamespace(protocol, { dimension: 3 });
  const books = client.namespace<Book>(protocol);
  const vector = new Float32Array([0.1, 0.2, 0.3]);
  await books.upsert([
    { id: "é", vector, metadata: { title: "A", year: 2020 } },
    { id: "far", vector: [-1, 0, 0], metadata: { title: "B", year: 1990 } },
  ]);
  const filter = filterBuilder<Book>().field("year").gte(2000);
  const [hit] = await books.query(vector, { filter, includeVector: true });
  const streamed: string[] = [];
  for await (const { id } of books.queryStream(vector)) streamed.push(id);
  const error: unknown = await books.query([1]).catch((thrown: unknown) => thrown);
  const typed = error instanceof VecStoreError ? { code: error.code, reason: error.reason } : undefined;
  return { id: hit!.id, title: hit!.metadata!.title, vector: Array.from(hit!.vector!), streamed, typed };
}

/** The same query from a worker of the page. */
function runInWorker(given: { address: string; apiKey: string; namespace: string }): Promise<unknown> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(given);
  });
}

Object.assign(globalThis, { run, runInWorker });
`;

const WORKER = `
import { VecStoreClient } from "@vecstore/client";

self.onmessage = async ({ data: { address, apiKey, namespace } }) => {
  const client = new VecStoreClient(address, { apiKey, namespace });
  const hits = await client.query(new Float32Array([0.1, 0.2, 0.3]));
  self.postMessage(hits.map(({ id }) => id));
};
`;

declare global {
  var runInWorker: (given: object) => Promise<unknown>;
  var run: (address: string, apiKey: string, protocol: string) => Promise<Record<string, unknown>>;
}

describe.skipIf(isChromiumMissing || isRegistryMissing)("a page that Vite builds with the packed client", () => {
  const project = new Project();
  let site: Site;
  let server: RunningServer;
  let browser: Chromium;
  let page: Page;

  beforeAll(async () => {
    await project.install(await project.pack("client-js"), `vite@${VITE}`);
    project.write("index.html", PAGE);
    project.write("src/main.ts", MAIN);
    project.write("src/worker.ts", WORKER);
    await project.node("node_modules/vite/bin/vite.js", "build", "--logLevel", "warn");
    site = await serveBuilt(project.path("dist"));
    server = await startServer({
      listen: [{ host: "127.0.0.1", port: 0 }],
      data: join(project.folder, "data"),
      adminKey: KEY,
      corsOrigins: [site.origin],
      logSink: { write: () => {} },
    });
    browser = await startChromium();
    page = await browser.context.newPage();
    await page.goto(site.origin);
  }, INSTALL_MS);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await site?.close();
    project.remove();
  });

  it.each(["connect", "grpc-web"])("writes, finds and gets a typed error over %s", async (protocol) => {
    const address = `127.0.0.1:${server.ports[0]}`;
    const given = { address, key: KEY, protocol };
    const outcome = await page.evaluate((of) => globalThis.run(of.address, of.key, of.protocol), given);
    expect(outcome).toEqual({
      id: "é",
      title: "A",
      vector: Array.from(new Float32Array([0.1, 0.2, 0.3])),
      streamed: ["é", "far"],
      typed: { code: "invalid_argument", reason: "DIMENSION_MISMATCH" },
    });
  });

  it("queries from a worker", async () => {
    const given = { address: `127.0.0.1:${server.ports[0]}`, apiKey: KEY, namespace: "connect" };
    expect(await page.evaluate((of) => globalThis.runInWorker(of), given)).toEqual(["é", "far"]);
  });
});
