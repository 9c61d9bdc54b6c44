import { once } from "node:events";
import { request as sendHttp1 } from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterEach, describe, expect, test } from "vitest";
import { QueryRequestSchema } from "../gen/vecstore/v1/query_pb.js";
import { type Bench, both, closeBoth, type Handler, MESSAGE_BYTES_MAX } from "../testing/two-doors.js";
import { until } from "../testing/until.js";
import {
  byHttp1,
  byHttp2,
  frame,
  type Got,
  openByHand,
  openHttp1,
  openHttp2,
  type Sent,
} from "../testing/wire-clients.js";

afterEach(closeBoth);

const PATH = "/vecstore.v1.VecStoreService/Query";
const MESSAGE = toBinary(QueryRequestSchema, create(QueryRequestSchema, { vector: [1, 2], limit: 3 }));
const ANSWER = { results: [{ id: "a", score: 0.5 }], stats: { durationMs: 1 } };

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
      const request = sendHttp1({
        host: "127.0.0.1",
        agent: false,
        port: bench.http1,
        path: PATH,
        method: "POST",
        headers,
      });
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
