import type { Server as Http1Server } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import type { NodeResponse } from "../node-http.js";
import type { Front } from "./front.js";

/** What is open when a drain begins. */
export interface Draining {
  readonly fronts: readonly Front[];
  readonly http1Server: Http1Server;
  /** HTTP/1.1 responses that have not ended. */
  readonly http1Responses: ReadonlySet<NodeResponse>;
  readonly http2Server: { on(event: "session", listener: (session: ServerHttp2Session) => void): unknown };
  readonly sessions: ReadonlySet<ServerHttp2Session>;
}

/**
 * How long connections without a request stay open when a drain begins: a request may be on its way, and HTTP/1.1 has no
 * word for "I have not read it". A round trip within a region, and some.
 */
const GRACE_MS = 100;
/** How often HTTP/1.1 connections that were busy are looked at again. */
const IDLE_SWEEP_MS = 20;

/**
 * Accepts no new connection, lets running requests end, and ends connections so that no request is lost that was read: HTTP/2
 * says which streams were not (GOAWAY), HTTP/1.1 says with its last answer that there is no next one, or is waited for a moment.
 * What has not ended after `timeoutMs` is cut. Resolves when every connection has ended.
 */
export async function drain(all: Draining, timeoutMs: number): Promise<void> {
  const { fronts, http1Server, http1Responses, http2Server, sessions } = all;
  const ended = Promise.all(fronts.map((front) => front.close()));
  for (const response of http1Responses) if (!response.headersSent) response.setHeader("connection", "close");
  for (const session of sessions) session.close();
  const timers: NodeJS.Timeout[] = [];
  const grace = setTimeout(
    () => {
      for (const front of fronts) front.dropSilent();
      // Those of connections that had said nothing yet.
      for (const session of sessions) session.close();
      http2Server.on("session", (session) => session.close());
      http1Server.closeIdleConnections();
      timers.push(setInterval(() => http1Server.closeIdleConnections(), IDLE_SWEEP_MS));
    },
    Math.min(GRACE_MS, timeoutMs / 2),
  );
  const cut = setTimeout(() => {
    for (const front of fronts) front.cut();
  }, timeoutMs);
  timers.push(grace, cut);
  await ended;
  for (const timer of timers) clearTimeout(timer);
  http1Server.close(() => {});
}
