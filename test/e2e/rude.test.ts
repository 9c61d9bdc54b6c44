import { once } from "node:events";
import * as http2 from "node:http2";
import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { sendHttp } from "./harness/http.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";

let server: TestServer;
const sockets: Socket[] = [];

beforeAll(async () => {
  server = await startTestServer({ firstByteTimeoutMs: 500, maxMessageBytes: 64 * 1024 });
  await server.ask("Upsert", { records: [{ id: "a", vector: [1, 0] }] });
});
afterAll(() => server?.stop());

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  const health = await sendHttp(server, { method: "GET", path: "/health" });
  expect(health.status, "the server still answers").toBe(200);
});

/** A connection that keeps what it is sent. */
function open(): { readonly socket: Socket; readonly got: () => string } {
  const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  sockets.push(socket);
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk) => {
    text += chunk;
  });
  socket.on("error", () => {});
  return { socket, got: () => text };
}

/** Sends bytes, and waits until the server closes the connection. @returns what it answered */
async function sendUntilClosed(bytes: string | Uint8Array): Promise<string> {
  const { socket, got } = open();
  socket.write(bytes);
  await once(socket, "end");
  return got();
}

const head = (lines: string) => `${lines}\r\nhost: localhost\r\n`;
const post = (path: string, headers: string) =>
  head(`POST ${path} HTTP/1.1\r\ncontent-type: application/json\r\n${headers}`);
const COUNT = "/vecstore.v1.VecStoreService/Count";

