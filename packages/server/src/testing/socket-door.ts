import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { HandlerContext } from "@connectrpc/connect";
import { WebSocket } from "ws";
import type { Authority } from "../auth/authority.js";
import { Credential } from "../auth/credential.js";
import { type Decision, KEY_MISSING, KEY_UNKNOWN, refused } from "../auth/permit.js";
import { CALL } from "../call.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { auth } from "../interceptors/auth.js";
import { report } from "../interceptors/report.js";
import { createLifecycle } from "../lifecycle.js";
import { WebSocketAwareRequest } from "../listener/websocket-request.js";
import type { CallEnd, Reporter } from "../observability/report.js";
import type { RequestTotals } from "../quota/request-account.js";
import { WebSocketDoor, type WebSocketDoorOptions } from "../websocket/door.js";
import { ManualClock } from "./manual-clock.js";

/** A client of the door. */
export interface DoorClient {
  readonly socket: WebSocket;
  /** The next frame, parsed. */
  next(): Promise<Record<string, unknown>>;
  readonly closed: Promise<readonly [code: number]>;
  /** Returns when the server has read all that was sent. */
  settle(): Promise<void>;
}

/** A handshake that was refused. */
export interface RefusedHandshake {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The door with nothing behind it: the key is `good`, queries wait for `gate` and are answered with what `answer` gives. */
export class SocketDoor {
  readonly clock = new ManualClock();
  readonly lifecycle = createLifecycle();
  readonly credential: Credential;
  /** Whether a key is needed. */
  isOn = true;
  /** Whether the key comes too often. */
  isLimited = false;
  /** Queries wait for it; a test that wants one to run leaves it open. */
  gate: Promise<void> = Promise.resolve();
  /** The chunks of each answer. */
  answer: readonly object[] = [{ stats: { segments: 1 } }];
  /** What a query fails with, where it does. */
  failure: unknown;
  /** Signals of the queries that began. */
  readonly signals: AbortSignal[] = [];
  readonly ended: (CallEnd & { readonly door: string })[] = [];
  readonly charged: (RequestTotals & { readonly namespace: string })[] = [];
  readonly #clients: WebSocket[] = [];
  #http: Server | undefined;

  constructor() {
    this.lifecycle.enter("ready");
    const init = { id: "k", role: "reader", namespaces: ["default"], digest: Buffer.alloc(32) } as const;
    this.credential = new Credential(init, this.clock);
  }

  async start(options: Partial<WebSocketDoorOptions> = {}): Promise<void> {
    const end: Reporter["end"] = ({ door }, call) => void this.ended.push({ door, ...call });
    const door = new WebSocketDoor({
      authority: this.#authority(),
      methods: [{ method: VecStoreService.method.queryStream, handler: (_, context) => this.#handle(context) }],
      interceptors: [report({ end } as Reporter), auth],
      reporter: { end } as Reporter,
      lifecycle: this.lifecycle,
      clock: this.clock,
      idleTimeoutMs: 300_000,
      ledger: { add: (namespace, more) => void this.charged.push({ namespace, ...more }), wrote: () => {} },
      tracing: { begin: () => undefined },
      corsOrigins: [],
      isTlsRequired: false,
      socketsMax: 10,
      ...options,
    });
    this.#http = createServer({ IncomingMessage: WebSocketAwareRequest }).on("upgrade", door.upgrade);
    this.#http.listen(0, "127.0.0.1");
    await once(this.#http, "listening");
  }

  async *#handle(context: HandlerContext) {
    context.values.get(CALL).facts.namespace = "docs";
    this.signals.push(context.signal);
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
    yield* this.answer;
  }

  #authority(): Authority {
    const door = this;
    return {
      get isOn() {
        return door.isOn;
      },
      decide(header): Decision {
        if (door.isLimited) return { ...refused("RATE_LIMITED", "too often"), facts: { setting: "s" } };
        if (!door.isOn) return { isAllowed: true, userId: "anonymous", role: "admin" };
        const key = header("x-api-key");
        if (key === undefined) return refused("API_KEY_MISSING", KEY_MISSING);
        if (key !== "good") return refused("API_KEY_UNKNOWN", KEY_UNKNOWN);
        return { isAllowed: true, userId: "k", role: "reader", credential: door.credential };
      },
    };
  }

  stop(): void {
    for (const client of this.#clients) client.terminate();
    this.#http?.close();
    this.#http?.closeAllConnections();
  }

  /** Connections that are open on the server's side. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#http!.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  get port(): number {
    return (this.#http!.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/v1/query/stream`;
  }

  async connect(headers: Record<string, string> = {}, options = {}): Promise<DoorClient> {
    const socket = new WebSocket(this.url, { headers, ...options });
    this.#clients.push(socket);
    const frames: string[] = [];
    let wake = () => {};
    socket.on("message", (data) => {
      frames.push(data.toString());
      wake();
    });
    const closed = once(socket, "close").then(([code]) => [code] as const);
    await once(socket, "open");
    return {
      socket,
      closed,
      async next() {
        while (frames.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        return JSON.parse(frames.shift()!);
      },
      async settle() {
        socket.ping();
        await once(socket, "pong");
      },
    };
  }

  async refuse(headers: Record<string, string> = {}): Promise<RefusedHandshake> {
    const socket = new WebSocket(this.url, { headers });
    socket.on("error", () => {});
    const [, response] = await once(socket, "unexpected-response");
    let text = "";
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode, reason: JSON.parse(text).error.reason, headers: response.headers };
  }
}
