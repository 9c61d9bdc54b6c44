import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer } from "./harness/server.js";

const ADMIN = "an-admin-key-for-tests";
const keyed = { headers: { "x-api-key": ADMIN } };

/** Names that have broken systems: paths, ends of strings, devices, other directions, what JavaScript's own objects have. */
const HOSTILE: readonly string[] = [
  "../x",
  "../../../../etc/passwd",
  "..",
  ".",
  "/etc/passwd",
  "a/../../b",
  "..\\x",
  "C:\\x",
  "a\0b",
  "\0",
  "x".repeat(10_240),
  "😀",
  "é".normalize("NFD"),
  "\u202Egnp.exe",
  "\uFEFFx",
  "CON",
  "nul",
  "COM1.txt",
  "x. ",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "a\r\nx-injected: 1",
  'a\n{"level":60,"msg":"injected"}',
  "%2e%2e%2fx",
  "$HOME",
  "$(id)",
  "'; drop table x; --",
  " ",
  "",
];

/** One door for each way to write a request down; the version of HTTP makes no difference to names. */
const doorsOf = (method: string) =>
  DOORS.filter(({ name, supports }) => !name.endsWith("HTTP/2") && supports(methodOf(method)));

let parent: string;
let server: TestServer;
let outside: string[];

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "vecstore-names-"));
  await mkdir(join(parent, "data"));
  await writeFile(join(parent, "x"), "not yours");
  outside = await filesOutside();
  server = await startTestServer({ adminKey: ADMIN, data: join(parent, "data"), logLevel: "debug" });
});
afterAll(async () => {
  await server?.stop();
  await rm(parent, { recursive: true, force: true });
});

/** What lies beside the data directory, with the content. */
async function filesOutside(): Promise<string[]> {
  const entries = await readdir(parent, { recursive: true, withFileTypes: true });
  const files = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  const beside = files.filter((each) => !relative(parent, each).startsWith("data/"));
  return Promise.all(beside.map(async (each) => `${relative(parent, each)}: ${await readFile(each, "utf8")}`));
}

/** Calls by every door, and fails when an answer is no clear one. @returns the reasons, `ok` where it was done */
async function everywhere(method: string, request: JsonObject): Promise<ReadonlySet<string>> {
  const reasons = new Set<string>();
  for (const door of doorsOf(method)) {
    const outcome = await door.call(server, methodOf(method), request, keyed);
    reasons.add(outcome.ok ? "ok" : outcome.reason);
    if (outcome.ok) continue;
    expect(outcome.text.length, `${door.name}: ${outcome.text.slice(0, 80)}`).toBeLessThanOrEqual(1_024);
    expect(outcome.code, outcome.text).not.toMatch(/^(internal|unknown)$/);
  }
  return reasons;
}

const ask = (method: string, request: JsonObject) => server.ask(method, request, keyed);
const shown = (name: string) => JSON.stringify(name.length > 60 ? `${name.slice(0, 20)}… (${name.length})` : name);

