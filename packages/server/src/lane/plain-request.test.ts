import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../testing/random.js";
import { isWhole, PlainReader, type PlainRequest } from "./plain-request.js";

const LIMITS = { maxHeaderBytes: 1_000, maxHeaders: 10 };
const LINES = [
  "Host: a:1",
  "Content-Type: application/proto",
  "content-length: 4",
  "X-Request-Id: r.1 \t",
  "Accept: */*",
];
const BODY = "\x00\xffab";

const requestOf = (lines: readonly string[], first = "POST /a.v1.B/C HTTP/1.1", body = BODY) =>
  Buffer.from([first, ...lines, "", body].join("\r\n"), "latin1");
const read = (bytes: Buffer) => new PlainReader(LIMITS).read(bytes);
const plain = (bytes: Buffer): PlainRequest => {
  const parsed = read(bytes);
  if (!isWhole(parsed)) throw new Error("it is not whole");
  return parsed;
};

describe("a plain request", () => {
  it("is read with its path, its headers and its body", () => {
    const { path, headers, body } = plain(requestOf(LINES));
    expect([path, body.toString("latin1")]).toEqual(["/a.v1.B/C", BODY]);
    expect({ ...headers }).toEqual({
      host: "a:1",
      "content-type": "application/proto",
      "content-length": "4",
      "x-request-id": "r.1",
      accept: "*/*",
    });
  });

  it("is waited for until its last byte is there, and is nothing else with one more", () => {
    const bytes = requestOf(LINES);
    const headEnd = bytes.length - BODY.length;
    for (let at = 5; at < headEnd; at++) expect(read(bytes.subarray(0, at)), `${at} bytes`).toBe("more");
    for (let at = headEnd; at < bytes.length; at++) {
      const parsed = read(bytes.subarray(0, at));
      expect([isWhole(parsed), parsed], `${at} bytes`).toMatchObject([false, { path: "/a.v1.B/C" }]);
    }
    expect(read(Buffer.concat([bytes, Buffer.of(0)]))).toBe("other");
  });

  it("is read again by the head of the one before, and by another", () => {
    const reader = new PlainReader(LIMITS);
    const first = reader.read(requestOf(LINES)) as PlainRequest;
    const same = reader.read(requestOf(LINES, undefined, "wxyz")) as PlainRequest;
    expect([same.headers, same.body.toString()]).toEqual([first.headers, "wxyz"]);
    const shorter = LINES.with(2, "content-length: 3");
    expect((reader.read(requestOf(shorter, undefined, "xyz")) as PlainRequest).body.toString()).toBe("xyz");
    expect(isWhole(reader.read(requestOf(LINES).subarray(0, -1)))).toBe(false);
  });
});

const OTHERS: readonly (readonly [what: string, bytes: Buffer])[] = [
  ["another method", requestOf(LINES, "PUT /a.v1.B/C HTTP/1.1")],
  ["HTTP/1.0", requestOf(LINES, "POST /a.v1.B/C HTTP/1.0")],
  ["a query in the path", requestOf(LINES, "POST /a.v1.B/C?x=1 HTTP/1.1")],
  ["an absolute address", requestOf(LINES, "POST http://a/b HTTP/1.1")],
  ["no host", requestOf(LINES.slice(1))],
  ["no length", requestOf(LINES.toSpliced(2, 1))],
  ["two lengths", requestOf([...LINES, "Content-Length: 4"])],
  ["a length that is none", requestOf(LINES.with(2, "content-length: +4"))],
  ["a length of hexadecimal digits", requestOf(LINES.with(2, "content-length: 0x4"))],
  ["a large body", requestOf(LINES.with(2, "content-length: 65537"))],
  ["chunks", requestOf([...LINES, "Transfer-Encoding: chunked"])],
  ["a header twice", requestOf([...LINES, "accept: */*"])],
  ["a space before a colon", requestOf([...LINES, "x-y : 1"])],
  ["a line that goes on in the next", requestOf([...LINES, "x-y: 1", " 2"])],
  ["a line without a colon", requestOf([...LINES, "x-y"])],
  ["a header without a name", requestOf([...LINES, ": 1"])],
  ["a control character", requestOf([...LINES, "x-y: \x01"])],
  ["a line feed alone", requestOf([...LINES, "x-y: 1\nx-z: 2"])],
  ["a carriage return alone", requestOf([...LINES, "x-y: 1\rx-z: 2"])],
  ["what is no ASCII", requestOf([...LINES, "x-y: \xe4"])],
  ["a close of the connection", requestOf([...LINES, "Connection: close"])],
  ["an upgrade", requestOf([...LINES, "Connection: Upgrade", "Upgrade: websocket"])],
  ["an expectation", requestOf([...LINES, "Expect: 100-continue"])],
  ["a page of another origin", requestOf([...LINES, "Origin: http://a"])],
  ["too many headers", requestOf([...LINES, ...Array.from({ length: 6 }, (_, at) => `x-${at}: 1`)])],
  ["too long a head", requestOf([...LINES, `x-y: ${"y".repeat(1_000)}`])],
  ["a head without an end", Buffer.from(`POST /a HTTP/1.1\r\nx: ${"y".repeat(1_000)}`)],
];

it.each(OTHERS)("leaves to Node: %s", (_, bytes) => {
  expect(read(bytes)).toBe("other");
});

describe("whatever it takes, Node takes for the same", () => {
  let seen: { url?: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString("latin1");
    seen.push({ url: request.url!, headers: request.headers, body });
    response.end();
  });
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => void server.close());

  /** By Node. */
  async function served(bytes: Buffer) {
    seen = [];
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.end(bytes);
    socket.resume();
    await once(socket, "close");
    return seen;
  }

  it("seed 7, 3,000 changed requests", async () => {
    const random = createRandom(7);
    const below = (end: number) => Math.floor(random() * end);
    const PIECES = [
      "\r\n",
      "\n",
      "\r",
      ":",
      " ",
      "\t",
      "0",
      "4",
      "5",
      ",",
      "\x00",
      "\xff",
      "a",
      "Content-Length: 3\r\n",
      "close",
    ];
    let taken = 0;
    for (let round = 0; round < 3_000; round++) {
      const text = requestOf(LINES).toString("latin1");
      const at = below(text.length);
      const changed = `${text.slice(0, at)}${PIECES[below(PIECES.length)]}${text.slice(at + below(3))}`;
      const bytes = Buffer.from(changed, "latin1");
      const parsed = read(bytes);
      if (!isWhole(parsed)) continue;
      taken++;
      const { path, headers, body } = parsed;
      const expected = { url: path, headers: { ...headers }, body: body.toString("latin1") };
      expect(await served(bytes), JSON.stringify(changed)).toEqual([expected]);
    }
    expect(taken).toBeGreaterThan(100);
  });
});
