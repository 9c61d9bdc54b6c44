import type { ErrorCode } from "../errors.js";

/** A part of an error in a form of its own, by the name of its type. */
export interface ErrorDetail {
  readonly type: string;
  readonly value: Uint8Array;
}

/** What makes an `RpcError`. */
export interface RpcErrorFacts {
  readonly code: ErrorCode;
  /** For people; may be empty. */
  readonly message: string;
  readonly details?: readonly ErrorDetail[];
  /** The header Retry-After. */
  readonly retryAfter?: string | null;
}

/** The error that an answer says, or that an answer is. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  readonly retryAfter: string | null;

  constructor({ code, message, details = [], retryAfter = null }: RpcErrorFacts) {
    super(message);
    this.code = code;
    this.details = details;
    this.retryAfter = retryAfter;
  }
}

/** What a status says that came without an error of the protocol, as from a proxy. The table is Connect's, and that of gRPC over HTTP. */
export function codeOfStatus(status: number): ErrorCode {
  return CODES_OF_STATUS[status] ?? "unknown";
}

const CODES_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: "internal",
  401: "unauthenticated",
  403: "permission_denied",
  404: "unimplemented",
  429: "unavailable",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};

/** An answer that breaks the protocol. */
export function badAnswer(message: string): RpcError {
  return new RpcError({ code: "internal", message: `the server's answer cannot be read: ${message}` });
}
