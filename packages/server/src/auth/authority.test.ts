import { describe, expect, it } from "vitest";
import { type Access, type AuthMode, createAuthority } from "./authority.js";
import { digestOf } from "./keys.js";
import { setUpAuth } from "./setup.js";

const ON: AuthMode = { kind: "on", adminDigest: digestOf("secret") };

function decide(mode: AuthMode, headers: Record<string, string>, access: Access = "keyed", corsOrigins: string[] = []) {
  const authority = createAuthority({ mode, corsOrigins, onIgnoredKey: () => {} });
  const decision = authority.decide((name) => headers[name], access);
  return decision.isAllowed ? decision.userId : decision.reason;
}

describe("with an admin key", () => {
  it.each([
    [{ "x-api-key": "secret" }, "admin"],
    [{ authorization: "Bearer secret" }, "admin"],
    [{ authorization: "bearer  secret" }, "admin"],
    [{}, "API_KEY_MISSING"],
    [{ "x-api-key": "" }, "API_KEY_MISSING"],
    [{ authorization: "Basic secret" }, "API_KEY_MISSING"],
    [{ "x-api-key": "Secret" }, "API_KEY_UNKNOWN"],
    [{ "x-api-key": "é".repeat(5000) }, "API_KEY_UNKNOWN"],
    [{ "x-api-key": "wrong", authorization: "Bearer secret" }, "API_KEY_UNKNOWN"],
  ])("decides %j as %s", (headers, outcome) => {
    expect(decide(ON, headers as Record<string, string>)).toBe(outcome);
  });

  it("leaves what is open open, and accepts any origin", () => {
    expect(decide(ON, { host: "evil.example" }, "open")).toBe("anonymous");
    expect(decide(ON, { "x-api-key": "secret", origin: "https://evil.example" })).toBe("admin");
  });
});

describe("without authentication on loopback", () => {
  it.each([
    [{ host: "localhost:8080" }, "anonymous"],
    [{ host: "127.0.0.1" }, "anonymous"],
    [{ host: "[::1]:8080" }, "anonymous"],
    [{ host: "127.evil.example" }, "ORIGIN_NOT_ALLOWED"],
    [{ host: "evil.example:8080" }, "ORIGIN_NOT_ALLOWED"],
    [{ host: "localhost", origin: "http://localhost:3000" }, "anonymous"],
    [{ host: "localhost", origin: "http://localhost.evil.example" }, "ORIGIN_NOT_ALLOWED"],
    [{ host: "localhost", origin: "null" }, "ORIGIN_NOT_ALLOWED"],
    [{ host: "localhost", origin: "https://app.example" }, "anonymous"],
  ])("decides %j as %s", (headers, outcome) => {
    const decided = decide({ kind: "loopback" }, headers as Record<string, string>, "keyed", ["https://app.example"]);
    expect(decided).toBe(outcome);
  });

  it("ignores a key and says so once", () => {
    let said = 0;
    const onIgnoredKey = () => {
      said++;
    };
    const authority = createAuthority({ mode: { kind: "loopback" }, corsOrigins: [], onIgnoredKey });
    for (let i = 0; i < 3; i++) authority.decide((name) => ({ "x-api-key": "k" })[name], "keyed");
    expect(said).toBe(1);
  });
});

describe("setUpAuth", () => {
  const local = { host: "127.0.0.1", port: 1 };
  const remote = { host: "0.0.0.0", port: 1 };
  it("is off on loopback without a key, and on with one", () => {
    expect(setUpAuth({ isInsecure: false, adminKey: undefined, addresses: [local] }).mode.kind).toBe("loopback");
    expect(setUpAuth({ isInsecure: false, adminKey: "k", addresses: [local] }).mode.kind).toBe("on");
  });

  it("makes a key beyond loopback, keeping only its digest", () => {
    const { mode, createdKey } = setUpAuth({ isInsecure: false, adminKey: undefined, addresses: [local, remote] });
    expect(mode).toEqual({ kind: "on", adminDigest: digestOf(createdKey as string) });
  });

  it("is off when that is asked for", () => {
    expect(setUpAuth({ isInsecure: true, adminKey: "k", addresses: [remote] })).toEqual({ mode: { kind: "off" } });
  });
});
