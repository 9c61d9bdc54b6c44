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
  if (form.protocol === "connect") {
    return {
      status: 200,
      headers: { "content-type": form.contentType, "content-length": bytes.length },
      body: bytes,
    };
  }
  const headers = headOf(way);
  if (form.protocol === "grpc-web") {
    return { status: 200, headers, body: Buffer.concat([frameHead(form, bytes), bytes, WEB_TRAILERS_OK]) };
  }
  return { status: 200, headers, body: Buffer.concat([frameHead(form, bytes), bytes]), trailers: TRAILERS_OK };
}

/** An error, by Connect's own functions. */
export function failureOf(way: Way, thrown: unknown): Reply {
  const { form } = way;
  const error =
    thrown instanceof ConnectError
      ? thrown
      : new ConnectError("internal error", Code.Internal, undefined, undefined, thrown);
  if (form.protocol === "connect") return connectFailureOf(error);
  const headers = headOf(way);
  const trailer = setTrailerStatus(new Headers(TRAILERS_OK), error);
  if (form.protocol === "grpc") return { status: 200, headers, trailers: fieldsOf(trailer) };
  return { status: 200, headers, body: encodeEnvelope(trailerFlag, trailerSerialize(trailer)) };
}

function connectFailureOf(error: ConnectError): Reply {
  const body = errorToJsonBytes(error, undefined);
  const header = new Headers({ "content-type": "application/json" });
  for (const [name, value] of error.metadata) header.set(name, value);
  header.set("content-length", String(body.length));
  return { status: codeToHttpStatus(error.code), headers: fieldsOf(header), body };
}

/** Compressed, or with headers that a handler set. */
async function rareReplyOf(way: Way, { bytes: plain, header: extra, trailer: extraTrailer }: Answer): Promise<Reply> {
  const { form, compression: accepted } = way;
  const compression = plain.length >= COMPRESS_BYTES_MIN ? accepted : undefined;
  const bytes = compression === undefined ? plain : await compression.compress(plain as Uint8Array<ArrayBuffer>);
  const header = new Headers(extra);
  for (const [name, value] of Object.entries(headOf(way))) header.set(name, value);
  const trailer = new Headers(extraTrailer);
  if (form.protocol === "connect") {
    for (const [name, value] of trailer) header.set(`trailer-${name}`, value);
    if (compression !== undefined) header.set("content-encoding", compression.name);
    header.set("content-length", String(bytes.length));
    return { status: 200, headers: fieldsOf(header), body: bytes };
  }
  trailer.set(STATUS, OK);
  const frame = encodeEnvelope(compression === undefined ? 0 : compressedFlag, bytes);
  if (form.protocol === "grpc") {
    return { status: 200, headers: fieldsOf(header), body: frame, trailers: fieldsOf(trailer) };
  }
  const body = Buffer.concat([frame, encodeEnvelope(trailerFlag, trailerSerialize(trailer))]);
  return { status: 200, headers: fieldsOf(header), body };
}

/** As Connect does: gRPC says how it may compress, whether it does or not. */
function headOf({ form, compression }: Way): Record<string, string> {
  const type = { "content-type": form.contentType };
  return compression === undefined || form.protocol === "connect"
    ? type
    : { ...type, "grpc-encoding": compression.name };
}

function frameHead({ frameBytes }: Form, bytes: Uint8Array): Uint8Array {
  const head = Buffer.allocUnsafe(frameBytes);
  head[0] = 0;
  head.writeUInt32BE(bytes.length, 1);
  return head;
}

/** A list where one comes several times. */
function fieldsOf(headers: Headers): Fields {
  const fields: Record<string, string | readonly string[]> = {};
  for (const [name, value] of headers) fields[name] = name === "set-cookie" ? headers.getSetCookie() : value;
  return fields;
}
