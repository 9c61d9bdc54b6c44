import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse, Http2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** A request of either HTTP version, as Node gives it. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** Its response. */
export type NodeResponse = ServerResponse | Http2ServerResponse;
/** Answers one request. */
export type RequestHandler = (request: NodeRequest, response: NodeResponse) => void;
/** Takes over the connection of a request for a WebSocket; `head` is what came behind the request. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Bytes a client may send on one stream of HTTP/2 before it waits for us; Node's 64 KiB halves the speed of uploads. */
export const STREAM_WINDOW_BYTES = 1024 * 1024;
/** The same for a whole connection. */
export const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;

/** Sessions that are a part of what a connection carries. */
const carriers = new WeakMap<Http2Session, Socket>();

/** Notes that a session's bytes come by a connection that carries other calls too: both are one connection of a client. */
export function noteCarrier(session: Http2Session, connection: Socket): void {
  carriers.set(session, connection);
}

/** What a session's client is connected by. The streams of a session have one connection; its own `socket` is another object for each. */
export function carrierOf(session: Http2Session): Http2Session | Socket {
  return carriers.get(session) ?? session;
}

/** The address of a session's client; undefined when the system does not tell. */
export function addressOfSession(session: Http2Session): string | undefined {
  return (carriers.get(session) ?? session.socket).remoteAddress;
}

/** The connection that a request came by. */
export function connectionOf(request: NodeRequest): Http2Session | Socket | undefined {
  const session = sessionOf(request);
  return session === undefined ? request.socket : carrierOf(session);
}

/** The address that a request came from; undefined when the system does not tell. */
export function addressOf(request: NodeRequest): string | undefined {
  const session = sessionOf(request);
  return session === undefined ? request.socket.remoteAddress : addressOfSession(session);
}

function sessionOf(request: NodeRequest): Http2Session | undefined {
  return "stream" in request ? request.stream?.session : undefined;
}

/** Looks a header up as text, where it came twice joined; HTTP/2 calls the host an authority, which goes before a header of the old name. */
export function headerLookup({ headers }: Pick<NodeRequest, "headers">): (name: string) => string | undefined {
  return (name) => {
    const authority = name === "host" ? headers[":authority"] : undefined;
    const value = authority ?? headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  };
}

/** True when a request came over TLS. */
export function isEncrypted({ socket }: NodeRequest): boolean {
  return "encrypted" in socket && socket.encrypted === true;
}
