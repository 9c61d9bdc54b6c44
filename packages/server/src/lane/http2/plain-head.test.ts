import { once } from "node:events";
import { createServer, type Http2Server, type IncomingHttpHeaders } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../testing/random.js";
import { until } from "../../testing/until.js";
import { FLAG, type Frame, FrameReader, frameOf, PREFACE, settingsFrame, TYPE } from "./frames.js";
import { encodeHeaders } from "./header-encoder.js";
import type { HeaderList } from "./header-list.js";
import { plainHeadOf } from "./plain-head.js";

const LIMITS = { maxHeaderBytes: 1_000, maxHeaders: 12 };
const LIST: HeaderList = [
  ...[":method", "POST", ":scheme", "http", ":authority", "a:1", ":path", "/a.v1.B/C"],
  ...["content-type", "application/grpc", "te", "trailers", "x-request-id", "r.1 2"],
];
const plain = (list: HeaderList) => plainHeadOf(list, LIMITS);
const withMore = (...more: string[]): HeaderList => [...LIST, ...more];
/** With one part in another's place. */
const changed = (part: string, into: string): HeaderList => LIST.map((each) => (each === part ? into : each));
const without = (name: string): HeaderList => LIST.toSpliced(LIST.indexOf(name), 2);

it("is read with its path and its headers", () => {
  const { path, headers } = plain(LIST)!;
  expect(path).toBe("/a.v1.B/C");
  expect({ ...headers }).toEqual(
    Object.fromEntries(LIST.flatMap((name, at) => (at % 2 ? [] : [[name, LIST[at + 1]]]))),
  );
});

it.each([
  ["another method", changed("POST", "PUT")],
  ["another scheme", changed("http", "https")],
  ["an authority that is none", changed("a:1", "a/1")],
  ["a host", withMore("host", "a:1")],
  ["no authority", without(":authority")],
  ["no scheme", without(":scheme")],
  ["no path", without(":path")],
  ["no method", without(":method")],
  ["a query in the path", changed("/a.v1.B/C", "/a.v1.B/C?x=1")],
  ["a pseudo-header twice", [":path", "/a", ...LIST]],
  ["a pseudo-header behind another", [...without(":path"), ":path", "/a.v1.B/C"]],
  ["an unknown pseudo-header", [":protocol", "websocket", ...LIST]],
  ["a pseudo-header of answers", [":status", "200", ...LIST]],
  ["a header twice", withMore("te", "trailers")],
  ["a name in upper case", withMore("X-Y", "1")],
  ["a name with a space", withMore("x y", "1")],
  ["no name", withMore("", "1")],
  ["a control character", withMore("x-y", "\x01")],
  ["a line feed", withMore("x-y", "1\nx-z: 2")],
  ["what is no ASCII", withMore("x-y", "\xe4")],
  ["a space in front", withMore("x-y", " 1")],
  ["a space behind", withMore("x-y", "1 ")],
  ["a connection", withMore("connection", "close")],
  ["an upgrade", withMore("upgrade", "websocket")],
  ["chunks", withMore("transfer-encoding", "chunked")],
  ["an expectation", withMore("expect", "100-continue")],
  ["a page of another origin", withMore("origin", "http://a")],
  ["another te", changed("trailers", "gzip")],
  ["too many headers", withMore(...Array.from({ length: 6 }, (_, at) => [`x-${at}`, "1"]).flat())],
  ["too many bytes", withMore("x-y", "y".repeat(800))],
])("leaves to Node: %s", (_, list) => {
  expect(plain(list)).toBeUndefined();
});

describe("whatever it takes, Node takes for the same", () => {
  const seen = new Map<string, IncomingHttpHeaders>();
  let server: Http2Server;
  let socket: Socket;
  const reset: Frame[] = [];
  beforeAll(async () => {
    server = createServer();
    server.on("stream", (stream, headers) => {
      seen.set(String(stream.id), headers);
      stream.on("error", () => {});
      stream.respond({ ":status": 204 }, { endStream: true });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const reader = new FrameReader();
    socket.on("data", (chunk) =>
      reader.read(chunk, (frame) => void (frame.type >= TYPE.rstStream && reset.push(frame))),
    );
    socket.write(Buffer.concat([PREFACE, settingsFrame([])]));
  });
  afterAll(() => {
    socket.destroy();
    server.close();
  });

  it("seed 11, 2,000 changed heads", async () => {
    const random = createRandom(11);
    const below = (end: number) => Math.floor(random() * end);
    const PIECES = ["", " ", "\t", ":", "A", "z", "\x00", "\xff", "\n", "0", "/", "trailers", "te", "host", ":path"];
    const taken = new Map<string, Readonly<Record<string, string>>>();
    let stream = 1;
    for (let round = 0; round < 2_000; round++) {
      const list = [...LIST];
      const at = below(list.length);
      const text = list[at]!;
      const cut = below(text.length + 1);
      list[at] = `${text.slice(0, cut)}${PIECES[below(PIECES.length)]}${text.slice(cut + below(3))}`;
      const head = plain(list);
      if (head === undefined) continue;
      taken.set(String(stream), head.headers);
      socket.write(frameOf(TYPE.headers, FLAG.endHeaders | FLAG.endStream, stream, encodeHeaders(list)));
      stream += 2;
    }
    await until(() => seen.size + reset.filter(({ type }) => type === TYPE.rstStream).length >= taken.size);
    expect(taken.size).toBeGreaterThan(300);
    for (const [id, headers] of taken) expect(Object.entries(seen.get(id) ?? {}), id).toEqual(Object.entries(headers));
  });
});
