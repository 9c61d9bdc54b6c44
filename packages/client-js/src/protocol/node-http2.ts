import * as http2 from "node:http2";
import type { SecureContextOptions } from "node:tls";
import { checkBytes, joined } from "./frames.js";
import type { HttpAnswer, HttpRequest, Send } from "./http.js";
import { RpcError } from "./rpc-error.js";

/** A connection that is idle this long is closed before a middlebox forgets it in silence. */
const IDLE_MS = 60_000;
/** Of answers, so that a far server need not wait for each 64 KiB. */
const WINDOW_BYTES = 1024 * 1024;
const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_REFUSED_STREAM } = http2.constants;

/** Requests over one HTTP/2 connection, which is made when one is needed. */
export interface Http2Sender {
  readonly send: Send;
  /** Ends what runs. */
  close(): void;
}

/** What is trusted, and how the client proves who it is. */
export type Http2Tls = SecureContextOptions & { readonly rejectUnauthorized?: boolean };

/** Sends over Node's HTTP/2. A connection that ended, or is about to, is followed by another. */
export function sendByHttp2(baseUrl: string, tls: Http2Tls): Http2Sender {
  const url = new URL(baseUrl);
  const prefix = url.pathname === "/" ? "" : url.pathname;
  let current: http2.ClientHttp2Session | undefined;
  return {
    send: (request) => {
      if (current === undefined || current.closed || current.destroyed) current = open(url.origin, tls);
      return start(current, prefix + request.path, request);
    },
    close: () => current?.destroy(),
  };
}

/** It keeps the process alive only while a request runs. */
function open(origin: string, tls: Http2Tls): http2.ClientHttp2Session {
  const session = http2.connect(origin, { ...tls, settings: { initialWindowSize: WINDOW_BYTES, enablePush: false } });
  // Each request learns of it by itself.
  session.on("error", () => {});
  session.setTimeout(IDLE_MS, () => session.close());
  session.unref();
  return session;
}

/** Requests that run, so that the last one lets the process end. */
const running = new WeakMap<http2.ClientHttp2Session, number>();

function count(session: http2.ClientHttp2Session, change: 1 | -1): void {
  const requests = (running.get(session) ?? 0) + change;
  running.set(session, requests);
  if (requests === 0) session.unref();
  else session.ref();
}

function start(session: http2.ClientHttp2Session, path: string, request: HttpRequest): Promise<HttpAnswer> {
  const { cancellation, headers, body } = request;
  return new Promise((resolve, reject) => {
    if (cancellation.aborted) return reject(cancellation.reason);
    const stream = session.request({ ":method": "POST", ":path": path, ...headers });
    count(session, 1);
    let isAnswered = false;
    const forget = cancellation.onAbort(() => stream.close(NGHTTP2_CANCEL));
    stream.once("close", () => {
      forget();
      count(session, -1);
      if (!isAnswered) reject(lost());
    });
    // What breaks after the answer has begun is the reader's to see.
    stream.on("error", (error) => reject(resetError(stream, session) ?? error));
    stream.once("response", (answered) => {
      isAnswered = true;
      resolve(toAnswer(stream, session, answered));
    });
    if (body instanceof Uint8Array) stream.end(body);
    else void pump(body, stream);
  });
}

/** Writes what comes, no faster than the server takes it. A source that breaks ends the request. */
async function pump(source: AsyncIterable<Uint8Array>, stream: http2.ClientHttp2Stream): Promise<void> {
  try {
    for await (const chunk of source) {
      if (stream.closed || stream.destroyed) return;
      if (!stream.write(chunk)) await drained(stream);
    }
    stream.end();
  } catch (error) {
    stream.close(NGHTTP2_CANCEL);
    stream.destroy(error as Error);
  }
}

function drained(stream: http2.ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.on("drain", done);
    stream.on("close", done);
  });
}

function toAnswer(
  stream: http2.ClientHttp2Stream,
  session: http2.ClientHttp2Session,
  headers: http2.IncomingHttpHeaders,
): HttpAnswer {
  let trailers: http2.IncomingHttpHeaders | undefined;
  stream.once("trailers", (fields) => {
    trailers = fields;
  });
  const chunks = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* stream as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw resetError(stream, session) ?? error;
    }
    // Node ends a stream without a word when its connection is cut.
    if (trailers === undefined && stream.rstCode === NGHTTP2_CANCEL) throw lost();
  };
  return {
    status: Number(headers[":status"] ?? 0),
    header: (name) => textOf(headers[name]),
    trailer: (name) => textOf(trailers?.[name]),
    body: async () => {
      const all: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of chunks()) {
        all.push(chunk);
        bytes += chunk.length;
        checkBytes(bytes);
      }
      return joined(all, bytes);
    },
    chunks,
  };
}

/** What a server means by the code with which it ended a stream, as gRPC has it; undefined when it did not, or says nothing by it. */
function resetError(stream: http2.ClientHttp2Stream, session: http2.ClientHttp2Session): Error | undefined {
  switch (stream.rstCode) {
    case NGHTTP2_REFUSED_STREAM:
      return coded("the server refused the stream before it began its work", "ERR_HTTP2_REFUSED_STREAM");
    case NGHTTP2_ENHANCE_YOUR_CALM:
      // Node's server then refuses whatever comes by the same connection.
      session.close();
      return new RpcError({
        code: "resource_exhausted",
        message: "the server ended the stream because it holds too much; send less in one message",
      });
    default:
      return undefined;
  }
}

function textOf(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value.join(", ") : value) ?? null;
}

function lost(): Error {
  return coded("the stream ended before its answer did", "ERR_HTTP2_STREAM_CANCEL");
}

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
