import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { HandlerContext } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Authority } from "../auth/authority.js";
import { Credential } from "../auth/credential.js";
import { type Decision, KEY_MISSING, refused } from "../auth/permit.js";
import { CALL } from "../call.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { auth } from "../interceptors/auth.js";
import { createLifecycle, type Lifecycle } from "../lifecycle.js";
import { WebSocketAwareRequest } from "../listener/websocket-request.js";
import type { CallEnd, Reporter } from "../observability/report.js";
import type { RequestTotals } from "../quota/request-account.js";
import { ManualClock } from "../testing/manual-clock.js";
import { WebSocketDoor, type WebSocketDoorOptions } from "./door.js";

const STATS = { stats: { segments: 1 } };

let clock: ManualClock;
let lifecycle: Lifecycle;
let credential: Credential;
let isOn: boolean;
let isLimited: boolean;
let http: Server;
let url: string;
let clients: WebSocket[];
let ended: (CallEnd & { readonly door: string })[];
let charged: (RequestTotals & { readonly namespace: string })[];
/** Queries wait for it; a test that wants one to run leaves it open. */
let gate: Promise<void>;

const authority: Authority = {
  get isOn() {
    return isOn;
  },
  decide(header): Decision {
    if (isLimited) return { ...refused("RATE_LIMITED", "too often"), facts: { setting: "s" } };
    if (!isOn) return { isAllowed: true, userId: "anonymous", role: "admin" };
    const key = header("x-api-key");
    if (key === undefined) return refused("API_KEY_MISSING", KEY_MISSING);
    if (key !== "good") return refused("API_KEY_UNKNOWN", "the API key is unknown");
    return { isAllowed: true, userId: "k", role: "reader", credential };
  },
};

