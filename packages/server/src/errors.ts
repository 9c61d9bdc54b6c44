import { Code, ConnectError } from "@connectrpc/connect";
import { clip } from "./clip.js";
import { ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import type { ErrorReason } from "./gen/vecstore/v1/error_pb.js";

/** Name of a cause that a caller can act on; the schema's enum without its prefix. */
export type Reason = Exclude<keyof typeof ErrorReason, "UNSPECIFIED">;

/** How a reason leaves the server. */
export interface ErrorRow {
  readonly code: Code;
  /** HTTP status of the REST door; Connect has a mapping of its own. */
  readonly http: number;
  /** Sent as Retry-After where waiting helps. */
  readonly retryAfterSeconds?: number;
}

const INVALID: ErrorRow = { code: Code.InvalidArgument, http: 400 };
const NOT_FOUND: ErrorRow = { code: Code.NotFound, http: 404 };
const EXISTS: ErrorRow = { code: Code.AlreadyExists, http: 409 };
const DENIED: ErrorRow = { code: Code.PermissionDenied, http: 403 };
const PRECONDITION: ErrorRow = { code: Code.FailedPrecondition, http: 400 };
const EXHAUSTED: ErrorRow = { code: Code.ResourceExhausted, http: 429 };
const UNAVAILABLE: ErrorRow = { code: Code.Unavailable, http: 503, retryAfterSeconds: 5 };

/** Every reason with its wire code and REST status. The only such table. */
export const ERROR_TABLE = {
  INVALID_ARGUMENT: INVALID,
  EMPTY_BATCH: INVALID,
  BATCH_TOO_LARGE: INVALID,
  DUPLICATE_ID: INVALID,
  INVALID_ID: INVALID,
  INVALID_VECTOR: INVALID,
  ZERO_VECTOR: INVALID,
  DIMENSION_MISMATCH: INVALID,
  DIMENSION_OUT_OF_RANGE: INVALID,
  INVALID_METADATA: INVALID,
  METADATA_TOO_LARGE: INVALID,
  TEXT_TOO_LARGE: INVALID,
  EMPTY_RECORD: INVALID,
  INVALID_FILTER: INVALID,
  LIMIT_OUT_OF_RANGE: INVALID,
  INVALID_PAGE_TOKEN: INVALID,
  MISSING_QUERY: INVALID,
  MISSING_TARGET: INVALID,
  INVALID_NAME: INVALID,
  INVALID_CONFIGURATION: INVALID,
  IDEMPOTENCY_KEY_REUSED: INVALID,
  UNSUPPORTED_MEDIA_TYPE: { code: Code.InvalidArgument, http: 415 },
  NAMESPACE_NOT_FOUND: NOT_FOUND,
  RECORD_NOT_FOUND: NOT_FOUND,
  SNAPSHOT_NOT_FOUND: NOT_FOUND,
  API_KEY_NOT_FOUND: NOT_FOUND,
  NAMESPACE_EXISTS: EXISTS,
  RECORD_EXISTS: EXISTS,
  SNAPSHOT_EXISTS: EXISTS,
  VERSION_CONFLICT: { code: Code.Aborted, http: 409 },
  NAMESPACE_READ_ONLY: { code: Code.FailedPrecondition, http: 403 },
  NAMESPACE_SUSPENDED: { code: Code.FailedPrecondition, http: 403 },
  DATA_DIR_IN_USE: PRECONDITION,
  FORMAT_TOO_NEW: PRECONDITION,
  NO_ADMIN_KEY: PRECONDITION,
  INDEX_BACKLOG: { ...EXHAUSTED, retryAfterSeconds: 1 },
  NAMESPACE_FULL: EXHAUSTED,
  RATE_LIMITED: { ...EXHAUSTED, retryAfterSeconds: 1 },
  CONCURRENCY_LIMITED: { ...EXHAUSTED, retryAfterSeconds: 1 },
  CONNECTIONS_LIMITED: { ...EXHAUSTED, retryAfterSeconds: 5 },
  QUOTA_EXCEEDED: EXHAUSTED,
  MESSAGE_TOO_LARGE: { code: Code.ResourceExhausted, http: 413 },
  API_KEY_MISSING: { code: Code.Unauthenticated, http: 401 },
  API_KEY_UNKNOWN: DENIED,
  PERMISSION_DENIED: DENIED,
  ORIGIN_NOT_ALLOWED: DENIED,
  NOT_IMPLEMENTED: { code: Code.Unimplemented, http: 501 },
  STORE_CLOSED: UNAVAILABLE,
  STORE_STOPPED: { code: Code.Unavailable, http: 503 },
  DISK_FULL: { code: Code.Unavailable, http: 503, retryAfterSeconds: 30 },
  DRAINING: UNAVAILABLE,
  STARTING: { ...UNAVAILABLE, retryAfterSeconds: 2 },
  CANCELED: { code: Code.Canceled, http: 499 },
  DEADLINE_EXCEEDED: { code: Code.DeadlineExceeded, http: 504 },
  DATA_CORRUPTED: { code: Code.DataLoss, http: 500 },
  INTERNAL: { code: Code.Internal, http: 500 },
} as const satisfies Record<Reason, ErrorRow>;

/** Domain of every `google.rpc.ErrorInfo` that the server sends. */
export const ERROR_DOMAIN = "vecstore";

/** Facts that belong to an error; they travel as ErrorInfo.metadata. */
export type Facts = Readonly<Record<string, string>>;

/**
 * Most bytes of an error's message, and of one of its facts. They travel as headers, in gRPC twice and up to three times as long by
 * its encoding, and many clients take 8 KiB of headers; a caller's own name may be a megabyte.
 */
const MESSAGE_BYTES_MAX = 1_024;
const FACT_BYTES_MAX = 256;

/** An error with a reason, ready for every door; what is too long for headers is cut in the middle. */
export function refusal(reason: Reason, message: string, facts: Facts = {}, cause?: unknown): ConnectError {
  const row: ErrorRow = ERROR_TABLE[reason];
  const seconds = facts.retry_after_ms === undefined ? row.retryAfterSeconds : secondsOf(facts.retry_after_ms);
  const headers = seconds === undefined ? undefined : { "Retry-After": String(seconds) };
  const info = { reason, domain: ERROR_DOMAIN, metadata: clipped(facts) };
  return new ConnectError(
    clip(message, MESSAGE_BYTES_MAX),
    row.code,
    headers,
    [{ desc: ErrorInfoSchema, value: info }],
    cause,
  );
}

function clipped(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, clip(value, FACT_BYTES_MAX)]));
}

