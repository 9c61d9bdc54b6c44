import { afterEach, describe, expect, it, vi } from "vitest";
import { type ClientOptions, type Protocol, VecStoreClient } from "./index.js";
import { FakeServer, TEST_TLS } from "./testing/fake-server.js";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(kind: "http" | "https" | "http2"): Promise<FakeServer> {
  const server = await FakeServer.start(kind);
  open.push(server);
  return server;
}

function connect(address: string | undefined, options: ClientOptions = {}): VecStoreClient {
  const client = new VecStoreClient(address, options);
  open.push(client);
  return client;
}

describe.each<[Protocol, "http" | "https" | "http2", ClientOptions]>([
  ["connect", "http", {}],
  ["grpc-web", "http", {}],
  ["grpc", "http2", {}],
  ["connect", "https", { tls: { ca: TEST_TLS.cert } }],
  ["grpc-web", "https", { tls: { ca: Buffer.from(TEST_TLS.cert) } }],
  ["connect", "https", { tls: { insecure: true } }],
  ["connect", "http", { fetch: globalThis.fetch }],
  ["grpc-web", "http", { fetch: globalThis.fetch }],
])("%s over %s with %j", (protocol, kind, options) => {
  it("carries vectors, errors and metadata", async () => {
    const server = await start(kind);
    const client = connect(server.url, { ...options, protocol, namespace: "n", apiKey: "k" });
    const vector = new Float32Array([0.25, -0.5]);
    await client.upsert([{ id: "é", vector, metadata: { a: [1, null] } }]);
    const [hit] = await client.query(vector, { includeVector: true });
    expect(hit).toMatchObject({ id: "é", vector, metadata: { a: [1, null] }, score: 0.3125 });
    await expect(client.update([{ id: "x" }])).rejects.toMatchObject({
      code: "not_found",
      reason: "RECORD_NOT_FOUND",
      details: { fact: "1" },
      message: "there is no record x",
    });
    expect(server.requests[0]?.header.get("x-api-key")).toBe("k");
  });
});

describe("connections of Node", () => {
  it("are kept and sent on at once, also over TLS", async () => {
    const server = await start("https");
    const client = connect(server.url, { tls: { ca: TEST_TLS.cert } });
    await client.upsert([{ id: "a", vector: new Float32Array(4_000) }]);
    let leastMs = Number.POSITIVE_INFINITY;
    for (let call = 0; call < 20; call++) {
      const startMs = performance.now();
      await client.upsert([{ id: "a", vector: new Float32Array(4_000) }]);
      leastMs = Math.min(leastMs, performance.now() - startMs);
    }
    // A socket that waits to fill its packets takes 44 ms for each call; a busy machine is that slow for some.
    expect(leastMs).toBeLessThan(40);
    expect(server.connections).toBe(1);
  });

  it("are refused when the certificate is not trusted, without a retry", async () => {
    const server = await start("https");
    await expect(connect(server.url).count()).rejects.toMatchObject({
      code: "unavailable",
      reason: "TLS_FAILED",
      retryable: false,
    });
    expect(server.connections).toBe(1);
  });

  it.each<[string, ClientOptions, RegExp]>([
    ["localhost:1", { tls: { insecure: true } }, /tls needs an https/],
    ["https://localhost", { tls: { insecure: true }, fetch: globalThis.fetch }, /together with fetch/],
    ["localhost:1", { protocol: "grpc", fetch: globalThis.fetch }, /connect or grpc-web/],
    ["localhost:1", { protocol: "soap" as never }, /connect, grpc or grpc-web/],
  ])("are refused to %s with %j", (address, options, message) => {
    expect(() => new VecStoreClient(address, options)).toThrow(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringMatching(message) }),
    );
  });
});

describe("the environment", () => {
  it("gives address and key where the arguments do not", async () => {
    const server = await start("http");
    vi.stubEnv("VECSTORE_URL", `127.0.0.1:${server.port}`);
    vi.stubEnv("VECSTORE_API_KEY", "from-environment");
    await connect(undefined).count();
    await connect(server.url, { apiKey: "mine", userAgent: "tool/1" }).count();
    expect(server.requests.map(({ header }) => header.get("x-api-key"))).toEqual(["from-environment", "mine"]);
    expect(server.requests[1]?.header.get("user-agent")).toBe("tool/1");
  });

  it("is not asked for what the options hold", async () => {
    vi.stubEnv("VECSTORE_API_KEY", "");
    const server = await start("http");
    await connect(server.url).count();
    expect(server.requests[0]?.header.has("x-api-key")).toBe(false);
  });
});
