import { VecStoreClient } from "@vecstore/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registerApplicationTracer } from "./harness/application-tracer.js";
import { DOORS } from "./harness/doors.js";
import { OtlpReceiver, type ReceivedSpan } from "./harness/otlp-receiver.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer, until } from "./harness/server.js";

/** Enough for a graph. */
const RECORDS = 10_500;
const BATCH = 500;

let receiver: OtlpReceiver;
let server: TestServer;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  server = await startTestServer({
    threads: 1,
    // A kept answer has no stages.
    cacheBytes: 0,
    traceVariables: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: "10",
      OTEL_SERVICE_NAME: "search",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20secret",
      OTEL_TRACES_SAMPLER: "parentbased_always_off",
    },
  });
  const vectorOf = (i: number) => Array.from({ length: 4 }, (_, at) => Math.sin((i + 1) * (at + 1)));
  for (let from = 0; from < RECORDS; from += BATCH) {
    const records = Array.from({ length: BATCH }, (_, i) => ({
      id: `r${from + i}`,
      vector: vectorOf(from + i),
      metadata: { n: from + i },
    }));
    await server.ask("Upsert", { records });
  }
  await until("the graph links every record", async () => {
    const { indexBacklog = "0" } = await server.ask("GetStats", {});
    return indexBacklog === "0";
  });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await receiver.stop();
});

const ofTrace = (traceId: string) => receiver.spans.filter((span) => span.traceId === traceId);

/** The spans of a trace, when as many came as are waited for. */
const received = (traceId: string, name: string): Promise<ReceivedSpan[]> =>
  until(`a span ${name} of ${traceId}`, () => {
    const spans = ofTrace(traceId);
    return spans.some((span) => span.name === name) && spans;
  });

const VECTOR = [0.5, 0.5, 0.1, -0.2];
const TRACE_ID = (at: number) => at.toString(16).padStart(32, "a");
const parentOf = (traceId: string, flags = "01") => ({ traceparent: `00-${traceId}-00f067aa0ba902b7-${flags}` });