describe.each(HOSTILE.map((name) => [shown(name), name]))("%s", (_, name) => {
  test("as the name of a namespace or a snapshot is refused, or is only a name", async () => {
    const isAllowed = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(name);
    const reasons = await everywhere("NamespaceService.CreateNamespace", { name });
    expect([...reasons].sort()).toEqual(isAllowed ? ["NAMESPACE_EXISTS", "ok"] : ["INVALID_NAME"]);
    const snapshots = await everywhere("CreateSnapshot", { name });
    // REST takes the name of what is to be made in the body, so that each door sees the same.
    expect([...snapshots].sort()).toEqual(isAllowed ? ["SNAPSHOT_EXISTS", "ok"] : ["INVALID_NAME"]);
    if (isAllowed) {
      const list = (await ask("NamespaceService.ListNamespaces", {})).namespaces as JsonObject[];
      expect(list.map((each) => each.name)).toContain(name);
      await ask("NamespaceService.DeleteNamespace", { name });
      return ask("DeleteSnapshot", { name });
    }
    for (const method of ["NamespaceService.GetNamespace", "NamespaceService.DeleteNamespace", "DeleteSnapshot"]) {
      if (name === "" || /^\.\.?$/.test(name)) continue; // These are other paths at the REST door.
      expect([...(await everywhere(method, { name }))].join(), method).toMatch(/^(INVALID_NAME|\w+_NOT_FOUND)$/);
    }
    return undefined;
  });

  test("as the id of a record, in its metadata, its text and in filters is refused, or comes back as it was", async () => {
    const isAllowed = name !== "" && Buffer.byteLength(name) <= 512;
    const metadata: Record<string, JsonValue> = Object.fromEntries([[name, name]]);
    // Not by a literal, where `__proto__` would be no field.
    const record: JsonObject = { id: isAllowed ? name : "r", vector: [1, 0], text: name || "text", metadata };
    if (!isAllowed) {
      expect([...(await everywhere("Upsert", { records: [{ id: name, vector: [1, 0] }] }))]).toEqual(["INVALID_ID"]);
    }
    for (const door of doorsOf("Upsert")) {
      await ask("Delete", { ids: [record.id!] });
      const written = await door.call(server, methodOf("Upsert"), { records: [record] }, keyed);
      expect(written.ok, `${door.name}: ${JSON.stringify(written).slice(0, 300)}`).toBe(true);
      const request = { ids: [record.id!], includeText: true };
      const read = await door.call(server, methodOf("Get"), request, keyed);
      expect(read.ok && (read.message.records as JsonObject[])[0], door.name).toMatchObject({
        id: record.id,
        text: record.text,
      });
      const [got] = (read.ok ? read.message.records : []) as JsonObject[];
      expect(Object.entries(got!.metadata as JsonObject), door.name).toEqual([[name, name]]);
      const listed = await door.call(server, methodOf("List"), { prefix: record.id! }, keyed);
      expect(listed.ok && (listed.message.records as JsonObject[]).map(({ id }) => id), door.name).toContain(record.id);
    }
    await ask("Delete", { ids: [record.id!] });
  });

  test("as a label, the name of a key, a page token and a header does no harm", async () => {
    const labels: Record<string, JsonValue> = Object.fromEntries([[name || "empty", name]]);
    const outcome = await everywhere("NamespaceService.UpdateNamespace", { name: "default", labels });
    expect([...outcome].join()).toMatch(/^(ok|INVALID_ARGUMENT)$/);
    if (outcome.has("ok")) {
      for (const door of doorsOf("NamespaceService.GetNamespace")) {
        const request = { name: "default" };
        const read = await door.call(server, methodOf("NamespaceService.GetNamespace"), request, keyed);
        const { labels: got } = (read.ok ? read.message.namespace : {}) as { labels?: JsonObject };
        expect(Object.entries(got ?? {}), door.name).toContainEqual([name || "empty", name]);
      }
      await ask("NamespaceService.UpdateNamespace", { name: "default", removeLabels: [name || "empty"] });
    }
    await everywhere("ApiKeyService.CreateApiKey", { name, role: "ROLE_READER", namespaces: ["default"] });
    expect([...(await everywhere("List", { pageToken: name }))]).toEqual(name === "" ? ["ok"] : ["INVALID_PAGE_TOKEN"]);
  });
});

describe("half a character", () => {
  const half = '{"name": "\\ud800x"}';
  const headers = { "content-type": "application/json", "x-api-key": ADMIN };
  test.each(["/admin/namespaces", "/v1/snapshots"])("in a name sent to %s is refused", async (path) => {
    const answer = await sendHttp(server, { path, headers, body: half });
    expect([answer.status, JSON.parse(answer.body.toString()).error.reason]).toEqual([400, "INVALID_ARGUMENT"]);
  });

  test("in an id or in metadata is refused, or is stored as one whole text that comes back the same from then on", async () => {
    const send = async (path: string, body: string) =>
      JSON.parse((await sendHttp(server, { path, headers, body })).body.toString()) as JsonObject;
    const record = '{"vector": [1, 0], "metadata": {"m\\udfff": "\\ud800"}, "id": "half\\ud800"}';
    const written = await send("/v1/upsert", `{"records": [${record}]}`);
    if (written.error !== undefined) return expect(written.error).toMatchObject({ code: "invalid_argument" });
    const [first, again] = [await send("/v1/list", '{"prefix": "half"}'), await send("/v1/list", '{"prefix": "half"}')];
    expect(first).toEqual(again);
    const stored = JSON.stringify(first.records);
    return expect(Buffer.from(stored).toString()).toBe(stored);
  });
});

describe("after all of it", () => {
  test("nothing outside of the data directory has changed, and what is in it has names of ours", async () => {
    expect(await filesOutside()).toEqual(outside);
    const inside = await readdir(join(parent, "data"), { recursive: true });
    for (const path of inside) expect(path).toMatch(/^[A-Za-z0-9_./-]{1,200}$/);
  });

  test("no log line was made by a name, and the server still answers", async () => {
    expect(server.logged.map(({ msg }) => msg)).not.toContain("injected");
    expect((await sendHttp(server, { method: "GET", path: "/ready" })).status).toBe(200);
  });
});
