import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { request as httpsRequest } from "node:https";
import { connect as connectTcp } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Listener, type ListenerOptions, listen } from "./listener.js";
import type { NodeRequest, NodeResponse } from "./node-http.js";
import { TEST_TLS } from "./testing/tls.js";

const open: Listener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.drain(0)));
});

function echo(request: NodeRequest, response: NodeResponse): void {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on("end", () => response.end(`${request.method} ${request.httpVersion} ${bytes}`));
}

const LIMITS = {
  maxConcurrentStreams: 100,
  firstByteTimeoutMs: 5_000,
  idleTimeoutMs: 60_000,
  maxConnections: 1_000,
  maxHeaderBytes: 32_768,
  maxHeaders: 128,
  headerTimeoutMs: 30_000,
};

type StartOptions = Partial<Omit<ListenerOptions, "limits">> & { readonly limits?: Partial<ListenerOptions["limits"]> };

async function start(options: StartOptions = {}) {
  const listener = await listen({
    addresses: [{ host: "127.0.0.1", port: 0 }],
    handler: echo,
    refuse: (_request, response) => response.end("one too many"),
    onConnections: () => {},
    onRefused: () => {},
    ...options,
    limits: { ...LIMITS, ...options.limits },
  });
  open.push(listener);
  return { listener, port: listener.addresses[0]?.port as number };
}

async function overHttp1(port: number, body: string | Buffer, isTls = false): Promise<string> {
  const options = { port, host: "127.0.0.1", method: "POST", ca: TEST_TLS.ca, agent: false as const };
  const request = isTls ? httpsRequest(options) : httpRequest(options);
  request.end(body);
  const [response] = await once(request, "response");
  return (await response.toArray()).join("");
}

async function overHttp2(url: string, body: string | Buffer): Promise<string> {
  const session = connectHttp2(url, { ca: TEST_TLS.ca });
  const stream = session.request({ ":method": "POST", ":path": "/" });
  stream.end(body);
  const text = (await stream.toArray()).join("");
  session.close();
  return text;
}

