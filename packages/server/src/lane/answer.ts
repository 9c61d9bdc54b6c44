import { Code, ConnectError } from "@connectrpc/connect";
import {
  type Compression,
  compressedFlag,
  createAsyncIterable,
  encodeEnvelope,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import type { NodeResponse } from "../node-http.js";
import { COMPRESS_BYTES_MIN } from "../rpc/door.js";
import { isGone, writeResponse } from "../rpc/write-response.js";
import type { Form } from "./form.js";
import type { HeaderView } from "./header-view.js";

/** How an answer leaves. */
export interface Way {
  readonly response: NodeResponse;
  readonly form: Form;
  /** What the caller accepts; undefined for none. */
  readonly compression: Compression | undefined;
}

/** A message and what goes with it. */
export interface Answer {
  readonly bytes: Uint8Array;
  readonly header: HeaderView;
  readonly trailer: HeaderView;
}

const OK = "0";
const STATUS = "grpc-status";
const TRAILERS_OK = { [STATUS]: OK };
const WEB_TRAILERS_OK = encodeEnvelope(trailerFlag, trailerSerialize(new Headers(TRAILERS_OK)));

/** Sends a message as its protocol has it. */
export async function sendAnswer(way: Way, answer: Answer): Promise<void> {
  const { response, form, compression } = way;
  const { bytes, header, trailer } = answer;
  const isPlain = header.made === undefined && trailer.made === undefined;
  if (!isPlain || (compression !== undefined && bytes.length >= COMPRESS_BYTES_MIN)) return sendRare(way, answer);
  if (isGone(response)) return;
  if (form.protocol === "connect") {
    response.writeHead(200, { "content-type": form.contentType, "content-length": bytes.length });
    return end(response, bytes);
  }
  response.writeHead(200, headOf(way));
  if (form.protocol === "grpc-web") return end(response, join(frameHead(form, bytes), bytes, WEB_TRAILERS_OK));
  response.addTrailers(TRAILERS_OK);
  end(response, join(frameHead(form, bytes), bytes));
}

/** Sends an error, by Connect's own functions. */
export function sendFailure({ response, form, compression }: Way, thrown: unknown): Promise<void> {
  const error =
    thrown instanceof ConnectError
      ? thrown
      : new ConnectError("internal error", Code.Internal, undefined, undefined, thrown);
  if (form.protocol === "connect") return writeResponse(connectFailure(error), response);
  const header = new Headers(headOf({ response, form, compression }));
  const trailer = setTrailerStatus(new Headers(TRAILERS_OK), error);
  if (form.protocol === "grpc") return writeResponse({ status: 200, header, trailer, body: nothing() }, response);
  const body = createAsyncIterable([encodeEnvelope(trailerFlag, trailerSerialize(trailer))]);
  return writeResponse({ status: 200, header, body }, response);
}

function connectFailure(error: ConnectError): UniversalServerResponse {
  const bytes = errorToJsonBytes(error, undefined);
  const header = new Headers({ "content-type": "application/json" });
  for (const [name, value] of error.metadata) header.set(name, value);
  header.set("content-length", String(bytes.length));
  return { status: codeToHttpStatus(error.code), header, body: createAsyncIterable([bytes]) };
}

/** Compressed, or with headers that a handler set. */
async function sendRare(way: Way, { bytes: plain, header: extra, trailer: extraTrailer }: Answer): Promise<void> {
  const { response, form, compression: accepted } = way;
  const compression = plain.length >= COMPRESS_BYTES_MIN ? accepted : undefined;
  const bytes = compression === undefined ? plain : await compression.compress(plain as Uint8Array<ArrayBuffer>);
  const header = new Headers(extra.made);
  for (const [name, value] of Object.entries(headOf(way))) header.set(name, value);
  const trailer = new Headers(extraTrailer.made);
  if (form.protocol === "connect") {
    for (const [name, value] of trailer) header.set(`trailer-${name}`, value);
    if (compression !== undefined) header.set("content-encoding", compression.name);
    header.set("content-length", String(bytes.length));
    return writeResponse({ status: 200, header, body: createAsyncIterable([bytes]) }, response);
  }
  trailer.set(STATUS, OK);
  const frame = encodeEnvelope(compression === undefined ? 0 : compressedFlag, bytes);
  if (form.protocol === "grpc") {
    return writeResponse({ status: 200, header, trailer, body: createAsyncIterable([frame]) }, response);
  }
  const body = createAsyncIterable([frame, encodeEnvelope(trailerFlag, trailerSerialize(trailer))]);
  return writeResponse({ status: 200, header, body }, response);
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

const join = (...parts: Uint8Array[]) => Buffer.concat(parts);

/** Of the two kinds of response only HTTP/2's type lacks the plain form. */
function end(response: NodeResponse, bytes: Uint8Array): void {
  (response.end as (chunk: Uint8Array) => void).call(response, bytes);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
