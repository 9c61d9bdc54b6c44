import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InstalledServer } from "./installed-server.js";
import { INSTALL_MS, isRegistryMissing, Project, REPOSITORY } from "./project.js";

/** Programs as npm has them for this platform; kept between runs, since they are large. */
const RUNTIMES = [
  { name: "bun", package: "@oven/bun-linux-x64@1.4.5", program: "@oven/bun-linux-x64/bin/bun", flags: [] },
  {
    name: "deno",
    package: "@deno/linux-x64-glibc@2.9.6",
    program: "@deno/linux-x64-glibc/deno",
    flags: ["run", "--allow-env", "--allow-net", "--allow-sys", "--no-lock"],
  },
];
const FOLDER = join(REPOSITORY, ".cache/runtimes");
const isOtherPlatform = `${process.platform}-${process.arch}` !== "linux-x64";

/** What must work in each: calls, both kinds of streams, an end by a signal, a typed error, and a server that is not there. */
const PROGRAM = `
import { VecStoreClient, VecStoreError } from "@vecstore/client";

const [url, namespace, protocol] = process.argv.slice(2);
const client = new VecStoreClient(url, { protocol, namespace });
await client.createNamespace(namespace, { dimension: 3 });
await client.upsertAll([
  { id: "a", vector: new Float32Array([1, 0, 0]), metadata: { year: 2020 } },
  { id: "b", vector: [0, 1, 0] },
]);
const [hit] = await client.query([1, 0, 0], { filter: "year > 2000", includeVector: true });
const error = await client.query([1]).catch((thrown) => thrown);
const streamed = [];
for await (const { id } of client.queryStream([1, 0, 0])) streamed.push(id);
for await (const _ of client.queryStream([1, 0, 0])) break;
const { imported } = await client.import([{ id: "c", vector: [0, 0, 1] }]);
const controller = new AbortController();
const canceled = client.count({ signal: controller.signal }).catch(({ reason }) => reason);
controller.abort();
const absent = new VecStoreClient("127.0.0.1:1", { protocol, retries: false });
console.log(
  JSON.stringify({
    id: hit.id,
    vector: Array.from(hit.vector),
    reason: error instanceof VecStoreError && error.reason,
    streamed,
    imported,
    canceled: await canceled,
    absent: await absent.count().catch(({ reason }) => reason),
    count: await client.count(),
  }),
);
client.close();
absent.close();
`;

describe.skipIf(isRegistryMissing || isOtherPlatform)("the packed client", () => {
  const servers = new Project();
  const clients = new Project();
  let server: InstalledServer;

  beforeAll(async () => {
    await clients.install(await clients.pack("client-js"));
    await servers.install(await servers.pack("client-js"), await servers.pack("engine"), await servers.pack("server"));
    clients.write("program.mjs", PROGRAM);
    installRuntimes();
    server = await InstalledServer.start(servers);
  }, INSTALL_MS);
  afterAll(async () => {
    await server?.stop();
    clients.remove();
    servers.remove();
  });

  describe.each(RUNTIMES)("in $name", ({ name, program, flags }) => {
    it.each(["connect", "grpc-web", "grpc"])("does all of it over %s", async (protocol) => {
      const args = [...flags, "program.mjs", server.url, `${name}-${protocol}`, protocol];
      const options = { cwd: clients.folder };
      const { stdout } = await promisify(execFile)(join(FOLDER, "node_modules", program), args, options);
      expect(JSON.parse(stdout)).toEqual({
        id: "a",
        vector: [1, 0, 0],
        reason: "DIMENSION_MISMATCH",
        streamed: ["a", "b"],
        imported: 1,
        canceled: "CANCELED",
        absent: "UNREACHABLE",
        count: 3,
      });
    });
  });
});

function installRuntimes(): void {
  if (RUNTIMES.every(({ program }) => existsSync(join(FOLDER, "node_modules", program)))) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, "package.json"), '{ "private": true }');
  const packages = RUNTIMES.map((runtime) => runtime.package);
  const { status, stderr } = spawnSync("npm", ["install", "--ignore-scripts", ...packages], {
    cwd: FOLDER,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
}
