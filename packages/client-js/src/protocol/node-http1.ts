import * as http from "node:http";
import * as https from "node:https";
import { checkBytes, joined } from "./frames.js";
import type { HttpAnswer, HttpRequest, Send } from "./http.js";

/** Sends over Node's HTTP/1.1, on the sockets of an agent. */
export function sendByHttp1(baseUrl: string, agent: http.Agent | https.Agent): Send {
  const url = new URL(baseUrl);
  const isSecure = url.protocol === "https:";
  const request = isSecure ? https.request : http.request;
  const prefix = url.pathname === "/" ? "" : url.pathname;
  // Node would read the URL anew for each request, and look for a name for TLS where there is none.
  const address = { protocol: url.protocol, hostname: url.hostname.replace(/^\[|\]$/g, ""), port: url.port };
  const target = { ...address, agent, method: "POST", ...(!isSecure && { servername: "" }) };
  return (of) => start((options) => request({ ...target, ...options }), prefix, url.host, of);
}

function start(
  open: (options: http.RequestOptions) => http.ClientRequest,
  prefix: string,
  host: string,
  { path, headers, body, cancellation }: HttpRequest,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (cancellation.aborted) return reject(cancellation.reason);
    const sent = open({ path: prefix + path, headers: rawHeaders(headers, host, body as Uint8Array) });
    sent.once(
      "close",
      cancellation.onAbort(() => sent.destroy()),
    );
    // What breaks after the answer has begun is the reader's to see.
    sent.on("error", reject);
    sent.once("response", (response) => resolve(toAnswer(response)));
    // An async iterable has no length, and goes by HTTP/2.
    sent.end(body as Uint8Array);
  });
}

/** Names and values by turns, which Node writes as they are and does not keep to be changed. */
function rawHeaders(headers: HttpRequest["headers"], host: string, body: Uint8Array): string[] {
  const raw = ["content-length", String(body.length)];
  if (headers.host === undefined) raw.push("host", host);
  for (const name in headers) raw.push(name, headers[name]!);
  return raw;
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
