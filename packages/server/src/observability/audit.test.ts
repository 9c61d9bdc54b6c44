import { create, type DescMethod } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Credential } from "../auth/credential.js";
import { type Decision, permit, refused } from "../auth/permit.js";
import { type Call, createCall } from "../call.js";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { ApiKeyService } from "../gen/vecstore/v1/api_key_service_pb.js";
import { NamespaceService } from "../gen/vecstore/v1/namespace_service_pb.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { createAudit, lineOfKeyMade } from "./audit.js";
import type { AuditFile } from "./audit-file.js";
import { createLog } from "./logger.js";

let lines: { readonly how: string; readonly [field: string]: unknown }[] = [];
let logged: string[] = [];
beforeEach(() => {
  lines = [];
  logged = [];
  vi.useFakeTimers({ now: Date.parse("2026-11-26T12:00:00.000Z") });
});
afterEach(() => void vi.useRealTimers());

const file = {
  append: (line: string) => void lines.push({ how: "fast", ...JSON.parse(line) }),
  appendDurably: (line: string) => void lines.push({ how: "durable", ...JSON.parse(line) }),
} as unknown as AuditFile;

function auditWith(hasDataActions: boolean, to: () => AuditFile | undefined = () => file) {
  const { log } = createLog("info", { write: (line) => void logged.push(line) });
  const isName = (text: string) => /^[a-zA-Z0-9][\w.-]{0,127}$/.test(text);
  return createAudit({ file: to, hasDataActions, namespaceDefault: "default", isName, log });
}

function decisionOf(role: Credential["role"], namespaces: string[] = []): Decision {
  const credential = new Credential({ id: "key1", role, namespaces, digest: Buffer.alloc(32) });
  return { isAllowed: true, userId: "key1", role, credential };
}

function callOf(method: DescMethod, decision: Decision, namespaceHeader?: string): Call {
  return createCall({ door: "rest", requestId: "r1", decision, namespaceHeader, method, address: "10.0.0.7" });
}

const OK = { method: "x", durationMs: 1, code: "ok" };
const failed = (reason: string) => ({
  method: "x",
  durationMs: 1,
  code: "x",
  error: { code: Code.Internal, reason, message: "a secret of the message", cause: undefined },
});
const WHO = { time: "2026-11-26T12:00:00.000Z", user_id: "key1", address: "10.0.0.7", door: "rest", request_id: "r1" };

describe("an admin's action", () => {
  it("is written down when it begins and when it ends, on the disk both times", () => {
    const audit = auditWith(false);
    const method = NamespaceService.method.createNamespace;
    const call = callOf(method, decisionOf("admin"));
    audit.begin(call, method, create(method.input, { name: "docs", description: "a secret", labels: { a: "secret" } }));
    audit.end(call, OK);
    const what = { ...WHO, how: "durable", action: "NamespaceService.CreateNamespace", namespace: "docs" };
    expect(lines).toEqual([
      { ...what, phase: "begun" },
      { ...what, phase: "done", outcome: "ok" },
    ]);
  });

  it("says why it failed by the reason alone", () => {
    const audit = auditWith(false);
    const call = callOf(NamespaceService.method.deleteNamespace, decisionOf("admin"));
    audit.end(call, failed("NAMESPACE_NOT_FOUND"));
    expect(lines).toMatchObject([{ phase: "done", outcome: "NAMESPACE_NOT_FOUND" }]);
    expect(JSON.stringify(lines)).not.toContain("secret");
  });

  it.each([
    ["a snapshot of the default", { name: "s" }, undefined, "admin", { namespace: "default", target: "s" }],
    ["a snapshot of the header's", { name: "s" }, "docs", "admin", { namespace: "docs", target: "s" }],
    ["one of the body's", { name: "s", namespace: "logs" }, "docs", "admin", { namespace: "logs", target: "s" }],
    ["one of the key's", { name: "s" }, undefined, "owner", { namespace: "bound", target: "s" }],
    [
      "one that becomes a namespace",
      { name: "s", targetNamespace: "new" },
      "docs",
      "admin",
      { namespace: "docs", target: "s", into: "new" },
    ],
    [
      "hostile names",
      { name: "../x", namespace: "a\n{}" },
      undefined,
      "admin",
      { namespace: "(no name)", target: "(no name)" },
    ],
    ["a long header", { name: "s" }, "x".repeat(10_000), "admin", { namespace: "(no name)", target: "s" }],
  ] as const)("names where it was and what: %s", (_, request, header, role, subject) => {
    const method = VecStoreService.method.restoreSnapshot;
    const decision = decisionOf(role, role === "owner" ? ["bound"] : []);
    const audit = auditWith(false);
    audit.begin(callOf(method, decision, header), method, create(method.input, request));
    expect(lines).toEqual([
      { ...WHO, how: "durable", action: "VecStoreService.RestoreSnapshot", phase: "begun", ...subject },
    ]);
  });

  it("names the key that was made, and never its secret", () => {
    const audit = auditWith(false);
    const method = ApiKeyService.method.createApiKey;
    const call = callOf(method, decisionOf("admin"));
    audit.begin(call, method, create(method.input, { name: "of somebody", namespaces: ["docs"] }));
    call.facts.target = "key2";
    audit.end(call, OK);
    expect(lines.map(({ target, phase }) => [phase, target])).toEqual([
      ["begun", undefined],
      ["done", "key2"],
    ]);
  });

  it("is not held up by a file that fails, which the log tells", () => {
    const audit = auditWith(false, () => {
      throw new Error("ENOSPC");
    });
    audit.end(callOf(NamespaceService.method.deleteNamespace, decisionOf("admin")), OK);
    expect(JSON.parse(logged[0] as string)).toMatchObject({
      level: "error",
      msg: "audit_failed",
      error: "Error: ENOSPC",
    });
  });
});

