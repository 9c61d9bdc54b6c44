import * as http from "node:http";
import * as https from "node:https";
import { checkBytes, joined } from "./frames.js";
import type { HttpAnswer, HttpRequest, Send } from "./http.js";

/** Sends over Node's HTTP/1.1, on the sockets of an agent. */
export function sendByHttp1(baseUrl: string, agent: http.Agent | https.Agent): Send {
  const url = new URL(baseUrl);
  const request = url.protocol === "https:" ? https.request : http.request;
  const prefix = url.pathname === "/" ? "" : url.pathname;
  // Node would read the URL anew for each request.
  const target = { protocol: url.protocol, hostname: url.hostname.replace(/^\[|\]$/g, ""), port: url.port, agent };
  return (of) => start(request, { ...target, path: prefix + of.path }, of);
}

function start(request: typeof http.request, target: http.RequestOptions, of: HttpRequest): Promise<HttpAnswer> {
  const { signal, headers } = of;
  // An async iterable has no length, and goes by HTTP/2.
  const body = of.body as Uint8Array;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const sent = request({ ...target, method: "POST", headers: { ...headers, "content-length": body.length } });
    const stop = () => sent.destroy();
    signal.addEventListener("abort", stop, { once: true });
    sent.once("close", () => signal.removeEventListener("abort", stop));
    // What breaks after the answer has begun is the reader's to see.
    sent.on("error", reject);
    sent.once("response", (response) => resolve(toAnswer(response)));
    sent.end(body);
  });
}

function toAnswer(response: http.IncomingMessage): HttpAnswer {
  return {
    status: response.statusCode ?? 0,
    header: (name) => {
      const value = response.headers[name];
      return (Array.isArray(value) ? value.join(", ") : value) ?? null;
    },
    trailer: () => null,
    body: () => readAll(response),
    chunks: () => response,
  };
}

function readAll(response: http.IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      try {
        checkBytes(bytes);
      } catch (error) {
        response.destroy(error as Error);
      }
    });
    response.once("error", reject);
    response.once("end", () => resolve(joined(chunks, bytes)));
  });
}
