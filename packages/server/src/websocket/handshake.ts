import type { IncomingMessage } from "node:http";
import { validateHost } from "../auth/host.js";
import { isLocalAuthority, isLocalOrigin } from "../auth/loopback.js";
import { refusal } from "../errors.js";
import { headerLookup, isEncrypted } from "../node-http.js";

/** What a handshake is checked against. */
export interface HandshakeRules {
  /** Origins that CORS allows; `*` allows all. */
  readonly corsOrigins: readonly string[];
  /** True when clear text is refused. */
  readonly isTlsRequired: boolean;
  readonly isDraining: () => boolean;
  /** True while requests need a key. */
  readonly isAuthenticating: () => boolean;
}

/**
 * Checks the head of a request for a WebSocket, save for the key. Browsers let any page open one anywhere, and say only where the page is
 * from: so an origin has to be one that CORS allows, the server's own or, while no key is needed, a local one of a local server.
 *
 * @throws ConnectError INVALID_ARGUMENT, ORIGIN_NOT_ALLOWED, DRAINING
 */
export function validateHandshake(request: IncomingMessage, rules: HandshakeRules): void {
  if (rules.isTlsRequired && !isEncrypted(request))
    throw refusal("INVALID_ARGUMENT", "this port speaks TLS: use an address that begins with wss://");
  if (rules.isDraining()) throw refusal("DRAINING", "the server is shutting down");
  validateHost(request);
  if (request.headers["sec-websocket-key"] === undefined || request.headers["sec-websocket-version"] !== "13")
    throw refusal("INVALID_ARGUMENT", "the handshake is not that of RFC 6455: send Sec-WebSocket-Key, and Version 13");
  const header = headerLookup(request);
  const origin = header("origin");
  if (origin === undefined || isAllowed(origin, header("host") ?? "", rules)) return;
  const message = `Origin ${JSON.stringify(origin)} is not allowed; allow it by cors.origins`;
  throw refusal("ORIGIN_NOT_ALLOWED", message);
}

function isAllowed(origin: string, host: string, { corsOrigins, isAuthenticating }: HandshakeRules): boolean {
  if (corsOrigins.includes("*") || corsOrigins.includes(origin)) return true;
  if (/^https?:\/\/(.+)$/.exec(origin)?.[1] === host) return true;
  return !isAuthenticating() && isLocalOrigin(origin) && isLocalAuthority(host);
}