describe("a query of the JavaScript client in an application that traces", () => {
  test("has spans whose parents lead from the client to the stages", async () => {
    const application = registerApplicationTracer();
    const client = new VecStoreClient(server.url);
    try {
      await client.query(VECTOR, { limit: 5, filter: "n >= 100" });
    } finally {
      client.close();
      application.remove();
    }
    const [own] = application.spans;
    expect(own).toMatchObject({ name: "vecstore.v1.VecStoreService/Query", isOver: true });
    const spans = await received(own!.traceId, "vecstore_query");
    const named = (name: string) => spans.find((span) => span.name === name)!;
    const call = named("vecstore.v1.VecStoreService/Query");
    const query = named("vecstore_query");
    expect(call).toMatchObject({ parentSpanId: own!.spanId, kind: 2, attributes: { door: "connect", code: "ok" } });
    expect(query).toMatchObject({
      parentSpanId: call.spanId,
      attributes: {
        vector_dim: 4,
        k: 5,
        namespace: "default",
        results_count: 5,
        query_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
      events: ["HNSW search complete", "Query complete"],
    });
    for (const name of ["plan", "hnsw_search", "apply_filters", "hydrate"]) {
      expect(named(name), name).toMatchObject({ parentSpanId: query.spanId });
    }
    expect(named("hnsw_search").attributes.candidates_found).toBeGreaterThanOrEqual(5);
    expect(named("apply_filters").attributes).toEqual({
      filter_expr: "n >= ?",
      filter_selectivity: (RECORDS - 100) / RECORDS,
      // Which of the two costs less is measured on the machine.
      inside_graph: query.attributes.strategy === "filtered_graph",
    });
    expect(receiver.resource).toMatchObject({ "service.name": "search" });
    expect(receiver.headers.at(-1)).toMatchObject({ authorization: "Bearer secret" });
  });

  test("has a span for each stage that lasts as long as the stage", async () => {
    const headers = parentOf(TRACE_ID(1));
    await server.ask("Query", { vector: VECTOR, limit: 5 }, { headers });
    const spans = await received(TRACE_ID(1), "vecstore_query");
    const names = new Set(spans.filter(({ attributes }) => attributes.door === undefined).map(({ name }) => name));
    // Only a busy machine has the query wait.
    names.delete("wait");
    expect([...names].sort()).toEqual(["hnsw_search", "hydrate", "plan", "rescore", "vecstore_query"]);
    const query = spans.find(({ name }) => name === "vecstore_query")!;
    const stages = spans.filter(({ parentSpanId }) => parentSpanId === query.spanId);
    stages.sort((a, b) => Number(a.start - b.start));
    expect(stages[0]!.start).toBe(query.start);
    expect(stages.at(-1)!.end).toBe(query.end);
    for (const [i, { start, end }] of stages.entries()) {
      expect(end).toBeGreaterThanOrEqual(start);
      if (i > 0) expect(start).toBeGreaterThanOrEqual(stages[i - 1]!.end);
    }
  });
});

describe("the caller's word", () => {
  test("decides: what it does not keep is not kept here, and without one the sampler does", async () => {
    await server.ask("Count", {}, { headers: parentOf(TRACE_ID(2), "00") });
    await server.ask("Count", {});
    await server.ask("Count", {}, { headers: parentOf(TRACE_ID(3)) });
    await received(TRACE_ID(3), "vecstore.v1.VecStoreService/Count");
    expect(ofTrace(TRACE_ID(2))).toEqual([]);
    // An upsert without a caller's word came before all of them.
    expect(receiver.spans.filter(({ name }) => name.endsWith("/Upsert"))).toEqual([]);
  });

  test.each(
    DOORS.filter(({ name }) => name !== "Connect, GET").map((door, i) => [door.name, door, TRACE_ID(16 + i)] as const),
  )("is heard at the door %s", async (_, door, traceId) => {
    const request = { vector: VECTOR, limit: 3 };
    const outcome = await door.call(server, methodOf("Query"), request, { headers: parentOf(traceId) });
    expect(outcome.ok).toBe(true);
    const spans = await received(traceId, "hnsw_search");
    const call = spans.find(({ name }) => name === "vecstore.v1.VecStoreService/Query")!;
    expect(call.parentSpanId).toBe("00f067aa0ba902b7");
    expect(spans.find(({ name }) => name === "vecstore_query")!.parentSpanId).toBe(call.spanId);
    const line = server.logged.findLast(({ trace_id }) => trace_id === traceId);
    const queryId = spans.find(({ name }) => name === "vecstore_query")!.attributes.query_id;
    expect(line).toMatchObject({ msg: "query_complete", query_id: queryId });
  });
});

describe("a call that fails", () => {
  test("has the code and the reason, and no word of the request", async () => {
    const request = { vector: [1, 2, 3], filter: "secret = 'word'" };
    await server.ask("Query", request, { headers: parentOf(TRACE_ID(4)) }).catch(() => {});
    const spans = await received(TRACE_ID(4), "vecstore_query");
    expect(spans.find(({ name }) => name.endsWith("/Query"))).toMatchObject({
      attributes: { code: "invalid_argument", reason: "DIMENSION_MISMATCH" },
    });
    expect(
      JSON.stringify(receiver.spans, (_, value) => (typeof value === "bigint" ? String(value) : value)),
    ).not.toContain("word");
    const failed = server.logged.findLast(({ msg }) => msg === "query_error");
    expect(failed).toMatchObject({
      trace_id: TRACE_ID(4),
      query_id: spans.find(({ name }) => name === "vecstore_query")!.attributes.query_id,
    });
  });
});

test("a batch has a span for each query, and a stream one that ends with it", async () => {
  const queries = [
    { vector: VECTOR, limit: 1 },
    { vector: VECTOR, limit: 2 },
  ];
  await server.ask("BatchQuery", { queries }, { headers: parentOf(TRACE_ID(5)) });
  const spans = await received(TRACE_ID(5), "vecstore_query");
  const counts = spans
    .filter(({ name }) => name === "vecstore_query")
    .map(({ attributes }) => attributes.results_count);
  expect(counts).toEqual([1, 2]);
  const application = registerApplicationTracer();
  const client = new VecStoreClient(server.url);
  try {
    for await (const _ of client.queryStream(VECTOR, { limit: 200 }));
  } finally {
    client.close();
    application.remove();
  }
  const streamed = await received(application.spans[0]!.traceId, "vecstore_query");
  const hydrates = streamed.filter(({ name }) => name === "hydrate");
  expect(hydrates.length).toBeGreaterThanOrEqual(1);
  expect(streamed.find(({ name }) => name === "vecstore_query")!.attributes.results_count).toBe(200);
});
