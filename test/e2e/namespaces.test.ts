import { connect } from "node:http2";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONNECT_STATUS } from "./errors.cases.js";
import { DOORS, type Door, statusOf } from "./harness/doors.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer, until } from "./harness/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const SERVICE = "NamespaceService.";
const doors = DOORS.filter(({ name }) => name !== "Connect, GET");
/** A namespace for each door, so that none sees what another did. */
const nameOf = (door: Door) => door.name.replaceAll(/[^A-Za-z0-9]+/g, "-");

const call = (door: Door, method: string, request: JsonObject) => door.call(server, methodOf(method), request);

async function make(door: Door, purpose: string): Promise<string> {
  const name = `${purpose}.${nameOf(door)}`;
  await server.ask(`${SERVICE}CreateNamespace`, { name, labels: { team: "a" } });
  await server.ask("Upsert", { namespace: name, records: [{ id: "a", vector: [1, 0] }] });
  return name;
}

async function expectRefused(door: Door, method: string, request: JsonObject, reason: string): Promise<void> {
  const outcome = await call(door, method, request);
  expect(outcome).toMatchObject({ ok: false, code: "failed_precondition", reason });
  const http = statusOf(door, CONNECT_STATUS.failed_precondition!, 403);
  expect("http" in outcome ? outcome.http : undefined).toBe(http);
}

describe.each(doors.map((door) => [door.name, door] as const))("a namespace, by %s,", (_, door) => {
  test("is changed while it runs", async () => {
    const name = await make(door, "changed");
    const change = { name, description: "new", labels: { tier: "gold" }, removeLabels: ["team"] };
    const answer = await call(door, `${SERVICE}UpdateNamespace`, change);
    expect(answer).toMatchObject({
      ok: true,
      message: { namespace: { name, status: "NAMESPACE_STATUS_ACTIVE", description: "new", labels: { tier: "gold" } } },
    });
    const { namespace } = (await server.ask(`${SERVICE}GetNamespace`, { name })) as { namespace: JsonObject };
    expect(namespace).toMatchObject({ description: "new", labels: { tier: "gold" } });
  });

  test("that is read-only answers and takes nothing, and one that is suspended neither", async () => {
    const name = await make(door, "status");
    const set = (status: string) =>
      call(door, `${SERVICE}UpdateNamespace`, { name, status: `NAMESPACE_STATUS_${status}` });
    const query = { namespace: name, vector: [1, 0] };
    const upsert = { namespace: name, records: [{ id: "b", vector: [0, 1] }] };
    expect(await set("READ_ONLY")).toMatchObject({ message: { namespace: { status: "NAMESPACE_STATUS_READ_ONLY" } } });
    await expectRefused(door, "Upsert", upsert, "NAMESPACE_READ_ONLY");
    await expectRefused(door, "Delete", { namespace: name, all: true }, "NAMESPACE_READ_ONLY");
    expect(await call(door, "Query", query)).toMatchObject({ ok: true, message: { results: [{ id: "a" }] } });
    await set("SUSPENDED");
    for (const [method, request] of [
      ["Query", query],
      ["Upsert", upsert],
      ["Count", { namespace: name }],
      ["GetStats", { namespace: name }],
    ] as const) {
      await expectRefused(door, method, request, "NAMESPACE_SUSPENDED");
    }
    expect(await call(door, `${SERVICE}GetNamespace`, { name })).toMatchObject({
      message: { namespace: { status: "NAMESPACE_STATUS_SUSPENDED" } },
    });
    await set("ACTIVE");
    expect(await call(door, "Upsert", upsert)).toMatchObject({ ok: true });
  });

  test("is deleted with all it holds, and its name is free", async () => {
    const name = await make(door, "deleted");
    await server.ask("CreateSnapshot", { namespace: name, name: "s" });
    expect(await call(door, `${SERVICE}DeleteNamespace`, { name })).toMatchObject({ ok: true, message: {} });
    const gone = { ok: false, code: "not_found", reason: "NAMESPACE_NOT_FOUND" };
    expect(await call(door, "Query", { namespace: name, vector: [1, 0] })).toMatchObject(gone);
    expect(await call(door, `${SERVICE}GetNamespace`, { name })).toMatchObject(gone);
    expect(await call(door, `${SERVICE}DeleteNamespace`, { name })).toMatchObject(gone);
    await server.ask(`${SERVICE}CreateNamespace`, { name });
    // Nothing, neither a count nor a snapshot.
    expect(await server.ask("Count", { namespace: name })).toEqual({});
    expect(await server.ask("ListSnapshots", { namespace: name })).toEqual({});
  });

  test("says what it uses, also while it is suspended", async () => {
    const name = await make(door, "used");
    await call(door, "Query", { namespace: name, vector: [1, 0] });
    await call(door, "SoftDelete", { namespace: name, ids: ["a"] });
    await server.ask("CreateSnapshot", { namespace: name, name: "s" });
    await server.ask(`${SERVICE}UpdateNamespace`, { name, status: "NAMESPACE_STATUS_SUSPENDED" });
    const answer = await call(door, `${SERVICE}GetNamespaceStats`, { name });
    expect(answer).toMatchObject({
      ok: true,
      message: {
        name,
        status: "NAMESPACE_STATUS_SUSPENDED",
        usage: { vector_count: "1", queries_total: "1", writes_total: "2", current_qps: 4 },
      },
    });
    const { usage } = (answer as unknown as { message: { usage: Record<string, string> } }).message;
    expect(Number(usage.storage_bytes)).toBeGreaterThan(0);
    expect(Number(usage.snapshot_bytes)).toBeGreaterThan(0);
  });

  test("is counted among all", async () => {
    const count = async () => {
      const outcome = await call(door, `${SERVICE}GetAggregateStats`, {});
      expect(outcome).toMatchObject({ ok: true, message: { server_version: expect.stringMatching(/^\d+\.\d+\.\d+/) } });
      const { message } = outcome as unknown as { message: JsonObject & { usage: JsonObject } };
      return [message.namespace_count, message.usage.vector_count, message.usage.writes_total].map(Number);
    };
    const before = await count();
    await make(door, "counted");
    expect(await count()).toEqual(before.map((each) => each + 1));
  });
});

