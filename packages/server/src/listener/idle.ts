import type { Server as Http1Server, IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";

/**
 * Ends connections of HTTP/1.1 on which nothing moves: without a request, with one that does not come whole, with an answer that is not
 * read. One whose answer is being computed is not idle: the call has a time of its own.
 */
export function endIdleHttp1(server: Http1Server, idleTimeoutMs: number): void {
  const running = new WeakMap<Socket, Set<ServerResponse>>();
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    const responses = running.get(socket) ?? new Set();
    running.set(socket, responses.add(response));
    response.once("close", () => responses.delete(response));
  });
  server.setTimeout(idleTimeoutMs, (socket) => {
    const isComputing = [...(running.get(socket) ?? [])].some(({ req }) => req.complete);
    if (isComputing && socket.writableLength === 0) socket.setTimeout(idleTimeoutMs);
    else socket.destroy();
  });
}

/** Streams that somebody else watches. */
export interface WatchedStreams {
  /**
   * Told when nothing of a session moved for the idle time: ends streams of its own whose answers nobody takes.
   *
   * @returns whether others of its own are under way
   */
  onIdle(session: ServerHttp2Session): boolean;
}

/**
 * The same for HTTP/2, where streams end on their own: a session is told to go when it has none.
 *
 * @param others  streams that are not handed to what is returned
 * @returns       watches a stream
 */
export function endIdleHttp2(
  server: Http2Server,
  idleTimeoutMs: number,
  others: WatchedStreams | undefined,
): (stream: ServerHttp2Stream) => void {
  const open = new WeakMap<ServerHttp2Session, Set<ServerHttp2Stream>>();
  server.on("session", (session) => {
    const streams = new Set<ServerHttp2Stream>();
    open.set(session, streams);
    session.on("timeout", () => {
      const isBusy = others?.onIdle(session) === true || streams.size > 0;
      if (isBusy) session.setTimeout(idleTimeoutMs);
      else session.close();
    });
    session.setTimeout(idleTimeoutMs);
  });
  return (stream) => {
    const streams = stream.session && open.get(stream.session as ServerHttp2Session);
    streams?.add(stream);
    stream.once("close", () => streams?.delete(stream));
    // Not as an argument of setTimeout, which would call it once.
    stream.on("timeout", () => {
      const isComputing = stream.state.remoteClose === 1;
      if (isComputing && stream.writableLength === 0) stream.setTimeout(idleTimeoutMs);
      else stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.setTimeout(idleTimeoutMs);
  };
}
