import { Code, ConnectError } from "@connectrpc/connect";
import {
  createAsyncIterable,
  encodeEnvelope,
  readAllBytes,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  endStreamFlag,
  endStreamFromJson,
  endStreamToJson,
  errorFromJsonBytes,
  errorToJsonBytes,
} from "@connectrpc/connect/protocol-connect";
import { findTrailerError, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerParse, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import { refusal, toConnectError } from "../errors.js";

const ERROR_BYTES_MAX = 64 * 1024;
const ENVELOPE_HEAD_BYTES = 5;

/** A response to a call that never reached the interceptors, and the error in it as far as it can be read. */
export interface EarlyEnd {
  readonly response: UniversalServerResponse;
  readonly error: ConnectError;
}

/**
 * Gives a reason to errors that Connect made before the interceptors saw the call: a body that does not parse or exceeds
 * the limit. What has a reason already passes untouched.
 */
export async function readEarlyEnd(response: UniversalServerResponse): Promise<EarlyEnd> {
  const type = response.header?.get("content-type") ?? "";
  if (response.body != null) {
    if (response.status >= 400 && type.startsWith("application/json")) return rewriteJson(response);
    if (type.startsWith("application/grpc-web")) return rewriteFrame(response, trailerFlag, rewriteTrailerFrame);
    if (type.startsWith("application/connect+")) return rewriteFrame(response, endStreamFlag, rewriteEndStream);
  }
  // Connect resolves after the first bytes of the body, so the trailer is complete by now.
  const error = response.trailer && rewriteTrailer(response.trailer);
  return { response, error: error ?? refusal("INVALID_ARGUMENT", `HTTP ${response.status}`) };
}

async function rewriteJson(response: UniversalServerResponse): Promise<EarlyEnd> {
  const bytes = await readAllBytes(response.body as AsyncIterable<Uint8Array>, ERROR_BYTES_MAX);
  const error = toConnectError(errorFromJsonBytes(bytes, undefined, new ConnectError("error", Code.Internal)));
  const body = errorToJsonBytes(error, undefined);
  const header = new Headers(response.header);
  header.set("content-length", String(body.byteLength));
  const status = codeToHttpStatus(error.code);
  return { response: { ...response, status, header, body: createAsyncIterable([body]) }, error };
}

function rewriteTrailer(trailer: Headers): ConnectError | undefined {
  const found = findTrailerError(trailer);
  if (found === undefined) return undefined;
  const error = toConnectError(found);
  if (error !== found) setTrailerStatus(trailer, error);
  return error;
}

/** The content of a frame with a reason in it, and the error; undefined when there is none. */
type RewriteFrame = (data: Uint8Array) => { readonly data: Uint8Array; readonly error: ConnectError } | undefined;

/** gRPC-Web and the streams of Connect put errors into the last frame of the body, here its only one. */
async function rewriteFrame(response: UniversalServerResponse, flag: number, rewrite: RewriteFrame): Promise<EarlyEnd> {
  const bytes = await readAllBytes(response.body as AsyncIterable<Uint8Array>, ERROR_BYTES_MAX);
  const rewritten = bytes[0] === flag ? rewrite(bytes.subarray(ENVELOPE_HEAD_BYTES)) : undefined;
  const body = rewritten === undefined ? bytes : encodeEnvelope(flag, rewritten.data);
  const error = rewritten?.error ?? refusal("INVALID_ARGUMENT", `HTTP ${response.status}`);
  return { response: { ...response, body: createAsyncIterable([body]) }, error };
}

const rewriteTrailerFrame: RewriteFrame = (data) => {
  const trailer = trailerParse(data);
  const error = rewriteTrailer(trailer);
  return error && { data: trailerSerialize(trailer), error };
};

const rewriteEndStream: RewriteFrame = (data) => {
  const { metadata, error: found } = endStreamFromJson(data);
  if (found === undefined) return undefined;
  const error = toConnectError(found);
  return { data: new TextEncoder().encode(JSON.stringify(endStreamToJson(metadata, error, undefined))), error };
};
