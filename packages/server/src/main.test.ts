import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, describe, expect, it } from "vitest";
import { ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { Health, HealthCheckResponse_ServingStatus as Status } from "./gen/grpc/health/v1/health_pb.js";
import { ApiKeyService, Role } from "./gen/vecstore/v1/api_key_service_pb.js";
import { VecStoreService } from "./gen/vecstore/v1/vecstore_service_pb.js";
import { launchServer, startServer } from "./main.js";
import { startTestServer, stopTestServers, TRANSPORTS, testTlsSettings, transportsOf } from "./testing/server.js";
import { TEST_TLS } from "./testing/tls.js";

const KEY = "the-admin-key";

async function failure(call: Promise<unknown>): Promise<readonly [string, string | undefined]> {
  const thrown = await call.then(
    () => new Error("it succeeded"),
    (error) => error,
  );
  const error = ConnectError.from(thrown);
  return [Code[error.code] as string, error.findDetails(ErrorInfoSchema)[0]?.reason];
}

const headersWith = (key: string): Record<string, string>[] => [
  { "x-api-key": key },
  { authorization: `Bearer ${key}` },
];

describe("with an admin key", () => {
  it.each(TRANSPORTS)("%s needs it", async (name) => {
    const { url } = await startTestServer({ adminKey: KEY });
    const client = createClient(VecStoreService, transportsOf(url)[name]);
    const big = { records: [{ id: "a", text: "x".repeat(100_000) }] };
    expect(await failure(client.getStats({}))).toEqual(["Unauthenticated", "API_KEY_MISSING"]);
    expect(await failure(client.upsert(big))).toEqual(["Unauthenticated", "API_KEY_MISSING"]);
    const stream = async () => {
      for await (const _ of client.queryStream({})) break;
    };
    expect((await failure(stream()))[0]).toBe("Unauthenticated");
    for (const headers of headersWith("wrong")) {
      expect(await failure(client.getStats({}, { headers }))).toEqual(["PermissionDenied", "API_KEY_UNKNOWN"]);
    }
    for (const headers of headersWith(KEY)) expect((await client.getStats({}, { headers })).namespace).toBe("default");
  });

  it("REST and the metrics need it, /health and /ready do not", async () => {
    const { url } = await startTestServer({ adminKey: KEY });
    const post = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    for (const [path, init] of [
      ["/v1/stats", {}],
      ["/v1/upsert", post],
      ["/metrics", {}],
      ["/docs", {}],
      ["/nope", {}],
    ] as const) {
      const reasonFor = async (headers: Record<string, string>) => {
        const response = await fetch(url + path, {
          ...init,
          headers: { ...("headers" in init ? init.headers : {}), ...headers },
        });
        return [response.status, (await response.json()).error.reason];
      };
      if (path !== "/nope") {
        expect(await reasonFor({}), path).toEqual([401, "API_KEY_MISSING"]);
        expect(await reasonFor({ "x-api-key": "wrong" }), path).toEqual([403, "API_KEY_UNKNOWN"]);
      }
    }
    for (const headers of headersWith(KEY)) {
      expect((await fetch(`${url}/v1/stats`, { headers })).status).toBe(200);
      expect((await fetch(`${url}/metrics`, { headers })).status).toBe(200);
    }
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  });

  it("gRPC health is open", async () => {
    const { url } = await startTestServer({ adminKey: KEY });
    const transport = createGrpcTransport({ baseUrl: url });
    expect((await createClient(Health, transport).check({})).status).toBe(Status.SERVING);
  });
});

describe("without an admin key", () => {
  it("is open on loopback, ignores keys and says so once", async () => {
    const { url, logged } = await startTestServer();
    const headers = { "x-api-key": "any" };
    for (let i = 0; i < 2; i++) expect((await fetch(`${url}/v1/stats`, { headers })).status).toBe(200);
    expect(logged.filter((line) => String(line.msg).includes("keys are ignored"))).toHaveLength(1);
    const keys = createClient(ApiKeyService, createGrpcTransport({ baseUrl: url }));
    expect(await failure(keys.createApiKey({ role: Role.ADMIN }))).toEqual(["FailedPrecondition", "NO_ADMIN_KEY"]);
  });

  it("makes a key beyond loopback, shows it once and asks for it", async () => {
    const made: string[] = [];
    const listen = [{ host: "0.0.0.0", port: 0 }];
    const { port, logged } = await startTestServer({ listen, onCreatedKey: (key) => void made.push(key) });
    const url = `http://127.0.0.1:${port}/v1/stats`;
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { "x-api-key": made[0] as string } })).status).toBe(200);
    expect([made.length, JSON.stringify(logged).includes(made[0] as string)]).toEqual([1, false]);
  });

  it("keeps that key over a restart, and is closed on loopback too from then on", async () => {
    const data = await mkdtemp(join(tmpdir(), "vecstore-server-"));
    const made: string[] = [];
    const onCreatedKey = (key: string) => void made.push(key);
    const first = await startTestServer({ listen: [{ host: "0.0.0.0", port: 0 }], onCreatedKey, data });
    await first.close();
    for (const host of ["0.0.0.0", "127.0.0.1"]) {
      const { port, close } = await startTestServer({ listen: [{ host, port: 0 }], onCreatedKey, data });
      const url = `http://127.0.0.1:${port}/v1/stats`;
      expect((await fetch(url)).status).toBe(401);
      expect((await fetch(url, { headers: { "x-api-key": made[0] as string } })).status).toBe(200);
      await close();
    }
    expect(made).toHaveLength(1);
  });

  it("makes another key when the key file is damaged, and says so", async () => {
    const data = await mkdtemp(join(tmpdir(), "vecstore-server-"));
    await writeFile(join(data, "KEYS"), "vecstore-keys 1\ndeadbeef {}\n");
    const local = await startTestServer({ data });
    expect((await fetch(`${local.url}/v1/stats`)).status).toBe(401);
    expect(local.logged).toContainEqual(expect.objectContaining({ msg: "keys_damaged", file: join(data, "KEYS") }));
    await local.close();
    const made: string[] = [];
    const listen = [{ host: "0.0.0.0", port: 0 }];
    const { port } = await startTestServer({ listen, onCreatedKey: (key) => void made.push(key), data });
    const headers = { "x-api-key": made[0] as string };
    expect((await fetch(`http://127.0.0.1:${port}/v1/stats`, { headers })).status).toBe(200);
  });

  it("is open beyond loopback when that is asked for", async () => {
    const { port } = await startTestServer({ listen: [{ host: "0.0.0.0", port: 0 }], insecure: true });
    expect((await fetch(`http://127.0.0.1:${port}/v1/stats`)).status).toBe(200);
  });
});

