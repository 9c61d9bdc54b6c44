import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestOptions, request as sendHttp1 } from "node:http";
import { connect as connectHttp2, constants, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { afterEach, describe, expect, test } from "vitest";
import { createCall } from "../call.js";
import { QueryRequestSchema } from "../gen/vecstore/v1/query_pb.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { createOnion } from "../interceptors/index.js";
import { clampTimeouts } from "../interceptors/timeout-header.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";
import type { CallEnd, Reporter } from "../observability/report.js";
import { createRpcDoor, doorOf, type RpcDoor } from "../rpc/door.js";
import { createFastLane } from "./fast-lane.js";

const PATH = "/vecstore.v1.VecStoreService/Query";
const MESSAGE_BYTES_MAX = 1_000;
const MESSAGE = toBinary(QueryRequestSchema, create(QueryRequestSchema, { vector: [1, 2], limit: 3 }));
const ANSWER = { results: [{ id: "a", score: 0.5 }], stats: { durationMs: 1 } };

type Handler = (request: never, context: HandlerContext) => unknown;

/** A door over a handler of a test, on two ports, and what it did. */
interface Bench {
  readonly name: "lane" | "Connect";
  readonly http1: number;
  readonly http2: number;
  readonly ended: Omit<CallEnd, "durationMs">[];
  /** Paths of calls whose headers came. */
  readonly arrived: string[];
  /** Of each call that the lane left to Connect: whether it had read a body. */
  readonly left: ("with its body" | "untouched")[];
}

const running: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

/** The handler behind the lane, and behind Connect alone. */
async function both(handler: Handler, isAllowed = true): Promise<readonly [lane: Bench, connect: Bench]> {
  return [await serve("lane", handler, isAllowed), await serve("Connect", handler, isAllowed)];
}

async function serve(name: Bench["name"], handler: Handler, isAllowed: boolean): Promise<Bench> {
  const ended: Bench["ended"] = [];
  const left: Bench["left"] = [];
  const arrived: string[] = [];
  const end: Reporter["end"] = (_, { durationMs: _ms, ...kept }) => void ended.push(kept);
  const reporter = { end } as Reporter;
  const audit = { begin: () => undefined, end: () => {} };
  const interceptors = createOnion({ reporter, audit, idleTimeoutMs: 1_000, onQuotaRefusal: () => {} });
  const methods = [{ method: VecStoreService.method.query, handler: handler as never }];
  const connect = createRpcDoor({ methods, interceptors, maxMessageBytes: MESSAGE_BYTES_MAX, clampTimeouts, reporter });
  const behind: RpcDoor = {
    ...connect,
    serve(...args) {
      left.push(args[4] === undefined ? "untouched" : "with its body");
      return connect.serve(...args);
    },
  };
  const lane = createFastLane({ methods, interceptors, maxMessageBytes: MESSAGE_BYTES_MAX, behind });
  const route = (request: NodeRequest, response: NodeResponse) => {
    const door = name === "lane" ? lane : connect;
    arrived.push(request.url!);
    const call = createCall({
      door: doorOf(request.headers["content-type"]),
      requestId: "r",
      decision: isAllowed
        ? { isAllowed, userId: "u", role: "admin" }
        : { isAllowed, reason: "API_KEY_MISSING", message: "a key is needed" },
      namespaceHeader: undefined,
    });
    response.on("error", () => {});
    void door.serve(door.find(request.url!.split("?")[0]!)!, request, response, call).catch(() => response.destroy());
  };
  return {
    name,
    http1: await listen(createServer(route)),
    http2: await listen(createHttp2Server(route)),
    ended,
    arrived,
    left,
  };
}

async function listen(server: ReturnType<typeof createServer> | ReturnType<typeof createHttp2Server>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  running.push(server);
  return (server.address() as AddressInfo).port;
}

interface Sent {
  readonly type: string;
  readonly headers?: IncomingHttpHeaders;
  readonly body?: Uint8Array;
  /** Sent before the body, each in its own packet, as far as the system lets it. */
  readonly pieces?: readonly Uint8Array[];
  readonly method?: string;
}

interface Got {
  readonly status: number | undefined;
  readonly headers: object;
  readonly body: string;
  readonly trailers: object;
}

const agentless: RequestOptions = { host: "127.0.0.1", agent: false };
const withoutDate = ({ date: _date, "content-length": _l, "transfer-encoding": _t, ...kept }: IncomingHttpHeaders) =>
  kept;

async function byHttp1({ http1 }: Bench, { type, headers, body, pieces = [], method = "POST" }: Sent): Promise<Got> {
  const request = sendHttp1({
    ...agentless,
    port: http1,
    path: PATH,
    method,
    headers: { "content-type": type, ...headers },
  });
  for (const piece of pieces) await new Promise((resolve) => request.write(piece, resolve));
  request.end(body);
  const [response] = await once(request, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const { statusCode: status, trailers } = response;
  return { status, headers: withoutDate(response.headers), body: Buffer.concat(chunks).toString("hex"), trailers };
}

async function byHttp2({ http2 }: Bench, { type, headers, body, pieces = [], method = "POST" }: Sent): Promise<Got> {
  const session = connectHttp2(`http://127.0.0.1:${http2}`);
  const stream = session.request({ ":method": method, ":path": PATH, "content-type": type, ...headers });
  let trailers = {};
  stream.on("trailers", (given) => {
    trailers = { ...given };
  });
  for (const piece of pieces) await new Promise((resolve) => stream.write(piece, resolve));
  stream.end(body);
  const [answered] = await once(stream, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  session.close();
  const { ":status": status, ...rest } = { ...answered };
  return { status, headers: withoutDate(rest), body: Buffer.concat(chunks).toString("hex"), trailers };
}

function frame(message: Uint8Array, flags = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

type Send = (bench: Bench, sent: Sent) => Promise<Got>;
const PLAIN: readonly (readonly [form: string, send: Send, sent: Sent])[] = [
  ["Connect, protobuf", byHttp1, { type: "application/proto", body: MESSAGE }],
  ["Connect, protobuf, HTTP/2", byHttp2, { type: "application/proto", body: MESSAGE }],
  ["Connect, JSON", byHttp1, { type: "application/json", body: Buffer.from('{"vector": [1, 2]}') }],
  ["gRPC", byHttp2, { type: "application/grpc", body: frame(MESSAGE) }],
  ["gRPC, proto", byHttp2, { type: "application/grpc+proto", body: frame(MESSAGE) }],
  ["gRPC-Web", byHttp1, { type: "application/grpc-web", body: frame(MESSAGE) }],
  ["gRPC-Web, HTTP/2", byHttp2, { type: "application/grpc-web+proto", body: frame(MESSAGE) }],
];

/** Sends to both, compares, and returns what the lane answered. */
async function same(benches: readonly Bench[], send: Send, sent: Sent): Promise<Got> {
  const [lane, connect] = await Promise.all(benches.map((bench) => send(bench, sent)));
  expect(lane).toEqual(connect);
  expect(benches[0]!.ended).toEqual(benches[1]!.ended);
  return lane!;
}

describe("takes a plain call by itself, and answers as Connect does:", () => {
  test.each(PLAIN)("%s", async (_, send, sent) => {
    const benches = await both(() => ANSWER);
    const { status, body } = await same(benches, send, sent);
    expect([status, body.length > 0, benches[0].left]).toEqual([200, true, []]);
    expect(benches[0].ended).toEqual([{ method: "Query", code: "ok" }]);
  });

  test.each(PLAIN)("%s, in pieces of a byte", async (_, send, { body, ...sent }) => {
    const benches = await both(() => ANSWER);
    const pieces = Array.from(body!, (byte) => Uint8Array.of(byte));
    const { status } = await same(benches, send, { ...sent, pieces });
    expect([status, benches[0].left]).toEqual([200, []]);
  });

  test.each(PLAIN)("%s, with headers that the handler sets", async (_, send, sent) => {
    const benches = await both((_request, context) => {
      context.responseHeader.set("x-made", "of the handler");
      context.responseTrailer.append("x-end", "1");
      return ANSWER;
    });
    const got = await same(benches, send, sent);
    expect([got.headers, benches[0].left]).toMatchObject([{ "x-made": "of the handler" }, []]);
  });

  test.each(PLAIN)("%s, with a fault", async (_, send, sent) => {
    const benches = await both(() => {
      throw new Error("a secret");
    });
    const got = await same(benches, send, sent);
    expect(benches[0].ended).toMatchObject([{ code: "internal" }]);
    expect([Buffer.from(got.body, "hex").toString().includes("secret"), benches[0].left]).toEqual([false, []]);
  });
});

describe("ends a call", () => {
  const hangs: Handler = () => new Promise(() => {});

  test.each(PLAIN)("at its deadline, in Connect's words: %s", async (_, send, sent) => {
    const benches = await both(hangs);
    const name = sent.type.startsWith("application/grpc") ? "grpc-timeout" : "connect-timeout-ms";
    await same(benches, send, { ...sent, headers: { [name]: name === "grpc-timeout" ? "20m" : "20" } });
    expect(benches[0].ended).toMatchObject([{ code: "deadline_exceeded" }]);
    expect(benches[0].left).toEqual([]);
  });

  test("whose time is over when its body is there: the time counts from the headers", async () => {
    const benches = await both(() => ANSWER);
    const slow = async (bench: Bench) => {
      const headers = { "content-type": "application/proto", "connect-timeout-ms": "10" };
      const request = sendHttp1({ ...agentless, port: bench.http1, path: PATH, method: "POST", headers });
      request.write(MESSAGE.subarray(0, 2));
      await passed(200);
      request.end(MESSAGE.subarray(2));
      const [response] = await once(request, "response");
      return [response.statusCode, (await response.toArray()).join("")];
    };
    const [lane, connect] = [await slow(benches[0]), await slow(benches[1])];
    expect(lane).toEqual(connect);
    expect(lane[0]).toBe(504);
  });

  test.each(["HTTP/1.1", "HTTP/2"])("whose caller went away while it ran, over %s", async (version) => {
    const signals: AbortSignal[] = [];
    const benches = await both((_, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    for (const bench of benches) {
      const leave = version === "HTTP/2" ? openHttp2(bench, frame(MESSAGE)) : openHttp1(bench, MESSAGE);
      await until(() => signals.length > benches.indexOf(bench));
      leave();
      await until(() => bench.ended.length > 0);
      expect(bench.ended).toMatchObject([{ code: "canceled", error: { reason: "CANCELED" } }]);
    }
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(benches[0].left).toEqual([]);
  });

  const LEAVERS = [
    ["HTTP/1.1", (bench: Bench) => openHttp1(bench, MESSAGE, false)],
    ["HTTP/2, the whole session", (bench: Bench) => openHttp2(bench, frame(MESSAGE), false)],
    ["HTTP/2, by a reset", (bench: Bench) => openByHand(bench, frame(MESSAGE))],
  ] as const;
  test.each(LEAVERS)("whose caller went away before its body was there, over %s", async (_, open) => {
    const benches = await both(() => ANSWER);
    for (const bench of benches) {
      const leave = open(bench);
      await until(() => bench.arrived.length > 0);
      leave();
      await until(() => bench.ended.length > 0);
      expect(bench.ended).toMatchObject([{ code: "canceled", error: { reason: "CANCELED" } }]);
    }
  });
});

/** Sends a call and returns how to go away. */
function openHttp1({ http1 }: Bench, body: Uint8Array, isWhole = true): () => void {
  const headers = { "content-type": "application/proto", ...(!isWhole && { "content-length": "100" }) };
  const request = sendHttp1({ ...agentless, port: http1, path: PATH, method: "POST", headers });
  request.on("error", () => {});
  request.write(body);
  if (isWhole) request.end();
  return () => request.destroy();
}

function openHttp2({ http2 }: Bench, body: Uint8Array, isWhole = true): () => void {
  const session = connectHttp2(`http://127.0.0.1:${http2}`);
  const stream = session.request({ ":method": "POST", ":path": PATH, "content-type": "application/grpc" });
  stream.on("error", () => {});
  stream.write(body);
  if (isWhole) stream.end();
  return () => {
    // A reset by Node ends the body first.
    if (!isWhole) return session.destroy();
    stream.close(constants.NGHTTP2_CANCEL);
    session.close();
  };
}

/** Frames of HTTP/2 written by hand, since Node's client ends a body before it resets the stream. */
function openByHand({ http2 }: Bench, body: Uint8Array): () => void {
  const [data, headers, reset, settings] = [0, 1, 3, 4];
  const endOfHeaders = 4;
  const frameOf = (type: number, flags: number, stream: number, payload: Uint8Array) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.set([type, flags], 3);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  const text = (value: string) => Buffer.concat([Buffer.of(value.length), Buffer.from(value)]);
  const sent = {
    ":method": "POST",
    ":scheme": "http",
    ":path": PATH,
    ":authority": "a",
    "content-type": "application/grpc",
  };
  const fields = Object.entries(sent).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]);
  const socket = connectTcp(http2, "127.0.0.1");
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frameOf(settings!, 0, 0, Buffer.alloc(0)));
  socket.write(frameOf(headers!, endOfHeaders, 1, Buffer.concat(fields)));
  socket.write(frameOf(data!, 0, 1, body));
  running.push({ close: () => socket.destroy() });
  return () => {
    socket.write(frameOf(reset!, 0, 1, Buffer.of(0, 0, 0, constants.NGHTTP2_CANCEL)));
  };
}

describe("leaves to Connect", () => {
  const proto = { type: "application/proto", body: MESSAGE };
  const grpc = { type: "application/grpc", body: frame(MESSAGE) };
  const large = new Uint8Array(MESSAGE_BYTES_MAX + 1);
  const UNTOUCHED: readonly (readonly [what: string, send: Send, sent: Sent])[] = [
    ["GET", byHttp1, { type: "", method: "GET" }],
    ["a content type with a parameter", byHttp1, { ...proto, type: "application/json; charset=utf-8" }],
    ["JSON over gRPC", byHttp2, { ...grpc, type: "application/grpc+json" }],
    ["gRPC over HTTP/1.1", byHttp1, grpc],
    ["a content type that nobody has", byHttp1, { ...proto, type: "text/plain" }],
    ["a compressed body of Connect", byHttp1, { ...proto, headers: { "content-encoding": "gzip" } }],
    ["a compressed body of gRPC", byHttp2, { ...grpc, headers: { "grpc-encoding": "gzip" } }],
    [
      "a length past the limit",
      byHttp1,
      { ...proto, body: large, headers: { "content-length": String(large.length) } },
    ],
    ["a host that is none", byHttp1, { ...proto, headers: { host: "a/b" } }],
    ["an authority that is none", byHttp2, { ...grpc, headers: { ":authority": "a:99999" } }],
    ["a timeout that is none", byHttp1, { ...proto, headers: { "connect-timeout-ms": "soon" } }],
    ["a timeout of another protocol", byHttp1, { ...proto, headers: { "grpc-timeout": "1S" } }],
    ["two timeouts", byHttp2, { ...grpc, headers: { "grpc-timeout": "1S", "connect-timeout-ms": "1000" } }],
  ];
  test.each(UNTOUCHED)("%s, before it reads", async (_, send, sent) => {
    const benches = await both(() => ANSWER);
    await same(benches, send, sent);
    expect(benches[0].left).toEqual(["untouched"]);
  });

  test.each(PLAIN)("who may not: %s", async (_, send, sent) => {
    const benches = await both(() => ANSWER, false);
    await same(benches, send, sent);
    expect(benches[0].left).toEqual(["untouched"]);
    expect(benches[0].ended).toMatchObject([{ code: "unauthenticated" }]);
  });

  const bad = Uint8Array.of(0x12, 9, 0);
  const READ: readonly (readonly [what: string, send: Send, sent: Sent])[] = [
    ["a message that does not decode", byHttp1, { ...proto, body: bad }],
    ["JSON that is none", byHttp1, { type: "application/json", body: Buffer.from("{") }],
    ["a frame without a message that decodes", byHttp2, { ...grpc, body: frame(bad) }],
    ["a frame of gRPC-Web that does not decode", byHttp1, { type: "application/grpc-web", body: frame(bad) }],
    ["no frame", byHttp2, { ...grpc, body: new Uint8Array() }],
    ["half a head", byHttp2, { ...grpc, body: frame(MESSAGE).subarray(0, 3) }],
    ["half a frame", byHttp2, { ...grpc, body: frame(MESSAGE).subarray(0, -1) }],
    ["a frame and a byte", byHttp2, { ...grpc, body: Buffer.concat([frame(MESSAGE), Buffer.of(0)]) }],
    ["two frames", byHttp2, { ...grpc, body: Buffer.concat([frame(MESSAGE), frame(MESSAGE)]) }],
    ["a frame that says it is compressed", byHttp2, { ...grpc, body: frame(MESSAGE, 1) }],
    ["a frame of trailers", byHttp1, { type: "application/grpc-web", body: frame(MESSAGE, 0x80) }],
    ["a frame that says it is huge", byHttp2, { ...grpc, body: frame(MESSAGE, 0, 0xffff_ffff) }],
    [
      "pieces that are too much together",
      byHttp1,
      { type: proto.type, pieces: [large.subarray(1), large.subarray(1)] },
    ],
    ["a frame that is too large", byHttp2, { type: grpc.type, body: frame(new Uint8Array(MESSAGE_BYTES_MAX + 1)) }],
  ];
  test.each(READ)("%s, and what was read of it", async (_, send, sent) => {
    const benches = await both(() => ANSWER);
    await same(benches, send, sent);
    expect(benches[0].left).toEqual(["with its body"]);
  });
});

/** Waits until time passed, by looking at it. */
function passed(ms: number): Promise<void> {
  const startMs = performance.now();
  return until(() => performance.now() - startMs > ms);
}

async function until(look: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!look()) {
    if (performance.now() > deadlineMs) throw new Error("not within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
