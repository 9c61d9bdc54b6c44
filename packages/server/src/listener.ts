import type { ServerHttp2Session } from "node:http2";
import type { Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Address } from "./config/kinds.js";
import {
  type ConnectionLimits,
  changeCertificates,
  createHttp1,
  createHttp2,
  createTls,
  type StreamTaker,
} from "./listener/backends.js";
import { ConnectionCaps } from "./listener/connection-caps.js";
import { type Draining, drain } from "./listener/drain.js";
import { type Backends, createFront, type Front } from "./listener/front.js";
import type { TlsMaterial } from "./listener/tls-files.js";
import { type NodeResponse, noteCarrier, type RequestHandler, type UpgradeHandler } from "./node-http.js";

/** What a listener needs. */
export interface ListenerOptions {
  readonly addresses: readonly Address[];
  readonly handler: RequestHandler;
  /** Asked for each stream of HTTP/2 before it becomes a request for the handler. */
  readonly streamTaker?: StreamTaker | undefined;
  /** Asked for each connection of HTTP/1.1 before it becomes Node's. */
  readonly plainCalls?: PlainCalls | undefined;
  /** Asked for each connection of HTTP/2 before it becomes Node's. */
  readonly frames?: Frames | undefined;
  /** Answers on connections above the caps; each ends with its first answer. */
  readonly refuse: RequestHandler;
  readonly limits: ConnectionLimits;
  readonly tls?: TlsMaterial;
  readonly onConnections: (delta: 1 | -1) => void;
  /** Told of each request for a WebSocket, in HTTP/1.1; absent: they are requests like any other. */
  readonly onWebSocket?: UpgradeHandler;
  /** Told of each connection above the caps. */
  readonly onRefused: () => void;
}

/** Who answers plain calls over HTTP/1.1 without Node's requests and responses. */
export interface PlainCalls {
  /** @returns false, and nothing is done, when the connection is for Node; else it is given back with what is not plain */
  take(socket: Socket, giveBack: (socket: Socket) => void): boolean;
  /** Gives all connections back. */
  drain(): void;
}

/** Who answers calls over HTTP/2 without Node's streams. */
export interface Frames {
  /** @returns false, and nothing is done, when the connection is for Node; else Node gets sessions with what of it is not for the lane */
  take(socket: Socket, toNode: (side: Duplex, connection: Socket) => void): boolean;
  /** Tells all clients to go. */
  drain(): void;
}

/** Every port of the server. */
export interface Listener {
  /** Where it listens, with the ports that were taken for 0. */
  readonly addresses: readonly Address[];
  /** New connections get these certificates; what is open goes on. */
  useCertificates(material: TlsMaterial): void;
  /** Accepts nothing more, tells clients to go, lets running requests end; cuts the rest after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}

/**
 * Listens on every address; each port speaks every protocol.
 *
 * @throws the system's error when an address cannot be taken; what was taken before is given back
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { limits, tls, onConnections, onRefused } = options;
  const { firstByteTimeoutMs } = limits;
  const backends = createBackends(options.handler, limits, tls, options);
  const refusing = createBackends(options.refuse, { ...limits, idleTimeoutMs: firstByteTimeoutMs }, tls);
  const caps = new ConnectionCaps(limits);
  const fronts: Front[] = [];
  const drainAll = async (timeoutMs: number) => {
    options.plainCalls?.drain();
    options.frames?.drain();
    await drain({ fronts, ...backends }, timeoutMs);
    refusing.http1Server.close(() => {});
  };
  try {
    for (const address of options.addresses) {
      const front = createFront({ backends, refusing, caps, firstByteTimeoutMs, onConnections, onRefused });
      await listenOn(front.server, address);
      fronts.push(front);
    }
  } catch (error) {
    await drainAll(0);
    throw error;
  }
  const addresses = fronts.map((front, at) => boundAddress(front.server, options.addresses[at] as Address));
  const useCertificates = (material: TlsMaterial) => {
    for (const each of [backends, refusing]) each.useCertificates(material);
  };
  return { addresses, useCertificates, drain: drainAll };
}

interface AllBackends extends Backends, Omit<Draining, "fronts"> {
  readonly useCertificates: (material: TlsMaterial) => void;
}

/** Who is asked before Node. */
type Takers = Pick<ListenerOptions, "onWebSocket" | "streamTaker" | "plainCalls" | "frames">;

function createBackends(
  handler: RequestHandler,
  limits: ConnectionLimits,
  material: TlsMaterial | undefined,
  { onWebSocket, streamTaker, plainCalls, frames }: Takers = {},
): AllBackends {
  const http1Server = createHttp1(handler, limits, onWebSocket);
  const http2Server = createHttp2(handler, limits, streamTaker);
  const sessions = new Set<ServerHttp2Session>();
  http2Server.on("session", (session) => track(session, sessions));
  const http1Responses = new Set<NodeResponse>();
  http1Server.on("request", (_request, response) => track(response, http1Responses));
  const byNode = (socket: Socket) => void http1Server.emit("connection", socket);
  const http1 = (socket: Socket) => {
    if (plainCalls?.take(socket, byNode) !== true) byNode(socket);
  };
  const http2ByNode = (side: Duplex, connection?: Socket) => {
    const note = (session: ServerHttp2Session) => connection && noteCarrier(session, connection);
    http2Server.once("session", note);
    http2Server.emit("connection", side);
    http2Server.off("session", note);
  };
  const http2 = (socket: Socket) => {
    if (frames?.take(socket, http2ByNode) !== true) http2ByNode(socket);
  };
  const tlsServer = material && createTls(material, limits, { http1, http2 });
  const tls = (socket: Socket) => void (tlsServer ? tlsServer.emit("connection", socket) : socket.destroy());
  const useCertificates = (next: TlsMaterial) => void (tlsServer && changeCertificates(tlsServer, next));
  return { http1, http2, tls, http1Server, http1Responses, http2Server, sessions, useCertificates };
}

/** Keeps it among `open` until it closes. */
function track<T extends { once(event: "close", listener: () => void): unknown }>(one: T, open: Set<T>): void {
  open.add(one);
  one.once("close", () => open.delete(one));
}

function listenOn(front: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    front.once("error", reject);
    front.listen({ host, port }, () => {
      front.off("error", reject);
      resolve();
    });
  });
}

function boundAddress(front: Server, asked: Address): Address {
  const bound = front.address();
  return typeof bound === "object" && bound !== null ? { host: asked.host, port: bound.port } : asked;
}
