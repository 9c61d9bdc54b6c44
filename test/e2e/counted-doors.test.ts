import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer } from "./harness/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ recallShare: 0, cacheBytes: 0 });
  await server.ask("Upsert", { records: [{ id: "a", vector: [1, 0], metadata: { kind: "x" } }] });
});
afterAll(() => server.stop());

/** What the metrics call a door, and what they count. */
const LABELS: readonly (readonly [door: string, label: string])[] = [
  ["Connect, protobuf", "connect"],
  ["Connect, protobuf, HTTP/2", "connect"],
  ["Connect, JSON", "connect"],
  ["Connect, GET", "connect"],
  ["gRPC, by grpc-js", "grpc"],
  ["gRPC, by connect-node", "grpc"],
  ["gRPC-Web", "grpc_web"],
  ["gRPC-Web, HTTP/2", "grpc_web"],
  ["REST", "rest"],
  ["REST, HTTP/2", "rest"],
];

async function countsOf(door: string): Promise<Record<string, number>> {
  const page = (await sendHttp(server, { method: "GET", path: "/metrics" })).body.toString();
  const of = (name: string, labels: Record<string, string> = {}) => readMetric(page, name, labels);
  return {
    answered: await of("vecstore_requests_total", { door, method: "Query", code: "ok" }),
    refused: await of("vecstore_requests_total", { door, method: "Query", code: "invalid_argument" }),
    timed: await of("vecstore_request_duration_seconds_count", { door, method: "Query" }),
    queries: await of("vecstore_queries_total", { namespace: "default" }),
    errors: await of("vecstore_query_errors_total", { code: "invalid_argument" }),
    engine: await of("vecstore_query_duration_seconds_count"),
    results: await of("vecstore_query_results_count_count"),
    nodes: await of("vecstore_hnsw_nodes_visited_count"),
    distances: await of("vecstore_hnsw_distance_calculations_count"),
    writes: await of("vecstore_writes_total", { operation: "upsert" }),
  };
}

test("every door has a row", () => {
  expect(LABELS.map(([name]) => name)).toEqual(DOORS.map(({ name }) => name));
});

describe.each(LABELS)("the door %s", (name, label) => {
  const door = DOORS.find((each) => each.name === name)!;
  const call = (method: string, request: object) => door.call(server, methodOf(method), request as never);

  test("counts and logs what it answers and what it refuses, once each", async () => {
    const before = await countsOf(label);
    const linesBefore = server.logged.length;
    expect((await call("Query", { vector: [1, 0], filter: "kind = 'x'" })).ok).toBe(true);
    expect((await call("Query", { vector: [1, 0, 0] })).ok).toBe(false);
    const hasWritten = name !== "Connect, GET" && (await call("Upsert", { records: [{ id: "b", vector: [0, 1] }] })).ok;
    const after = await countsOf(label);
    const grown = Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - before[key]!]));
    expect(grown).toEqual({
      answered: 1,
      refused: 1,
      timed: 2,
      queries: 1,
      errors: 1,
      engine: 1,
      results: 1,
      nodes: 1,
      distances: 1,
      writes: hasWritten ? 1 : 0,
    });
    const lines = server.logged
      .slice(linesBefore)
      .filter(({ msg }) => msg === "query_complete" || msg === "query_error");
    expect(lines).toEqual([
      {
        level: "info",
        time: expect.any(Number),
        msg: "query_complete",
        request_id: expect.any(String),
        namespace: "default",
        user_id: "anonymous",
        trace_id: null,
        query_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
        duration_ms: expect.any(Number),
        results_count: 1,
        cache_hit: false,
        filter_selectivity: expect.any(Number),
        filter: "kind = ?",
        strategy: "filter_scan",
      },
      {
        level: "error",
        time: expect.any(Number),
        msg: "query_error",
        request_id: expect.any(String),
        namespace: "default",
        user_id: "anonymous",
        trace_id: null,
        query_id: expect.any(String),
        error: 'query vector has 3 dimensions; namespace "default" expects 2',
        code: "invalid_argument",
        reason: "DIMENSION_MISMATCH",
        method: "Query",
      },
    ]);
  });
});
