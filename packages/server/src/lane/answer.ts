import { Code, ConnectError } from "@connectrpc/connect";
import { type Compression, compressedFlag, encodeEnvelope } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import type { Maybe } from "../maybe.js";
import { COMPRESS_BYTES_MIN } from "../rpc/door.js";
import type { Form } from "./form.js";
import type { Fields, Reply } from "./sink.js";

/** How an answer leaves. */
export interface Way {
  readonly form: Form;
  /** What the caller accepts; undefined for none. */
  readonly compression: Compression | undefined;
}

/** A message and what goes with it. */
export interface Answer {
  readonly bytes: Uint8Array;
  readonly header: Headers | undefined;
  readonly trailer: Headers | undefined;
}

const OK = "0";
const STATUS = "grpc-status";
const TRAILERS_OK = { [STATUS]: OK };
const WEB_TRAILERS_OK = encodeEnvelope(trailerFlag, trailerSerialize(new Headers(TRAILERS_OK)));

/** A message as its protocol has it. */
export function replyOf(way: Way, answer: Answer): Maybe<Reply> {
  const { form, compression } = way;
  const { bytes, header, trailer } = answer;
  const isPlain = header === undefined && trailer === undefined;
  if (!isPlain || (compression !== undefined && bytes.length >= COMPRESS_BYTES_MIN)) return rareReplyOf(way, answer);
  const { contentType } = form;
  if (form.protocol === "connect") return { status: 200, contentType, body: bytes };
  const headers = encodingOf(way);
  const framed = frameOf(form, bytes);
  if (form.protocol === "grpc") return { status: 200, contentType, headers, body: framed, trailers: TRAILERS_OK };
  return { status: 200, contentType, headers, body: Buffer.concat([framed, WEB_TRAILERS_OK]) };
}

/** An error, by Connect's own functions. */
export function failureOf(way: Way, thrown: unknown): Reply {
  const { form } = way;
  const error =
    thrown instanceof ConnectError
      ? thrown
      : new ConnectError("internal error", Code.Internal, undefined, undefined, thrown);
  if (form.protocol === "connect") return connectFailureOf(error);
  const { contentType } = form;
  const headers = encodingOf(way);
  const trailer = setTrailerStatus(new Headers(TRAILERS_OK), error);
  if (form.protocol === "grpc") return { status: 200, contentType, headers, trailers: fieldsOf(trailer) };
  return { status: 200, contentType, headers, body: encodeEnvelope(trailerFlag, trailerSerialize(trailer)) };
}

function connectFailureOf(error: ConnectError): Reply {
  const body = errorToJsonBytes(error, undefined);
  const header = new Headers();
  for (const [name, value] of error.metadata) header.set(name, value);
  return {
    status: codeToHttpStatus(error.code),
    contentType: "application/json",
    headers: fieldsOf(header),
    body,
  };
}

/** Compressed, or with headers that a handler set. */
async function rareReplyOf(way: Way, { bytes: plain, header: extra, trailer: extraTrailer }: Answer): Promise<Reply> {
  const { form, compression: accepted } = way;
  const compression = plain.length >= COMPRESS_BYTES_MIN ? accepted : undefined;
  const bytes = compression === undefined ? plain : await compression.compress(plain as Uint8Array<ArrayBuffer>);
  const header = new Headers(extra);
  const trailer = new Headers(extraTrailer);
  const { contentType } = form;
  if (form.protocol === "connect") {
    for (const [name, value] of trailer) header.set(`trailer-${name}`, value);
    if (compression !== undefined) header.set("content-encoding", compression.name);
    return { status: 200, contentType, headers: fieldsOf(header), body: bytes };
  }
  for (const [name, value] of Object.entries(encodingOf(way) ?? {})) header.set(name, value);
  trailer.set(STATUS, OK);
  const frame = encodeEnvelope(compression === undefined ? 0 : compressedFlag, bytes);
  const headers = fieldsOf(header);
  if (form.protocol === "grpc") return { status: 200, contentType, headers, body: frame, trailers: fieldsOf(trailer) };
  const body = Buffer.concat([frame, encodeEnvelope(trailerFlag, trailerSerialize(trailer))]);
  return { status: 200, contentType, headers, body };
}

/** As Connect does: gRPC says how it may compress, whether it does or not. */
function encodingOf({ form, compression }: Way): Record<string, string> | undefined {
  return compression === undefined || form.protocol === "connect" ? undefined : { "grpc-encoding": compression.name };
}

/** A flag, the length, and the message. */
function frameOf({ frameBytes }: Form, bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(frameBytes + bytes.length);
  frame[0] = 0;
  frame.writeUInt32BE(bytes.length, 1);
  frame.set(bytes, frameBytes);
  return frame;
}

/** A list where one comes several times. */
function fieldsOf(headers: Headers): Fields {
  const fields: Record<string, string | readonly string[]> = {};
  for (const [name, value] of headers) fields[name] = name === "set-cookie" ? headers.getSetCookie() : value;
  return fields;
}
