import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Listener, listen } from "../listener.js";
import type { NodeRequest, NodeResponse } from "../node-http.js";

const LIMITS = {
  maxConcurrentStreams: 100,
  firstByteTimeoutMs: 5_000,
  idleTimeoutMs: 100,
  maxConnections: 1_000,
  maxHeaderBytes: 32_768,
  maxHeaders: 128,
  headerTimeoutMs: 30_000,
};

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(handler: (request: NodeRequest, response: NodeResponse) => void): Promise<number> {
  const listener: Listener = await listen({
    addresses: [{ host: "127.0.0.1", port: 0 }],
    handler,
    refuse: (_request, response) => response.end(),
    onConnections: () => {},
    onRefused: () => {},
    limits: LIMITS,
  });
  ends.push(() => listener.drain(0));
  return listener.addresses[0]!.port;
}

function open(port: number): Socket {
  const socket = connectTcp({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  ends.push(() => void socket.destroy());
  return socket;
}

function openSession(port: number): ClientHttp2Session {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  ends.push(() => session.destroy());
  return session;
}

function ask(session: ClientHttp2Session, headers = {}): ClientHttp2Stream {
  const stream = session.request({ ":path": "/", ...headers });
  stream.on("error", () => {});
  return stream;
}

/** Keeps each answer until it is told to give it. */
class Kept {
  readonly responses: NodeResponse[] = [];
  #arrived: () => void = () => {};

  readonly handler = (_request: NodeRequest, response: NodeResponse) => {
    this.responses.push(response);
    this.#arrived();
  };

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }
}

/** As long as the server takes to end what is idle, some times: connections that begin now are ended, one after the other. */
async function passIdleTimes(port: number): Promise<void> {
  for (let round = 0; round < 4; round++) {
    const idle = open(port);
    idle.write("GET /idle HTTP/1.1\r\nhost: a\r\n");
    await once(idle, "close");
  }
}

describe("a connection", () => {
  it("stays while an answer is computed, over HTTP/1.1", async () => {
    const kept = new Kept();
    const port = await start(kept.handler);
    const arrived = kept.next();
    const socket = open(port);
    socket.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    await arrived;
    await passIdleTimes(port);
    kept.responses[0]!.end("done");
    expect((await socket.toArray()).join("")).toContain("done");
  });

  it("stays while an answer is computed, over HTTP/2, and takes further requests", async () => {
    const kept = new Kept();
    const port = await start(kept.handler);
    const arrived = kept.next();
    const session = openSession(port);
    const stream = ask(session);
    stream.end();
    await arrived;
    await passIdleTimes(port);
    expect([session.closed, session.destroyed]).toEqual([false, false]);
    const again = kept.next();
    const other = ask(session);
    other.end();
    await again;
    for (const response of kept.responses) response.end("done");
    expect([(await stream.toArray()).join(""), (await other.toArray()).join("")]).toEqual(["done", "done"]);
  });

  it("ends when it has no request, over HTTP/2; over HTTP/1.1 keep-alive has a time of its own", async () => {
    const port = await start((_request, response) => response.end("done"));
    const session = openSession(port);
    const stream = ask(session);
    expect((await stream.toArray()).join("")).toBe("done");
    await once(session, "close");
  });

  it("ends when a request does not come whole", async () => {
    const port = await start(() => {});
    const socket = open(port);
    socket.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf");
    await once(socket.resume(), "close");
    const stream = ask(openSession(port), { ":method": "POST" });
    stream.write("half");
    await once(stream, "close");
    expect(stream.rstCode).toBe(8);
  });

  it.each(["at once", "after it was computed for a while"])("ends when its answer is not read: %s", async (when) => {
    const closed: string[] = [];
    const kept = new Kept();
    const port = await start((request, response) => {
      response.once("close", () => void closed.push(request.httpVersion));
      kept.handler(request, response);
    });
    const socket = open(port);
    socket.pause();
    const first = kept.next();
    socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    await first;
    const second = kept.next();
    const stream = ask(openSession(port));
    stream.pause();
    await second;
    if (when !== "at once") await passIdleTimes(port);
    expect(closed).toEqual([]);
    // It does not end: there is always more to say.
    const part = Buffer.alloc(16 * 1024 * 1024);
    for (const response of kept.responses) (response as { write(chunk: Buffer): unknown }).write(part);
    while (closed.length < 2) await passIdleTimes(port);
    expect(closed.sort()).toEqual(["1.1", "2.0"]);
  });

  it("ends when the first of two answers is not read, although the second is computed", async () => {
    const kept = new Kept();
    const port = await start(kept.handler);
    const socket = open(port);
    socket.pause();
    let arrived = kept.next();
    socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    await arrived;
    kept.responses[0]!.end(Buffer.alloc(16 * 1024 * 1024));
    arrived = kept.next();
    socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    await arrived;
    await once(kept.responses[0]!, "close");
  });
});
