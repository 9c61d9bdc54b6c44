/** Status codes of the Connect protocol that the engine uses; the wire and HTTP mapping lives in the server. */
export type ErrorCode =
  | "invalid_argument"
  | "not_found"
  | "already_exists"
  | "aborted"
  | "failed_precondition"
  | "resource_exhausted"
  | "unimplemented"
  | "unavailable"
  | "canceled"
  | "deadline_exceeded"
  | "data_loss"
  | "internal";

/**
 * What a caller can act on, one name each. The same names, prefixed with `ERROR_REASON_`, are the enum
 * `vecstore.v1.ErrorReason`; a test keeps the two lists equal.
 */
export const ERROR_REASONS = {
  INVALID_ARGUMENT: "invalid_argument",
  EMPTY_BATCH: "invalid_argument",
  BATCH_TOO_LARGE: "invalid_argument",
  DUPLICATE_ID: "invalid_argument",
  INVALID_ID: "invalid_argument",
  INVALID_VECTOR: "invalid_argument",
  ZERO_VECTOR: "invalid_argument",
  DIMENSION_MISMATCH: "invalid_argument",
  DIMENSION_OUT_OF_RANGE: "invalid_argument",
  INVALID_METADATA: "invalid_argument",
  METADATA_TOO_LARGE: "invalid_argument",
  TEXT_TOO_LARGE: "invalid_argument",
  EMPTY_RECORD: "invalid_argument",
  INVALID_FILTER: "invalid_argument",
  LIMIT_OUT_OF_RANGE: "invalid_argument",
  INVALID_PAGE_TOKEN: "invalid_argument",
  MISSING_QUERY: "invalid_argument",
  MISSING_TARGET: "invalid_argument",
  INVALID_NAME: "invalid_argument",
  INVALID_CONFIGURATION: "invalid_argument",
  IDEMPOTENCY_KEY_REUSED: "invalid_argument",
  NAMESPACE_NOT_FOUND: "not_found",
  RECORD_NOT_FOUND: "not_found",
  SNAPSHOT_NOT_FOUND: "not_found",
  NAMESPACE_EXISTS: "already_exists",
  RECORD_EXISTS: "already_exists",
  SNAPSHOT_EXISTS: "already_exists",
  VERSION_CONFLICT: "aborted",
  NAMESPACE_READ_ONLY: "failed_precondition",
  NAMESPACE_SUSPENDED: "failed_precondition",
  DATA_DIR_IN_USE: "failed_precondition",
  FORMAT_TOO_NEW: "failed_precondition",
  INDEX_BACKLOG: "resource_exhausted",
  NAMESPACE_FULL: "resource_exhausted",
  QUOTA_EXCEEDED: "resource_exhausted",
  NOT_IMPLEMENTED: "unimplemented",
  STORE_CLOSED: "unavailable",
  STORE_STOPPED: "unavailable",
  DISK_FULL: "unavailable",
  CANCELED: "canceled",
  DEADLINE_EXCEEDED: "deadline_exceeded",
  DATA_CORRUPTED: "data_loss",
  INTERNAL: "internal",
} as const satisfies Record<string, ErrorCode>;

/** The name of one cause, for example `DIMENSION_MISMATCH`. */
export type ErrorReason = keyof typeof ERROR_REASONS;

/** Facts that belong to an error, as strings: they travel as `google.rpc.ErrorInfo.metadata`. */
export type ErrorDetails = Readonly<Record<string, string>>;

/**
 * The only error that leaves the engine on purpose. `code` follows from `reason`.
 *
 * The message says what was got, what is allowed and what to do; it holds no vector and no secret.
 */
export class VecstoreError extends Error {
  /** Always `VecstoreError`. */
  override readonly name = "VecstoreError";
  /** Status code of the Connect protocol; follows from `reason`. */
  readonly code: ErrorCode;
  /** What a program can act on. */
  readonly reason: ErrorReason;
  /** Facts as strings, such as `id`, `namespace`, `file` and `offset`. */
  readonly details: ErrorDetails;

  /** Of the engine and of an `Env`; others only catch it. */
  constructor(reason: ErrorReason, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = ERROR_REASONS[reason];
    this.reason = reason;
    this.details = details;
  }
}

/**
 * Checks an invariant of ours; a failure is our bug and never the caller's.
 *
 * @throws VecstoreError INTERNAL when `condition` is false
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new VecstoreError("INTERNAL", `assertion failed: ${message}`);
}