describe.each(doors.map((door) => [door.name, door] as const))("a quota, by %s,", (_, door) => {
  const limited = async (quotas: JsonObject, purpose: string): Promise<string> => {
    const name = `${purpose}.${nameOf(door)}`;
    expect(await call(door, `${SERVICE}CreateNamespace`, { name, quotas })).toMatchObject({
      ok: true,
      message: { namespace: { quotas: { max_vectors: "2" } } },
    });
    await server.ask("Upsert", { namespace: name, records: [{ id: "a", vector: [1, 0] }] });
    return name;
  };

  test("refuses what does not fit, says what is used and allowed, and is counted", async () => {
    const name = await limited({ maxVectors: 2, maxBatchSize: 2, maxResultsPerQuery: 1 }, "full");
    const batch = (...ids: string[]) => ({ namespace: name, records: ids.map((id) => ({ id, vector: [1, 0] })) });
    const full = { ok: false, code: "resource_exhausted", reason: "QUOTA_EXCEEDED" };
    const outcome = await call(door, "Upsert", batch("b", "c"));
    expect(outcome).toMatchObject({ ...full, facts: { quota: "max_vectors", usage: "1", limit: "2" } });
    const http = statusOf(door, CONNECT_STATUS.resource_exhausted!, 429);
    expect("http" in outcome ? outcome.http : undefined).toBe(http);
    expect(await call(door, "Upsert", batch("a", "b"))).toMatchObject({ ok: true });
    expect(await call(door, "Upsert", batch("a", "b", "c"))).toMatchObject({ reason: "BATCH_TOO_LARGE" });
    const query = { namespace: name, vector: [1, 0], limit: 2 };
    expect(await call(door, "Query", query)).toMatchObject({ code: "invalid_argument", reason: "LIMIT_OUT_OF_RANGE" });
    const { usage } = (await server.ask(`${SERVICE}GetNamespaceStats`, { name })) as { usage: JsonObject };
    expect(usage).toMatchObject({ vector_count: "2", refusals_total: "3" });
    await call(door, `${SERVICE}UpdateNamespace`, { name, clearQuotas: ["max_vectors", "max_batch_size"] });
    expect(await call(door, "Upsert", batch("a", "b", "c"))).toMatchObject({ ok: true });
  });

  test("of the rate says when to come again", async () => {
    const name = await limited({ maxVectors: 2, maxQps: 0.01 }, "slow");
    expect(await call(door, "Count", { namespace: name })).toMatchObject({
      code: "resource_exhausted",
      reason: "RATE_LIMITED",
      facts: { quota: "max_qps", limit: "0.01", retry_after_ms: expect.stringMatching(/^\d+$/) },
    });
    const other = await make(door, "other");
    expect(await call(door, "Count", { namespace: other })).toMatchObject({ ok: true });
  });
});

describe("the connections of a namespace", () => {
  test("are those open now that asked for it", async () => {
    const name = "connected";
    await server.ask(`${SERVICE}CreateNamespace`, { name });
    const active = async () => {
      const { usage } = (await server.ask(`${SERVICE}GetNamespaceStats`, { name })) as { usage: JsonObject };
      return usage.active_connections ?? 0;
    };
    const session = connect(server.url);
    const query = () =>
      new Promise<void>((resolve, reject) => {
        const path = "/vecstore.v1.VecStoreService/Count";
        const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/json" });
        stream
          .on("error", reject)
          .on("close", resolve)
          .resume()
          .end(JSON.stringify({ namespace: name }));
      });
    await Promise.all([query(), query(), query()]);
    expect(await active()).toBe(1);
    session.close();
    await until("the end of the session", async () => (await active()) === 0);
  });
});
