import { describe, expect, it } from "vitest";
import { Credential } from "./credential.js";
import { digestOf } from "./keys.js";
import { type Allowed, boundNamespace, permit, refused } from "./permit.js";
import { isBound, type Need, ROLES, type Role } from "./roles.js";

function callerOf(role: Role, namespaces: readonly string[] = isBound(role) ? ["docs", "logs"] : []): Allowed {
  const credential = new Credential({ id: "k", role, namespaces, digest: digestOf("x") });
  return { isAllowed: true, userId: "k", role, credential };
}

function reasonOf(role: Role, need: Need, namespace?: string): string {
  const decision = permit(callerOf(role), need, namespace);
  return decision.isAllowed ? "allowed" : decision.reason;
}

const NEEDS: readonly Need[] = ["open", "any", "reader", "writer", "owner", "admin", "metrics"];
const ALLOWED: Readonly<Record<Role, readonly Need[]>> = {
  reader: ["open", "any", "reader"],
  writer: ["open", "any", "reader", "writer"],
  owner: ["open", "any", "reader", "writer", "owner"],
  admin: NEEDS,
  metrics: ["open", "any", "metrics"],
};

describe("permit", () => {
  it.each(ROLES.flatMap((role) => NEEDS.map((need) => [role, need] as const)))(
    "decides for a %s who needs %s",
    (role, need) => {
      const expected = ALLOWED[role].includes(need) ? "allowed" : "PERMISSION_DENIED";
      expect(reasonOf(role, need)).toBe(expected);
      if (isBound(role)) expect(reasonOf(role, need, "docs")).toBe(expected);
    },
  );

  it.each([
    "default",
    "doc",
    "docs2",
    "DOCS",
    "",
    "docs\0",
    "../docs",
    "__proto__",
    "constructor",
    "📚",
    "x".repeat(10_000),
  ])("refuses a namespace that the key is not bound to: %j", (namespace) => {
    for (const role of ["reader", "writer", "owner"] as const) {
      expect(reasonOf(role, "reader", namespace)).toBe("PERMISSION_DENIED");
    }
    expect(reasonOf("admin", "reader", namespace)).toBe("allowed");
  });

  it("says of a long name no more than its beginning", () => {
    const decision = permit(callerOf("reader"), "reader", "x".repeat(10_000));
    expect(!decision.isAllowed && decision.message.length).toBeLessThan(250);
  });

  it("refuses a key that ended in the meantime, before its role", () => {
    const caller = callerOf("reader");
    caller.credential?.end("was revoked");
    expect(permit(caller, "admin")).toMatchObject({
      reason: "API_KEY_UNKNOWN",
      message: expect.stringMatching(/^the API key k was revoked; use .* or ask an admin/),
    });
  });

  it("lets whoever came by an open door do nothing else", () => {
    const stranger: Allowed = { isAllowed: true, userId: "anonymous", role: undefined };
    expect(permit(stranger, "open").isAllowed).toBe(true);
    for (const need of NEEDS.slice(1)) expect(permit(stranger, need)).toMatchObject({ reason: "API_KEY_MISSING" });
  });

  it("keeps what was refused before", () => {
    const before = refused("API_KEY_UNKNOWN", "no");
    for (const need of NEEDS) expect(permit(before, need)).toBe(before);
  });
});

describe("boundNamespace", () => {
  it("is the namespace of a key that has one", () => {
    expect(boundNamespace(callerOf("writer", ["docs"]))).toBe("docs");
    expect(boundNamespace(callerOf("writer"))).toBeUndefined();
    expect(boundNamespace(callerOf("admin"))).toBeUndefined();
    expect(boundNamespace(refused("API_KEY_MISSING", ""))).toBeUndefined();
  });
});
