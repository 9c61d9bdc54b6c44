import { type ClientHttp2Session, connect } from "node:http2";
import { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { createRandom } from "../../testing/random.js";
import { until } from "../../testing/until.js";
import { FrameReader, PREFACE, SETTING, settingsFrame, TYPE } from "./frames.js";
import { HeaderDecoder } from "./header-decoder.js";
import { encodeHeaders } from "./header-encoder.js";
import type { HeaderList } from "./header-list.js";

const BYTES_MAX = 100_000;

const sessions: ClientHttp2Session[] = [];
afterEach(() => {
  for (const session of sessions.splice(0)) session.destroy();
});

/** A client of Node whose requests go nowhere, and the header blocks that it has sent. */
function recorder() {
  const blocks: Buffer[] = [];
  const reader = new FrameReader();
  let skipped = 0;
  const side = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      const start = Math.min(chunk.length, PREFACE.length - skipped);
      skipped += start;
      reader.read(Buffer.from(chunk.subarray(start)), ({ type, payload }) => {
        if (type === TYPE.headers) blocks.push(Buffer.from(payload));
      });
      done();
    },
  });
  side.push(settingsFrame([[SETTING.maxConcurrentStreams, 1_000]]));
  const session = connect("http://a", { createConnection: () => side });
  session.on("error", () => {});
  sessions.push(session);
  return { session, blocks };
}

/** As a client writes it, with what it puts in front. */
const asList = (headers: Record<string, string>): HeaderList => Object.entries(headers).flat();

describe("a block", () => {
  it("is read as Node has written it, seed 3, 400 requests whose headers come again, change, and push each other out", async () => {
    const random = createRandom(3);
    const below = (end: number) => Math.floor(random() * end);
    const textOf = (length: number) => Array.from({ length }, () => String.fromCharCode(0x21 + below(0x5e))).join("");
    const values = Array.from({ length: 30 }, (_, at) => textOf(at % 7 === 0 ? 300 + below(900) : below(40)));
    const { session, blocks } = recorder();
    const sent: HeaderList[] = [];
    for (let round = 0; round < 400; round++) {
      const headers: Record<string, string> = {
        ":method": random() < 0.5 ? "POST" : "PUT",
        ":authority": "a:1",
        ":scheme": "http",
        ":path": `/${textOf(below(12)).replaceAll(/[^a-z]/g, "x")}`,
      };
      for (let more = below(6); more > 0; more--) headers[`x-${below(20)}`] = values[below(values.length)]!;
      if (random() < 0.2) headers["content-type"] = "application/grpc";
      session.request(headers).on("error", () => {});
      sent.push(asList(headers));
    }
    await until(() => blocks.length === sent.length);
    const decoder = new HeaderDecoder(BYTES_MAX);
    // Node keeps their order, its own first.
    expect(blocks.map((block) => [...decoder.decode(block)])).toEqual(sent.map((list) => [...list]));
  });

  it("that changes no table is the same list the second time, until the table changes", () => {
    const decoder = new HeaderDecoder(BYTES_MAX);
    const block = Buffer.of(0x83, 0x40, 1, 0x61, 1, 0x62);
    decoder.decode(block);
    const byNumber = Buffer.of(0x83, 0xbe);
    const list = decoder.decode(byNumber);
    expect(list).toEqual([":method", "POST", "a", "b"]);
    expect(decoder.decode(Buffer.from(byNumber))).toBe(list);
    decoder.decode(Buffer.of(0x40, 1, 0x63, 1, 0x64));
    expect(decoder.decode(byNumber)).toEqual([":method", "POST", "c", "d"]);
    expect(decoder.decode(Buffer.of(0xbf))).toEqual(["a", "b"]);
  });

  it("is what our encoder makes of a list, whatever the lengths", () => {
    for (const length of [0, 1, 126, 127, 128, 254, 255, 256, 16_383 + 127, 16_384 + 127, 40_000]) {
      const list = ["x-a", "y".repeat(length), "n".repeat(Math.max(1, length)), ""];
      expect(new HeaderDecoder(BYTES_MAX).decode(encodeHeaders(list)), `${length}`).toEqual(list);
    }
  });

  it("may make the table smaller, and nothing of it is left then", () => {
    const decoder = new HeaderDecoder(BYTES_MAX);
    decoder.decode(Buffer.of(0x40, 1, 0x61, 1, 0x62));
    expect(decoder.decode(Buffer.of(0x20, 0x3f, 0xe1, 0x1f, 0x83))).toEqual([":method", "POST"]);
    expect(() => decoder.decode(Buffer.of(0xbe))).toThrow("a header is named by a number that has none");
  });

  it("whose header is larger than the table empties it", () => {
    const decoder = new HeaderDecoder(BYTES_MAX);
    decoder.decode(Buffer.of(0x40, 1, 0x61, 1, 0x62));
    const large = encodeHeaders(["x", "y".repeat(5_000)]);
    large[0] = 0x40;
    expect(decoder.decode(large)).toEqual(["x", "y".repeat(5_000)]);
    expect(() => decoder.decode(Buffer.of(0xbe))).toThrow("a number that has none");
  });
});

describe("is refused:", () => {
  it.each([
    ["a number that no header has", [0xff, 0x00], "a number that has none"],
    ["the number 0", [0x80], "a number that has none"],
    ["the end within a number", [0x0f, 0x80], "ends within a header"],
    ["a number without an end", [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "too large"],
    ["the end within a name", [0x40, 0x05, 0x61], "ends within a header"],
    ["no value", [0x40, 0x01, 0x61], "ends within a header"],
    ["a table larger than ours", [0x3f, 0xe2, 0x1f], "resized"],
    ["another size of the table behind a header", [0x83, 0x20], "resized"],
    ["padding of Huffman's code that is no ones", [0x00, 0x01, 0x61, 0x81, 0b0001_1000], "code allows"],
    ["a whole byte of padding", [0x00, 0x01, 0x61, 0x82, 0b0001_1111, 0xff], "code allows"],
    ["the end of Huffman's code", [0x00, 0x01, 0x61, 0x84, 0xff, 0xff, 0xff, 0xff], "code allows"],
  ])("%s", (_, bytes, message) => {
    expect(() => new HeaderDecoder(BYTES_MAX).decode(Buffer.from(bytes))).toThrow(message);
  });

  it("a few bytes that stand for many", () => {
    const decoder = new HeaderDecoder(10_000);
    const large = encodeHeaders(["x", "y".repeat(3_000)]);
    large[0] = 0x40;
    decoder.decode(large);
    expect(decoder.decode(Buffer.of(0xbe, 0xbe, 0xbe))).toHaveLength(6);
    expect(() => decoder.decode(Buffer.alloc(4, 0xbe))).toThrow("headers are too large");
  });
});
