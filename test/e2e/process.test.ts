import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CONNECT_STATUS } from "./errors.cases.js";
import { DOORS, statusOf } from "./harness/doors.js";
import { sendHttp, type Target } from "./harness/http.js";
import { VecstoreProcess } from "./harness/process.js";
import { methodOf } from "./harness/schema.js";
import { ask, until } from "./harness/server.js";
import { StallingReader } from "./harness/stalling-reader.js";

let folder: string;
let data: string;
const processes: VecstoreProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vecstore-e2e-"));
  data = join(folder, "data");
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each.kill()));
  await rm(folder, { recursive: true, force: true });
});

function run(...args: Parameters<typeof VecstoreProcess.run>): VecstoreProcess {
  const started = VecstoreProcess.run(...args);
  processes.push(started);
  return started;
}

async function serve(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const server = await VecstoreProcess.serve(data, args, env);
  processes.push(server);
  return server;
}

/** A thousand records of 30 KB: more than the buffers of sockets take. */
async function fill(target: Target): Promise<void> {
  const metadata = { body: "x".repeat(30_000) };
  for (const batch of ["a", "b"]) {
    const records = Array.from({ length: 500 }, (_, at) => ({ id: batch + at, vector: [1, at], metadata }));
    await ask(target, "Upsert", { records });
  }
}

const countOf = (chunk: JsonObject | undefined) => ((chunk?.results ?? []) as unknown[]).length;

const get = (target: Target, path: string, headers = {}) => sendHttp(target, { method: "GET", path, headers });

