import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ClientOptions, VecStoreClient } from "../index.js";
import { frame, type OddAnswer, OddServer } from "../testing/odd-server.js";
import { READ_BYTES_MAX } from "./transport.js";

const PROTO = { "content-type": "application/proto" };
const STREAM = { "content-type": "application/connect+proto" };
const JSON_TYPE = { "content-type": "application/json" };
const WEB = { "content-type": "application/grpc-web+proto" };
const GRPC = { "content-type": "application/grpc+proto" };

/** A count of 7. */
const COUNT = Uint8Array.of(8, 7);
const END = 2;
const TRAILERS = 0x80;

/** The head of a frame that is larger than is read. */
const TOO_LARGE = Buffer.alloc(5);
TOO_LARGE.writeUInt32BE(READ_BYTES_MAX + 1, 1);

type Outcome = {
  readonly code: string;
  readonly reason: string;
  readonly message?: unknown;
  readonly retryAfterMs?: number;
};

const unreadable = { code: "internal", reason: "UNSPECIFIED", message: expect.stringMatching(/cannot be read/) };

let servers: Record<"http" | "http2", OddServer>;
let client: VecStoreClient | undefined;

beforeAll(async () => {
  servers = { http: await OddServer.start("http"), http2: await OddServer.start("http2") };
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server.close();
});
afterEach(() => client?.close());

function open(kind: "http" | "http2", answer: OddAnswer, options: ClientOptions): VecStoreClient {
  servers[kind].answer = answer;
  client = new VecStoreClient(servers[kind].url, { retries: false, ...options });
  return client;
}

async function streamed(of: VecStoreClient): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const each of of.queryStream([1])) found.push(each);
  return found;
}

/** By Node's HTTP/1.1 and by fetch. */
const WAYS: [string, ClientOptions][] = [
  ["node:http", {}],
  ["fetch", { fetch: globalThis.fetch }],
];

describe.each(WAYS)("over %s, by Connect", (_, options) => {
  it.each<[string, OddAnswer, Outcome]>([
    [
      "a page of a proxy",
      { status: 502, headers: { "content-type": "text/html" }, body: "<h1>no</h1>" },
      {
        code: "unavailable",
        reason: "UNSPECIFIED",
        message: expect.stringMatching(/HTTP 502 with the content type text\/html/),
      },
    ],
    [
      "a proxy that says when to come again",
      { status: 503, headers: { "retry-after": "7" } },
      { code: "unavailable", reason: "UNSPECIFIED", retryAfterMs: 7_000 },
    ],
    ["a path that nobody knows", { status: 404 }, { code: "unimplemented", reason: "NOT_IMPLEMENTED" }],
    [
      "a page that is found",
      { headers: { "content-type": "text/html" }, body: "<h1>hello</h1>" },
      { code: "unknown", reason: "UNSPECIFIED" },
    ],
    [
      "an error without a code",
      { status: 401, headers: JSON_TYPE, body: '{"message": "who?"}' },
      { code: "unauthenticated", reason: "UNSPECIFIED", message: "who?" },
    ],
    [
      "an error of a later protocol",
      {
        status: 403,
        headers: JSON_TYPE,
        body: '{"code": "worried", "details": [null, {"type": 1}, {"type": "a", "value": "?"}]}',
      },
      { code: "permission_denied", reason: "UNSPECIFIED" },
    ],
    [
      "JSON that is none",
      { status: 429, headers: JSON_TYPE, body: "{" },
      { code: "unavailable", reason: "UNSPECIFIED" },
    ],
    ["bytes that are no message", { headers: PROTO, body: Uint8Array.of(8) }, unreadable],
    [
      "a body that breaks off",
      { headers: PROTO, body: COUNT, cut: true },
      { code: "unavailable", reason: "CONNECTION_LOST" },
    ],
  ])("a call that is answered by %s fails, and says why", async (_name, answer, outcome) => {
    await expect(open("http", answer, options).count()).rejects.toMatchObject(outcome);
  });

  it("a call follows no redirection, with its key", async () => {
    const answer = { status: 307, headers: { location: "http://127.0.0.1:1/elsewhere" } };
    await expect(open("http", answer, options).count()).rejects.toMatchObject({
      code: "unknown",
      message: expect.stringMatching(/HTTP 307/),
    });
  });

  it.each<[string, OddAnswer, Outcome]>([
    ["has no end", { headers: STREAM, body: frame(0, "") }, unreadable],
    ["ends within a message", { headers: STREAM, body: frame(0, "abc").subarray(0, 7) }, unreadable],
    [
      "breaks off",
      { headers: STREAM, body: frame(0, ""), cut: true },
      { code: "unavailable", reason: "CONNECTION_LOST" },
    ],
    ["is compressed", { headers: STREAM, body: frame(1, "") }, unreadable],
    [
      "has a message that is too large",
      { headers: STREAM, body: TOO_LARGE },
      { code: "resource_exhausted", reason: "UNSPECIFIED" },
    ],
    ["has an end that is no JSON", { headers: STREAM, body: frame(END, "?") }, unreadable],
    [
      "is a page",
      { status: 404, headers: { "content-type": "text/html" } },
      { code: "unimplemented", reason: "NOT_IMPLEMENTED" },
    ],
    [
      "ends with an error",
      {
        headers: STREAM,
        body: frame(END, '{"error": {"code": "aborted", "message": "so"}, "metadata": {"retry-after": ["3"]}}'),
      },
      { code: "aborted", reason: "UNSPECIFIED", message: "so", retryAfterMs: 3_000 },
    ],
  ])("a stream that %s fails, and says why", async (_name, answer, outcome) => {
    await expect(streamed(open("http", answer, options))).rejects.toMatchObject(outcome);
  });
});

