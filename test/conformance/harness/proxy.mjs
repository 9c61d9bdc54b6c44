import * as http from "node:http";
import * as http2 from "node:http2";
import { createServer } from "node:net";
import { FaultQueue } from "./faults.mjs";
import { Http1Upstream, Http2Upstream } from "./upstream.mjs";
import { wireError } from "./wire-error.mjs";

/** What every HTTP/2 connection begins with. */
const HTTP2_PREFACE = "PRI * HTTP/2";

/** A proxy on a port of its own, for HTTP/1.1 and HTTP/2 without TLS, that makes each request's fault. */
export class FaultProxy {
  #faults;
  #requests = [];
  #sockets = new Set();
  #upstreams;
  #front;
  #http1;
  #http2;
  /** The socket that is being handed to the HTTP/2 server, for its session. */
  #accepting;
  #socketOf = new WeakMap();

  constructor(target, faults) {
    this.#faults = new FaultQueue(faults);
    this.#upstreams = { 1: new Http1Upstream(target), 2: new Http2Upstream(target) };
    this.#http1 = http.createServer((request, response) => this.#serve(request, response, request.socket));
    this.#http1.requestTimeout = 0;
    this.#http2 = http2.createServer((request, response) =>
      this.#serve(request, response, this.#socketOf.get(request.stream.session)),
    );
    this.#http2.on("session", (session) => {
      this.#socketOf.set(session, this.#accepting);
      session.on("error", () => {});
    });
    this.#front = createServer((socket) => this.#accept(socket));
  }

  /** @param target  `http://127.0.0.1:PORT` of the server behind it */
  static async start(target, faults) {
    const proxy = new FaultProxy(target, faults);
    await new Promise((resolve) => proxy.#front.listen(0, "127.0.0.1", resolve));
    proxy.url = `http://127.0.0.1:${proxy.#front.address().port}`;
    return proxy;
  }

  seen() {
    return { attempts: this.#requests.length, requests: this.#requests };
  }

  close() {
    this.#front.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const upstream of Object.values(this.#upstreams)) upstream.close();
  }

  /** Hands a connection to the server of its HTTP version, which its first bytes say. */
  #accept(socket) {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
    socket.once("readable", () => {
      const first = socket.read();
      if (first === null) return;
      socket.unshift(first);
      const isHttp2 = first.toString("latin1", 0, HTTP2_PREFACE.length) === HTTP2_PREFACE;
      this.#accepting = socket;
      (isHttp2 ? this.#http2 : this.#http1).emit("connection", socket);
    });
  }

  async #serve(request, response, socket) {
    request.on("error", () => {});
    response.on("error", () => {});
    this.#requests.push(describe(request));
    const fault = this.#faults.take(request.url);
    const upstream = this.#upstreams[request.httpVersionMajor];
    try {
      const reset = () => socket.resetAndDestroy();
      // A reset would take back what was sent and not yet read, so that nobody could say how much of an answer came.
      const end = () => (request.stream === undefined ? socket.destroySoon() : request.stream.session.destroy());
      await FAULTS[fault.kind]({ request, response, fault, upstream, reset, end });
    } catch {
      // The server, or the client, went away: that is what the other one sees too.
      socket.resetAndDestroy();
    }
  }
}

/** How each kind of fault answers a request. */
const FAULTS = {
  pass: ({ request, response, upstream }) => upstream.pass(request, response),
  reset_before: ({ reset }) => reset(),
  async reset_after({ request, upstream, reset }) {
    await upstream.drain(request);
    reset();
  },
  async cut({ request, response, fault, upstream, end }) {
    await upstream.pass(request, response, fault.bytes);
    end();
  },
  hang: ({ request }) => void request.resume(),
  async delay({ request, response, fault, upstream }) {
    await new Promise((resolve) => setTimeout(resolve, fault.delay_ms));
    await upstream.pass(request, response);
  },
  async status({ request, response, fault }) {
    await swallow(request);
    const retryAfter = fault.retry_after === undefined ? {} : { "retry-after": String(fault.retry_after) };
    response.writeHead(fault.status, { "content-type": "text/plain", ...retryAfter });
    response.end(fault.body ?? "made by the proxy");
  },
  async error({ request, response, fault }) {
    await swallow(request);
    const { status, headers, body, trailers = {} } = wireError(request.headers["content-type"] ?? "", fault);
    response.writeHead(status, headers);
    for (const [name, value] of Object.entries(trailers)) response.setTrailer?.(name, value);
    response.end(body);
  },
};

/** Reads a request to its end, unless its client keeps it open for what the answer will say. */
async function swallow(request) {
  if (isTwoWay(request)) request.resume();
  else await request.forEach(() => {});
}

/** An import goes on until it is answered, so its end never comes first. */
const isTwoWay = ({ url }) => url.endsWith("/Import");

function describe(request) {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !name.startsWith(":")));
  return { path: request.url, headers, timeout_ms: timeoutOf(headers) };
}

const UNIT_MS = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 };

/** The deadline that a request carries, or null. */
function timeoutOf(headers) {
  if (headers["connect-timeout-ms"] !== undefined) return Number(headers["connect-timeout-ms"]);
  const [, value, unit] = /^(\d+)([HMSmun])$/.exec(headers["grpc-timeout"] ?? "") ?? [];
  return unit === undefined ? null : Number(value) * UNIT_MS[unit];
}
