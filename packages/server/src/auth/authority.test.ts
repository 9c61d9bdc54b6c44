import { describe, expect, it } from "vitest";
import { type AuthMode, createAuthority } from "./authority.js";
import { Credential } from "./credential.js";
import { findCredential, type Keyring } from "./keyring.js";
import { createSecret, digestOf } from "./keys.js";
import { KEY_UNKNOWN } from "./permit.js";
import type { Need } from "./roles.js";
import { authMode, needsAdminKey } from "./setup.js";

const credentialOf = (id: string, key: string, role: Credential["role"] = "reader") =>
  new Credential({ id, role, namespaces: role === "reader" ? ["docs"] : [], digest: digestOf(key) });

const STORED = createSecret("abcdefghijkl").key;
const configured = [credentialOf("admin", "secret", "admin"), credentialOf("scraper", "of prometheus", "metrics")];
const stored = new Map([["abcdefghijkl", credentialOf("abcdefghijkl", STORED)]]);
const keyring: Keyring = { find: (key) => findCredential(key, configured, stored) };

function decide(mode: AuthMode, headers: Record<string, string>, need: Need = "any", corsOrigins: string[] = []) {
  const decision = decisionOf(mode, headers, need, corsOrigins);
  return decision.isAllowed ? decision.userId : decision.reason;
}

function decisionOf(mode: AuthMode, headers: Record<string, string>, need: Need, corsOrigins: string[] = []) {
  const authority = createAuthority({
    mode: () => mode,
    keyring,
    corsOrigins,
    rates: undefined,
    onIgnoredKey: () => {},
  });
  return authority.decide((name) => headers[name], need, "10.0.0.7");
}

describe("with keys", () => {
  it.each([
    [{ "x-api-key": "secret" }, "admin"],
    [{ authorization: "Bearer secret" }, "admin"],
    [{ authorization: "bearer  secret" }, "admin"],
    [{ "x-api-key": STORED }, "abcdefghijkl"],
    [{ "x-api-key": "of prometheus" }, "scraper"],
    [{}, "API_KEY_MISSING"],
    [{ "x-api-key": "" }, "API_KEY_MISSING"],
    [{ authorization: "Basic secret" }, "API_KEY_MISSING"],
    [{ "x-api-key": "Secret" }, "API_KEY_UNKNOWN"],
    [{ "x-api-key": "é".repeat(5000) }, "API_KEY_UNKNOWN"],
    [{ "x-api-key": "wrong", authorization: "Bearer secret" }, "API_KEY_UNKNOWN"],
    [{ "x-api-key": `${STORED}x` }, "API_KEY_UNKNOWN"],
    [{ "x-api-key": STORED.slice(0, -1) }, "API_KEY_UNKNOWN"],
    [{ "x-api-key": createSecret("abcdefghijkl").key }, "API_KEY_UNKNOWN"],
    [{ "x-api-key": createSecret("zzzzzzzzzzzz").key }, "API_KEY_UNKNOWN"],
    [{ "x-api-key": digestOf(STORED).toString("hex") }, "API_KEY_UNKNOWN"],
  ])("decides %j as %s", (headers, outcome) => {
    expect(decide("on", headers as Record<string, string>)).toBe(outcome);
  });

  it("says of an unknown key what to do, the same of each, and nothing of the key", () => {
    const keys = ["wrong", createSecret("abcdefghijkl").key, createSecret("zzzzzzzzzzzz").key, `${STORED}x`];
    const messages = keys.map((key) => {
      const decision = decisionOf("on", { "x-api-key": key }, "any");
      return decision.isAllowed ? "" : decision.message;
    });
    expect(new Set(messages)).toEqual(new Set([KEY_UNKNOWN]));
    expect(KEY_UNKNOWN).toContain("vecstore keys list");
  });

  it("leaves what is open open, and accepts any origin", () => {
    expect(decide("on", { host: "evil.example" }, "open")).toBe("anonymous");
    expect(decide("on", { "x-api-key": "secret", origin: "https://evil.example" })).toBe("admin");
  });

  it.each([
    ["secret", "admin"],
    ["of prometheus", "scraper"],
    [STORED, "PERMISSION_DENIED"],
  ])("lets admins and metrics at the metrics: %s is %s", (key, outcome) => {
    expect(decide("on", { "x-api-key": key }, "metrics")).toBe(outcome);
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
    const decided = decide("loopback", headers as Record<string, string>, "admin", ["https://app.example"]);
    expect(decided).toBe(outcome);
  });

  it("ignores a key and says so once", () => {
    let said = 0;
    const onIgnoredKey = () => {
      said++;
    };
    const authority = createAuthority({
      mode: () => "loopback",
      keyring,
      corsOrigins: [],
      rates: undefined,
      onIgnoredKey,
    });
    for (let i = 0; i < 3; i++) authority.decide((name) => ({ "x-api-key": "k" })[name], "any", undefined);
    expect(said).toBe(1);
  });
});

