import * as http from "node:http";
import * as http2 from "node:http2";
import { pipeline } from "node:stream/promises";

/** Headers that belong to one connection, and not to what goes over it. */
const HOP_HEADERS = new Set(["connection", "keep-alive", "transfer-encoding", "proxy-connection", "upgrade"]);

/** What both versions share: handing on whole, in part, or for nothing. */
class Upstream {
  /**
   * Hands on a request and its answer.
   *
   * @param bytesMax  of the answer's body; behind them, or at the end of a shorter body, this returns without ending the answer
   */
  async pass(request, response, bytesMax) {
    const answer = await this.ask(request);
    response.once("close", () => answer.abort());
    if (answer.isHeadOnly) return void response.stream.respond(answer.headers, { endStream: true });
    response.writeHead(answer.status, answer.headers);
    response.flushHeaders?.();
    if (bytesMax !== undefined) return passSome(answer.body, response, bytesMax);
    for await (const chunk of answer.body) await write(response, chunk);
    this.endWith(response, answer.trailers());
  }

  /** Hands on a request and reads the answer for nobody. */
  async drain(request) {
    const { body } = await this.ask(request);
    for await (const _ of body);
  }
}

export class Http1Upstream extends Upstream {
  #agent = new http.Agent({ keepAlive: true, noDelay: true });
  #target;

  constructor(target) {
    super();
    this.#target = target;
  }

  async ask(request) {
    const { method, url, headers } = request;
    const options = { method, headers: endToEnd(headers), agent: this.#agent };
    const asking = http.request(this.#target + url, options);
    const answered = new Promise((resolve, reject) => asking.once("response", resolve).once("error", reject));
    // A server may answer before it has read all, as when a message is too large.
    pipeline(request, asking).catch(() => asking.destroy());
    const body = await answered;
    return {
      status: body.statusCode,
      headers: endToEnd(body.headers),
      body,
      trailers: () => body.trailers,
      abort: () => asking.destroy(),
    };
  }

  endWith(response, trailers) {
    if (Object.keys(trailers).length > 0) response.addTrailers(trailers);
    response.end();
  }

  close() {
    this.#agent.destroy();
  }
}

export class Http2Upstream extends Upstream {
  #target;
  #session;

  constructor(target) {
    super();
    this.#target = target;
  }

  async ask(request) {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = http2.connect(this.#target);
      this.#session.on("error", () => {});
    }
    const stream = this.#session.request(endToEnd(request.headers));
    let trailers = {};
    stream.on("trailers", (given) => {
      trailers = given;
    });
    // Both directions go on at once: the first answers of an import come before its last records.
    pipeline(request, stream, { end: true }).catch(() => stream.close(http2.constants.NGHTTP2_CANCEL));
    const [head, flags] = await new Promise((resolve, reject) => {
      stream.once("response", (...answer) => resolve(answer)).once("error", reject);
    });
    const { ":status": status, ...headers } = head;
    // An error of gRPC may be trailers only: headers that also end the stream.
    const isHeadOnly = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    return {
      status,
      headers: isHeadOnly ? head : endToEnd(headers),
      isHeadOnly,
      body: stream,
      trailers: () => trailers,
      abort: () => stream.close(http2.constants.NGHTTP2_CANCEL),
    };
  }

  endWith(response, trailers) {
    for (const [name, value] of Object.entries(trailers)) {
      if (!name.startsWith(":")) response.setTrailer(name, value);
    }
    response.end();
  }

  close() {
    this.#session?.destroy();
  }
}

async function passSome(body, response, bytesMax) {
  let left = bytesMax;
  for await (const chunk of body) {
    await write(response, chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) return;
  }
}

function write(response, chunk) {
  return new Promise((resolve, reject) => {
    response.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

function endToEnd(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name)));
}
