import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromJson, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { toFrame } from "./harness/frames.js";
import { type HttpRequest, sendHttp } from "./harness/http.js";
import { methodOf, pathOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";
import { StallingReader } from "./harness/stalling-reader.js";
import { type ReadUsage, readUsage } from "./harness/usage.js";

const ADMIN = "admin-key-of-this-test";
const AS_ADMIN = { headers: { "x-api-key": ADMIN } };

let data: string;
let server: TestServer;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "vecstore-usage-"));
  server = await startTestServer({ data, adminKey: ADMIN });
});
afterAll(async () => {
  await server?.stop();
  await rm(data, { recursive: true, force: true });
});

const ask = (method: string, request: JsonObject) => server.ask(method, request, AS_ADMIN);
const usageOf = (name: string) => readUsage(server, name, AS_ADMIN);

let made = 0;
async function make(quotas: JsonObject = {}): Promise<string> {
  const name = `n${++made}`;
  await ask("NamespaceService.CreateNamespace", { name, quotas });
  return name;
}

const metric = async (name: string, labels: Readonly<Record<string, string>>) => {
  const page = await sendHttp(server, { method: "GET", path: "/metrics", headers: AS_ADMIN.headers });
  return readMetric(page.body.toString(), name, labels);
};

const doors = DOORS.map((door) => [door.name, door] as const);

describe.each(doors)("usage, by %s,", (_, door) => {
  const call = (method: string, request: JsonObject, headers = AS_ADMIN.headers) =>
    door.call(server, methodOf(method), request, { headers });

  test("is exported to admins, a page at a time, and to nobody else", async () => {
    const name = await make({ maxVectors: 5 });
    const { key } = await ask("ApiKeyService.CreateApiKey", { role: "ROLE_OWNER", namespaces: [name] });
    const denied = await call("NamespaceService.ExportUsage", {}, { "x-api-key": key as string });
    expect(denied).toMatchObject({ ok: false, code: "permission_denied", reason: "PERMISSION_DENIED" });
    const names: string[] = [];
    for (let pageToken = ""; ; ) {
      const page = await call("NamespaceService.ExportUsage", { pageSize: 2, ...(pageToken && { pageToken }) });
      expect(page).toMatchObject({ ok: true, message: { exported_at: expect.stringContaining("T") } });
      const { message } = page as unknown as { message: { usages: JsonObject[]; next_page_token?: string } };
      expect(message.usages.length).toBeLessThanOrEqual(2);
      names.push(...message.usages.map((usage) => usage.name as string));
      if (message.next_page_token === undefined) break;
      pageToken = message.next_page_token;
    }
    const listed = await ask("NamespaceService.ListNamespaces", { pageSize: 1_000 });
    expect(names).toEqual((listed.namespaces as JsonObject[]).map((each) => each.name));
    const wrong = await call("NamespaceService.ExportUsage", { pageToken: "nonsense" });
    expect(wrong).toMatchObject({ ok: false, reason: "INVALID_PAGE_TOKEN" });
  });

  test("counts requests, answered or not, and refusals by reason; not those of a key that may not", async () => {
    const name = await make({ maxVectors: 1, maxResultsPerQuery: 2 });
    const count = (key: string) => call("Count", { namespace: name }, { "x-api-key": key });
    const { key } = await ask("ApiKeyService.CreateApiKey", { role: "ROLE_READER", namespaces: ["other"] });
    const reasons = ["PERMISSION_DENIED", "API_KEY_UNKNOWN", "LIMIT_OUT_OF_RANGE"];
    const read = () => Promise.all(reasons.map((reason) => metric("vecstore_refusals_total", { reason })));
    const before = await read();
    await count(ADMIN);
    await count(key as string);
    await count("nobody");
    expect(await call("Query", { namespace: name, vector: [1], limit: 3 })).toMatchObject({
      reason: "LIMIT_OUT_OF_RANGE",
    });
    expect(await call("Query", { namespace: name, vector: [1], filter: "(" })).toMatchObject({ ok: false });
    expect(await read()).toEqual(before.map((value) => value + 1));
    const usage = await usageOf(name);
    expect([usage.of("requests_total"), usage.of("refusals_total"), usage.of("queries_total")]).toEqual([3, 1, 0]);
    expect(await metric("vecstore_namespace_requests_total", { namespace: name })).toBe(3);
    expect(await metric("vecstore_namespace_refusals_total", { namespace: name })).toBe(1);
  });
});

const UPSERT = methodOf("Upsert");

/** A request by hand, whose bytes are known. */
function rawRequest(protocol: string, request: JsonObject): HttpRequest {
  const bytes = Buffer.from(toBinary(UPSERT.input, fromJson(UPSERT.input, request)));
  const path = pathOf(UPSERT);
  if (protocol === "REST")
    return { path: "/v1/upsert", headers: { "content-type": "application/json" }, body: JSON.stringify(request) };
  if (protocol === "Connect") return { path, headers: { "content-type": "application/proto" }, body: bytes };
  const headers = { "content-type": protocol === "gRPC" ? "application/grpc" : "application/grpc-web", te: "trailers" };
  return { path, headers, body: toFrame(bytes) };
}

