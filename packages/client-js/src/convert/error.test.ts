import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../errors.js";
import { RpcError } from "../protocol/rpc-error.js";
import { ErrorInfoSchema } from "../testing/gen/google/rpc/error_details_pb.js";
import { parseRetryAfter, toVecStoreError } from "./error.js";

const context = { url: "http://db:8080", signal: new AbortController().signal };

function nodeError(code: string): Error {
  return Object.assign(new Error(`${code} 10.0.0.1:8080`), { code });
}

/** What a transport throws when the server refuses a call. */
function refusal(reason: string, code: ErrorCode, message: string, retryAfter?: string): RpcError {
  const info = create(ErrorInfoSchema, { reason, domain: "vecstore", metadata: { fact: "1" } });
  const other = { type: "google.rpc.ErrorInfo", value: toBinary(ErrorInfoSchema, create(ErrorInfoSchema)) };
  const details = [other, { type: "google.rpc.ErrorInfo", value: toBinary(ErrorInfoSchema, info) }];
  return new RpcError({ code, message, details, retryAfter });
}

describe("toVecStoreError", () => {
  it("takes code, reason, details, message and Retry-After from a server's error", () => {
    const error = toVecStoreError(refusal("INDEX_BACKLOG", "resource_exhausted", "wait", "1.5"), context);
    expect(error).toMatchObject({
      name: "VecStoreError",
      code: "resource_exhausted",
      reason: "INDEX_BACKLOG",
      details: { fact: "1" },
      message: "wait",
      retryAfterMs: 1_500,
      retryable: true,
    });
  });

  it.each<[string, ErrorCode, string | undefined, boolean]>([
    ["INVALID_VECTOR", "invalid_argument", undefined, false],
    ["VERSION_CONFLICT", "aborted", undefined, false],
    ["QUOTA_EXCEEDED", "resource_exhausted", undefined, false],
    ["CONNECTIONS_LIMITED", "resource_exhausted", "5", true],
    ["RATE_LIMITED", "resource_exhausted", undefined, true],
    ["DRAINING", "unavailable", "5", true],
    ["STORE_STOPPED", "unavailable", undefined, false],
    ["DEADLINE_EXCEEDED", "deadline_exceeded", undefined, false],
    ["INTERNAL", "internal", undefined, false],
  ])("says of %s whether it may pass", (reason, code, retryAfter, retryable) => {
    expect(toVecStoreError(refusal(reason, code, "no", retryAfter), context)).toMatchObject({ reason, retryable });
  });

  it.each([
    ["ECONNREFUSED", "UNREACHABLE", true],
    ["ENOTFOUND", "UNREACHABLE", true],
    ["ECONNRESET", "CONNECTION_LOST", true],
    ["EPIPE", "CONNECTION_LOST", true],
    ["SELF_SIGNED_CERT_IN_CHAIN", "TLS_FAILED", false],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "TLS_FAILED", false],
  ])("recognizes Node's %s, however deep it lies", (nodeCode, reason, retryable) => {
    const wrapped = new Error("x", { cause: nodeError(nodeCode) });
    const error = toVecStoreError(wrapped, context);
    expect(error).toMatchObject({ code: "unavailable", reason, retryable });
    expect(error.message).toContain("http://db:8080");
    expect(error.message).toContain("10.0.0.1");
  });

  it("leaves `aborted` from a server as it is", () => {
    expect(toVecStoreError(new RpcError({ code: "aborted", message: "conflict" }), context)).toMatchObject({
      code: "aborted",
    });
  });

  it("does not know whether a failed fetch left", () => {
    expect(toVecStoreError(new TypeError("Failed to fetch"), context)).toMatchObject({ reason: "CONNECTION_LOST" });
    const refused = new TypeError("fetch failed", { cause: nodeError("ECONNREFUSED") });
    expect(toVecStoreError(refused, context)).toMatchObject({ reason: "UNREACHABLE" });
  });

  it("gives answers of proxies the reason of their code, or none", () => {
    const gone = new RpcError({ code: "unimplemented", message: "HTTP 404" });
    expect(toVecStoreError(gone, context)).toMatchObject({ reason: "NOT_IMPLEMENTED" });
    expect(toVecStoreError(new RpcError({ code: "unavailable", message: "" }), context)).toMatchObject({
      reason: "UNSPECIFIED",
      message: "the server answered unavailable without a message",
    });
  });

  it("keeps what nobody knows as the cause", () => {
    const cause = new Error("out of the blue");
    expect(toVecStoreError(cause, context)).toMatchObject({ code: "unknown", message: "out of the blue", cause });
  });

  it("reports the caller's abort, not what it led to", () => {
    const signal = AbortSignal.abort(new Error("the user left"));
    const error = toVecStoreError(nodeError("ECONNRESET"), { ...context, signal });
    expect(error).toMatchObject({ code: "canceled", reason: "CANCELED", cause: new Error("the user left") });
    const late = AbortSignal.abort(new DOMException("late", "TimeoutError"));
    expect(toVecStoreError("x", { ...context, signal: late })).toMatchObject({ code: "deadline_exceeded" });
  });
});

describe("parseRetryAfter", () => {
  const nowMs = Date.UTC(2026, 0, 1);
  it.each([
    [null, undefined],
    ["", undefined],
    ["soon", undefined],
    ["0", 0],
    ["2", 2_000],
    ["0.25", 250],
    ["-1", 0],
    ["Thu, 01 Jan 2026 00:00:03 GMT", 3_000],
    ["Thu, 01 Jan 2020 00:00:00 GMT", 0],
  ])("reads %j as %j ms", (header, expected) => {
    expect(parseRetryAfter(header, nowMs)).toBe(expected);
  });
});
