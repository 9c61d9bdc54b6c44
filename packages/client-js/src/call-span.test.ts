import { Code } from "@connectrpc/connect";
import { context, ProxyTracerProvider, type Span, type SpanOptions, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VecStoreClient } from "./index.js";
import { FakeServer } from "./testing/fake-server.js";
import { refusal } from "./testing/fake-store.js";

/** A span as an application's provider would keep it. */
interface KeptSpan {
  readonly name: string;
  readonly options: SpanOptions | undefined;
  readonly id: string;
  reason?: string;
  ends: number;
}

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
let server: FakeServer;
let client: VecStoreClient;
let kept: KeptSpan[];

/** Registers a provider with the real API, as an application does. */
function register(): void {
  const startSpan = (name: string, options?: SpanOptions) => {
    const span: KeptSpan = { name, options, id: String(kept.length + 1).padStart(16, "0"), ends: 0 };
    kept.push(span);
    return {
      spanContext: () => ({
        traceId: TRACE_ID,
        spanId: span.id,
        traceFlags: 1,
        traceState: { serialize: () => "vendor=1" },
      }),
      setAttribute: () => {},
      setStatus: ({ message }: { message?: string }) => {
        span.reason = message;
      },
      end: () => {
        span.ends++;
      },
    } as unknown as Span;
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan: () => undefined as never }) });
}

beforeEach(async () => {
  kept = [];
  server = await FakeServer.start();
  client = new VecStoreClient(server.url, { apiKey: "k", retries: { backoffMs: 0 } });
});
afterEach(async () => {
  trace.disable();
  context.disable();
  client.close();
  await server.close();
});

const seen = (name: string) => server.requests.map(({ header }) => header.get(name));

describe("a call with OpenTelemetry in the application", () => {
  beforeEach(register);

  it("has a span, whose id goes to the server", async () => {
    await client.count();
    expect(kept).toMatchObject([
      {
        name: "vecstore.v1.VecStoreService/Count",
        options: { kind: 2, attributes: { "rpc.method": "Count" } },
        ends: 1,
      },
    ]);
    expect(seen("traceparent")).toEqual([`00-${TRACE_ID}-${kept[0]!.id}-01`]);
    expect(seen("tracestate")).toEqual(["vendor=1"]);
    expect(seen("x-api-key")).toEqual(["k"]);
  });

  it("has one span for all its attempts", async () => {
    server.faults.push(refusal("DRAINING", Code.Unavailable, "later"));
    await client.count();
    expect(kept).toHaveLength(1);
    expect(seen("traceparent")).toEqual(Array(2).fill(`00-${TRACE_ID}-${kept[0]!.id}-01`));
  });

  it("says by which reason it failed", async () => {
    await client.update([{ id: "x" }]).catch(() => {});
    expect(kept).toMatchObject([{ reason: "RECORD_NOT_FOUND", ends: 1 }]);
  });

  it("ends the span of a stream with its loop", async () => {
    await client.upsert([{ id: "a", vector: [1] }]);
    kept = [];
    for await (const _ of client.queryStream([1])) expect(kept).toMatchObject([{ ends: 0 }]);
    expect(kept).toMatchObject([{ name: "vecstore.v1.VecStoreService/QueryStream", ends: 1 }]);
  });

  it("runs the request within the span", async () => {
    const parents: unknown[] = [];
    const root = {
      getValue: () => undefined,
      deleteValue: () => root,
      setValue: (_: symbol, span: unknown) => ({ span }),
    };
    context.setGlobalContextManager({
      disable: () => undefined,
      active: () => root as never,
      with: (active: unknown, run: () => unknown) => {
        parents.push((active as { span: Span }).span.spanContext().spanId);
        return run();
      },
    } as never);
    await client.count();
    expect(parents).toEqual([kept[0]!.id]);
  });
});

describe("a call without OpenTelemetry", () => {
  it("sends nothing about a trace", async () => {
    expect(await client.count()).toBe(0);
    expect(seen("traceparent")).toEqual([null]);
  });

  it("sends nothing while the application's API has no provider", async () => {
    trace.setGlobalTracerProvider(new ProxyTracerProvider());
    await client.count();
    expect(seen("traceparent")).toEqual([null]);
  });
});