const moved = (before: ReadUsage, after: ReadUsage) =>
  ["requests_total", "bytes_in_total", "bytes_out_total"].map((field) => after.of(field) - before.of(field));

describe("the bytes of a namespace", () => {
  test.each([
    ["REST", "1.1"],
    ["REST", "2"],
    ["Connect", "1.1"],
    ["Connect", "2"],
    ["gRPC-Web", "1.1"],
    ["gRPC-Web", "2"],
    ["gRPC", "2"],
  ] as const)("are those of the bodies, by %s over HTTP/%s", async (protocol, version) => {
    const name = await make({ maxBatchSize: 3 });
    for (const size of [3, 4]) {
      const records = Array.from({ length: size }, (_, at) => ({ id: `é${at}`, vector: [1, at] }));
      const request = rawRequest(protocol, { namespace: name, records });
      const before = await usageOf(name);
      const answer = await sendHttp(server, {
        ...request,
        version,
        headers: { ...request.headers, ...AS_ADMIN.headers },
      });
      const expected = [1, Buffer.byteLength(request.body!), answer.body.length];
      expect(moved(before, await usageOf(name))).toEqual(expected);
    }
    expect((await usageOf(name)).of("writes_total")).toBe(1);
  });

  test("are counted while a stream goes on, and its request when it ends", async () => {
    const name = await make();
    const metadata = { body: "x".repeat(10_000) };
    for (let first = 0; first < 1_000; first += 100) {
      const records = Array.from({ length: 100 }, (_, at) => ({ id: String(first + at), vector: [1, at], metadata }));
      await ask("Upsert", { namespace: name, records });
    }
    const before = await usageOf(name);
    const request = { query: { namespace: name, vector: [1, 0], limit: 1_000 } };
    const reader = await StallingReader.grpc(server, request, "QueryStream", AS_ADMIN.headers);
    await reader.next();
    const [requests, , out] = moved(before, await usageOf(name));
    expect(requests).toBe(0);
    expect(out).toBeGreaterThan(50_000);
    reader.cancel();
    await until("the end of the stream", async () => moved(before, await usageOf(name))[0] === 1);
  });
});

const auditLines = async (): Promise<Record<string, unknown>[]> => {
  const folder = join(data, "audit");
  const texts = await Promise.all((await readdir(folder)).sort().map((file) => readFile(join(folder, file), "utf8")));
  return texts.flatMap((text) =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  );
};

describe("the audit log", () => {
  test("has the last totals of a namespace that is deleted; one of the same name begins anew", async () => {
    const name = await make();
    await ask("Upsert", { namespace: name, records: [{ id: "a", vector: [1] }] });
    const before = await usageOf(name);
    await ask("NamespaceService.DeleteNamespace", { name });
    const line = (await auditLines()).find(
      ({ action, phase, namespace }) =>
        action === "NamespaceService.DeleteNamespace" && phase === "done" && namespace === name,
    );
    expect(line).toMatchObject({ outcome: "ok", usage: { vector_count: 1, writes_total: 1, requests_total: 1 } });
    const { vector_seconds_total, vector_milliseconds_rest } = line!.usage as Record<string, string | number>;
    const vectorMs = BigInt(vector_seconds_total!) * 1_000n + BigInt(vector_milliseconds_rest!);
    expect(vectorMs).toBeGreaterThanOrEqual(before.vectorMs);
    await ask("NamespaceService.CreateNamespace", { name });
    const after = await usageOf(name);
    expect([after.of("requests_total"), after.vectorMs, after.of("writes_total")]).toEqual([0, 0n, 0]);
    expect(after.sinceMs).toBeGreaterThan(before.sinceMs);
  });

  test("has one line for a quota that came to be used by 80 %, as the log has", async () => {
    const name = await make({ maxVectors: 5, maxStorageBytes: 1_000_000 });
    for (let id = 0; id < 5; id++) await ask("Upsert", { namespace: name, records: [{ id: String(id), vector: [1] }] });
    const expected = { namespace: name, quota: "max_vectors", usage: 4, limit: 5 };
    const ofThis = (line: Readonly<Record<string, unknown>>) => line.namespace === name;
    const lines = await until("the line", async () => {
      const found = (await auditLines()).filter((line) => line.action === "quota_warning" && ofThis(line));
      return found.length > 0 && found;
    });
    expect(lines).toMatchObject([{ ...expected, user_id: "server", time: expect.stringContaining("T") }]);
    expect(server.logged.filter((line) => line.msg === "quota_warning" && ofThis(line))).toMatchObject([expected]);
    expect(await metric("vecstore_quota_utilization_ratio", { namespace: name, quota: "max_vectors" })).toBe(1);
  });
});