describe("with rates", () => {
  /** Notes who is counted, and refuses one client. */
  function decideCounted(header: Record<string, string>, need: Need = "any", tooFast = "") {
    const taken: string[] = [];
    const exceeded = { setting: "max_client_requests_per_second", limit: 7, waitMs: 12.3 };
    const takeClient = (client: string) => {
      taken.push(client);
      return client === tooFast ? exceeded : undefined;
    };
    const takeShared = () => {
      taken.push("all");
      return undefined;
    };
    const rates = { takeClient, takeShared };
    const authority = createAuthority({ mode: () => "on", keyring, corsOrigins: [], rates, onIgnoredKey: () => {} });
    return { taken, decision: authority.decide((name) => header[name], need, "2001:db8::1") };
  }

  it.each([
    ["its key", { "x-api-key": STORED }, "any", ["key abcdefghijkl", "all"]],
    [
      "its key, also where that may not, and takes nothing of all",
      { "x-api-key": STORED },
      "admin",
      ["key abcdefghijkl"],
    ],
    ["its address with a key that nobody knows", { "x-api-key": "guess" }, "any", ["address 2001:db8:0:0::/64"]],
    ["its address without a key", {}, "any", ["address 2001:db8:0:0::/64"]],
    ["nothing at an open door", {}, "open", []],
  ] as const)("counts a client by %s", (_, header, need, clients) => {
    expect(decideCounted(header as Record<string, string>, need).taken).toEqual(clients);
  });

  it("refuses who is too fast, right keys and wrong ones, and says for how long", () => {
    const facts = { setting: "max_client_requests_per_second", limit: "7", retry_after_ms: "13" };
    const known = decideCounted({ "x-api-key": STORED }, "any", "key abcdefghijkl");
    expect(known.decision).toMatchObject({ isAllowed: false, reason: "RATE_LIMITED", userId: "abcdefghijkl", facts });
    const unknown = decideCounted({ "x-api-key": "guess" }, "any", "address 2001:db8:0:0::/64");
    expect(unknown.decision).toMatchObject({ isAllowed: false, reason: "RATE_LIMITED", facts });
    expect(unknown.decision.userId).toBeUndefined();
  });
});

describe("authMode", () => {
  const local = { host: "127.0.0.1", port: 1 };
  const remote = { host: "0.0.0.0", port: 1 };
  it.each([
    ["loopback", { isInsecure: false, isGuarded: false, addresses: [local] }, false],
    ["on", { isInsecure: false, isGuarded: true, addresses: [local] }, false],
    ["on", { isInsecure: false, isGuarded: false, addresses: [local, remote] }, true],
    ["on", { isInsecure: false, isGuarded: true, addresses: [remote] }, true],
    ["off", { isInsecure: true, isGuarded: true, addresses: [remote] }, false],
  ] as const)("is %s for %j, which needs a new admin key: %s", (mode, inputs, isNeeded) => {
    expect(authMode(inputs)).toBe(mode);
    expect(needsAdminKey({ ...inputs, hasAdmin: false })).toBe(isNeeded);
    expect(needsAdminKey({ ...inputs, hasAdmin: true })).toBe(false);
  });
});
