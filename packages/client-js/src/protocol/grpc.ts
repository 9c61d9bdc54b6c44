import { ERROR_CODES } from "../errors.js";
import { decode } from "../wire/decode.js";
import { encodeFrame } from "../wire/encode.js";
import { schema } from "../wire/schema.js";
import { fromBase64 } from "./base64.js";
import { type Frame, framed, framesIn, framesOf } from "./frames.js";
import type { HttpAnswer, HttpRequest, Send } from "./http.js";
import { badAnswer, codeOfStatus, type ErrorDetail, RpcError } from "./rpc-error.js";
import { type Attempt, pathOf, readMessage, type Transport } from "./transport.js";

/** Reads a field of what ends a call; null when it is not there. */
type Trailers = (name: string) => string | null;

const TRAILERS = 0x80;
/** The header has eight digits at most. */
const TIMEOUT_MS_MAX = 99_999_999;
const utf8 = new TextDecoder();

/** google.rpc.Status, as the trailer grpc-status-details-bin has it. */
const Any = /*@__PURE__*/ schema<{ typeUrl: string; value: Uint8Array }>("google.protobuf.Any", "typeUrl:1s value:2y");
const Status = /*@__PURE__*/ schema<{ message: string; details: { typeUrl: string; value: Uint8Array }[] }>(
  "google.rpc.Status",
  "message:2s details:3*m0",
  () => [Any],
);

/**
 * gRPC over HTTP/2, whose trailers end a call, and gRPC-Web, where they are the last frame of the body.
 *
 * @param form  which of the two
 */
export function grpcTransport(send: Send, form: "grpc" | "grpc-web"): Transport {
  const ask = async <O>(attempt: Attempt<O>, body: HttpRequest["body"]): Promise<HttpAnswer> => {
    const answer = await send(toRequest(attempt, form, body));
    const type = answer.header("content-type");
    if (answer.status === 200 && type?.startsWith(`application/${form}`)) return answer;
    throwStatus(answer.header.bind(answer));
    const message = `HTTP ${answer.status} with the content type ${type ?? "none"}, which is no answer of a vecstore server`;
    const retryAfter = answer.header("retry-after");
    throw new RpcError({ code: codeOfStatus(answer.status), message, retryAfter });
  };
  const run = async function* <O>(attempt: Attempt<O>, body: HttpRequest["body"]): AsyncGenerator<O, void, undefined> {
    const answer = await ask(attempt, body);
    let trailers: Trailers | undefined;
    for await (const frame of framesIn(answer.chunks())) {
      if (frame.flags & TRAILERS) trailers = toTrailers(frame);
      else yield readMessage(attempt.method.output, frame.data);
    }
    endCall(answer, trailers);
  };
  return {
    encode: (method, message) => encodeFrame(method.input, message),
    bodyOf: (_, message) => framed(message),
    unary: async (attempt, body) => {
      const answer = await ask(attempt, body);
      const frames = framesOf(await answer.body());
      const trailers = frames.find(({ flags }) => flags & TRAILERS);
      endCall(answer, trailers && toTrailers(trailers));
      const messages = frames.filter((frame) => frame !== trailers);
      if (messages.length !== 1) throw badAnswer(`it has ${messages.length} messages in place of one`);
      return readMessage(attempt.method.output, messages[0]!.data);
    },
    stream: run,
    duplex: run,
  };
}

function toRequest<O>(attempt: Attempt<O>, form: "grpc" | "grpc-web", body: HttpRequest["body"]): HttpRequest {
  const { method, timeoutMs, cancellation } = attempt;
  const headers: Record<string, string> = {
    ...attempt.headers,
    "content-type": `application/${form}+proto`,
    // Servers and proxies of gRPC take a call without it for one that cannot end well.
    ...(form === "grpc" ? { te: "trailers" } : { "x-grpc-web": "1" }),
  };
  if (timeoutMs !== undefined) headers["grpc-timeout"] = toTimeout(timeoutMs);
  return { path: pathOf(method), headers, body, cancellation };
}

function toTimeout(timeoutMs: number): string {
  return timeoutMs <= TIMEOUT_MS_MAX ? `${timeoutMs}m` : `${Math.ceil(timeoutMs / 1_000)}S`;
}

/** An answer without messages may say in its headers how it ended. */
function endCall(answer: HttpAnswer, trailers: Trailers | undefined): void {
  if (trailers !== undefined && throwStatus(trailers)) return;
  if (throwStatus(answer.trailer.bind(answer)) || throwStatus(answer.header.bind(answer))) return;
  throw badAnswer("it does not say how the call ended");
}

/** Whether the call ended well; false when nothing is said. @throws RpcError when it did not */
function throwStatus(trailers: Trailers): boolean {
  const status = trailers("grpc-status");
  if (status === null) return false;
  if (status === "0") return true;
  const { message, details } = readDetails(trailers("grpc-status-details-bin"));
  throw new RpcError({
    code: ERROR_CODES[Number(status) - 1] ?? "unknown",
    message: message || percentDecoded(trailers("grpc-message") ?? ""),
    details,
    retryAfter: trailers("retry-after"),
  });
}

function readDetails(header: string | null): { readonly message: string; readonly details: readonly ErrorDetail[] } {
  const bytes = header === null ? undefined : fromBase64(header);
  if (bytes === undefined) return { message: "", details: [] };
  try {
    const { message, details } = decode(Status, bytes);
    return { message, details: details.map(({ typeUrl, value }) => ({ type: typeUrl.replace(/^.*\//, ""), value })) };
  } catch {
    // The code and the message are there without them.
    return { message: "", details: [] };
  }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The last frame of gRPC-Web: lines as those of a head of HTTP. */
function toTrailers({ data }: Frame): Trailers {
  const fields = new Map<string, string>();
  for (const line of utf8.decode(data).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return (name) => fields.get(name) ?? null;
}
