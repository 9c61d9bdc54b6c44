import type { Server as Http1Server } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import type { Server, Socket } from "node:net";
import type { Address } from "./config/kinds.js";
import { type ConnectionLimits, createHttp1, createHttp2, createTls, type TlsMaterial } from "./listener/backends.js";
import { type Backends, createFront, type Front } from "./listener/front.js";
import type { RequestHandler, UpgradeHandler } from "./node-http.js";

export type { TlsMaterial } from "./listener/backends.js";

/** What a listener needs. */
export interface ListenerOptions {
  readonly addresses: readonly Address[];
  readonly handler: RequestHandler;
  readonly limits: ConnectionLimits;
  readonly tls?: TlsMaterial;
  readonly onConnections: (delta: 1 | -1) => void;
  /** Told of each request for a WebSocket, in HTTP/1.1; absent: they are requests like any other. */
  readonly onWebSocket?: UpgradeHandler;
}

/** Every port of the server. */
export interface Listener {
  /** Where it listens, with the ports that were taken for 0. */
  readonly addresses: readonly Address[];
  /** Accepts nothing more, tells clients to go, lets running requests end; cuts the rest after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}

/**
 * Listens on every address; each port speaks every protocol.
 *
 * @throws the system's error when an address cannot be taken; what was taken before is given back
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const backends = createBackends(options);
  const { firstByteTimeoutMs } = options.limits;
  const fronts: Front[] = [];
  const drain = (timeoutMs: number) => drainAll(fronts, backends, timeoutMs);
  try {
    for (const address of options.addresses) {
      const front = createFront({ backends, firstByteTimeoutMs, onConnections: options.onConnections });
      await listenOn(front.server, address);
      fronts.push(front);
    }
  } catch (error) {
    await drain(0);
    throw error;
  }
  const addresses = fronts.map((front, at) => boundAddress(front.server, options.addresses[at] as Address));
  return { addresses, drain };
}

interface AllBackends extends Backends {
  readonly http1Server: Http1Server;
  readonly sessions: ReadonlySet<ServerHttp2Session>;
}

function createBackends({ handler, limits, tls: material, onWebSocket }: ListenerOptions): AllBackends {
  const http1Server = createHttp1(handler, limits, onWebSocket);
  const http2Server = createHttp2(handler, limits);
  const sessions = new Set<ServerHttp2Session>();
  http2Server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  const http1 = (socket: Socket) => void http1Server.emit("connection", socket);
  const http2 = (socket: Socket) => void http2Server.emit("connection", socket);
  const tlsServer = material && createTls(material, limits, { http1, http2 });
  const tls = (socket: Socket) => void (tlsServer ? tlsServer.emit("connection", socket) : socket.destroy());
  return { http1, http2, tls, http1Server, sessions };
}

/** How often connections that were busy are looked at again. */
const IDLE_SWEEP_MS = 20;

async function drainAll(fronts: readonly Front[], backends: AllBackends, timeoutMs: number): Promise<void> {
  const ended = Promise.all(fronts.map((front) => front.close()));
  // Sends GOAWAY: running streams finish, new ones go elsewhere.
  for (const session of backends.sessions) session.close();
  const sweepIdle = () => backends.http1Server.closeIdleConnections();
  sweepIdle();
  const sweep = setInterval(sweepIdle, IDLE_SWEEP_MS);
  const cutAll = () => {
    for (const front of fronts) front.cut();
  };
  const cut = setTimeout(cutAll, timeoutMs);
  await ended;
  clearInterval(sweep);
  clearTimeout(cut);
  backends.http1Server.close(() => {});
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
