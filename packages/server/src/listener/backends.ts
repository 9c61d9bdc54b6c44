import { createServer as createHttp1Server, type Server as Http1Server } from "node:http";
import { constants, createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { RequestHandler, UpgradeHandler } from "../node-http.js";
import type { ConnectionCapLimits } from "./connection-caps.js";
import type { TlsMaterial } from "./tls-files.js";
import { WebSocketAwareRequest } from "./websocket-request.js";

/** Limits of connections and streams. */
export interface ConnectionLimits extends ConnectionCapLimits {
  readonly maxConcurrentStreams: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** Bytes a client may send on one stream before it waits for us; Node's 64 KiB halves the speed of uploads. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
/** The same for a whole connection. */
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
/** Request headers have no business being larger; the sum of names and values. */
const HEADER_BYTES_MAX = 32 * 1024;
/** A keep-alive connection without a request is closed after this. Longer than usual proxies keep theirs. */
const KEEP_ALIVE_MS = 75_000;
/** Between the first byte of a request's headers and the last. */
const HEADERS_TIMEOUT_MS = 30_000;
/** Between the first byte of a request and the last: a bulk upload may be long, but a trickle must end. */
const REQUEST_TIMEOUT_MS = 3_600_000;

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
      maxHeaderSize: HEADER_BYTES_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
    },
    handler,
  );
  server.setTimeout(limits.idleTimeoutMs);
  if (onWebSocket !== undefined) server.on("upgrade", onWebSocket);
  // This server never listens itself, and Node starts its sweep for slow requests on this event.
  server.emit("listening");
  return server;
}

/** HTTP/2 on sockets that are handed in, clear or TLS. */
export function createHttp2(handler: RequestHandler, limits: ConnectionLimits): Http2Server {
  const server = createHttp2Server({
    maxSessionMemory: 64,
    settings: {
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxConcurrentStreams: limits.maxConcurrentStreams,
      maxHeaderListSize: HEADER_BYTES_MAX,
    },
  });
  server.on("session", (session) => {
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on("error", () => session.destroy());
    // Graceful: streams that still run have timers of their own.
    session.setTimeout(limits.idleTimeoutMs, () => session.close());
  });
  server.on("request", (request, response) => {
    // A stream that moves nothing in either direction ends: slow readers and writers hold memory.
    request.stream.setTimeout(limits.idleTimeoutMs, () => request.stream.close(constants.NGHTTP2_CANCEL));
    handler(request, response);
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
