import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { refusal } from "../testing/fake-store.js";
import { parseRetryAfter, toVecStoreError } from "./error.js";

const context = { url: "http://db:8080", signal: new AbortController().signal };

function nodeError(code: string): Error {
  return Object.assign(new Error(`${code} 10.0.0.1:8080`), { code });
}

describe("toVecStoreError", () => {
  it("takes code, reason, details, message and Retry-After from a server's error", () => {
    const error = toVecStoreError(refusal("INDEX_BACKLOG", Code.ResourceExhausted, "wait", "1.5"), context);
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

  it.each([
    ["INVALID_VECTOR", Code.InvalidArgument, undefined, false],
    ["VERSION_CONFLICT", Code.Aborted, undefined, false],
    ["QUOTA_EXCEEDED", Code.ResourceExhausted, undefined, false],
    ["CONNECTIONS_LIMITED", Code.ResourceExhausted, "5", true],
    ["RATE_LIMITED", Code.ResourceExhausted, undefined, true],
    ["DRAINING", Code.Unavailable, "5", true],
    ["STORE_STOPPED", Code.Unavailable, undefined, false],
    ["DEADLINE_EXCEEDED", Code.DeadlineExceeded, undefined, false],
    ["INTERNAL", Code.Internal, undefined, false],
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
  ])("recognizes Node's %s, whatever code the transport gave it", (nodeCode, reason, retryable) => {
    const wrapped = new ConnectError("x", Code.Aborted, undefined, undefined, nodeError(nodeCode));
    const error = toVecStoreError(wrapped, context);
    expect(error).toMatchObject({ code: "unavailable", reason, retryable });
    expect(error.message).toContain("http://db:8080");
    expect(error.message).toContain("10.0.0.1");
  });

  it("leaves `aborted` from a server as it is", () => {
    expect(toVecStoreError(new ConnectError("conflict", Code.Aborted), context)).toMatchObject({ code: "aborted" });
  });

  it("does not know whether a failed fetch left", () => {
    expect(toVecStoreError(new TypeError("Failed to fetch"), context)).toMatchObject({ reason: "CONNECTION_LOST" });
    const refused = new TypeError("fetch failed", { cause: nodeError("ECONNREFUSED") });
    expect(toVecStoreError(refused, context)).toMatchObject({ reason: "UNREACHABLE" });
  });

  it("gives answers of proxies the reason of their code, or none", () => {
    const gone = new ConnectError("HTTP 404", Code.Unimplemented);
    expect(toVecStoreError(gone, context)).toMatchObject({ reason: "NOT_IMPLEMENTED" });
    expect(toVecStoreError(new ConnectError("", Code.Unavailable), context)).toMatchObject({
      reason: "UNSPECIFIED",
      message: "the server answered unavailable without a message",
    });
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
