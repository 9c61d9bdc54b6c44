import {
  createServer as createHttp1Server,
  type Server as Http1Server,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import {
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import {
  CONNECTION_WINDOW_BYTES,
  type RequestHandler,
  STREAM_WINDOW_BYTES,
  type UpgradeHandler,
} from "../node-http.js";
import type { ConnectionCapLimits } from "./connection-caps.js";
import { endIdleHttp1, endIdleHttp2, type WatchedStreams } from "./idle.js";
import type { TlsMaterial } from "./tls-files.js";
import { WebSocketAwareRequest } from "./websocket-request.js";

/** Limits of connections and streams. */
export interface ConnectionLimits extends ConnectionCapLimits {
  readonly maxConcurrentStreams: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Of the headers of a request, names and values. */
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  readonly headerTimeoutMs: number;
}

/** A keep-alive connection without a request is closed after this. Longer than usual proxies keep theirs. */
const KEEP_ALIVE_MS = 75_000;
/** Between the first byte of a request over HTTP/1.1 and the last: an import may be long, but a trickle must end. */
const REQUEST_TIMEOUT_MS = 3_600_000;
/** How often HTTP/1.1 connections are looked through for what takes too long. */
const SLOW_SWEEP_MS = 5_000;
/** Headers of HTTP/2's own, such as `:path`. */
const PSEUDO_HEADERS = 4;

/** The oldest version of TLS that is spoken. */
const TLS_VERSION_MIN = "TLSv1.2";

/** HTTP/1.1 on sockets that are handed in by `emit("connection")`. */
export function createHttp1(
  handler: RequestHandler,
  limits: ConnectionLimits,
  onWebSocket: UpgradeHandler | undefined,
): Http1Server {
  const server = createHttp1Server(
    {
      IncomingMessage: WebSocketAwareRequest,
      maxHeaderSize: limits.maxHeaderBytes,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: limits.headerTimeoutMs,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(SLOW_SWEEP_MS, limits.headerTimeoutMs),
    },
    (request, response) => (hasTooManyHeaders(request, limits) ? refuseHeaders(response) : handler(request, response)),
  );
  // Node would drop what is above without a word, the host among them; the bytes bound how many come here.
  server.maxHeadersCount = 0;
  endIdleHttp1(server, limits.idleTimeoutMs);
  if (onWebSocket !== undefined) {
    server.on("upgrade", (request, socket, head) => {
      if (hasTooManyHeaders(request, limits)) socket.end(TOO_MANY_HEADERS);
      else onWebSocket(request, socket, head);
    });
  }
  // This server never listens itself, and Node starts its sweep for slow requests on this event.
  server.emit("listening");
  return server;
}

function hasTooManyHeaders({ rawHeaders }: IncomingMessage, { maxHeaders }: ConnectionLimits): boolean {
  // Names and values by turns.
  return rawHeaders.length > 2 * maxHeaders;
}

/** The same to a request whose response Node has given away. */
const TOO_MANY_HEADERS = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n";

/** As Node answers where the bytes are too many. */
function refuseHeaders(response: ServerResponse): void {
  response.writeHead(431, { connection: "close" }).end();
}

/** Takes streams of HTTP/2 as they are, and ends them when they are idle. */
export interface StreamTaker extends WatchedStreams {
  /** @returns false, and nothing is done, when the stream is to become a request */
  take(...of: StreamEvent): boolean;
}

/** What Node tells of a stream. */
export type StreamEvent = [
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: string[],
];

/** HTTP/2 on sockets that are handed in, clear or TLS. */
export function createHttp2(handler: RequestHandler, limits: ConnectionLimits, taker?: StreamTaker): Http2Server {
  const server = createHttp2Server({
    maxSessionMemory: 64,
    // Above this, and above the bytes, the stream is reset: ENHANCE_YOUR_CALM.
    maxHeaderListPairs: limits.maxHeaders + PSEUDO_HEADERS,
    settings: {
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxConcurrentStreams: limits.maxConcurrentStreams,
      maxHeaderListSize: limits.maxHeaderBytes,
    },
  });
  server.on("session", (session) => {
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on("error", () => session.destroy());
  });
  // Slow readers and writers hold memory.
  const watch = endIdleHttp2(server, limits.idleTimeoutMs, taker);
  server.on("request", handler);
  // Node's own, which make requests of streams.
  const makers = server.listeners("stream") as ((...of: StreamEvent) => void)[];
  server.removeAllListeners("stream");
  server.on("stream", (...of: StreamEvent) => {
    if (taker?.take(...of) === true) return;
    watch(of[0]);
    for (const make of makers) make.apply(server, of);
  });
  server.on("sessionError", () => {});
  return server;
}

/** TLS on sockets that are handed in; ALPN chooses who goes on. */
export function createTls(
  material: TlsMaterial,
  limits: ConnectionLimits,
  next: { readonly http1: (socket: Socket) => void; readonly http2: (socket: Socket) => void },
): TlsServer {
  const server = createTlsServer(
    {
      ...contextOf(material),
      ...(material.clientCa && { requestCert: true, rejectUnauthorized: true }),
      ALPNProtocols: ["h2", "http/1.1"],
      handshakeTimeout: limits.firstByteTimeoutMs,
    },
    (socket: TLSSocket) => (socket.alpnProtocol === "h2" ? next.http2(socket) : next.http1(socket)),
  );
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

/** New handshakes use other certificates from now on; connections that are open, and handshakes that run, keep theirs. */
export function changeCertificates(server: TlsServer, material: TlsMaterial): void {
  server.setSecureContext(contextOf(material));
}

/** All that a change of certificates sets anew, the oldest version included: Node would forget it. */
function contextOf({ cert, key, clientCa }: TlsMaterial) {
  return { cert, key, ...(clientCa && { ca: clientCa }), minVersion: TLS_VERSION_MIN } as const;
}
