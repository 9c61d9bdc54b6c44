import { once } from "node:events";
import * as http2 from "node:http2";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { doorNamed } from "./harness/doors.js";
import { toFrame } from "./harness/frames.js";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer } from "./harness/server.js";

let server: TestServer;
const ends: (() => void)[] = [];
beforeAll(async () => {
  const limits = { maxHeaderBytes: 8_192, maxHeaders: 20, maxMessageBytes: 64 * 1024 };
  server = await startTestServer({ bodyTimeoutMs: 100, headerTimeoutMs: 100, ...limits });
});
afterAll(() => server?.stop());
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function open(): Socket {
  const socket = connect({ port: server.port, host: "127.0.0.1" });
  ends.push(() => socket.destroy());
  socket.on("error", () => {});
  return socket;
}

function openHttp2(): http2.ClientHttp2Session {
  const session = http2.connect(server.url);
  ends.push(() => session.destroy());
  session.on("error", () => {});
  return session;
}

const COUNT = "/vecstore.v1.VecStoreService/Count";
const QUERY = "/vecstore.v1.VecStoreService/Query";
const QUERY_STREAM = "/vecstore.v1.VecStoreService/QueryStream";
/** Begins, and never ends. */
const HALF = '{"filter": "';
const HALF_FRAME = toFrame(Buffer.alloc(500)).subarray(0, 100);

/** gRPC puts messages into percent codes. */
const plain = (text: string) => text.replaceAll("%20", " ");

describe("a body that does not come whole", () => {
  test.each([
    ["REST", "/v1/count", "application/json", HALF, 504],
    ["Connect, unary", COUNT, "application/json", HALF, 504],
    ["Connect, a stream of answers", QUERY_STREAM, "application/connect+proto", HALF_FRAME, 200],
    ["gRPC-Web", COUNT, "application/grpc-web", HALF_FRAME, 200],
    ["gRPC-Web, fast lane", QUERY, "application/grpc-web", HALF_FRAME, 200],
    ["Connect, fast lane", QUERY, "application/proto", HALF_FRAME, 504],
  ])("is given up over HTTP/1.1, and the connection ends: %s", async (_, path, type, half, status) => {
    const socket = open();
    socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ncontent-length: 9000\r\n\r\n`);
    socket.write(half);
    const answer = plain((await socket.toArray()).join(""));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain("the body did not come whole within 100 ms");
    expect(answer).toMatch(/^connection: close/im);
  });

  test.each([
    ["REST", "/v1/count", "application/json", HALF],
    ["Connect, unary", COUNT, "application/json", HALF],
    ["Connect, a stream of answers", QUERY_STREAM, "application/connect+proto", HALF_FRAME],
    ["gRPC", COUNT, "application/grpc", HALF_FRAME],
    ["gRPC, fast lane", QUERY, "application/grpc", HALF_FRAME],
    ["Connect, fast lane", QUERY, "application/proto", HALF_FRAME],
    ["gRPC-Web", COUNT, "application/grpc-web", HALF_FRAME],
  ])("is given up over HTTP/2, and the stream ends, not the session: %s", async (_, path, type, half) => {
    const session = openHttp2();
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": type, te: "trailers" });
    stream.on("error", () => {});
    stream.write(half);
    const heads: string[] = [];
    for (const event of ["response", "trailers"]) stream.on(event, (each) => heads.push(JSON.stringify(each)));
    const chunks: Buffer[] = [];
    stream.on("data", (chunk) => chunks.push(chunk));
    await once(stream, "close");
    const text = plain([...heads, Buffer.concat(chunks).toString("latin1")].join(" "));
    expect(text).toContain("the body did not come whole within 100 ms");
    expect(session.closed).toBe(false);
  });

  test("counts as a deadline that passed", async () => {
    const page = (await sendHttp(server, { method: "GET", path: "/metrics" })).body.toString();
    for (const door of ["rest", "connect", "grpc", "grpc_web"]) {
      const labels = { door, code: "deadline_exceeded" };
      expect(await readMetric(page, "vecstore_requests_total", labels), door).toBeGreaterThan(0);
    }
  });

  test("leaves a stream of the caller's alone, which idle_timeout bounds", async () => {
    const session = openHttp2();
    const headers = { ":method": "POST", ":path": "/v1/import", "content-type": "application/x-ndjson" };
    const stream = session.request(headers);
    const response = once(stream, "response");
    stream.write('{"id": "slow", "vector": [1, 1]}\n');
    // Longer than the body of one message may take, by a request that takes that long.
    const other = open();
    other.write("POST /v1/count HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{");
    await other.toArray();
    stream.end('{"id": "later", "vector": [1, 2]}\n');
    const [answered] = await response;
    expect(answered[":status"]).toBe(200);
    expect((await stream.toArray()).join("")).not.toContain("error");
    // It has no body that could be late.
    const got = await doorNamed("Connect, GET").call(server, methodOf("Get"), { ids: ["slow", "later"] });
    expect(got).toMatchObject({ ok: true, message: { records: [{ id: "slow" }, { id: "later" }] } });
  });
});

describe("headers", () => {
  test("that do not come whole end their connection", async () => {
    const socket = open();
    socket.write("GET /health HTTP/1.1\r\nhost: local");
    expect((await socket.toArray()).join("")).toMatch(/^HTTP\/1\.1 408 /);
  });

  /** Headers beside those that every request has; HTTP/1.1 has `host` and `connection`. */
  const headersOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, "1"]));

  test("are as many as the setting says, and no more", async () => {
    const get = (headers: Record<string, string>) => sendHttp(server, { method: "GET", path: "/health", headers });
    expect((await get(headersOf(18))).status).toBe(200);
    expect((await get(headersOf(19))).status).toBe(431);
    expect((await get(headersOf(200))).status).toBe(431);
    const session = openHttp2();
    const send = (headers: Record<string, string>) => session.request({ ":path": "/health", ...headers });
    expect((await once(send(headersOf(20)), "response"))[0][":status"]).toBe(200);
    await expect(once(send(headersOf(21)), "response")).rejects.toThrow("NGHTTP2_ENHANCE_YOUR_CALM");
    expect((await once(send({}), "response"))[0][":status"]).toBe(200);
  });

  test("are as large as the setting says, and no larger", async () => {
    const get = (x: string) => sendHttp(server, { method: "GET", path: "/health", headers: { x } });
    expect((await get("x".repeat(7_000))).status).toBe(200);
    expect((await get("x".repeat(9_000))).status).toBe(431);
    const session = openHttp2();
    const send = (x: string) => session.request({ ":path": "/health", x });
    expect((await once(send("x".repeat(7_000)), "response"))[0][":status"]).toBe(200);
    await expect(once(send("x".repeat(9_000)), "response")).rejects.toThrow();
  });
});