describe("vecstore serve", () => {
  test("listens where it says, and answers the paths of operators", async () => {
    const { target, stderr } = await serve();
    expect(target.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const health = await get(target, "/health");
    expect(JSON.parse(health.body.toString())).toEqual({ status: "healthy", timestamp: expect.any(String) });
    const ready = await get(target, "/ready");
    expect(JSON.parse(ready.body.toString())).toEqual({ status: "ready", timestamp: expect.any(String) });
    const metrics = await get(target, "/metrics");
    expect(metrics.headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(metrics.body.toString()).toMatch(/^vecstore_active_connections [1-9]/m);
    expect(stderr).toBe("");
  });

  test("finishes a stream that runs when SIGTERM comes, takes no new connection, and exits with 0", async () => {
    const server = await serve();
    await fill(server.target);
    const reader = await StallingReader.connect(server.target, { query: { vector: [1, 0], limit: 1_000 } });
    let results = countOf(await reader.next());
    server.signal("SIGTERM");
    await server.prints('"msg":"draining"');
    const isRefused = () =>
      get(server.target, "/health").then(
        () => false,
        () => true,
      );
    await until("no new connection is taken", isRefused);
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) results += countOf(chunk);
    expect(results).toBe(1_000);
    expect(await server.ended()).toBe(0);
    expect(server.stdout).toContain('"msg":"stopped"');
  });

  test("answers a request whose body ends after SIGTERM, and then closes the connection", async () => {
    const server = await serve();
    const socket = connect({ port: Number(new URL(server.target.url).port), host: "127.0.0.1" });
    let answer = "";
    socket.on("data", (text) => {
      answer += text;
    });
    const body = '{"records": [{"id": "late", "vector": [1, 2]}]}';
    const head =
      "POST /v1/upsert HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nexpect: 100-continue";
    socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 9)}`);
    await until("the server reads the body", () => answer.includes("100 Continue"));
    server.signal("SIGTERM");
    await server.prints('"msg":"draining"');
    socket.write(body.slice(9));
    await once(socket, "close");
    expect(answer.split("\r\n\r\n").slice(1).join("\n")).toMatch(/^HTTP\/1\.1 (200 OK|503 Service Unavailable)/);
    expect(await server.ended()).toBe(0);
  });

  test("exits with 0 although a reader has stopped in the middle of a stream", async () => {
    const server = await serve(["--drain-timeout", "200ms"]);
    await fill(server.target);
    const reader = await StallingReader.connect(server.target, { query: { vector: [1, 0], limit: 1_000 } });
    await reader.next();
    server.signal("SIGTERM");
    expect(await server.ended()).toBe(0);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("drains on %s and keeps everything", async (signal) => {
    const first = await serve();
    await ask(first.target, "Upsert", { records: [{ id: "a", vector: [1, 2] }] });
    first.signal(signal);
    expect(await first.ended()).toBe(0);
    const second = await serve();
    expect(await ask(second.target, "Count", {})).toEqual({ count: "1" });
  });

  // Windows does not delete what a process works in.
  test.skipIf(process.platform === "win32").each(["data", join("..", "data")])(
    "drains on the first SIGTERM although its working directory was deleted, with %s as its data",
    async (place) => {
      const cwd = join(folder, "cwd");
      await mkdir(cwd);
      const server = run(["serve", "--listen", "127.0.0.1:0", "--data", place], {}, cwd);
      const target = { url: await server.url() };
      expect(JSON.parse(await server.prints('"msg":"ready"')).data).toBe(await realpath(join(cwd, place)));
      await ask(target, "Upsert", { records: [{ id: "a", vector: [1, 2] }] });
      await rm(cwd, { recursive: true });
      server.signal("SIGTERM");
      expect(await server.ended()).toBe(0);
      expect(server.stdout).toContain('"msg":"stopped"');
      if (place === "data") return;
      expect(await ask((await serve()).target, "Count", {})).toEqual({ count: "1" });
    },
  );

  test("keeps every acknowledged write when it is killed", async () => {
    const first = await serve();
    await ask(first.target, "NamespaceService.CreateNamespace", { name: "docs", config: { metric: "METRIC_DOT" } });
    for (let at = 0; at < 20; at++) {
      const records = [{ id: `r${at}`, vector: [at, 1], metadata: { at } }];
      await ask(first.target, "Upsert", { namespace: "docs", records });
    }
    await ask(first.target, "Delete", { namespace: "docs", ids: ["r3"] });
    const before = await ask(first.target, "List", { namespace: "docs", includeVector: true });
    first.signal("SIGKILL");
    expect(await first.ended()).toBe("SIGKILL");
    const second = await serve();
    expect(await ask(second.target, "List", { namespace: "docs", includeVector: true })).toEqual(before);
    expect(before.records).toHaveLength(19);
    expect(await ask(second.target, "NamespaceService.GetNamespace", { name: "docs" })).toMatchObject({
      namespace: { config: { metric: "METRIC_DOT", dimension: 2 } },
    });
  });

  test("refuses a directory that another server has open", async () => {
    await serve();
    const second = run(["serve", "--listen", "127.0.0.1:0", "--data", data]);
    expect(await second.ended()).toBe(1);
    expect(second.stderr).toMatch(/^vecstore: directory .* is open in process \d+, .*\n$/);
  });

  test("refuses a port that is taken", async () => {
    const { target } = await serve();
    const { host } = new URL(target.url);
    const second = run(["serve", "--listen", host, "--data", join(folder, "other")]);
    expect(await second.ended()).toBe(1);
    expect(second.stderr).toBe(`vecstore: ${host} is in use; choose another address with --listen\n`);
  });
});

describe("the admin key of VECSTORE_ADMIN_KEY", () => {
  const KEY = "a key of the environment";

  test("is needed at every door", async () => {
    const { target, stdout, stderr } = await serve([], { VECSTORE_ADMIN_KEY: KEY });
    const rpc = methodOf("Count");
    for (const door of DOORS) {
      const call = (headers: Record<string, string>) => door.call(target, rpc, {}, { headers });
      const [none, wrong] = [await call({}), await call({ "x-api-key": "wrong" })];
      expect([none, wrong], door.name).toMatchObject([{ reason: "API_KEY_MISSING" }, { reason: "API_KEY_UNKNOWN" }]);
      expect([httpOf(none), httpOf(wrong)]).toEqual([
        statusOf(door, CONNECT_STATUS.unauthenticated!, 401),
        statusOf(door, CONNECT_STATUS.permission_denied!, 403),
      ]);
      expect(await call({ "x-api-key": KEY }), door.name).toMatchObject({ ok: true });
    }
    const statuses = [{}, { "x-api-key": "wrong" }, { "x-api-key": KEY }].map((each) => get(target, "/metrics", each));
    expect((await Promise.all(statuses)).map(({ status }) => status)).toEqual([401, 403, 200]);
    expect(stdout + stderr).not.toContain(KEY);
  });

  test("creates a namespace by REST, which is then used", async () => {
    const { target } = await serve([], { VECSTORE_ADMIN_KEY: KEY });
    const post = async (path: string, body: object) => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${KEY.replaceAll(" ", "")}` };
      return sendHttp(target, {
        path,
        headers: { ...headers, authorization: "", "x-api-key": KEY },
        body: JSON.stringify(body),
      });
    };
    const created = await post("/admin/namespaces", { name: "tenant", config: { dimension: 2 } });
    expect([created.status, JSON.parse(created.body.toString())]).toMatchObject([200, { name: "tenant" }]);
    const written = await post("/v1/upsert", { namespace: "tenant", records: [{ id: "a", vector: [1, 2] }] });
    expect(JSON.parse(written.body.toString())).toMatchObject({ upserted: 1, inserted: 1 });
  });
});