describe("one port", () => {
  it("speaks HTTP/1.1 and HTTP/2 in clear text and over TLS", async () => {
    const { port } = await start({ tls: TEST_TLS.server });
    expect(await overHttp1(port, "hello")).toBe("POST 1.1 5");
    expect(await overHttp1(port, "hello", true)).toBe("POST 1.1 5");
    expect(await overHttp2(`http://127.0.0.1:${port}`, "hello")).toBe("POST 2.0 5");
    expect(await overHttp2(`https://localhost:${port}`, "hello")).toBe("POST 2.0 5");
  });

  it("takes bodies larger than every window", async () => {
    const { port } = await start();
    const body = Buffer.alloc(6 * 1024 * 1024, 1);
    expect(await overHttp1(port, body)).toBe(`POST 1.1 ${body.length}`);
    expect(await overHttp2(`http://127.0.0.1:${port}`, body)).toBe(`POST 2.0 ${body.length}`);
  });

  it("hands over what asks for a WebSocket at its path, and answers other upgrades as the requests that they are", async () => {
    const { port } = await start({ onWebSocket: (_request, socket, head) => socket.end(`taken over ${head}`) });
    const ask = async (path: string, protocol: string, behind = "") => {
      const socket = connectTcp({ port });
      socket.end(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n${behind}`);
      return (await socket.toArray()).join("").split("\r\n\r\n").at(-1);
    };
    expect(await ask("/v1/query/stream?a=b", "WebSocket", "frames")).toBe("taken over frames");
    expect(await ask("/v1/query/stream", "h2c")).toBe("GET 1.1 0");
    const many = "x: y\r\n".repeat(2_000);
    expect(await ask("/v1/query/stream", `websocket\r\n${many.slice(0, -2)}`)).toBe("");
    expect(await ask("/v1/query/streams", "websocket")).toBe("GET 1.1 0");
  });

  it.each([
    ["PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n", "PROPFIND 1.1 0"],
    [
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n\r\n",
      "GET 1.1 0",
    ],
  ])("reads %j that arrives byte by byte", async (text, answer) => {
    const { port } = await start();
    const socket = connectTcp({ port, noDelay: true });
    for (const byte of text) {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [chunk] = await once(socket, "data");
    expect(String(chunk)).toContain(answer);
    socket.destroy();
  });

  it("answers a client that has ended its side", async () => {
    const { port } = await start();
    const socket = connectTcp({ port, allowHalfOpen: true });
    socket.end("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect((await socket.toArray()).join("")).toContain("GET 1.1 0");
  });

  it("closes a connection that says nothing", async () => {
    const { port } = await start({ limits: { firstByteTimeoutMs: 30 } });
    const socket = connectTcp({ port });
    socket.resume();
    await once(socket, "close");
  });

  it("asks for a client certificate when it has authorities, and refuses TLS 1.1", async () => {
    const { port } = await start({ tls: { ...TEST_TLS.server, clientCa: TEST_TLS.ca } });
    await expect(overHttp1(port, "x", true)).rejects.toThrow();
    const tls = { port, host: "127.0.0.1", ca: TEST_TLS.ca, ...TEST_TLS.client };
    const socket = connectTls({ ...tls, ALPNProtocols: ["http/1.1"] });
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(String((await once(socket, "data"))[0])).toContain("GET 1.1 0");
    socket.destroy();
    const old = connectTls({ ...tls, minVersion: "TLSv1", maxVersion: "TLSv1.1" });
    await expect(once(old, "secureConnect")).rejects.toThrow();
  });

  it("changes its certificates for new connections, and keeps what is open", async () => {
    const { listener, port } = await start({ tls: TEST_TLS.server });
    const subjectOf = (socket: TLSSocket) => socket.getPeerCertificate().subject.CN;
    const open = (more: object) => {
      const socket = connectTls({ port, host: "127.0.0.1", ca: [TEST_TLS.ca, TEST_TLS.nextCa], ...more });
      return once(socket, "secureConnect").then(() => socket);
    };
    const before = await open({});
    listener.useCertificates({ ...TEST_TLS.next, clientCa: TEST_TLS.nextCa });
    const after = await open({});
    expect([subjectOf(before), subjectOf(after)]).toEqual(["server", "next"]);
    before.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(String((await once(before, "data"))[0])).toContain("GET 1.1 0");
    // A security level of 0 lets the client offer what it would not by itself.
    const old = open({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    await expect(old).rejects.toMatchObject({ code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" });
    for (const socket of [before, after]) socket.destroy();
  });

  it("names the address that is taken, and gives back the others", async () => {
    const { port } = await start();
    const taken = { host: "127.0.0.1", port };
    await expect(start({ addresses: [{ host: "127.0.0.1", port: 0 }, taken] })).rejects.toMatchObject({
      code: "EADDRINUSE",
      port,
    });
  });
});

describe("drain", () => {
  it("lets running requests of both versions finish, and ends idle connections", async () => {
    const waiting: NodeResponse[] = [];
    let arrived: () => void = () => {};
    const both = new Promise<void>((resolve) => {
      arrived = () => waiting.length === 2 && resolve();
    });
    const { listener, port } = await start({
      handler: (_request, response) => {
        waiting.push(response);
        arrived();
      },
    });
    const idle = connectTcp({ port });
    idle.resume();
    // On a busy machine it would come when the door is closed.
    await once(idle, "connect");
    const answers = Promise.all([overHttp1(port, ""), overHttp2(`http://127.0.0.1:${port}`, "")]);
    await both;
    const drained = listener.drain(60_000);
    for (const response of waiting) response.end("done");
    expect(await answers).toEqual(["done", "done"]);
    await drained;
    await expect(overHttp1(port, "")).rejects.toThrow();
  });

  it("answers a request that comes on an open connection while it begins, and takes back kept connections", async () => {
    const waiting: NodeResponse[] = [];
    let arrived: () => void = () => {};
    const { listener, port } = await start({
      handler: (_request, response) => {
        waiting.push(response);
        arrived();
      },
    });
    const next = () =>
      new Promise<void>((resolve) => {
        arrived = resolve;
      });
    const open = async () => {
      const socket = connectTcp({ port });
      await once(socket, "connect");
      return socket;
    };
    const [busy, silent] = [await open(), await open()];
    const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let seen = next();
    busy.write(request);
    await seen;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    try {
      const drained = listener.drain(60_000);
      seen = next();
      silent.write(request);
      await seen;
      for (const response of waiting) response.end("done");
      expect((await busy.toArray()).join("")).toMatch(/^connection: close\r\n[\s\S]*done$/im);
      expect(String((await once(silent, "data"))[0])).toContain("done");
      await vi.advanceTimersByTimeAsync(1_000);
      await drained;
    } finally {
      vi.useRealTimers();
    }
  });

  it("cuts what does not finish in time", async () => {
    let arrived: () => void = () => {};
    const request = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { listener, port } = await start({ handler: () => arrived() });
    const answer = overHttp1(port, "");
    const refused = expect(answer).rejects.toThrow();
    await request;
    await listener.drain(10);
    await refused;
  });

  it.each([
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    "\x16\x03\x01",
  ])("keeps nothing of a client that sent %j and went", async (bytes) => {
    let isOver: () => void = () => {};
    const over = new Promise<void>((resolve) => {
      isOver = resolve;
    });
    const onConnections = (delta: 1 | -1) => delta === -1 && isOver();
    const { port } = await start({ onConnections, tls: TEST_TLS.server });
    const socket = connectTcp({ port, allowHalfOpen: true });
    socket.resume();
    socket.end(Buffer.from(bytes, "latin1"));
    await over;
  });

  it("counts connections up and down", async () => {
    let connections = 0;
    const onConnections = (delta: 1 | -1) => {
      connections += delta;
    };
    const { listener, port } = await start({ onConnections });
    await overHttp1(port, "");
    await listener.drain(1_000);
    expect(connections).toBe(0);
  });
});
