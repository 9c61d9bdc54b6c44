import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";

/** A request of either HTTP version, as Node gives it. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** Its response. */
export type NodeResponse = ServerResponse | Http2ServerResponse;
/** Answers one request. */
export type RequestHandler = (request: NodeRequest, response: NodeResponse) => void;
/** Takes over the connection of a request for a WebSocket; `head` is what came behind the request. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

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
