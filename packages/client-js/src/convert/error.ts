import { Code, ConnectError } from "@connectrpc/connect";
import { canceled, deadlineExceeded } from "../clock.js";
import { type ErrorCode, type ErrorReason, invalidArgument, VecStoreError } from "../errors.js";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { ErrorReason as WireReason } from "../gen/vecstore/v1/error_pb.js";

const CODES: Readonly<Record<Code, ErrorCode>> = {
  [Code.Canceled]: "canceled",
  [Code.Unknown]: "unknown",
  [Code.InvalidArgument]: "invalid_argument",
  [Code.DeadlineExceeded]: "deadline_exceeded",
  [Code.NotFound]: "not_found",
  [Code.AlreadyExists]: "already_exists",
  [Code.PermissionDenied]: "permission_denied",
  [Code.ResourceExhausted]: "resource_exhausted",
  [Code.FailedPrecondition]: "failed_precondition",
  [Code.Aborted]: "aborted",
  [Code.OutOfRange]: "out_of_range",
  [Code.Unimplemented]: "unimplemented",
  [Code.Internal]: "internal",
  [Code.Unavailable]: "unavailable",
  [Code.DataLoss]: "data_loss",
  [Code.Unauthenticated]: "unauthenticated",
};

/** Reasons of codes that have only one; for answers that come without an ErrorInfo. */
const REASONS: Readonly<Partial<Record<ErrorCode, ErrorReason>>> = {
  canceled: "CANCELED",
  deadline_exceeded: "DEADLINE_EXCEEDED",
  unimplemented: "NOT_IMPLEMENTED",
};

/** Codes of Node's errors that mean that no connection was made. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Codes of Node's errors that mean that a connection broke off. */
const LOST: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ERR_STREAM_DESTROYED",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ERR_STREAM_WRITE_AFTER_END",
  "ERR_HTTP2_INVALID_STREAM",
  "ERR_HTTP2_SESSION_ERROR",
  "ERR_HTTP2_STREAM_CANCEL",
  "ERR_HTTP2_GOAWAY_SESSION",
  "UND_ERR_SOCKET",
]);

/** How connect-node names the end of an HTTP/2 stream whose connection is gone. Nobody here canceled it, and a server's refusal has details. */
const STREAM_GONE = "http/2 stream closed with error code CANCEL";

const TLS_FAILED = /^(CERT_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)_)/;

/** Where a call went and how it was ended. */
export interface CallContext {
  /** For messages. */
  readonly url: string;
  /** Aborted when the caller, or `close`, ended the call. */
  readonly signal: AbortSignal;
}

/**
 * Turns whatever a transport throws into a VecStoreError.
 *
 * The order matters: a call that was ended by us fails in the transport with some consequence of that, and a broken
 * connection arrives under codes such as `aborted`, which from a server means a version conflict.
 */
export function toVecStoreError(thrown: unknown, context: CallContext): VecStoreError {
  if (thrown instanceof VecStoreError) return thrown;
  if (context.signal.aborted) return canceled(context.signal.reason);
  const error = ConnectError.from(thrown);
  const info = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === "vecstore");
  if (info === undefined) {
    const local = fromConnection(error, context.url) ?? fromEncoding(error);
    if (local !== undefined) return local;
  }
  const code = CODES[error.code];
  if (code === "deadline_exceeded" && info === undefined) return deadlineExceeded(error);
  const retryAfterMs = parseRetryAfter(error.metadata.get("retry-after"), Date.now());
  return new VecStoreError({
    code,
    reason: info?.reason ?? REASONS[code] ?? "UNSPECIFIED",
    message: error.rawMessage || `the server answered ${code} without a message`,
    ...(info !== undefined && { details: { ...info.metadata } }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    cause: error,
  });
}

/**
 * Reads a Retry-After header: seconds, or a date.
 *
 * @param nowMs  milliseconds since 1970
 * @returns      milliseconds, 0 or more; undefined when there is no such header or it does not parse
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

function fromConnection(error: ConnectError, url: string): VecStoreError | undefined {
  const chain = causes(error);
  const code = chain.map(errorCode).find((each) => each !== undefined) ?? "";
  const text = chain.findLast((each) => each.message !== "")?.message ?? code;
  if (chain.some((each) => UNREACHABLE.has(errorCode(each) ?? "")))
    return unavailable("UNREACHABLE", `cannot reach ${url}: ${text}`, error);
  if (chain.some((each) => TLS_FAILED.test(errorCode(each) ?? "")))
    return unavailable("TLS_FAILED", `no trusted connection to ${url}: ${text}`, error);
  if (chain.some((each) => LOST.has(errorCode(each) ?? "")) || error.rawMessage.startsWith(STREAM_GONE))
    return unavailable("CONNECTION_LOST", `the connection to ${url} broke off: ${text}`, error);
  // fetch says no more than this, so whether the request left stays unknown.
  if (chain.some((each) => each instanceof TypeError && error.code === Code.Unknown))
    return unavailable("CONNECTION_LOST", `no answer from ${url}: ${text}`, error);
  return undefined;
}

/** Connect keeps only the text of what the encoder threw; it names the field, whose value has the wrong type or range. */
function fromEncoding(error: ConnectError): VecStoreError | undefined {
  const prefix = "serialize binary: ";
  const isOurs = error.code === Code.Internal && error.rawMessage.startsWith(prefix);
  return isOurs ? invalidArgument(error.rawMessage.slice(prefix.length)) : undefined;
}

function unavailable(reason: ErrorReason, message: string, cause: unknown): VecStoreError {
  return new VecStoreError({ code: "unavailable", reason, message, cause });
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let each = error; each instanceof Error && !chain.includes(each); each = each.cause) chain.push(each);
  return chain;
}

function errorCode(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** The name of a reason that comes as a number, in a part of an answer. */
export function toReason(reason: WireReason): ErrorReason {
  const name = WireReason[reason];
  return name === undefined || name === "UNSPECIFIED" ? "UNSPECIFIED" : name;
}
