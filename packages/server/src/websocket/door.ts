import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { SYSTEM_CLOCK } from "../auth/clock.js";
import type { Decision } from "../auth/permit.js";
import { refusalOf } from "../auth/refusal-of.js";
import { needOf } from "../auth/rules.js";
import { refusal, toConnectError } from "../errors.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import type { Lifecycle } from "../lifecycle.js";
import { headerLookup } from "../node-http.js";
import type { MethodEntry } from "../rpc/services.js";
import { callOf, reportEarly, type SocketContext } from "./context.js";
import { type HandshakeRules, validateHandshake } from "./handshake.js";
import { WEBSOCKET_LIMITS } from "./limits.js";
import { refuseUpgrade } from "./refuse-upgrade.js";
import { Session } from "./session.js";

/** What the door needs. */
export interface WebSocketDoorOptions
  extends Omit<SocketContext, "entry" | "clock">,
    Omit<HandshakeRules, "isDraining" | "isAuthenticating"> {
  readonly methods: readonly MethodEntry[];
  readonly lifecycle: Lifecycle;
  /** Sockets open at once. */
  readonly socketsMax: number;
  /** Default: the machine's. */
  readonly clock?: SocketContext["clock"];
}

/** Serves `/v1/query/stream` as a WebSocket. */
export class WebSocketDoor {
  readonly #options: WebSocketDoorOptions;
  readonly #context: SocketContext;
  readonly #rules: HandshakeRules;
  readonly #sessions = new Set<Session>();
  readonly #server: WebSocketServer;
  readonly #lookMs: number;
  #isLooking = false;

  constructor(options: WebSocketDoorOptions) {
    const { lifecycle, methods, clock = SYSTEM_CLOCK, idleTimeoutMs } = options;
    const entry = methods.find(({ method }) => method === VecStoreService.method.queryStream) as MethodEntry;
    this.#options = options;
    this.#context = { ...options, entry, clock };
    this.#rules = {
      ...options,
      isDraining: () => lifecycle.phase === "draining",
      isAuthenticating: () => options.authority.isOn,
    };
    this.#lookMs = Math.min(WEBSOCKET_LIMITS.pingIntervalMs, idleTimeoutMs);
    const { frameBytesMax, closeTimeoutMs } = WEBSOCKET_LIMITS;
    // The types of ws do not know its `closeTimeout` yet.
    const settings: ServerOptions & { readonly closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: frameBytesMax,
      closeTimeout: closeTimeoutMs,
    };
    this.#server = new WebSocketServer(settings);
    lifecycle.onChange(() => {
      if (lifecycle.phase !== "draining") return;
      for (const session of this.#sessions) session.drain();
    });
  }

  /** Takes a connection over, or refuses it as REST would. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Until the WebSocket listens itself; a caller that resets its connection is no fault of ours.
    const ignore = () => {};
    socket.on("error", ignore);
    const { authority, reporter, entry } = this.#context;
    const header = headerLookup(request);
    const decision = authority.decide(header, needOf(entry.method), request.socket.remoteAddress);
    const call = callOf(this.#context, request, decision, header("x-request-id"));
    try {
      validateHandshake(request, this.#rules);
      this.#assertRoom();
      if (!decision.isAllowed && decision.reason !== "API_KEY_MISSING") throw refusalOf(decision);
    } catch (thrown) {
      const error = toConnectError(thrown);
      reportEarly(reporter, call, error);
      refuseUpgrade(socket, call.requestId, error);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off("error", ignore);
      this.#open(webSocket, request, decision);
    });
  };

  #open(webSocket: WebSocket, request: IncomingMessage, decision: Decision): void {
    const idleLooks = Math.ceil(this.#context.idleTimeoutMs / this.#lookMs);
    const session = new Session(this.#context, webSocket, request, { decision, idleLooks });
    this.#sessions.add(session);
    webSocket.once("close", () => this.#sessions.delete(session));
    this.#lookLater();
  }

  /** One timer for all sockets, and none while there is none. */
  #lookLater(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#context.clock.startTimer(this.#lookMs, () => {
      this.#isLooking = false;
      for (const session of this.#sessions) session.look();
      if (this.#sessions.size > 0) this.#lookLater();
    });
  }

  #assertRoom(): void {
    const { socketsMax } = this.#options;
    if (this.#sessions.size < socketsMax) return;
    const facts = { usage: String(this.#sessions.size), limit: String(socketsMax) };
    throw refusal(
      "CONNECTIONS_LIMITED",
      `${socketsMax} WebSockets are open, and no more may be; try again later`,
      facts,
    );
  }
}