/** The header has whole seconds: a caller that comes back any earlier comes too early. */
function secondsOf(retryAfterMs: string): number {
  return Math.max(1, Math.ceil(Number(retryAfterMs) / 1_000));
}

/**
 * Turns whatever was thrown into what may leave the server: our own errors keep their message, anything unknown becomes
 * `internal` with its cause only in `cause`, for the log.
 */
export function toConnectError(thrown: unknown): ConnectError {
  if (isEngineError(thrown)) return fromEngine(thrown);
  if (thrown instanceof ConnectError) return withReason(thrown);
  if (isAbort(thrown)) return refusal("CANCELED", "the caller went away", {}, thrown);
  return refusal("INTERNAL", "internal error; the server's log has the cause under this request id", {}, thrown);
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "AbortError";
}

/** What the engine throws on purpose, by its shape: this table stands above the engine and does not import it. */
interface EngineError extends Error {
  readonly reason: Reason;
  readonly details: Facts;
}

function isEngineError(thrown: unknown): thrown is EngineError {
  return thrown instanceof Error && thrown.name === "VecstoreError" && (thrown as EngineError).reason in ERROR_TABLE;
}

function fromEngine(error: EngineError): ConnectError {
  // An assertion's text is for us, not for callers.
  if (error.reason === "INTERNAL") return refusal("INTERNAL", "internal error", {}, error);
  return refusal(error.reason, error.message, error.details, error);
}

/** What Connect itself throws has a code and no reason. */
const REASON_OF_CODE: Partial<Record<Code, Reason>> = {
  [Code.InvalidArgument]: "INVALID_ARGUMENT",
  [Code.Unimplemented]: "NOT_IMPLEMENTED",
  [Code.DeadlineExceeded]: "DEADLINE_EXCEEDED",
  [Code.Canceled]: "CANCELED",
  [Code.Aborted]: "CANCELED",
  [Code.ResourceExhausted]: "MESSAGE_TOO_LARGE",
  [Code.Unknown]: "INTERNAL",
  [Code.Internal]: "INTERNAL",
};

/** How Connect begins its message when the bytes of a request are no message; it calls that internal. */
const DECODING_FAILED = "parse binary: ";

function withReason(error: ConnectError): ConnectError {
  if (error.details.length > 0) return error;
  if (error.code === Code.Internal && error.rawMessage.startsWith(DECODING_FAILED)) {
    const problem = error.rawMessage.slice(DECODING_FAILED.length);
    return refusal("INVALID_ARGUMENT", `the message does not decode: ${problem}`, {}, error.cause);
  }
  const reason = REASON_OF_CODE[error.code];
  if (reason === undefined) return error;
  if (reason === "INTERNAL") return refusal("INTERNAL", "internal error", {}, error);
  return refusal(reason, error.rawMessage, {}, error.cause);
}

/** The reason and facts that an error carries, made here or read from a wire; INTERNAL when it carries none. */
export function errorInfoOf(error: ConnectError): { readonly reason: Reason; readonly facts: Facts } {
  for (const detail of error.details) {
    if ("desc" in detail && detail.desc.typeName === ErrorInfoSchema.typeName) {
      const info = detail.value as { reason: Reason; metadata: Facts };
      return { reason: info.reason, facts: info.metadata };
    }
  }
  const [read] = error.findDetails(ErrorInfoSchema);
  return read === undefined
    ? { reason: "INTERNAL", facts: {} }
    : { reason: read.reason as Reason, facts: read.metadata };
}

/** `invalid_argument` for `Code.InvalidArgument`: the names that metrics, logs and REST use. */
export function codeName(code: Code): string {
  return Code[code].replace(/[a-z](?=[A-Z])/g, "$&_").toLowerCase();
}