describe.each(WAYS)("over %s, by gRPC-Web", (_, options) => {
  const given = { ...options, protocol: "grpc-web" } as const;
  const ok = frame(TRAILERS, "grpc-status: 0\r\n");

  it("a call reads its message and how it ended", async () => {
    expect(await open("http", { headers: WEB, body: Buffer.concat([frame(0, COUNT), ok]) }, given).count()).toBe(7);
  });

  it.each<[string, OddAnswer, Outcome]>([
    ["nothing about its end", { headers: WEB, body: frame(0, COUNT) }, unreadable],
    ["no message", { headers: WEB, body: ok }, unreadable],
    ["two messages", { headers: WEB, body: Buffer.concat([frame(0, COUNT), frame(0, COUNT), ok]) }, unreadable],
    ["half a frame", { headers: WEB, body: frame(0, COUNT).subarray(0, 6) }, unreadable],
    [
      "an error in its trailers",
      { headers: WEB, body: frame(TRAILERS, "Grpc-Status: 8\r\ngrpc-message: a%20%C3%A9\r\nretry-after: 2\r\n") },
      { code: "resource_exhausted", reason: "UNSPECIFIED", message: "a é", retryAfterMs: 2_000 },
    ],
    [
      "an error in its head",
      { headers: { ...WEB, "grpc-status": "5", "grpc-message": "%" } },
      { code: "not_found", reason: "UNSPECIFIED", message: "%" },
    ],
    [
      "a status of a later protocol",
      { headers: { ...WEB, "grpc-status": "99" } },
      { code: "unknown", reason: "UNSPECIFIED" },
    ],
    [
      "details that are none",
      { headers: { ...WEB, "grpc-status": "13", "grpc-status-details-bin": "/w", "grpc-message": "m" } },
      { code: "internal", reason: "UNSPECIFIED", message: "m" },
    ],
    [
      "a page of a proxy",
      { status: 504, headers: { "content-type": "text/html" } },
      { code: "unavailable", reason: "UNSPECIFIED" },
    ],
  ])("a call that is answered by %s fails, and says why", async (_name, answer, outcome) => {
    await expect(open("http", answer, given).count()).rejects.toMatchObject(outcome);
  });
});

describe("by gRPC", () => {
  it.each<[string, OddAnswer, Outcome]>([
    [
      "a page of a proxy",
      { status: 503, headers: { "content-type": "text/html", "retry-after": "1" } },
      { code: "unavailable", reason: "UNSPECIFIED", retryAfterMs: 1_000 },
    ],
    [
      "an error in its trailers",
      { headers: GRPC, trailers: { "grpc-status": "9", "grpc-message": "no" } },
      { code: "failed_precondition", reason: "UNSPECIFIED", message: "no" },
    ],
    [
      "an error in its head",
      { headers: { ...GRPC, "grpc-status": "16" } },
      { code: "unauthenticated", reason: "UNSPECIFIED" },
    ],
    ["a connection that is cut", { headers: GRPC, cut: true }, { code: "unavailable", reason: "CONNECTION_LOST" }],
    ["a stream that ends before the call does", { headers: GRPC, body: frame(0, COUNT) }, unreadable],
  ])("a call that is answered by %s fails, and says why", async (_name, answer, outcome) => {
    await expect(open("http2", answer, { protocol: "grpc" }).count()).rejects.toMatchObject(outcome);
  });

  it("a call reads its message and how it ended", async () => {
    const answer = { headers: GRPC, body: frame(0, COUNT), trailers: { "grpc-status": "0" } };
    expect(await open("http2", answer, { protocol: "grpc" }).count()).toBe(7);
  });
});