describe("TLS", () => {
  const overTls = (port: number, path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = { port, host: "127.0.0.1", path, ca: TEST_TLS.ca, ...TEST_TLS.client };
      httpsRequest(options, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });

  it("refuses clear text and says what to do, probes apart", async () => {
    const { tlsClientCa: _, ...tls } = testTlsSettings();
    const { port, url } = await startTestServer(tls);
    expect(await overTls(port, "/v1/stats")).toBe(200);
    const client = createClient(VecStoreService, transportsOf(url.replace("127.0.0.1", "localhost")).grpc);
    expect((await client.getStats({})).namespace).toBe("default");
    const clear = await fetch(`http://127.0.0.1:${port}/v1/stats`);
    expect([clear.status, await clear.text()]).toEqual([400, expect.stringContaining("https://")]);
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/ready`)).status).toBe(200);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const stream = session.request({ ":path": "/vecstore.v1.VecStoreService/GetStats", ":method": "POST" });
    const status = await new Promise((resolve) => stream.once("response", (headers) => resolve(headers[":status"])));
    session.destroy();
    expect(status).toBe(400);
  });

  it("serves clear text too when that is allowed, and asks for client certificates", async () => {
    const { port } = await startTestServer({ ...testTlsSettings(), allowPlaintext: true });
    expect((await fetch(`http://127.0.0.1:${port}/v1/stats`)).status).toBe(200);
    expect(await overTls(port, "/v1/stats")).toBe(200);
  });
});

describe("starting and stopping", () => {
  it("answers before it is ready, and says that it starts", async () => {
    const { port, data, close } = await launched();
    const url = `http://127.0.0.1:${port}`;
    // The directory opens in later turns of the loop; the first answers come before or after, never an error.
    const first = await fetch(`${url}/ready`);
    expect([200, 503]).toContain(first.status);
    await data;
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    await close();
  });

  it("refuses a directory that is in use", async () => {
    const { data } = await directoryOf();
    await expect(
      startServer({ listen: [{ host: "127.0.0.1", port: 0 }], data, logLevel: "silent" }),
    ).rejects.toMatchObject({
      reason: "DATA_DIR_IN_USE",
    });
  });

  it("drains: health watchers hear of it and end, the data is there after a restart", async () => {
    const { data, url, close } = await directoryOf();
    const transport = createGrpcTransport({ baseUrl: url });
    await createClient(VecStoreService, transport).upsert({ records: [{ id: "a", vector: [1] }] });
    const heard: Status[] = [];
    let first: () => void = () => {};
    const isWatching = new Promise<void>((resolve) => {
      first = resolve;
    });
    const watching = (async () => {
      for await (const { status } of createClient(Health, transport).watch({})) {
        heard.push(status);
        first();
      }
    })();
    await isWatching;
    await close();
    await watching;
    expect(heard).toEqual([Status.SERVING, Status.NOT_SERVING]);
    const again = await startTestServer({ data });
    const client = createClient(VecStoreService, createGrpcTransport({ baseUrl: again.url }));
    expect((await client.count({})).count).toBe(1n);
  });
});

const directories: string[] = [];
afterEach(async () => {
  await stopTestServers();
  await Promise.all(directories.splice(0).map((path) => rm(path, { recursive: true, force: true })));
});

async function newDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "vecstore-main-"));
  directories.push(path);
  return path;
}

async function directoryOf() {
  const data = await newDirectory();
  return { ...(await startTestServer({ data })), data };
}

async function launched() {
  const listen = [{ host: "127.0.0.1", port: 0 }];
  const server = await launchServer({ listen, data: await newDirectory(), threads: 0, logLevel: "silent" });
  return { port: server.ports[0] as number, data: server.ready, close: server.close };
}
