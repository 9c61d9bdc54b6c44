import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createCall } from "../call.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { startTestServer, stopTestServers, type TestServer } from "../testing/server.js";
import { createLog } from "./logger.js";
import { createMetrics } from "./metrics.js";
import { createNamespaceLabels } from "./namespace-labels.js";
import { createReporter } from "./report.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const client = createClient(VecStoreService, createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }));
  await client.upsert({ records: [{ id: "a", vector: [0.123456, 1], metadata: { owner: "private-value" } }] });
  await client.query({ vector: [0.123456, 1], filter: "owner = 'private-value'" });
  await client.query({ vector: [1, 2, 3] }).catch(() => {});
  await client.query({ vector: [1, 0], filter: "owner = 'private-value' AND" }).catch(() => {});
  await fetch(`${server.url}/vecstore.v1.VecStoreService/Query`, {
    method: "POST",
    body: "{",
    headers: { "content-type": "application/json" },
  });
  await fetch(`${server.url}/ready`);
  await fetch(`${server.url}/health`, { method: "POST" });
  await fetch(`${server.url}/v1/stats`, { headers: { origin: "https://evil.example" } });
});
afterAll(stopTestServers);

const sampleOf = (page: string, line: string) => {
  const found = page.split("\n").find((each) => each.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
};

describe("metrics", () => {
  it.each([
    ['vecstore_queries_total{namespace="default"}', 1],
    ['vecstore_query_errors_total{code="invalid_argument"}', 3],
    ['vecstore_requests_total{door="connect",method="Upsert",code="ok"}', 1],
    ['vecstore_requests_total{door="connect",method="Query",code="ok"}', 1],
    ['vecstore_requests_total{door="connect",method="Query",code="invalid_argument"}', 3],
    ['vecstore_requests_total{door="rest",method="GetStats",code="permission_denied"}', 1],
    ['vecstore_writes_total{operation="upsert",namespace="default"}', 1],
    ['vecstore_requests_total{door="ops",method="ready",code="ok"}', 1],
    ['vecstore_requests_total{door="ops",method="health",code="unimplemented"}', 1],
    ['vecstore_refusals_total{reason="ORIGIN_NOT_ALLOWED"}', 1],
    ['vecstore_vectors_total{namespace="default"}', 1],
    ['vecstore_deleted_vectors_total{namespace="default"}', 0],
    ['vecstore_query_results_count_bucket{le="1"}', 1],
    ["vecstore_query_duration_seconds_count", 1],
    ["vecstore_hnsw_distance_calculations_count", 1],
  ])("count %s as %d", async (line, value) => {
    const page = await (await fetch(`${server.url}/metrics`)).text();
    expect(sampleOf(page, line)).toBe(value);
  });

  it("cover what an operator watches", async () => {
    const page = await (await fetch(`${server.url}/metrics`)).text();
    for (const name of ["vecstore_storage_bytes", "vecstore_segments", "vecstore_index_backlog_records"]) {
      expect(sampleOf(page, `${name}{namespace="default"}`), name).toBeGreaterThanOrEqual(0);
    }
    expect(sampleOf(page, "vecstore_memory_usage_bytes")).toBeGreaterThan(0);
    expect(sampleOf(page, "vecstore_active_connections")).toBeGreaterThan(0);
    expect(page).toContain("process_cpu_seconds_total");
  });

  it.each([
    ["vecstore_query_duration_seconds", [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]],
    ["vecstore_query_results_count", [0, 1, 5, 10, 25, 50, 100, 250, 1000]],
    ["vecstore_hnsw_nodes_visited", [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536]],
    ["vecstore_hnsw_distance_calculations", [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536]],
  ])("have the buckets of %s that dashboards are made for", async (name, buckets) => {
    const page = await (await fetch(`${server.url}/metrics`)).text();
    const found = [...page.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"`, "gm"))].map(([, le]) => le);
    expect(found).toEqual([...buckets.map(String), "+Inf"]);
  });

  it("have the mean recall of what was compared last, of namespaces that are there", async () => {
    const numbers = {
      vectorCount: 1,
      deadCount: 0,
      softDeletedCount: 0,
      diskBytes: 0,
      memoryBytes: 0,
      segmentsCount: 1,
      indexBacklog: 0,
      vectorSeconds: 0,
      quotaRatios: [],
    };
    const there = new Map([["default", numbers]]);
    const metrics = createMetrics({ namespacesMax: 2, numbersOf: async () => there });
    const recallOf = async (namespace: string) =>
      sampleOf((await metrics.render()).text, `vecstore_recall_ratio{namespace="${namespace}"}`);
    expect(await recallOf("default")).toBeUndefined();
    for (let i = 0; i < 100; i++) metrics.recall("default", 0);
    for (let i = 0; i < 75; i++) metrics.recall("default", 1);
    metrics.recall("gone", 1);
    metrics.recall("third", 0.5);
    expect(await recallOf("default")).toBe(0.75);
    expect(await recallOf("gone")).toBeUndefined();
    expect(await recallOf("_other")).toBe(0.5);
  });

  it("give a label to the first namespaces only", () => {
    const labels = createNamespaceLabels(2);
    expect([labels.of("a"), labels.of("b"), labels.of("a"), labels.of("default")]).toEqual([
      "a",
      "_other",
      "a",
      "default",
    ]);
    expect(labels.known()).toEqual(["default", "a"]);
  });
});

describe("the log", () => {
  const linesOf = (message: string) => server.logged.filter((line) => line.msg === message);

  it("has a line for each answered query", () => {
    expect(linesOf("query_complete")).toEqual([
      expect.objectContaining({
        level: "info",
        query_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        request_id: expect.any(String),
        namespace: "default",
        user_id: "anonymous",
        results_count: 1,
        cache_hit: false,
        duration_ms: expect.any(Number),
        filter: "owner = ?",
        filter_selectivity: 1,
        trace_id: null,
      }),
    ]);
  });

  it("has a line for each query that failed, without a stack when the caller is at fault", () => {
    const lines = linesOf("query_error");
    expect(lines.map((line) => [line.level, line.code, line.reason])).toEqual([
      ["error", "invalid_argument", "DIMENSION_MISMATCH"],
      ["error", "invalid_argument", "INVALID_FILTER"],
      ["error", "invalid_argument", "INVALID_ARGUMENT"],
    ]);
    for (const line of lines) {
      expect(line).not.toHaveProperty("backtrace");
      expect(line.query_id).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(new Set(lines.map((line) => line.query_id)).size).toBe(3);
  });

  it("holds a hundred lines a second of what callers do wrong, and counts the rest", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const logged: Record<string, unknown>[] = [];
    const { log } = createLog("info", { write: (line) => void logged.push(JSON.parse(line)) });
    const metrics = createMetrics({ namespacesMax: 1, numbersOf: async () => new Map() });
    const reporter = createReporter({ log, metrics, slowQueryMs: 1_000 });
    const decision = { isAllowed: true, userId: "anonymous", role: "admin" } as const;
    const call = createCall({ door: "rest", requestId: "r", decision, namespaceHeader: undefined });
    const fail = (code: string, reason: string) =>
      reporter.end(call, {
        method: "Query",
        durationMs: 1,
        code,
        error: { code: Code.Unknown, reason, message: "x", cause: undefined },
      });
    for (let at = 0; at < 105; at++) fail("invalid_argument", "DIMENSION_MISMATCH");
    fail("internal", "INTERNAL");
    vi.advanceTimersByTime(1_000);
    vi.useRealTimers();
    const lines = logged.map((line) => [line.msg, line.code]);
    expect(lines.slice(0, 100)).toEqual(Array(100).fill(["query_error", "invalid_argument"]));
    expect(lines.slice(100)).toEqual([
      ["query_error", "internal"],
      ["query_errors_suppressed", undefined],
    ]);
    expect(logged.at(-1)).toMatchObject({ suppressed: 5, level: "error" });
  });

  it("never holds vectors or metadata", () => {
    const text = JSON.stringify(server.logged);
    expect(text).not.toContain("0.123456");
    expect(text).not.toContain("private-value");
  });

  it("says why a query was slow, beside the line that every query has", async () => {
    const slow = await startTestServer({ slowQueryMs: 1 });
    const client = createClient(VecStoreService, createConnectTransport({ baseUrl: slow.url, httpVersion: "1.1" }));
    const vectorOf = (i: number) => Array.from({ length: 256 }, (_, at) => Math.sin((i + 1) * (at + 1)));
    for (let from = 0; from < 8_000; from += 1_000) {
      const records = Array.from({ length: 1_000 }, (_, i) => ({
        id: `${from + i}`,
        vector: vectorOf(from + i),
        metadata: { n: i },
      }));
      await client.upsert({ records });
    }
    const request = { vector: vectorOf(-3), filter: "n >= 250", exact: true };
    const lineOf = (message: string) => slow.logged.find((line) => line.msg === message);
    // A fast machine may take less than a millisecond, but not always.
    for (let tries = 0; lineOf("slow_query") === undefined && tries < 1_000; tries++) await client.query(request);
    const line = lineOf("slow_query")!;
    expect(line).toMatchObject({
      level: "warn",
      vector_dim: 256,
      k: 10,
      filter: "n >= ?",
      filter_selectivity: 0.75,
      filtered_count: 6_000,
      plan: { strategy: "filter_scan", reason: expect.any(String), selectivity: 0.75, ef_search: 0 },
      stages_ms: { filter: expect.any(Number), search: expect.any(Number) },
    });
    expect(line.duration_ms).toBeGreaterThanOrEqual(1);
    const complete = slow.logged.filter(({ msg, query_id }) => msg === "query_complete" && query_id === line.query_id);
    expect(complete).toHaveLength(1);
    expect(complete[0]).not.toHaveProperty("plan");
  });
});
