import type { ErrorCode } from "../errors.js";
import { ERROR_CODES } from "../errors.js";
import { encode, encodeFrame } from "../wire/encode.js";
import { fromBase64 } from "./base64.js";
import { framed, framesIn } from "./frames.js";
import type { HttpAnswer, Send } from "./http.js";
import { badAnswer, codeOfStatus, type ErrorDetail, RpcError } from "./rpc-error.js";
import { type Attempt, pathOf, readMessage, type Transport } from "./transport.js";

const UNARY = "application/proto";
const STREAM = "application/connect+proto";
const END = 2;
const utf8 = new TextDecoder();

/** The protocol Connect with messages in protobuf: https://connectrpc.com/docs/protocol */
export function connectTransport(send: Send): Transport {
  return {
    encode: (method, message) => (method.kind === "unary" ? encode : encodeFrame)(method.input, message),
    bodyOf: (method, message) => (method.kind === "unary" ? message : framed(message)),
    unary: async (attempt, body) => {
      const answer = await send(toRequest(attempt, UNARY, body));
      const data = await answer.body();
      const type = answer.header("content-type");
      if (answer.status === 200 && type === UNARY) return readMessage(attempt.method.output, data);
      throw toError(answer, type, data);
    },
    async *stream(attempt, body) {
      const answer = await send(toRequest(attempt, STREAM, body));
      const type = answer.header("content-type");
      if (answer.status !== 200 || type !== STREAM) throw toError(answer, type, await answer.body());
      let end: Uint8Array | undefined;
      // Read to the end of the body, so that its connection can serve the next call.
      for await (const { flags, data } of framesIn(answer.chunks())) {
        if (flags & END) end = data;
        else yield readMessage(attempt.method.output, data);
      }
      if (end === undefined) throw badAnswer("the stream has no end");
      endStream(end, answer);
    },
    duplex: () => {
      throw new Error("streams in both directions go by gRPC");
    },
  };
}

function toRequest<O>(attempt: Attempt<O>, type: string, body: Uint8Array<ArrayBuffer>) {
  const { method, timeoutMs, signal } = attempt;
  const headers: Record<string, string> = {
    ...attempt.headers,
    "content-type": type,
    "connect-protocol-version": "1",
  };
  if (timeoutMs !== undefined) headers["connect-timeout-ms"] = String(timeoutMs);
  return { path: pathOf(method), headers, body, signal };
}

/** The JSON of an error. Nothing of it can be trusted: a proxy may have sent it. */
interface JsonError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
}

function toError(answer: HttpAnswer, type: string | null, data: Uint8Array): RpcError {
  const retryAfter = answer.header("retry-after");
  const { status } = answer;
  const json = type?.startsWith("application/json") ? parseJson(data) : undefined;
  if (status !== 200 && json !== undefined) return fromJson(json as JsonError, codeOfStatus(status), retryAfter);
  const message = `HTTP ${status} with the content type ${type ?? "none"}, which is no answer of a vecstore server`;
  return new RpcError({ code: codeOfStatus(status), message, retryAfter });
}

/** Reads how a stream ended. @throws RpcError when it ended with an error */
function endStream(data: Uint8Array, answer: HttpAnswer): void {
  const end = parseJson(data) as { error?: JsonError; metadata?: Record<string, string[]> } | undefined;
  if (end === undefined) throw badAnswer("the end of the stream is no JSON");
  if (end.error === undefined) return;
  const retryAfter = end.metadata?.["retry-after"]?.[0] ?? answer.header("retry-after");
  throw fromJson(end.error, "unknown", retryAfter);
}

function fromJson({ code, message, details }: JsonError, otherwise: ErrorCode, retryAfter: string | null): RpcError {
  return new RpcError({
    code: ERROR_CODES.includes(code as ErrorCode) ? (code as ErrorCode) : otherwise,
    message: typeof message === "string" ? message : "",
    details: Array.isArray(details) ? details.flatMap(toDetail) : [],
    retryAfter,
  });
}

function toDetail(detail: { readonly type?: unknown; readonly value?: unknown } | null): ErrorDetail[] {
  const { type, value } = detail ?? {};
  if (typeof type !== "string" || typeof value !== "string") return [];
  const bytes = fromBase64(value);
  return bytes === undefined ? [] : [{ type, value: bytes }];
}

function parseJson(data: Uint8Array): object | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(data));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
