import { once } from "node:events";
import { type IncomingHttpHeaders, type RequestOptions, request as sendHttp1 } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { connect as connectTcp } from "node:net";
import type { Bench } from "./two-doors.js";

const PATH = "/vecstore.v1.VecStoreService/Query";

/** A request. */
export interface Sent {
  readonly type: string;
  readonly headers?: IncomingHttpHeaders;
  readonly body?: Uint8Array;
  /** Sent before the body, each in its own packet, as far as the system lets it. */
  readonly pieces?: readonly Uint8Array[];
  readonly method?: string;
}

/** Its answer, without what differs from call to call. */
export interface Got {
  readonly status: number | undefined;
  readonly headers: object;
  readonly body: string;
  readonly trailers: object;
}

const agentless: RequestOptions = { host: "127.0.0.1", agent: false };
const withoutDate = ({ date: _date, "content-length": _l, "transfer-encoding": _t, ...kept }: IncomingHttpHeaders) =>
  kept;

/** On a connection of its own. */
export async function byHttp1(
  { http1 }: Bench,
  { type, headers, body, pieces = [], method = "POST" }: Sent,
): Promise<Got> {
  const request = sendHttp1({
    ...agentless,
    port: http1,
    path: PATH,
    method,
    headers: { "content-type": type, ...headers },
  });
  for (const piece of pieces) await new Promise((resolve) => request.write(piece, resolve));
  request.end(body);
  const [response] = await once(request, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const { statusCode: status, trailers } = response;
  return { status, headers: withoutDate(response.headers), body: Buffer.concat(chunks).toString("hex"), trailers };
}

/** On a session of its own. */
export async function byHttp2(
  { http2 }: Bench,
  { type, headers, body, pieces = [], method = "POST" }: Sent,
): Promise<Got> {
  const session = connectHttp2(`http://127.0.0.1:${http2}`);
  const stream = session.request({ ":method": method, ":path": PATH, "content-type": type, ...headers });
  let trailers = {};
  stream.on("trailers", (given) => {
    trailers = { ...given };
  });
  for (const piece of pieces) await new Promise((resolve) => stream.write(piece, resolve));
  stream.end(body);
  const [answered] = await once(stream, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  session.close();
  const { ":status": status, ...rest } = { ...answered };
  return { status, headers: withoutDate(rest), body: Buffer.concat(chunks).toString("hex"), trailers };
}

/** A message in a frame. */
export function frame(message: Uint8Array, flags = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

/** Sends a call, whole or not, and returns how to go away. */
export function openHttp1({ http1 }: Bench, body: Uint8Array, isWhole = true): () => void {
  const headers = { "content-type": "application/proto", ...(!isWhole && { "content-length": "100" }) };
  const request = sendHttp1({ ...agentless, port: http1, path: PATH, method: "POST", headers });
  request.on("error", () => {});
  request.write(body);
  if (isWhole) request.end();
  return () => request.destroy();
}

/** See `openHttp1`. */
export function openHttp2({ http2 }: Bench, body: Uint8Array, isWhole = true): () => void {
  const session = connectHttp2(`http://127.0.0.1:${http2}`);
  const stream = session.request({ ":method": "POST", ":path": PATH, "content-type": "application/grpc" });
  stream.on("error", () => {});
  stream.write(body);
  if (isWhole) stream.end();
  return () => {
    // A reset by Node ends the body first.
    if (!isWhole) return session.destroy();
    stream.close(constants.NGHTTP2_CANCEL);
    session.close();
  };
}

/** Frames of HTTP/2 written by hand, since Node's client ends a body before it resets the stream. */
export function openByHand({ http2 }: Bench, body: Uint8Array): () => void {
  const [data, headers, reset, settings] = [0, 1, 3, 4];
  const endOfHeaders = 4;
  const frameOf = (type: number, flags: number, stream: number, payload: Uint8Array) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.set([type, flags], 3);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  const text = (value: string) => Buffer.concat([Buffer.of(value.length), Buffer.from(value)]);
  const sent = {
    ":method": "POST",
    ":scheme": "http",
    ":path": PATH,
    ":authority": "a",
    "content-type": "application/grpc",
  };
  const fields = Object.entries(sent).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]);
  const socket = connectTcp(http2, "127.0.0.1");
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frameOf(settings!, 0, 0, Buffer.alloc(0)));
  socket.write(frameOf(headers!, endOfHeaders, 1, Buffer.concat(fields)));
  socket.write(frameOf(data!, 0, 1, body));
  return () => {
    socket.end(frameOf(reset!, 0, 1, Buffer.of(0, 0, 0, constants.NGHTTP2_CANCEL)));
  };
}
