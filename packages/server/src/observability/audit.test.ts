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

let lines: Record<string, unknown>[] = [];
let logged: string[] = [];
beforeEach(() => {
  lines = [];
  logged = [];
  syncs = 0;
  vi.useFakeTimers({ now: Date.parse("2026-11-26T12:00:00.000Z") });
});
afterEach(() => void vi.useRealTimers());

let syncs = 0;
const file = {
  append: (line: string) => void lines.push(JSON.parse(line)),
  sync: async () => void syncs++,
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
  it("is written down when it begins, on the disk, and when it ends", async () => {
    const audit = auditWith(false);
    const method = NamespaceService.method.createNamespace;
    const call = callOf(method, decisionOf("admin"));
    const message = create(method.input, { name: "docs", description: "a secret", labels: { a: "secret" } });
    await audit.begin(call, method, message);
    expect(syncs).toBe(1);
    audit.end(call, OK);
    expect(syncs).toBe(2);
    const what = { ...WHO, action: "NamespaceService.CreateNamespace", namespace: "docs" };
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
    expect(lines).toEqual([{ ...WHO, action: "VecStoreService.RestoreSnapshot", phase: "begun", ...subject }]);
  });

  it("names what a stream was about when it ends: its message is not read when it begins", () => {
    const audit = auditWith(false);
    const method = VecStoreService.method.downloadSnapshot;
    const call = callOf(method, decisionOf("owner", ["bound"]), "docs");
    audit.begin(call, method, undefined);
    Object.assign(call.facts, { namespace: "logs", target: "s" });
    audit.end(call, OK);
    const what = { ...WHO, action: "VecStoreService.DownloadSnapshot" };
    expect(lines).toEqual([
      { ...what, phase: "begun" },
      { ...what, phase: "done", namespace: "logs", target: "s", outcome: "ok" },
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

  it("is not held up by a file that fails, which the log tells", async () => {
    const audit = auditWith(false, () => {
      throw new Error("ENOSPC");
    });
    const method = NamespaceService.method.deleteNamespace;
    const call = callOf(method, decisionOf("admin"));
    await audit.begin(call, method, create(method.input, { name: "docs" }));
    audit.end(call, OK);
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
      { ...WHO, action: "VecStoreService.Query", phase: "done", namespace: "docs", outcome: "ok" },
      { ...WHO, action: "VecStoreService.Query", phase: "done", outcome: "NAMESPACE_NOT_FOUND" },
    ]);
  });

  it("leave probes and reflection out", () => {
    auditWith(true).end(callOf(Health.method.check, decisionOf("admin")), OK);
    auditWith(true).end({ ...callOf(query, decisionOf("admin")), method: undefined }, OK);
    expect([lines, syncs]).toEqual([[], 0]);
  });

  it("do not wait", () => {
    const message = create(query.input, { vector: [1] });
    expect(auditWith(true).begin(callOf(query, decisionOf("reader", ["docs"])), query, message)).toBeUndefined();
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
      { user_id: "key1", action: "NamespaceService.DeleteNamespace", outcome: "PERMISSION_DENIED" },
      { user_id: "key1", action: "VecStoreService.Query", outcome: "PERMISSION_DENIED" },
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