const httpOf = (outcome: object) => ("http" in outcome ? outcome.http : undefined);

describe("the command", () => {
  const FAILURES: readonly (readonly [string[], RegExp])[] = [
    [[], /^vecstore, a vector database\n/],
    [["sevre"], /^vecstore: unknown command sevre; commands: /],
    [["serve", "--lisen", "x"], /^vecstore serve: unknown argument --lisen; flags: .*--listen/],
    [["serve", "extra"], /^vecstore serve: unknown argument extra/],
    [["serve", "--data"], /^vecstore serve: --data needs a value/],
    [["serve", "--listen", "8080"], /^vecstore serve: listen \(flag --listen\): got "8080"; allowed: HOST:PORT/],
    [
      ["serve", "--threads", "many"],
      /^vecstore serve: threads \(flag --threads\): got "many"; allowed: a whole number/,
    ],
    [["serve", "--tls-cert", "x.pem"], /^vecstore serve: tls\.cert and tls\.key go together/],
    [["serve", "--config", "/nowhere.yaml"], /^vecstore serve: cannot read the configuration file \/nowhere\.yaml/],
    [["config", "--fsync", "sometimes"], /^vecstore config: fsync \(flag --fsync\): got "sometimes"/],
  ];
  test.each(FAILURES)("exits with 2 and a line for %j", async (args, line) => {
    const command = run(args);
    expect(await command.ended()).toBe(2);
    expect(command.stderr).toMatch(line);
    expect(command.stdout).toBe("");
  });

  test.each([
    [["--version"], /^vecstore \d+\.\d+\.\d+\n$/],
    [["version"], /^vecstore \d+\.\d+\.\d+\n$/],
    [["--help"], /Usage: vecstore COMMAND/],
    [["serve", "--help"], /--listen ADDR[\s\S]*VECSTORE_LISTEN/],
  ])("exits with 0 and prints, for %j", async (args, text) => {
    const command = run(args);
    expect(await command.ended()).toBe(0);
    expect(command.stdout).toMatch(text);
    expect(command.stderr).toBe("");
  });

  test("config prints every value with its source, the flag before the variable before the file", async () => {
    const file = join(folder, "vecstore.yaml");
    await writeFile(file, "threads: 2\nfsync: never\nlog:\n  level: warn\n");
    const env = { VECSTORE_THREADS: "3", VECSTORE_FSYNC: "100ms" };
    const command = run(["config", "--config", file, "--fsync", "always"], env);
    expect(await command.ended()).toBe(0);
    const lineOf = (key: string) => command.stdout.split("\n").find((line) => line.startsWith(`${key} `));
    expect(lineOf("fsync")).toMatch(/ always +# flag --fsync$/);
    expect(lineOf("threads")).toMatch(/ 3 +# environment VECSTORE_THREADS$/);
    expect(lineOf("log.level")).toMatch(new RegExp(` warn +# file ${file}$`));
    expect(lineOf("data")).toMatch(/ \.\/data +# default$/);
  });
});