describe("calls of data", () => {
  const query = VecStoreService.method.query;

  it("are written down by choice, with the namespace once it is known to exist", () => {
    const call = callOf(query, decisionOf("reader", ["docs"]));
    call.facts.namespace = "docs";
    auditWith(false).end(call, OK);
    expect(lines).toEqual([]);
    auditWith(true).end(call, OK);
    auditWith(true).end(callOf(query, decisionOf("admin")), failed("NAMESPACE_NOT_FOUND"));
    expect(lines).toEqual([
      { ...WHO, how: "fast", action: "VecStoreService.Query", phase: "done", namespace: "docs", outcome: "ok" },
      { ...WHO, how: "fast", action: "VecStoreService.Query", phase: "done", outcome: "NAMESPACE_NOT_FOUND" },
    ]);
  });

  it("leave probes and reflection out", () => {
    auditWith(true).end(callOf(Health.method.check, decisionOf("admin")), OK);
    auditWith(true).end({ ...callOf(query, decisionOf("admin")), method: undefined }, OK);
    expect(lines).toEqual([]);
  });
});

describe("refusals", () => {
  const method = NamespaceService.method.deleteNamespace;
  const denied = permit(decisionOf("reader", ["docs"]), "admin");

  it("of keys that are known are written down, of strangers not", () => {
    const audit = auditWith(false);
    audit.end(callOf(method, denied), failed("PERMISSION_DENIED"));
    audit.end(callOf(VecStoreService.method.query, decisionOf("reader", ["docs"])), failed("PERMISSION_DENIED"));
    audit.end(callOf(method, refused("API_KEY_MISSING", "")), failed("API_KEY_MISSING"));
    audit.end(callOf(method, refused("API_KEY_UNKNOWN", "")), failed("API_KEY_UNKNOWN"));
    expect(lines).toMatchObject([
      { how: "fast", user_id: "key1", action: "NamespaceService.DeleteNamespace", outcome: "PERMISSION_DENIED" },
      { how: "fast", user_id: "key1", action: "VecStoreService.Query", outcome: "PERMISSION_DENIED" },
    ]);
  });

  it("are few in a second, and the rest is counted", () => {
    const audit = auditWith(false);
    for (let at = 0; at < 50; at++) audit.end(callOf(method, denied), failed("PERMISSION_DENIED"));
    expect(lines).toHaveLength(10);
    vi.advanceTimersByTime(1_000);
    expect(lines.at(-1)).toMatchObject({ action: "refusals_suppressed", suppressed: 40 });
  });
});

it("a key made without a request has a line too", () => {
  expect(JSON.parse(lineOfKeyMade("command", "key2"))).toMatchObject({
    user_id: "command",
    target: "key2",
    outcome: "ok",
  });
});
