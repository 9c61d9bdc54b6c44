import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import type { Readable } from "node:stream";
import { type DescMethod, fromBinary, fromJson, type JsonObject, toBinary, toJson } from "@bufbuild/protobuf";
import { type Frame, readFrames, toFrame } from "./frames.js";
import type { Target } from "./http.js";
import { methodOf, pathOf } from "./schema.js";

type Headers = Readonly<Record<string, string>>;

/** A client of a server stream that takes a chunk when it is told to, and otherwise reads nothing from its socket. */
export class StallingReader {
  readonly #method: DescMethod;
  readonly #body: Readable;
  readonly #end: () => void;
  #left: Buffer = Buffer.alloc(0);
  #frames: Frame[] = [];
  /** How a stream of Connect ended: JSON, with the error where there was one. */
  ending = "";
  /** How a stream of gRPC ended. */
  trailers: Headers = {};

  private constructor(method: DescMethod, body: Readable, end: () => void) {
    this.#method = method;
    this.#body = body;
    this.#end = end;
    body.on("error", () => {});
  }

  /** Sends the request by Connect over HTTP/1.1. */
  static async connect(
    { url }: Target,
    request: JsonObject,
    name = "QueryStream",
    more: Headers = {},
  ): Promise<StallingReader> {
    const method = methodOf(name);
    const headers = { "content-type": "application/connect+proto", "connect-protocol-version": "1", ...more };
    const sent = http.request(url + pathOf(method), { method: "POST", headers, agent: false });
    sent.on("error", () => {});
    sent.end(bodyOf(method, request));
    const [response] = (await once(sent, "response")) as [http.IncomingMessage];
    return new StallingReader(method, response, () => sent.destroy());
  }

  /** Sends the request by gRPC over HTTP/2, with the window that Node has by default. */
  static async grpc(
    { url }: Target,
    request: JsonObject,
    name = "QueryStream",
    more: Headers = {},
  ): Promise<StallingReader> {
    const method = methodOf(name);
    const session = http2.connect(url);
    session.on("error", () => {});
    const headers = { "content-type": "application/grpc", te: "trailers", ...more };
    const stream = session.request({ ":method": "POST", ":path": pathOf(method), ...headers });
    stream.once("close", () => session.destroy());
    stream.end(bodyOf(method, request));
    await once(stream, "response");
    const reader = new StallingReader(method, stream, () => stream.close(http2.constants.NGHTTP2_CANCEL));
    stream.once("trailers", (trailers) => {
      reader.trailers = trailers as Headers;
    });
    return reader;
  }

  /** The next chunk, or undefined when there are no more. */
  async next(): Promise<JsonObject | undefined> {
    while (this.#frames.length === 0) {
      const bytes = await this.#read();
      if (bytes === undefined) return undefined;
      const { frames, rest } = readFrames(Buffer.concat([this.#left, bytes]));
      this.#frames = frames;
      this.#left = rest;
    }
    const { flags, data } = this.#frames.shift()!;
    // Connect ends its streams by a frame of its own.
    if (flags !== 0) {
      this.ending = data.toString();
      return undefined;
    }
    const { output } = this.#method;
    return toJson(output, fromBinary(output, data), { useProtoFieldName: true }) as JsonObject;
  }

  /** Goes away in the middle of things. */
  cancel(): void {
    this.#end();
  }

  /** Reads by hand: an iterator, or a listener, would take more than was asked for. */
  async #read(): Promise<Buffer | undefined> {
    for (;;) {
      const bytes = this.#body.read() as Buffer | null;
      if (bytes !== null) return bytes;
      if (this.#body.readableEnded || this.#body.destroyed) return undefined;
      const { signal, stop } = stoppable();
      await Promise.race(
        ["readable", "end", "close"].map((event) => once(this.#body, event, { signal }).catch(() => {})),
      );
      stop();
    }
  }
}

function stoppable() {
  const controller = new AbortController();
  return { signal: controller.signal, stop: () => controller.abort() };
}

const bodyOf = ({ input }: DescMethod, request: JsonObject) => toFrame(toBinary(input, fromJson(input, request)));
