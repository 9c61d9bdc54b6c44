import { createServer, type Server, type Socket } from "node:net";
import type { ConnectionCaps } from "./connection-caps.js";
import { sniff } from "./sniff.js";

/** Who takes a connection over once its protocol is known. */
export interface Backends {
  readonly http1: (socket: Socket) => void;
  readonly http2: (socket: Socket) => void;
  readonly tls: (socket: Socket) => void;
}

/** What a front needs. */
export interface FrontOptions {
  readonly backends: Backends;
  /** Who takes over what is above the caps. */
  readonly refusing: Backends;
  /** Shared by all fronts. */
  readonly caps: ConnectionCaps;
  /** A connection that says nothing for this long is closed. */
  readonly firstByteTimeoutMs: number;
  /** Told of each connection, and each end of one. */
  readonly onConnections: (delta: 1 | -1) => void;
  /** Told of each connection above the caps. */
  readonly onRefused: () => void;
}

/** A port, and what is connected to it. */
export interface Front {
  readonly server: Server;
  /** Closes the port. Resolves when every connection has ended. */
  close(): Promise<void>;
  /** Ends the connections that have not said anything yet, and those above the caps. */
  dropSilent(): void;
  /** Ends every connection now. */
  cut(): void;
}

/** One port: looks at the first bytes of each connection and hands it to the protocol's server. */
export function createFront(options: FrontOptions): Front {
  const sockets = new Set<Socket>();
  /** Nothing is lost with them. */
  const transient = new Set<Socket>();
  // allowHalfOpen: HTTP/1.1 clients may end their side and still wait for the answer.
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
    const admission = options.caps.enter(socket.remoteAddress, (leave) => socket.once("close", leave));
    if (admission !== "serve") options.onRefused();
    if (admission === "drop") return void socket.destroy();
    options.onConnections(1);
    sockets.add(socket);
    transient.add(socket);
    socket.once("close", () => {
      options.onConnections(-1);
      sockets.delete(socket);
      transient.delete(socket);
    });
    if (admission === "tell") handOver(socket, options.refusing, options.firstByteTimeoutMs, () => {});
    else handOver(socket, options.backends, options.firstByteTimeoutMs, () => transient.delete(socket));
  });
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  const dropSilent = () => {
    for (const socket of transient) socket.destroy();
  };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { server, close, dropSilent, cut };
}

function handOver(socket: Socket, backends: Backends, firstByteTimeoutMs: number, onDecided: () => void): void {
  const chunks: Buffer[] = [];
  const drop = () => socket.destroy();
  socket.setTimeout(firstByteTimeoutMs, drop);
  socket.on("error", drop);
  socket.on("end", drop);
  socket.on("data", onData);

  function onData(chunk: Buffer): void {
    chunks.push(chunk);
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const protocol = sniff(bytes);
    if (protocol === "undecided") return;
    onDecided();
    socket.off("data", onData);
    socket.off("end", drop);
    socket.off("error", drop);
    socket.off("timeout", drop);
    socket.setTimeout(0);
    socket.pause();
    // A half-open connection means something in HTTP/1.1 only; elsewhere it would stay for ever.
    if (protocol !== "http1") socket.allowHalfOpen = false;
    // Once, and whole: putting bytes back piece by piece makes the stream announce them for ever.
    socket.unshift(bytes);
    backends[protocol](socket);
    // The HTTP/1.1 parser reads by events, which the pause stopped; the others take the bytes and the handle themselves.
    if (protocol === "http1") socket.resume();
  }
}
