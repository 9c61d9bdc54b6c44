import type { IncomingMessage } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import type { RawData, WebSocket } from "ws";
import type { HeaderLookup } from "../auth/keys.js";
import { type Allowed, type Decision, endedBy, KEY_MISSING } from "../auth/permit.js";
import { refusalOf } from "../auth/refusal-of.js";
import { needOf } from "../auth/rules.js";
import { refusal, toConnectError } from "../errors.js";
import { headerLookup } from "../node-http.js";
import { callOf, reportEarly, type SocketContext } from "./context.js";
import { type ClientFrame, readFrame, writeError } from "./frames.js";
import { WEBSOCKET_LIMITS } from "./limits.js";
import { LivenessWatch } from "./liveness.js";
import { Outbox } from "./outbox.js";
import { RunningQueries } from "./running-queries.js";

/** How a socket is closed: RFC 6455, section 7.4.1. */
const CLOSE = { idle: 1000, goingAway: 1001, policy: 1008 } as const;

/** One socket, from its handshake to its close. */
export class Session {
  readonly #context: SocketContext;
  readonly #socket: WebSocket;
  readonly #request: IncomingMessage;
  readonly #outbox: Outbox;
  readonly #queries: RunningQueries;
  readonly #liveness: LivenessWatch;
  /** What says who asks: of the handshake, with the key of the first frame where that has it. */
  #header: HeaderLookup;
  /** The last one. */
  #decision: Decision;
  #isAwaitingKey: boolean;
  #isDraining = false;
  #stopAuthTimer: (() => void) | undefined;
  #stopKeyWatch: (() => void) | undefined;

  /**
   * @param decision   of the handshake; API_KEY_MISSING means that the first frame has to have the key
   * @param idleLooks  calls of `look` without use after which the socket is closed
   */
  constructor(
    context: SocketContext,
    socket: WebSocket,
    request: IncomingMessage,
    { decision, idleLooks }: { readonly decision: Decision; readonly idleLooks: number },
  ) {
    this.#context = context;
    this.#socket = socket;
    this.#request = request;
    this.#header = headerLookup(request);
    this.#decision = decision;
    this.#isAwaitingKey = !decision.isAllowed;
    this.#outbox = new Outbox(socket);
    this.#queries = new RunningQueries(context, request, this.#outbox, () => this.#onIdle());
    this.#liveness = new LivenessWatch(socket, request.socket, idleLooks);
    socket.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on("error", (error) => this.#onError(error));
    socket.once("close", () => this.#onClose());
    if (decision.isAllowed) this.#watchKey(decision);
    else this.#awaitKey();
  }

  /** Lets running queries end, and closes the socket then; what comes meanwhile is refused by the handlers. */
  drain(): void {
    this.#isDraining = true;
    if (this.#queries.count === 0) this.#onIdle();
  }

  /** Closes the socket when nobody uses it, cuts it when its peer is gone, else pings. To be called at even intervals. */
  look(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const found = this.#liveness.look(this.#queries.count > 0);
    if (found === "dead") this.#socket.terminate();
    else if (found === "idle") this.#socket.close(CLOSE.idle, "nothing was asked for a while");
    else this.#socket.ping();
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    this.#liveness.use();
    try {
      if (isBinary) throw refusal("INVALID_ARGUMENT", "the frame is binary; send JSON as text");
      const text = data.toString();
      this.#take(readFrame(text), Buffer.byteLength(text));
    } catch (thrown) {
      this.#refuse(toConnectError(thrown));
    }
  }

  #take(frame: ClientFrame, bytes: number): void {
    if (frame.kind === "auth") this.#authenticate(frame.key);
    else if (this.#isAwaitingKey)
      this.#end(refusal("API_KEY_MISSING", `${KEY_MISSING}, or as the first frame {"auth": key}`));
    else if (frame.kind === "cancel") this.#queries.cancel(frame.requestId);
    else this.#query(frame, bytes);
  }

  /** Each query is a request of its own: keys may come while the server starts, and ask only so often. */
  #query(frame: Extract<ClientFrame, { kind: "query" }>, bytes: number): void {
    const decision = this.#decide();
    if (decision.isAllowed || decision.reason === "RATE_LIMITED") void this.#queries.start(frame, decision, bytes);
    else this.#end(refusalOf(decision));
  }

  #decide(): Decision {
    const { authority, entry } = this.#context;
    this.#decision = authority.decide(this.#header, needOf(entry.method), this.#request.socket.remoteAddress);
    return this.#decision;
  }

  /** The first frame of a socket that came without a key; later ones would change who asks in the middle of things. */
  #authenticate(key: string): void {
    if (!this.#isAwaitingKey && this.#context.authority.isOn)
      throw refusal("INVALID_ARGUMENT", "the socket has a key already; open another for another key");
    const header = headerLookup(this.#request);
    this.#header = (name) => (name === "x-api-key" ? key : header(name));
    if (!this.#isAwaitingKey) return;
    this.#stopAuthTimer?.();
    const decision = this.#decide();
    this.#isAwaitingKey = !decision.isAllowed;
    if (decision.isAllowed) this.#watchKey(decision);
    else this.#end(refusalOf(decision));
  }

  #awaitKey(): void {
    const { authTimeoutMs } = WEBSOCKET_LIMITS;
    this.#stopAuthTimer = this.#context.clock.startTimer(authTimeoutMs, () => {
      const message = `no API key came within ${authTimeoutMs} ms: send it as a header, or as the first frame {"auth": key}`;
      this.#end(refusal("API_KEY_MISSING", message));
    });
  }

  /** A key that ends takes the socket with it. */
  #watchKey({ credential }: Allowed): void {
    this.#stopKeyWatch = credential?.onEnd((ending) => {
      const { reason, message } = endedBy(credential.id, ending);
      this.#end(refusal(reason, message));
    });
  }

  /** Says what is wrong, and goes on. */
  #refuse(error: ConnectError): void {
    this.#report(error);
    this.#outbox.sendError(writeError(error));
  }

  /** Says what is wrong, and closes. */
  #end(error: ConnectError): void {
    this.#refuse(error);
    this.#socket.close(CLOSE.policy, "see the error before");
    this.#queries.cancelAll();
  }

  #onIdle(): void {
    if (this.#isDraining) this.#socket.close(CLOSE.goingAway, "the server is shutting down");
  }

  /** The socket closes itself with the code for it. */
  #onError(error: Error & { readonly code?: string }): void {
    if (error.code !== "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return;
    const message = `the frame has more than ${WEBSOCKET_LIMITS.frameBytesMax} bytes`;
    this.#report(refusal("MESSAGE_TOO_LARGE", message));
  }

  /** Of what is wrong with the socket, or with a frame that is no query. */
  #report(error: ConnectError): void {
    reportEarly(this.#context.reporter, callOf(this.#context, this.#request, this.#decision), error);
  }

  #onClose(): void {
    this.#stopAuthTimer?.();
    this.#stopKeyWatch?.();
    this.#queries.cancelAll();
  }
}
