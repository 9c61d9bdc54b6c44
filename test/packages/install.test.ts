import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InstalledServer } from "./installed-server.js";
import { INSTALL_MS, isRegistryMissing, Project, REPOSITORY } from "./project.js";

/** What a user would write first. */
const CLIENT = `
import { createAdminClient, filterBuilder, VecStoreClient, VecStoreError } from "@vecstore/client";

const [url] = process.argv.slice(2);
const admin = createAdminClient(url);
await admin.createNamespace("books", { dimension: 3 });
admin.close();
const outcomes = {};
for (const protocol of ["connect", "grpc-web", "grpc"]) {
  const client = new VecStoreClient(url, { protocol });
  const books = client.namespace("books");
  await books.upsertAll([{ id: "a", vector: new Float32Array([1, 0, 0]), metadata: { year: 2020 } }, { id: "b", vector: [0, 1, 0] }]);
  const filter = filterBuilder().field("year").gte(2000);
  const [hit] = await books.query([1, 0, 0], { filter, includeVector: true });
  const error = await books.query([1]).catch((thrown) => thrown);
  outcomes[protocol] = { hit, isTyped: error instanceof VecStoreError, reason: error.reason, count: await books.count() };
  client.close();
}
console.log(JSON.stringify(outcomes));
`;

/** A program that forgets to close its client. */
const UNCLOSED = `
import { VecStoreClient } from "@vecstore/client";

const [url, protocol] = process.argv.slice(2);
const client = new VecStoreClient(url, { protocol });
await client.count();
for await (const _ of client.queryStream({ text: "none" })) break;
await client.upsertAll([{ id: "text", text: "some" }]);
if (protocol !== "grpc-web") await client.import([{ id: "text", text: "some" }]);
console.log("done");
`;

/** The same for the compiler, with every library checked. */
const TYPES = `
import { filterBuilder, type QueryResults, type RecordInput, VecStoreClient } from "@vecstore/client";

interface Book { readonly title: string; readonly year: number }
const client = new VecStoreClient<Book>("localhost:8080", { timeoutMs: 1_000 });
const record: RecordInput<Book> = { id: "a", vector: new Float32Array(3), metadata: { title: "A", year: 1 } };
export async function run(): Promise<QueryResults<Book>> {
  await client.upsert([record]);
  // @ts-expect-error: a year is a number
  await client.upsert([{ id: "b", metadata: { title: "B", year: "2" } }]);
  return client.query([1, 2, 3], { filter: filterBuilder<Book>().field("year").gt(1) });
}
`;

const ENGINE = `
import { VecStore } from "@vecstore/engine";

const store = await VecStore.open(process.argv[2]);
await store.upsert([{ id: "a", vector: [1, 0, 0] }, { id: "b", vector: [0, 1, 0] }]);
const { results } = await store.query({ vector: [1, 0.1, 0], limit: 1 });
console.log(JSON.stringify(results.map(({ id }) => id)));
await store.close();
`;

describe.skipIf(isRegistryMissing)("what npm packs, installed into an empty project", () => {
  const servers = new Project();
  const clients = new Project();
  let server: InstalledServer;

  beforeAll(async () => {
    await clients.install(await clients.pack("client-js"));
    await servers.install(await servers.pack("client-js"), await servers.pack("engine"), await servers.pack("server"));
    server = await InstalledServer.start(servers);
  }, INSTALL_MS);
  afterAll(async () => {
    await server?.stop();
    clients.remove();
    servers.remove();
  });

  it("the client comes alone", () => {
    expect(clients.installed).toEqual(["@vecstore/client"]);
  });

  it("the server brings no compiler, and nothing that is built on the machine", () => {
    expect(servers.installed.filter((name) => /assemblyscript|binaryen|typescript|esbuild|gyp/.test(name))).toEqual([]);
    const native = execFileSync("find", ["node_modules", "-name", "*.node", "-o", "-name", "binding.gyp"], {
      cwd: servers.folder,
      encoding: "utf8",
    });
    expect(native).toBe("");
  });

  it("the client writes to the server and reads from it, by each protocol", async () => {
    clients.write("smoke.mjs", CLIENT);
    const outcomes = JSON.parse(await clients.node("smoke.mjs", server.url));
    for (const protocol of ["connect", "grpc-web", "grpc"]) {
      expect(outcomes[protocol]).toMatchObject({
        hit: { id: "a", metadata: { year: 2020 }, vector: { 0: 1, 1: 0, 2: 0 } },
        isTyped: true,
        reason: "DIMENSION_MISMATCH",
        count: 2,
      });
    }
  });

  it("CommonJS can load the client", async () => {
    clients.write("required.cjs", 'console.log(typeof require("@vecstore/client").VecStoreClient);');
    expect(await clients.node("required.cjs")).toBe("function\n");
  });

  it.each(["connect", "grpc-web", "grpc"])("a process ends by itself when its calls over %s have", async (protocol) => {
    clients.write("unclosed.mjs", UNCLOSED);
    expect(await clients.node("unclosed.mjs", server.url, protocol)).toBe("done\n");
  });

  it("the client's types hold where every library is checked, and nothing of Node's types is there", () => {
    clients.write("use.ts", TYPES);
    const modules = { module: "nodenext", moduleResolution: "nodenext", target: "es2022", lib: ["es2023", "dom"] };
    const compilerOptions = { ...modules, strict: true, noEmit: true, skipLibCheck: false, types: [] };
    clients.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["use.ts"] }));
    const compiler = join(REPOSITORY, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [compiler, "-p", "."], {
      cwd: clients.folder,
      encoding: "utf8",
    });
    expect(stdout).toBe("");
  });

  it("the engine opens a store", async () => {
    servers.write("embedded.mjs", ENGINE);
    expect(JSON.parse(await servers.node("embedded.mjs", servers.path("store")))).toEqual(["a"]);
  });
});
