import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";

/** Where a server is. */
export interface Target {
  /** `http://127.0.0.1:PORT`, or with https. */
  readonly url: string;
  /** The authority that signed the server's certificate. */
  readonly ca?: Buffer;
  /** The client's certificate and its key, where the server asks for one. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** One request, with nothing added to it. */
export interface HttpRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly version?: "1.1" | "2";
  readonly signal?: AbortSignal;
}

/** Its answer, read whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Sends one request on a connection of its own. @throws the system's error when the connection fails */
export function sendHttp(target: Target, request: HttpRequest): Promise<HttpAnswer> {
  return request.version === "2" ? sendHttp2(target, request) : sendHttp1(target, request);
}

async function sendHttp1({ url, ca, cert, key }: Target, given: HttpRequest): Promise<HttpAnswer> {
  const { method = "POST", path, headers, body, signal } = given;
  const options = {
    method,
    headers: { ...lengthOf(body), ...headers },
    signal,
    agent: false,
    ...(ca && { ca, cert, key }),
  };
  const request = (url.startsWith("https:") ? https : http).request(url + path, options);
  request.end(body);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const { statusCode = 0, trailers } = response;
  return { status: statusCode, headers: response.headers, body: Buffer.concat(chunks), trailers };
}

/** A length rather than chunks, also for methods that Node expects no body of. */
function lengthOf(body: HttpRequest["body"]): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
}

async function sendHttp2({ url, ca, cert, key }: Target, given: HttpRequest): Promise<HttpAnswer> {
  const { method = "POST", path, headers, body, signal } = given;
  const session = http2.connect(url, ca && { ca, cert, key });
  const failed = once(session, "error").then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  try {
    const stream = session.request({ ":method": method, ":path": path, ...headers }, { signal });
    let trailers = {};
    stream.on("trailers", (given) => {
      trailers = given;
    });
    stream.end(body);
    const [answered] = await Promise.race([once(stream, "response"), failed]);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return { status: answered[":status"], headers: answered, body: Buffer.concat(chunks), trailers };
  } finally {
    session.destroy();
  }
}
