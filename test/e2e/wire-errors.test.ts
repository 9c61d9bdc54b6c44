import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONNECT_STATUS } from "./errors.cases.js";
import { DOORS, doorNamed, statusOf } from "./harness/doors.js";
import { readFrames, toFrame } from "./harness/frames.js";
import { type HttpRequest, sendHttp } from "./harness/http.js";
import { failedByConnectJson, failedByStatus } from "./harness/outcome.js";
import { methodOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";

const MESSAGE_BYTES_MAX = 64 * 1024;
const JSON_TYPE = { "content-type": "application/json" };
const rpcPath = (method: string) => `/vecstore.v1.VecStoreService/${method}`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ maxMessageBytes: MESSAGE_BYTES_MAX });
  await server.ask("Upsert", { records: [{ id: "a", vector: [1, 0, 0] }] });
});
afterAll(() => server?.stop());

describe("REST refuses", () => {
  const CASES: readonly (readonly [what: string, HttpRequest, status: number, reason: string, says: string])[] = [
    ["a path that is not there", { method: "GET", path: "/v2/query" }, 404, "NOT_IMPLEMENTED", "/v2/query"],
    [
      "a path below one that is",
      { path: "/v1/query/x", headers: JSON_TYPE, body: "{}" },
      404,
      "NOT_IMPLEMENTED",
      "/v1/query/x",
    ],
    ["a name that does not decode", { method: "DELETE", path: "/v1/snapshots/%zz" }, 404, "NOT_IMPLEMENTED", "%zz"],
    ["a method that it has not", { method: "GET", path: "/v1/query" }, 405, "NOT_IMPLEMENTED", "allowed: POST"],
    ["a body without a type", { path: "/v1/count", body: "{}" }, 415, "UNSUPPORTED_MEDIA_TYPE", "absent"],
    [
      "a form",
      { path: "/v1/count", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=b" },
      415,
      "UNSUPPORTED_MEDIA_TYPE",
      "x-www-form-urlencoded",
    ],
    [
      "a compressed body",
      { path: "/v1/count", headers: { ...JSON_TYPE, "content-encoding": "gzip" }, body: "{}" },
      415,
      "UNSUPPORTED_MEDIA_TYPE",
      "content encoding is gzip",
    ],
    [
      "JSON that ends early",
      { path: "/v1/count", headers: JSON_TYPE, body: '{"filter":' },
      400,
      "INVALID_ARGUMENT",
      "not JSON",
    ],
    ["an array", { path: "/v1/count", headers: JSON_TYPE, body: "[]" }, 400, "INVALID_ARGUMENT", "JSON object"],
    [
      "a field that it does not know",
      { path: "/v1/count", headers: JSON_TYPE, body: '{"filtr": "a = 1"}' },
      400,
      "INVALID_ARGUMENT",
      "unknown field filtr",
    ],
    [
      "a field inside of a record",
      { path: "/v1/upsert", headers: JSON_TYPE, body: '{"records": [{"id": "a", "vectr": [1]}]}' },
      400,
      "INVALID_ARGUMENT",
      "records[0].vectr",
    ],
    [
      "a parameter that it does not know",
      { method: "GET", path: "/v1/stats?nmespace=a" },
      400,
      "INVALID_ARGUMENT",
      "unknown field nmespace",
    ],
    [
      "text for a number",
      { path: "/v1/query", headers: JSON_TYPE, body: '{"limit": "ten"}' },
      400,
      "INVALID_ARGUMENT",
      "limit",
    ],
    [
      "an unknown word",
      { path: "/v1/upsert", headers: JSON_TYPE, body: '{"mode": "replace"}' },
      400,
      "INVALID_ARGUMENT",
      "insert_only",
    ],
    [
      "an operator that JSON filters have not",
      { path: "/v1/count", headers: JSON_TYPE, body: '{"filter": {"a": {"$near": 1}}}' },
      400,
      "INVALID_FILTER",
      "$near",
    ],
    [
      "a WebSocket without its key",
      { method: "GET", path: "/v1/query/stream", headers: { connection: "upgrade", upgrade: "websocket" } },
      400,
      "INVALID_ARGUMENT",
      "Sec-WebSocket-Key",
    ],
    [
      "a request for what is a WebSocket",
      { method: "GET", path: "/v1/query/stream" },
      426,
      "INVALID_ARGUMENT",
      "WebSocket",
    ],
  ];
  test.each(CASES)("%s", async (_, request, status, reason, says) => {
    const answer = await sendHttp(server, request);
    expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([
      status,
      {
        error: {
          code: expect.any(String),
          reason,
          message: expect.stringContaining(says),
          details: expect.any(Object),
        },
      },
    ]);
    if (status === 405) expect(answer.headers.allow).toBe("POST");
  });
});

describe("the paths of RPCs refuse", () => {
  test("JSON that ends early, with a reason", async () => {
    const answer = await sendHttp(server, { path: rpcPath("Count"), headers: JSON_TYPE, body: '{"filter":' });
    const outcome = failedByConnectJson(answer.body.toString(), answer.status);
    expect(outcome).toMatchObject({ code: "invalid_argument", reason: "INVALID_ARGUMENT", http: 400 });
  });

  test("a JSON field that they do not know, so that a misspelled filter is no unfiltered answer", async () => {
    const answer = await sendHttp(server, { path: rpcPath("Count"), headers: JSON_TYPE, body: '{"filtr": "a = 1"}' });
    const outcome = failedByConnectJson(answer.body.toString(), answer.status);
    expect(outcome).toMatchObject({ reason: "INVALID_ARGUMENT", http: 400, text: expect.stringContaining("filtr") });
  });

  // A field whose announced length is longer than the message.
  const cut = Uint8Array.of(0x0a, 0x7f, 0x61);

  test("a message that does not decode, by Connect", async () => {
    const headers = { "content-type": "application/proto" };
    const answer = await sendHttp(server, { path: rpcPath("Count"), headers, body: cut });
    const outcome = failedByConnectJson(answer.body.toString(), answer.status);
    expect(outcome).toMatchObject({ code: "invalid_argument", reason: "INVALID_ARGUMENT", http: 400 });
  });

  test("a message that does not decode, by a stream of Connect", async () => {
    const headers = { "content-type": "application/connect+proto" };
    const answer = await sendHttp(server, { path: rpcPath("QueryStream"), headers, body: toFrame(cut) });
    const { error } = JSON.parse(readFrames(answer.body).frames.at(-1)!.data.toString());
    expect(failedByConnectJson(JSON.stringify(error), 200)).toMatchObject({ reason: "INVALID_ARGUMENT" });
  });

  test.each(["application/grpc", "application/grpc-web+proto"])(
    "a message that does not decode, by %s",
    async (type) => {
      const request = { path: rpcPath("Count"), headers: { "content-type": type, te: "trailers" }, body: toFrame(cut) };
      const { body, trailers } = await sendHttp(server, { ...request, version: "2" });
      const last = type === "application/grpc" ? "" : readFrames(body).frames.at(-1)!.data.toString();
      const details = trailers["grpc-status-details-bin"] ?? /^grpc-status-details-bin: *(.*)\r$/m.exec(last)?.[1];
      const outcome = failedByStatus(3, "", Buffer.from(String(details), "base64"));
      expect(outcome).toMatchObject({ code: "invalid_argument", reason: "INVALID_ARGUMENT" });
    },
  );

  test.each([
    ["another method", { method: "PUT", path: rpcPath("Count") }, 405],
    ["another type", { path: rpcPath("Count"), headers: { "content-type": "text/plain" }, body: "{}" }, 415],
    ["a GET of what writes", { method: "GET", path: `${rpcPath("Upsert")}?encoding=json&message=%7B%7D` }, 405],
  ] as const)("%s", async (_, request, status) => {
    expect((await sendHttp(server, request)).status).toBe(status);
  });

  test("a compression that the server does not speak, and names the one it does", async () => {
    const headers = { ...JSON_TYPE, "content-encoding": "br" };
    const answer = await sendHttp(server, { path: rpcPath("Count"), headers, body: "{}" });
    const outcome = failedByConnectJson(answer.body.toString(), answer.status);
    expect(outcome).toMatchObject({ code: "unimplemented", reason: "NOT_IMPLEMENTED", http: 501 });
    expect(answer.headers["accept-encoding"]).toBe("gzip");
  });
});

describe("a message past the limit", () => {
  const request: JsonObject = { records: [{ id: "b", vector: [1, 0, 0], text: "x".repeat(MESSAGE_BYTES_MAX) }] };
  const doors = DOORS.filter(({ supports }) => supports(methodOf("Upsert")));

  test.each(doors.map((door) => [door.name, door] as const))("is MESSAGE_TOO_LARGE by %s", async (_, door) => {
    const outcome = await door.call(server, methodOf("Upsert"), request);
    expect(outcome).toMatchObject({ code: "resource_exhausted", reason: "MESSAGE_TOO_LARGE" });
    expect("http" in outcome ? outcome.http : undefined).toBe(statusOf(door, 429, 413));
  });

  test("is refused by its announced length, before it is sent", async () => {
    const headers = { ...JSON_TYPE, "content-length": "99999999", expect: "100-continue" };
    const answer = await sendHttp(server, { path: "/v1/upsert", headers });
    expect(answer.status).toBe(413);
  });
});

describe("a stream's error", () => {
  const bad = { query: { vector: [1, 2] } };

  test("stands in the last frame of Connect", async () => {
    const answer = await sendHttp(server, {
      path: rpcPath("QueryStream"),
      headers: { "content-type": "application/connect+json" },
      body: toFrame(Buffer.from(JSON.stringify(bad))),
    });
    const [last] = readFrames(answer.body).frames;
    expect([answer.status, last?.flags]).toEqual([200, 2]);
    const { error } = JSON.parse(last!.data.toString());
    expect(failedByConnectJson(JSON.stringify(error), 200)).toMatchObject({ reason: "DIMENSION_MISMATCH" });
  });
});

describe("a deadline", () => {
  // Hundreds of filters over ten thousand records take far longer than the 5 ms allowed.
  const queries = Array.from({ length: 300 }, () => ({ vector: [1, 0, 0], filter: "a = 1", limit: 1 }));
  let large: TestServer;
  beforeAll(async () => {
    large = await startTestServer();
    for (let batch = 0; batch < 10; batch++) {
      const ids = Array.from({ length: 1_000 }, (_, at) => `${batch}-${at}`);
      const records = ids.map((id, at) => ({ id, vector: [at, 1, 0], metadata: { a: 1 } }));
      await large.ask("Upsert", { records });
    }
  });
  afterAll(() => large?.stop());

  test.each([
    ["Connect, protobuf", { "connect-timeout-ms": "5" }],
    ["Connect, JSON", { "connect-timeout-ms": "5" }],
    ["gRPC-Web", { "grpc-timeout": "5m" }],
    ["REST", { "connect-timeout-ms": "5" }],
  ])("that passes is DEADLINE_EXCEEDED by %s", async (name, headers) => {
    const door = doorNamed(name);
    const outcome = await door.call(
      large,
      methodOf("BatchQuery"),
      { queries },
      { headers: headers as Record<string, string> },
    );
    expect(outcome).toMatchObject({ code: "deadline_exceeded", reason: "DEADLINE_EXCEEDED" });
    expect("http" in outcome ? outcome.http : undefined).toBe(statusOf(door, 504, 504));
  });

  test("that passes is DEADLINE_EXCEEDED by gRPC", async () => {
    const { trailers } = await sendHttp(large, {
      path: rpcPath("Count"),
      headers: { "content-type": "application/grpc", te: "trailers", "grpc-timeout": "0m" },
      body: toFrame(new Uint8Array()),
      version: "2",
    });
    const details = Buffer.from(String(trailers["grpc-status-details-bin"]), "base64");
    const outcome = failedByStatus(Number(trailers["grpc-status"]), "", details);
    expect(outcome).toMatchObject({ code: "deadline_exceeded", reason: "DEADLINE_EXCEEDED" });
  });

  test.each(["Connect, protobuf", "REST"])("past 60 s is refused by %s", async (name) => {
    const headers = { "connect-timeout-ms": "60001" };
    const outcome = await doorNamed(name).call(large, methodOf("Count"), {}, { headers });
    expect(outcome).toMatchObject({
      code: "invalid_argument",
      reason: "LIMIT_OUT_OF_RANGE",
      http: CONNECT_STATUS.invalid_argument,
    });
  });

  test.each(["Connect, protobuf", "gRPC, by grpc-js", "gRPC-Web, HTTP/2", "REST"])(
    "is not needed to end work: a caller of %s goes away",
    async (name) => {
      const canceled = async () => {
        const page = await sendHttp(large, { method: "GET", path: "/metrics" });
        return readMetric(page.body.toString(), "vecstore_requests_total", { method: "BatchQuery", code: "canceled" });
      };
      const before = await canceled();
      // When the server has the request cannot be seen from here: after a call that was aborted too early comes one that
      // is aborted later.
      let patience = 0;
      await until("a canceled call is counted", async () => {
        const controller = new AbortController();
        const call = doorNamed(name).call(large, methodOf("BatchQuery"), { queries }, { signal: controller.signal });
        const ended = call.then(String, String);
        patience++;
        for (let at = 0; at < patience; at++) await large.ask("Count", {});
        controller.abort();
        await ended;
        return (await canceled()) > before;
      });
    },
  );
});