async function start(options: Partial<WebSocketDoorOptions> = {}): Promise<void> {
  async function* handler(_request: unknown, context: HandlerContext) {
    context.values.get(CALL).facts.namespace = "docs";
    await gate;
    yield STATS;
  }
  const end: Reporter["end"] = ({ door }, call) => void ended.push({ door, ...call });
  const door = new WebSocketDoor({
    authority,
    methods: [{ method: VecStoreService.method.queryStream, handler }],
    interceptors: [auth],
    reporter: { end } as Reporter,
    lifecycle,
    clock,
    idleTimeoutMs: 300_000,
    ledger: { add: (namespace, more) => void charged.push({ namespace, ...more }), wrote: () => {} },
    tracing: { begin: () => undefined },
    corsOrigins: [],
    isTlsRequired: false,
    socketsMax: 10,
    ...options,
  });
  http = createServer({ IncomingMessage: WebSocketAwareRequest }).on("upgrade", door.upgrade);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/v1/query/stream`;
}

beforeEach(() => {
  clock = new ManualClock();
  lifecycle = createLifecycle();
  lifecycle.enter("ready");
  credential = new Credential({ id: "k", role: "reader", namespaces: ["default"], digest: Buffer.alloc(32) }, clock);
  isLimited = false;
  [isOn, clients, ended, charged, gate] = [true, [], [], [], Promise.resolve()];
});
afterEach(() => {
  for (const client of clients) client.terminate();
  http.close();
  http.closeAllConnections();
});

interface Client {
  readonly socket: WebSocket;
  /** The next frame, parsed. */
  next(): Promise<Record<string, unknown>>;
  readonly closed: Promise<readonly [code: number]>;
  /** Returns when the server has read all that was sent. */
  settle(): Promise<void>;
}

async function connect(headers: Record<string, string> = {}, options = {}): Promise<Client> {
  const socket = new WebSocket(url, { headers, ...options });
  clients.push(socket);
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

async function refusedWith(headers: Record<string, string> = {}): Promise<readonly [number, string]> {
  const socket = new WebSocket(url, { headers });
  socket.on("error", () => {});
  const [, response] = await once(socket, "unexpected-response");
  let text = "";
  for await (const chunk of response) text += chunk;
  return [response.statusCode, JSON.parse(text).error.reason];
}

/** The client may know that a socket has closed a moment before the server. */
const expectNoTimers = () =>
  expect
    .poll(() => {
      clock.advance(30_000);
      return clock.waiting;
    })
    .toBe(0);

const query = (requestId: string) => JSON.stringify({ vector: [1], request_id: requestId });
const reasonOf = (frame: Record<string, unknown>) => (frame.error as { reason: string }).reason;

describe("a socket without a key", () => {
  it("has five seconds to send one", async () => {
    await start();
    const [late, inTime] = [await connect(), await connect()];
    inTime.socket.send('{"auth": "good"}');
    await inTime.settle();
    clock.advance(4_999);
    late.socket.send("{");
    expect(reasonOf(await late.next())).toBe("INVALID_ARGUMENT");
    clock.advance(1);
    expect(reasonOf(await late.next())).toBe("API_KEY_MISSING");
    expect(await late.closed).toEqual([1008]);
    inTime.socket.send(query("q"));
    expect(await inTime.next()).toMatchObject({ complete: true, request_id: "q" });
    expect(ended.map(({ door, code }) => [door, code])).toEqual([
      ["websocket", "invalid_argument"],
      ["websocket", "unauthenticated"],
    ]);
  });

  it("has one try", async () => {
    await start();
    const client = await connect();
    client.socket.send('{"auth": "bad"}');
    client.socket.send('{"auth": "good"}');
    client.socket.send(query("q"));
    expect(reasonOf(await client.next())).toBe("API_KEY_UNKNOWN");
    expect(await client.closed).toEqual([1008]);
  });

  it("leaves no timer behind when it goes", async () => {
    await start();
    const client = await connect();
    client.socket.close();
    await client.closed;
    await expectNoTimers();
  });

  it("that was open before there were keys needs one from then on", async () => {
    isOn = false;
    await start();
    const client = await connect();
    client.socket.send(query("before"));
    expect(await client.next()).toMatchObject({ complete: true });
    isOn = true;
    client.socket.send(query("after"));
    expect(reasonOf(await client.next())).toBe("API_KEY_MISSING");
    expect(await client.closed).toEqual([1008]);
  });
});

describe("a query", () => {
  it("is charged as a request, with the bytes of its frames", async () => {
    await start();
    const client = await connect({ "x-api-key": "good" });
    client.socket.send(query("q"));
    const answer = await client.next();
    const sent = { bytesIn: query("q").length, bytesOut: JSON.stringify(answer).length };
    expect(charged[0]).toEqual({ namespace: "docs", requests: 1, ...sent });
  });

  it("is refused while its key comes too often, and the socket stays open", async () => {
    await start();
    const client = await connect({ "x-api-key": "good" });
    isLimited = true;
    client.socket.send(query("q"));
    expect(await client.next()).toMatchObject({
      request_id: "q",
      error: { reason: "RATE_LIMITED", details: { setting: "s" } },
    });
    isLimited = false;
    client.socket.send(query("q"));
    expect(await client.next()).toMatchObject({ complete: true });
  });
});

describe("a key that ends", () => {
  it("ends its socket, and what runs on it", async () => {
    gate = new Promise(() => {});
    await start();
    const client = await connect({ "x-api-key": "good" });
    client.socket.send(query("q"));
    await client.settle();
    credential.end("was revoked");
    expect(reasonOf(await client.next())).toBe("API_KEY_UNKNOWN");
    expect(await client.closed).toEqual([1008]);
  });
});

describe("a socket", () => {
  it("is pinged, and lives as long as its peer answers", async () => {
    await start({ idleTimeoutMs: 1_000_000 });
    const client = await connect({ "x-api-key": "good" });
    for (let look = 0; look < 6; look++) {
      const pinged = once(client.socket, "ping");
      clock.advance(30_000);
      await pinged;
      await client.settle();
    }
    client.socket.send(query("q"));
    expect(await client.next()).toMatchObject({ complete: true });
  });

  it("is cut when its peer answers two pings with nothing", async () => {
    await start({ idleTimeoutMs: 1_000_000 });
    const client = await connect({ "x-api-key": "good" }, { autoPong: false });
    for (let look = 0; look < 2; look++) {
      const pinged = once(client.socket, "ping");
      clock.advance(30_000);
      await pinged;
    }
    clock.advance(30_000);
    expect(await client.closed).toEqual([1006]);
  });

  it("is closed when nothing was asked for the idle time, but not while a query runs", async () => {
    let open = () => {};
    gate = new Promise((resolve) => (open = resolve));
    await start({ idleTimeoutMs: 60_000 });
    const client = await connect({ "x-api-key": "good" });
    client.socket.send(query("q"));
    await client.settle();
    const look = async () => {
      const pinged = once(client.socket, "ping");
      clock.advance(30_000);
      await pinged;
      await client.settle();
    };
    for (let i = 0; i < 4; i++) await look();
    open();
    expect(await client.next()).toMatchObject({ complete: true });
    for (let i = 0; i < 2; i++) await look();
    clock.advance(30_000);
    expect(await client.closed).toEqual([1000]);
    await expectNoTimers();
  });
});

describe("a server that drains", () => {
  it("closes its sockets when nothing runs on them, and opens none", async () => {
    let open = () => {};
    gate = new Promise((resolve) => (open = resolve));
    await start();
    const [busy, idle] = [await connect({ "x-api-key": "good" }), await connect({ "x-api-key": "good" })];
    busy.socket.send(query("q"));
    await busy.settle();
    lifecycle.enter("draining");
    expect(await idle.closed).toEqual([1001]);
    expect(await refusedWith({ "x-api-key": "good" })).toEqual([503, "DRAINING"]);
    expect(busy.socket.readyState).toBe(WebSocket.OPEN);
    open();
    expect(await busy.next()).toMatchObject({ complete: true });
    expect(await busy.closed).toEqual([1001]);
  });
});

describe("a handshake", () => {
  it("is refused in clear text where TLS is required", async () => {
    await start({ isTlsRequired: true });
    expect(await refusedWith({ "x-api-key": "good" })).toEqual([400, "INVALID_ARGUMENT"]);
  });

  it("with a wrong key is refused, and counted", async () => {
    await start();
    expect(await refusedWith({ "x-api-key": "bad" })).toEqual([403, "API_KEY_UNKNOWN"]);
    expect(ended).toMatchObject([{ door: "websocket", method: "QueryStream", code: "permission_denied" }]);
  });

  it("is refused when so many sockets are open", async () => {
    await start({ socketsMax: 1 });
    const client = await connect();
    expect(await refusedWith()).toEqual([429, "CONNECTIONS_LIMITED"]);
    client.socket.close();
    await client.closed;
    await expect
      .poll(() =>
        connect().then(
          () => "open",
          () => "refused",
        ),
      )
      .toBe("open");
  });
});
