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
import { addressOfSession, carrierOf, headerLookup } from "../node-http.js";
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

/** What is kept of a session. */
interface SessionNotes {
  /** Calls that are not answered yet. */
  running: number;
  /** Streams that were answered, those that have ended among them. */
  readonly sent: ServerHttp2Stream[];
}

/** Streams of a session that are looked through for those that have ended. */
const SENT_MAX = 64;

/** The lane on streams of HTTP/2 as they are: requests and responses made of them take as long as the rest of a short call. */
export class StreamDoor {
  readonly #options: StreamDoorOptions;
  readonly #sessions = new WeakMap<Http2Session, SessionNotes>();

  constructor(options: StreamDoorOptions) {
    this.#options = options;
  }

  /** @returns false, and nothing is done, when the stream is not for the lane */
  take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]): boolean {
    const { lane, behind, headers: common, isTlsRequired, ledger } = this.#options;
    const handler = behind.find(headers[":path"] ?? "");
    const { session } = stream;
    // Pages of other origins get more headers.
    if (handler === undefined || session === undefined || headers.origin !== undefined) return false;
    if (isTlsRequired && session.encrypted !== true) return false;
    const requestId = requestIdOf(headers["x-request-id"]);
    const notes = this.#notesOf(session);
    const sink = new StreamSink(stream, { ...common, "x-request-id": requestId }, notes);
    const head = { headers, method: headers[":method"] as string, httpVersionMajor: 2 };
    const ride = lane.enter(handler.method, head, sink);
    if (ride === undefined) return false;
    const call = beginCall(this.#options, {
      door: doorOf(headers["content-type"]),
      requestId,
      header: headerLookup({ headers }),
      method: handler.method,
      address: addressOfSession(session),
      connection: carrierOf(session),
      certificate: undefined,
    });
    notes.running++;
    sink.account = new RequestAccount(call.facts, ledger);
    stream.on("error", ignore);
    drive(this.#options, { stream, headers, rawHeaders, handler, sink, ride, call });
    return true;
  }

  /**
   * Ends streams of a session whose answers nobody takes; told when nothing of it moved for the idle time. A session has as many streams at
   * once as it may, so what it holds is bounded; a timer for each stream, which takes a tenth of a short call, bounds no more: Node's
   * goes on while any stream of the session moves.
   *
   * @returns whether it has calls that are not answered yet
   */
  onIdle(session: Http2Session): boolean {
    const notes = this.#sessions.get(session);
    if (notes === undefined) return false;
    for (const stream of notes.sent.splice(0)) if (!stream.destroyed) stream.close(constants.NGHTTP2_CANCEL);
    return notes.running > 0;
  }

  #notesOf(session: Http2Session): SessionNotes {
    const known = this.#sessions.get(session) ?? { running: 0, sent: [] };
    this.#sessions.set(session, known);
    return known;
  }
}

function ignore(): void {}

function keep({ sent }: SessionNotes, stream: ServerHttp2Stream): void {
  sent.push(stream);
  if (sent.length < SENT_MAX) return;
  const open = sent.filter(({ destroyed }) => !destroyed);
  sent.length = 0;
  sent.push(...open);
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
  response.once("close", () => sink.over());
  sink.watch();
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
  #isOver = false;
  readonly #stream: ServerHttp2Stream;

  readonly #notes: SessionNotes;

  constructor(stream: ServerHttp2Stream, headers: Readonly<Record<string, string>>, notes: SessionNotes) {
    this.#stream = stream;
    this.headers = headers;
    this.#notes = notes;
  }

  get isGone(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  send({ status, contentType, headers, body, trailers }: Reply): void {
    const stream = this.#stream;
    const { isGone } = this;
    if (!isGone && body !== undefined) this.account?.sent(body.length);
    this.over();
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
    this.watch();
  }

  /** From now on it ends when it is idle. */
  watch(): void {
    keep(this.#notes, this.#stream);
  }

  /** The call is answered, or nobody waits for it. Before the caller can know: who asks for usage after an answer finds it counted. */
  over(): void {
    this.account?.end();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#notes.running--;
  }

  onGone(listener: () => void): () => void {
    const stream = this.#stream;
    stream.once("close", listener);
    return () => stream.off("close", listener);
  }
}
