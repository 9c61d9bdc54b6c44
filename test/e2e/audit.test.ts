import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { type ServerOptions, startServer } from "@vecstore/server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import type { Target } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { ask } from "./harness/server.js";

const ADMIN = "an-admin-key-for-tests";
const keyed = (key: string) => ({ headers: { "x-api-key": key } });

let data: string;
let stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "vecstore-e2e-"));
});
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
  await rm(data, { recursive: true, force: true });
});

async function serve(options: ServerOptions = {}): Promise<Target> {
  const listen = [{ host: "127.0.0.1", port: 0 }];
  const logSink = { write: () => {} };
  const server = await startServer({ listen, data, threads: 0, fsync: "never", adminKey: ADMIN, logSink, ...options });
  stops.push(() => server.close());
  return { url: `http://127.0.0.1:${server.ports[0]}` };
}

async function readText(): Promise<string> {
  const names = (await readdir(join(data, "audit"))).sort();
  return (await Promise.all(names.map((name) => readFile(join(data, "audit", name), "utf8")))).join("");
}

async function readLines(): Promise<JsonObject[]> {
  const text = await readText();
  expect(text.endsWith("\n")).toBe(true);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("the audit log", () => {
  test("has what an admin does at every door, before it is answered", async () => {
    const target = await serve();
    for (const [at, door] of DOORS.filter(({ supports }) => supports(methodOf("CreateSnapshot"))).entries()) {
      const call = (method: string, request: JsonObject) => door.call(target, methodOf(method), request, keyed(ADMIN));
      const before = (await readText().catch(() => "")).length;
      expect(await call("NamespaceService.CreateNamespace", { name: `n${at}` })).toMatchObject({ ok: true });
      expect(await call("CreateSnapshot", { namespace: `n${at}`, name: `s${at}` })).toMatchObject({ ok: true });
      const lines = (await readText())
        .slice(before)
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(lines, door.name).toMatchObject([
        { action: "NamespaceService.CreateNamespace", phase: "begun", namespace: `n${at}`, user_id: "admin" },
        { action: "NamespaceService.CreateNamespace", phase: "done", namespace: `n${at}`, outcome: "ok" },
        { action: "VecStoreService.CreateSnapshot", phase: "begun", namespace: `n${at}`, target: `s${at}` },
        { action: "VecStoreService.CreateSnapshot", phase: "done", namespace: `n${at}`, target: `s${at}` },
      ]);
      for (const { address, request_id, time } of lines) {
        expect([address, typeof request_id, Number.isNaN(Date.parse(time))]).toEqual(["127.0.0.1", "string", false]);
      }
    }
  });

  test("says who failed, who was refused, and nothing of strangers", async () => {
    const target = await serve();
    const made = await ask(
      target,
      "ApiKeyService.CreateApiKey",
      { role: "ROLE_OWNER", namespaces: ["default"] },
      keyed(ADMIN),
    );
    const id = (made.api_key as JsonObject).id as string;
    const owner = made.key as string;
    for (const door of DOORS.slice(0, 2)) {
      const call = (method: string, request: JsonObject, key: string) =>
        door.call(target, methodOf(method), request, keyed(key));
      const before = (await readLines()).length;
      await call("DeleteSnapshot", { name: "nope" }, owner);
      await call("NamespaceService.CreateNamespace", { name: "mine" }, owner);
      await call("Count", { namespace: "other" }, owner);
      await call("NamespaceService.CreateNamespace", { name: "mine" }, "stranger");
      await call("Upsert", { records: [{ id: "a", vector: [1] }] }, owner);
      expect((await readLines()).slice(before), door.name).toMatchObject([
        { user_id: id, action: "VecStoreService.DeleteSnapshot", phase: "begun", namespace: "default", target: "nope" },
        { user_id: id, action: "VecStoreService.DeleteSnapshot", phase: "done", outcome: "SNAPSHOT_NOT_FOUND" },
        { user_id: id, action: "NamespaceService.CreateNamespace", phase: "done", outcome: "PERMISSION_DENIED" },
        { user_id: id, action: "VecStoreService.Count", phase: "done", outcome: "PERMISSION_DENIED" },
      ]);
    }
  });

  test("has calls of data by choice, over restarts, and neither keys nor data in it", async () => {
    const target = await serve({ auditDataActions: true });
    const made = await ask(target, "ApiKeyService.CreateApiKey", { role: "ROLE_ADMIN", name: "secret1" }, keyed(ADMIN));
    const key = made.key as string;
    const id = (made.api_key as JsonObject).id as string;
    const record = { id: "secret2", vector: [0.123456], text: "secret3", metadata: { field4: "secret5" } };
    await ask(target, "Upsert", { records: [record] }, keyed(key));
    const query = { vector: [0.654321], filter: "field4 = 'secret6'" };
    await ask(target, "Query", query, keyed(key));
    await DOORS[0]!.call(target, methodOf("Get"), { namespace: "no/name secret7", ids: ["secret8"] }, keyed(key));
    await ask(target, "ApiKeyService.RotateApiKey", { id }, keyed(ADMIN));
    await stops.pop()!();
    const again = await serve({ auditDataActions: true });
    await ask(again, "Count", {}, keyed(ADMIN));
    const lines = await readLines();
    expect(lines.map(({ user_id, action, phase, target: what }) => [user_id, action, phase, what])).toEqual([
      ["admin", "ApiKeyService.CreateApiKey", "begun", undefined],
      ["admin", "ApiKeyService.CreateApiKey", "done", id],
      [id, "VecStoreService.Upsert", "done", undefined],
      [id, "VecStoreService.Query", "done", undefined],
      [id, "VecStoreService.Get", "done", undefined],
      ["admin", "ApiKeyService.RotateApiKey", "begun", id],
      ["admin", "ApiKeyService.RotateApiKey", "done", id],
      ["admin", "VecStoreService.Count", "done", undefined],
    ]);
    const text = await readText();
    for (const hidden of [key, ADMIN, "secret", "field4", "0.123", "0.654"]) expect(text).not.toContain(hidden);
  });

  test("is rotated by size", async () => {
    const target = await serve({ auditFileBytes: 64 * 1024, auditFilesMax: 2, auditDataActions: true });
    for (let at = 0; at < 900; at++) await ask(target, "Count", {}, keyed(ADMIN));
    const names = await readdir(join(data, "audit"));
    expect(names).toHaveLength(2);
    expect(names).not.toContain("audit-0000000001.log");
    for (const line of await readLines()) expect(line.action).toBe("VecStoreService.Count");
  });
});