describe("bytes that are no request", () => {
  test.each([
    ["garbage", Uint8Array.of(0, 1, 2, 3, 255, 254, 10, 13, 10), /^HTTP\/1\.1 400 /],
    ["TLS where there is none", Uint8Array.of(0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5), /^$/],
    ["HTTP/2 that turns into garbage", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGARBAGEGARBAGE", /^/],
    ["a request without a host", "GET /health HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["headers of 40 KB", head(`GET /health HTTP/1.1\r\nx: ${"a".repeat(40_000)}`), /^HTTP\/1\.1 431 /],
    ["a path of 40 KB", head(`GET /${"a".repeat(40_000)} HTTP/1.1`), /^HTTP\/1\.1 431 /],
    [
      "two lengths of one body",
      `${post("/v1/count", "content-length: 2\r\ntransfer-encoding: chunked")}\r\n2\r\n{}\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    ["a chunk without a length", `${post("/v1/count", "transfer-encoding: chunked")}\r\nZZ\r\n{}`, /^HTTP\/1\.1 400 /],
    ["a negative length", `${post("/v1/count", "content-length: -5")}\r\n{}`, /^HTTP\/1\.1 400 /],
    ["a tunnel", "CONNECT a:1 HTTP/1.1\r\nhost: localhost\r\n\r\n", /^$/],
    ["nothing at all", "", /^$/],
    ["half of HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\n", /^$/],
  ])("close their connection: %s", async (_, bytes, answer) => {
    expect(await sendUntilClosed(bytes)).toMatch(answer);
  });
});

describe("requests of odd shapes", () => {
  test.each([
    ["HTTP/1.0", "GET /health HTTP/1.0\r\n\r\n"],
    ["a half-closed connection", `${head("GET /health HTTP/1.1\r\nconnection: close")}\r\n`],
    [
      "an offer of h2c",
      `${head("GET /health HTTP/1.1\r\nconnection: close, upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk")}\r\n`,
    ],
    ["an absolute address", `${head("GET http://localhost/health HTTP/1.1\r\nconnection: close")}\r\n`],
    [
      "two in one packet",
      `${head("GET /health HTTP/1.1")}\r\n${head("GET /health HTTP/1.1\r\nconnection: close")}\r\n`,
    ],
  ])("are answered: %s", async (name, bytes) => {
    const { socket, got } = open();
    socket.write(bytes);
    if (name.startsWith("a half-closed")) socket.end();
    await once(socket, "end");
    expect(got()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*"status":"healthy"/);
  });

  test("are answered when they come byte by byte", async () => {
    const { socket, got } = open();
    socket.setNoDelay(true);
    for (const byte of `${head("GET /health HTTP/1.1\r\nconnection: close")}\r\n`) {
      await new Promise((resolve) => socket.write(byte, resolve));
    }
    await once(socket, "end");
    expect(got()).toContain('"status":"healthy"');
  });

  test.each([
    ["/v1/count", "rest"],
    [COUNT, "connect"],
  ])("count as canceled when a body is cut short: %s", async (path, door) => {
    const count = async (code: string) => {
      const page = await sendHttp(server, { method: "GET", path: "/metrics" });
      return readMetric(page.body.toString(), "vecstore_requests_total", { door, code });
    };
    const before = await count("canceled");
    const { socket } = open();
    socket.write(`${post(path, "content-length: 20")}\r\n{}`);
    await until("the system has taken the bytes", () => !socket.connecting && socket.writableLength === 0);
    socket.destroy();
    await until("the call is counted", async () => (await count("canceled")) === before + 1);
    expect(await count("internal")).toBe(0);
  });

  test("a small message that unpacks to a large one is too large", async () => {
    const body = gzipSync(Buffer.alloc(50_000_000));
    const headers = { "content-type": "application/proto", "content-encoding": "gzip" };
    const answer = await sendHttp(server, { path: COUNT, headers, body });
    expect([answer.status, JSON.parse(answer.body.toString()).code]).toEqual([429, "resource_exhausted"]);
  });

  test.each([
    ["filter", "/v1/query", '{"$not":', '{"vector": [1, 0], "filter": ', "}"],
    ["metadata", "/v1/upsert", '{"a":', '{"records": [{"id": "x", "vector": [1, 0], "metadata": ', "}]}"],
    ["tree", "/v1/query", '{"not_filter":{"operand":', '{"vector": [1, 0], "filter_ast": ', "}"],
  ])("JSON of 1,500 levels is a bad request: %s", async (_, path, level, before, after) => {
    const closing = "}".repeat(level.split("{").length - 1);
    const body = [before, level.repeat(1_500), "{}", closing.repeat(1_500), after].join("");
    const answer = await sendHttp(server, { path, headers: { "content-type": "application/json" }, body });
    expect(answer.status, answer.body.toString().slice(0, 200)).toBe(400);
  });

  test("names that JavaScript keeps for itself are names like others", async () => {
    const headers = { "content-type": "application/json" };
    const metadata = '{"__proto__": {"a": 1}, "constructor": "x"}';
    const body = `{"records": [{"id": "__proto__", "vector": [1, 0], "metadata": ${metadata}}]}`;
    expect((await sendHttp(server, { path: "/v1/upsert", headers, body })).status).toBe(200);
    const got = await sendHttp(server, { path: "/v1/get", headers, body: '{"ids": ["__proto__"]}' });
    expect(got.body.toString()).toContain('"__proto__":{"a":1}');
    const refused = await sendHttp(server, { path: "/v1/count", headers, body: '{"__proto__": {"filter": "a = 1"}}' });
    expect(refused.status).toBe(400);
  });
});

describe("many connections", () => {
  test("that say nothing are closed, and do not keep others out", async () => {
    const silent = Array.from({ length: 1_000 }, () => open().socket);
    await Promise.all(silent.map((socket) => socket.readyState === "open" || once(socket, "connect")));
    expect((await sendHttp(server, { method: "GET", path: "/health" })).status).toBe(200);
    await Promise.all(silent.map((socket) => socket.readableEnded || once(socket, "end")));
    for (const socket of silent) socket.destroy();
    await until("no connection is left", async () => {
      const page = await sendHttp(server, { method: "GET", path: "/metrics" });
      return (await readMetric(page.body.toString(), "vecstore_active_connections")) <= 2;
    });
  });

  test("streams that are opened and reset in a row do not wear the server out", async () => {
    const session = http2.connect(server.url);
    session.on("error", () => {});
    const request = { ":method": "POST", ":path": COUNT, "content-type": "application/json" };
    for (let at = 0; at < 2_000 && !session.destroyed; at++) {
      const stream = session.request(request);
      stream.on("error", () => {});
      stream.close(http2.constants.NGHTTP2_CANCEL);
      if (at % 100 === 0) await new Promise(setImmediate);
    }
    session.destroy();
    expect(await server.ask("Count", { filter: "none = 1" })).toEqual({});
  });

  test("512 calls at once on one connection are all answered", async () => {
    const session = http2.connect(server.url);
    const ask = async () => {
      const stream = session.request({ ":method": "POST", ":path": "/v1/count", "content-type": "application/json" });
      stream.end("{}");
      const [headers] = await once(stream, "response");
      stream.resume();
      return headers[":status"];
    };
    // Twice what the server allows at once: the rest waits.
    expect(new Set(await Promise.all(Array.from({ length: 512 }, ask)))).toEqual(new Set([200]));
    session.destroy();
  });
});
