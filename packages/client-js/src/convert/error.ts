import { canceled, deadlineExceeded } from "../clock.js";
import { type ErrorCode, type ErrorReason, VecStoreError } from "../errors.js";
import { ErrorReason as WireReason } from "../gen/vecstore/v1/error_pb.js";
import { type ErrorDetail, RpcError } from "../protocol/rpc-error.js";
import { decode } from "../wire/decode.js";
import { schema } from "../wire/schema.js";

/** google.rpc.ErrorInfo. */
const ErrorInfo = /*@__PURE__*/ schema<{ reason: string; domain: string; metadata: { [key: string]: string } }>(
  "google.rpc.ErrorInfo",
  "reason:1s domain:2s metadata:3%s",
);

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
  // By a server that is about to close the connection: the request was not begun.
  "ERR_HTTP2_REFUSED_STREAM",
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

const TLS_FAILED = /^(CERT_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)_)/;

/** Where a call went and how it was ended. */
export interface CallContext {
  /** For messages. */
  readonly url: string;
  /** Aborted when the caller, or `close`, ended the call. */
  readonly signal: { readonly aborted: boolean; readonly reason: unknown };
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
  if (!(thrown instanceof RpcError)) return fromPlatform(thrown, context.url);
  const { code, message, retryAfter } = thrown;
  const info = infoIn(thrown.details);
  if (code === "deadline_exceeded" && info === undefined) return deadlineExceeded(thrown);
  const retryAfterMs = parseRetryAfter(retryAfter, Date.now());
  return new VecStoreError({
    code,
    reason: info?.reason ?? REASONS[code] ?? "UNSPECIFIED",
    message: message || `the server answered ${code} without a message`,
    ...(info !== undefined && { details: info.metadata }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    cause: thrown,
  });
}

function infoIn(details: readonly ErrorDetail[]) {
  for (const { type, value } of details) {
    if (type !== ErrorInfo.typeName) continue;
    const info = decode(ErrorInfo, value);
    if (info.domain === "vecstore") return info;
  }
  return undefined;
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

/** What is thrown where no answer came, or broke off. */
function fromPlatform(thrown: unknown, url: string): VecStoreError {
  const chain = causes(thrown);
  const code = chain.map(errorCode).find((each) => each !== undefined) ?? "";
  const text = (chain.findLast((each) => each.message !== "")?.message ?? code) || String(thrown);
  const isOf = (codes: ReadonlySet<string>) => chain.some((each) => codes.has(errorCode(each) ?? ""));
  if (isOf(UNREACHABLE)) return unavailable("UNREACHABLE", `cannot reach ${url}: ${text}`, thrown);
  if (chain.some((each) => TLS_FAILED.test(errorCode(each) ?? "")))
    return unavailable("TLS_FAILED", `no trusted connection to ${url}: ${text}`, thrown);
  if (isOf(LOST)) return unavailable("CONNECTION_LOST", `the connection to ${url} broke off: ${text}`, thrown);
  // fetch says no more than this, so whether the request left stays unknown.
  if (chain.some((each) => each instanceof TypeError))
    return unavailable("CONNECTION_LOST", `no answer from ${url}: ${text}`, thrown);
  return new VecStoreError({ code: "unknown", reason: "UNSPECIFIED", message: text, cause: thrown });
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
  const found = Object.entries(WireReason).find(([, value]) => value === reason);
  return found === undefined ? "UNSPECIFIED" : found[0];
}
