import {
  constants,
  Http2ServerRequest,
  Http2ServerResponse,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { beginCall, type CallBeginners } from "../begin-call.js";
import { type Call, requestIdOf } from "../call.js";
import type { Log } from "../observability/logger.js";
import { type Ledger, RequestAccount } from "../quota/request-account.js";
import { doorOf, type RpcDoor } from "../rpc/door.js";
import { type Body, type BodyLimits, bytesOf, readBody, replay } from "./body.js";
import type { Lane, Ride } from "./lane.js";
import type { Reply, Sink } from "./sink.js";

/** What streams of HTTP/2 need, beside a lane. */
export interface StreamDoorOptions extends CallBeginners {
  readonly lane: Lane;
  /** Milliseconds in which a body must be here. */
  readonly bodyTimeoutMs: number;
  /** Answers bodies that are not plain. */
  readonly behind: RpcDoor;
  readonly ledger: Ledger;
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly log: Log;
  /** True when clear text is refused. */
  readonly isTlsRequired: boolean;
}

/** Takes a stream of HTTP/2. @returns false, and nothing is done, when it is not for the lane */
export type StreamHandler = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: string[],
) => boolean;

/** The lane on streams of HTTP/2 as they are: requests and responses made of them take as long as the rest of a short call. */
export function createStreamDoor(options: StreamDoorOptions): StreamHandler {
  const { lane, behind, headers: common } = options;
  const onSent = createIdleEnd();
  return (stream, headers, _flags, rawHeaders) => {
    const handler = behind.find(headers[":path"] ?? "");
    // Pages of other origins get more headers.
    if (handler === undefined || headers.origin !== undefined) return false;
    const { session } = stream;
    if (options.isTlsRequired && session?.encrypted !== true) return false;
    const requestId = requestIdOf(headers["x-request-id"]);
    const sink = new StreamSink(stream, { ...common, "x-request-id": requestId }, onSent);
    const ride = lane.enter(
      handler.method,
      { headers, method: headers[":method"] as string, httpVersionMajor: 2 },
      sink,
    );
    if (ride === undefined) return false;
    const call = beginCall(options, {
      door: doorOf(headers["content-type"]),
      requestId,
      header: lookupIn(headers),
      method: handler.method,
      address: session?.socket.remoteAddress,
      connection: session,
      certificate: undefined,
    });
    sink.account = new RequestAccount(call.facts, options.ledger);
    stream.on("error", ignore);
    drive(options, { stream, headers, rawHeaders, handler, sink, ride, call });
    return true;
  };
}

function ignore(): void {}

/** Streams of a session that are looked through for those that have ended. */
const SENT_MAX = 64;

/**
 * Ends streams whose answers nobody takes, once nothing of their session moves for the idle time. A session has as many streams at once as it may,
 * so what it holds is bounded; a timer for each stream, which takes a tenth of a short call, bounds no more: Node's goes on while any
 * stream of the session moves.
 */
function createIdleEnd(): (stream: ServerHttp2Stream) => void {
  const sent = new WeakMap<Http2Session, ServerHttp2Stream[]>();
  const begin = (session: Http2Session): ServerHttp2Stream[] => {
    const streams: ServerHttp2Stream[] = [];
    sent.set(session, streams);
    session.on("timeout", () => {
      for (const stream of streams.splice(0)) if (!stream.destroyed) stream.close(constants.NGHTTP2_CANCEL);
    });
    return streams;
  };
  return (stream) => {
    const { session } = stream;
    if (session !== undefined) keep(sent.get(session) ?? begin(session), stream);
  };
}

function keep(streams: ServerHttp2Stream[], stream: ServerHttp2Stream): void {
  streams.push(stream);
  if (streams.length < SENT_MAX) return;
  const open = streams.filter(({ destroyed }) => !destroyed);
  streams.length = 0;
  streams.push(...open);
}

function lookupIn(headers: IncomingHttpHeaders): (name: string) => string | undefined {
  return (name) => {
    const value = name === "host" ? (headers[":authority"] ?? headers.host) : headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  };
}

/** A call whose body is still to come. */
interface Drive {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[];
  readonly handler: UniversalHandler;
  readonly sink: StreamSink;
  readonly ride: Ride;
  readonly call: Call;
}

function drive(options: StreamDoorOptions, driven: Drive): void {
  const { lane, bodyTimeoutMs: timeoutMs } = options;
  const { stream, sink, ride, call } = driven;
  // Its body is not read: what it says plays no part.
  if (!call.decision.isAllowed) {
    lane.answer(ride, call, {});
    return;
  }
  const limits = { bytesMax: ride.bytesMax, timeoutMs };
  readBody(stream, limits, (body) => {
    for (const chunk of body.chunks) sink.account?.received(chunk.length);
    const message = body.state === "whole" ? lane.read(ride, bytesOf(body)) : undefined;
    if (message === undefined) leave(options, driven, body, limits);
    else lane.answer(ride, call, message);
  });
}

/** Goes on as if the lane had not been there. */
function leave({ behind, log }: StreamDoorOptions, driven: Drive, body: Body, limits: BodyLimits): void {
  const { stream, headers, rawHeaders, handler, sink, call } = driven;
  const request = new Http2ServerRequest(stream, headers, {}, rawHeaders);
  const response = new Http2ServerResponse(stream);
  response.on("error", ignore);
  for (const [name, value] of Object.entries(sink.headers)) response.setHeader(name, value);
  response.once("close", () => sink.account?.end());
  behind.serve(handler, request, response, call, replay({ request: stream, response }, body, limits)).catch((error) => {
    if (stream.destroyed) return;
    log.error({ error: String(error), backtrace: (error as Error)?.stack }, "request_error");
    stream.destroy();
  });
}

/** A stream of HTTP/2, and the account of its bytes. */
class StreamSink implements Sink {
  readonly headers: Readonly<Record<string, string>>;
  account: RequestAccount | undefined;
  readonly #stream: ServerHttp2Stream;

  readonly #onSent: (stream: ServerHttp2Stream) => void;

  constructor(
    stream: ServerHttp2Stream,
    headers: Readonly<Record<string, string>>,
    onSent: (stream: ServerHttp2Stream) => void,
  ) {
    this.#stream = stream;
    this.headers = headers;
    this.#onSent = onSent;
  }

  get isGone(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  send({ status, contentType, headers, body, trailers }: Reply): void {
    const stream = this.#stream;
    const { isGone } = this;
    if (!isGone && body !== undefined) this.account?.sent(body.length);
    // Before the caller can know: who asks for usage after an answer finds it counted.
    this.account?.end();
    if (isGone) return;
    const head: OutgoingHttpHeaders = { ":status": status, ...this.headers, "content-type": contentType };
    if (headers !== undefined) Object.assign(head, headers);
    if (trailers === undefined) {
      head["content-length"] = body?.length ?? 0;
      stream.respond(head);
    } else {
      stream.respond(head, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers(trailers as OutgoingHttpHeaders));
    }
    stream.end(body);
    this.#onSent(stream);
  }

  onGone(listener: () => void): () => void {
    const stream = this.#stream;
    stream.once("close", listener);
    return () => stream.off("close", listener);
  }
}
