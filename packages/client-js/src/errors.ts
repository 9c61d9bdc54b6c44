import type { ErrorReason as WireReason } from "./gen/vecstore/v1/error_pb.js";

/** Status codes of the Connect protocol, in the order of their numbers in gRPC, from 1. */
export const ERROR_CODES = [
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
] as const;

/**
 * One of them.
 *
 * @useDeclaredType
 */
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * Causes that only a client can see.
 *
 * `UNREACHABLE`: no connection was made, so the request never left. `CONNECTION_LOST`: it broke off, and a write may or
 * may not have happened. `TLS_FAILED`: the certificate was refused. `CLIENT_CLOSED`: `close()` was called.
 * `UNSPECIFIED`: the answer names no reason, as when a proxy made it; act on the code.
 */
export type ClientReason = "UNREACHABLE" | "CONNECTION_LOST" | "TLS_FAILED" | "CLIENT_CLOSED" | "UNSPECIFIED";

/**
 * Causes that a server names; `docs/operations.md` says of each what to do.
 *
 * @useDeclaredType
 */
export type ServerReason = keyof Omit<typeof WireReason, "UNSPECIFIED">;

/** What a caller can act on, one name each. A newer server may send a name that is not listed: act on the code then. */
export type ErrorReason = ServerReason | ClientReason | (string & Record<never, never>);

/** What makes a `VecStoreError`. */
export interface ErrorFacts {
  /** Connect's status code. */
  readonly code: ErrorCode;
  /** The cause, one name for each thing a caller can act on. */
  readonly reason: ErrorReason;
  /** For people: what was got, what is allowed, what to do. */
  readonly message: string;
  /** Facts that belong to the error. Default none. */
  readonly details?: Readonly<Record<string, string>>;
  /** How long the server asks to wait. Absent when it does not say. */
  readonly retryAfterMs?: number;
  /** The error that this one comes from. */
  readonly cause?: unknown;
}

/** The only error that the client throws on purpose. */
export class VecStoreError extends Error {
  /** Always `VecStoreError`, as a stack shows it. */
  override readonly name = "VecStoreError";
  /** Connect's status code. */
  readonly code: ErrorCode;
  /** The cause, one name for each thing a caller can act on. */
  readonly reason: ErrorReason;
  /** Facts that belong to the error, as the server sent them. */
  readonly details: Readonly<Record<string, string>>;
  /** How long the server asks to wait. Absent when it does not say. */
  readonly retryAfterMs: number | undefined;
  /** Whether the same request may succeed later. It does not say that repeating a write is safe. */
  readonly retryable: boolean;

  /** Makes an error, as the client does; tests of what calls the client may, too. */
  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.reason = facts.reason;
    this.details = facts.details ?? {};
    this.retryAfterMs = facts.retryAfterMs;
    this.retryable = isRetryable(facts);
  }
}

/** Refusals of a busy server that pass by themselves, also when no Retry-After comes along. */
const PASSING_REFUSALS: ReadonlySet<string> = new Set(["INDEX_BACKLOG", "RATE_LIMITED", "CONCURRENCY_LIMITED"]);

/** Unavailable for a cause that only a person can remove. */
const LASTING_OUTAGES: ReadonlySet<string> = new Set(["STORE_STOPPED", "TLS_FAILED"]);

function isRetryable(facts: ErrorFacts): boolean {
  if (facts.code === "unavailable") return !LASTING_OUTAGES.has(facts.reason);
  if (facts.code !== "resource_exhausted") return false;
  return facts.retryAfterMs !== undefined || PASSING_REFUSALS.has(facts.reason);
}

/**
 * Makes the error of an argument that the client itself refuses, in the server's words.
 *
 * @param message  what was got, what is allowed, what to do
 */
export function invalidArgument(message: string, reason: ErrorReason = "INVALID_ARGUMENT"): VecStoreError {
  return new VecStoreError({ code: "invalid_argument", reason, message });
}
