import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOORS, doorNamed } from "./harness/doors.js";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";

const ADMIN_KEY = "an-admin-key-of-the-cache-tests";
const ADMIN = { headers: { "x-api-key": ADMIN_KEY } };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ adminKey: ADMIN_KEY });
});
afterAll(() => server?.stop());

const ask = (method: string, request: JsonObject) => server.ask(method, request, ADMIN);
const metric = async (name: string) => {
  const page = await sendHttp(server, { method: "GET", path: "/metrics", ...ADMIN });
  return readMetric(page.body.toString(), `vecstore_cache_${name}`);
};
const isHit = ({ stats }: JsonObject) => (stats as JsonObject).cache_hit === true;
const cacheOf = async (namespace: string) => (await ask("GetStats", { namespace })).cache as JsonObject | undefined;

/** Makes a namespace with one record, and asks until the answer is kept: a second after the write at the earliest. */
async function makeKept(
  namespace: string,
  id = "a",
): Promise<{ readonly query: JsonObject; readonly kept: JsonObject }> {
  await ask("NamespaceService.CreateNamespace", { name: namespace });
  await ask("Upsert", { namespace, records: [{ id, vector: [1, 0], metadata: { of: namespace } }] });
  const query = { namespace, vector: [1, 0.5], limit: 3 };
  return { query, kept: await askUntilKept(query) };
}

const askUntilKept = (query: JsonObject) =>
  until("an answer from the cache", async () => {
    const answer = await ask("Query", query);
    return isHit(answer) && answer;
  });

describe("an answer that is kept", () => {
  test("is given by every door, and counted", async () => {
    const { query, kept } = await makeKept("doors");
    const before = await cacheOf("doors");
    expect(Number(before?.size_bytes)).toBeGreaterThan(500);
    const hits = await metric("hits_total");
    for (const door of DOORS) {
      const outcome = await door.call(server, methodOf("Query"), query, ADMIN);
      expect(outcome, door.name).toMatchObject({
        ok: true,
        message: { results: kept.results, stats: { cache_hit: true } },
      });
    }
    expect(Number((await cacheOf("doors"))?.hits)).toBe(Number(before?.hits) + DOORS.length);
    expect(await metric("hits_total")).toBe(hits + DOORS.length);
    expect(await metric("misses_total")).toBeGreaterThan(0);
    expect(await metric("size_bytes")).toBeGreaterThan(500);
    expect(await metric("evictions_total")).toBe(0);
    expect(
      server.logged.some(
        ({ msg, cache_hit, namespace }) => msg === "query_complete" && cache_hit && namespace === "doors",
      ),
    ).toBe(true);
    const { usage } = (await ask("NamespaceService.GetNamespaceStats", { name: "doors" })) as { usage: JsonObject };
    expect(Number(usage.queries_total)).toBeGreaterThanOrEqual(Number(before?.hits) + DOORS.length);
  });

  test("is not given after a write", async () => {
    const { query } = await makeKept("written");
    await ask("Upsert", { namespace: "written", records: [{ id: "b", vector: [1, 0.5] }] });
    const answer = await ask("Query", query);
    expect(isHit(answer)).toBe(false);
    expect(answer.results).toMatchObject([{ id: "b" }, { id: "a" }]);
  });

  test("is not given to who may not ask, nor beyond a quota, nor while the namespace is suspended", async () => {
    const { query } = await makeKept("guarded");
    const key = (await ask("ApiKeyService.CreateApiKey", { role: "ROLE_READER", namespaces: ["default"] }))
      .key as string;
    const update = (change: JsonObject) => ask("NamespaceService.UpdateNamespace", { name: "guarded", ...change });
    const refusal = async (headers: Record<string, string>, request = query) => {
      const outcome = await doorNamed("REST").call(server, methodOf("Query"), request, { headers });
      return outcome.ok ? "none" : outcome.reason;
    };
    expect(await refusal({ "x-api-key": ADMIN_KEY })).toBe("none");
    expect(await refusal({ "x-api-key": key })).toBe("PERMISSION_DENIED");
    expect(await refusal({})).toBe("API_KEY_MISSING");
    await update({ quotas: { maxResultsPerQuery: 2 } });
    expect(await refusal(ADMIN.headers)).toBe("LIMIT_OUT_OF_RANGE");
    await update({ quotas: { maxQps: 0.001 }, clearQuotas: ["max_results_per_query"] });
    await refusal(ADMIN.headers);
    expect(await refusal(ADMIN.headers)).toBe("RATE_LIMITED");
    await update({ clearQuotas: ["max_qps"] });
    await update({ status: "NAMESPACE_STATUS_SUSPENDED" });
    expect(await refusal(ADMIN.headers)).toBe("NAMESPACE_SUSPENDED");
  });

  test("is dropped when the namespace wants none, and when it is deleted", async () => {
    const { query } = await makeKept("switched");
    const size = await metric("size_bytes");
    const { namespace } = await ask("NamespaceService.UpdateNamespace", { name: "switched", cacheAnswers: false });
    expect((namespace as JsonObject).cache_answers ?? false).toBe(false);
    expect(await metric("size_bytes")).toBeLessThan(size);
    expect(await cacheOf("switched")).toBeUndefined();
    for (let i = 0; i < 3; i++) expect(isHit(await ask("Query", query))).toBe(false);
    await ask("NamespaceService.UpdateNamespace", { name: "switched", cacheAnswers: true });
    await askUntilKept(query);
    expect(await metric("size_bytes")).toBe(size);
    await ask("NamespaceService.DeleteNamespace", { name: "switched" });
    expect(await metric("size_bytes")).toBeLessThan(size);
    const { kept } = await makeKept("switched", "another");
    expect(kept.results).toMatchObject([{ id: "another" }]);
  });
});

describe("a server without a cache", () => {
  test("says so, and answers each time anew", async () => {
    const none = await startTestServer({ cacheBytes: 0 });
    try {
      await none.ask("Upsert", { records: [{ id: "a", vector: [1, 0] }] });
      const stop = performance.now() + 1_300;
      while (performance.now() < stop) expect(isHit(await none.ask("Query", { vector: [1, 0] }))).toBe(false);
      expect((await none.ask("GetStats", {})).cache).toBeUndefined();
    } finally {
      await none.stop();
    }
  });
});
