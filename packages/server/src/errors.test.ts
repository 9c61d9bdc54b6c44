import { Code, ConnectError } from "@connectrpc/connect";
import { ERROR_REASONS, VecstoreError } from "@vecstore/engine";
import { describe, expect, it } from "vitest";
import { codeName, ERROR_TABLE, errorInfoOf, type Reason, refusal, toConnectError } from "./errors.js";
import { ErrorReason } from "./gen/vecstore/v1/error_pb.js";

const schemaReasons = Object.keys(ErrorReason).filter((name) => Number.isNaN(Number(name)) && name !== "UNSPECIFIED");

describe("ERROR_TABLE", () => {
  it("has a row for every reason of the schema and no other", () => {
    expect(Object.keys(ERROR_TABLE).sort()).toEqual(schemaReasons.sort());
  });

  it("knows every reason of the engine, with the engine's code", () => {
    for (const [reason, code] of Object.entries(ERROR_REASONS)) {
      expect(codeName(ERROR_TABLE[reason as Reason].code), reason).toBe(code);
    }
  });

  it.each([
    ["API_KEY_MISSING", 401],
    ["API_KEY_UNKNOWN", 403],
    ["NAMESPACE_NOT_FOUND", 404],
    ["VERSION_CONFLICT", 409],
    ["NAMESPACE_READ_ONLY", 403],
    ["MESSAGE_TOO_LARGE", 413],
    ["RATE_LIMITED", 429],
    ["CANCELED", 499],
    ["DEADLINE_EXCEEDED", 504],
    ["NOT_IMPLEMENTED", 501],
    ["DRAINING", 503],
    ["DATA_CORRUPTED", 500],
  ] as const)("sends %s as HTTP %i on REST", (reason, http) => {
    expect(ERROR_TABLE[reason].http).toBe(http);
  });
});

describe("toConnectError", () => {
  it("keeps an engine error's code, reason, message and facts", () => {
    const error = toConnectError(new VecstoreError("DIMENSION_MISMATCH", "vector has 2 dimensions", { expected: "3" }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toBe("vector has 2 dimensions");
    expect(errorInfoOf(error)).toEqual({ reason: "DIMENSION_MISMATCH", facts: { expected: "3" } });
  });

  it("hides what it does not know, and keeps it as the cause", () => {
    const secret = new TypeError("secret path /x");
    for (const thrown of [secret, new ConnectError("secret", Code.Unknown), new VecstoreError("INTERNAL", "secret")]) {
      const error = toConnectError(thrown);
      expect(error.code).toBe(Code.Internal);
      expect(error.rawMessage).not.toContain("secret");
      expect(errorInfoOf(error).reason).toBe("INTERNAL");
    }
    expect(toConnectError(secret).cause).toBe(secret);
  });

  it("gives a reason to what Connect throws itself", () => {
    const reasonOf = (code: Code) => errorInfoOf(toConnectError(new ConnectError("x", code))).reason;
    expect(reasonOf(Code.DeadlineExceeded)).toBe("DEADLINE_EXCEEDED");
    expect(reasonOf(Code.ResourceExhausted)).toBe("MESSAGE_TOO_LARGE");
    expect(reasonOf(Code.Canceled)).toBe("CANCELED");
  });

  it("lays a message that does not decode at the caller's door, and one of ours that does not encode at ours", () => {
    const codeOf = (text: string) => toConnectError(new ConnectError(text, Code.Internal)).code;
    expect(codeOf("parse binary: premature EOF")).toBe(Code.InvalidArgument);
    expect(codeOf("serialize binary: x")).toBe(Code.Internal);
  });

  it("says how long to wait where waiting helps", () => {
    expect(refusal("STARTING", "x").metadata.get("Retry-After")).toBe("2");
    expect(refusal("QUOTA_EXCEEDED", "x").metadata.has("Retry-After")).toBe(false);
  });
});
