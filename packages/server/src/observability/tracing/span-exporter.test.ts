import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Span } from "./span.js";
import { SpanExporter, type SpanExporterOptions } from "./span-exporter.js";

interface Batch {
  readonly names: string[];
  readonly headers: Readonly<Record<string, unknown>>;
}

let server: Server;
let batches: Batch[];
let answers: number[];
let dropped: [spans: number, cause: string][];
let url: string;

/** Of protobuf only the names are looked for: otlp-protobuf.test.ts has the rest. */
function namesOf(body: Buffer, type: string | undefined): string[] {
  if (type === "application/x-protobuf") return body.toString("latin1").match(/n\d/g) ?? [];
  return JSON.parse(body.toString()).resourceSpans[0].scopeSpans[0].spans.map(({ name }: Span) => name);
}

beforeEach(async () => {
  [batches, answers, dropped] = [[], [], []];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const plain = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      batches.push({ names: namesOf(plain, request.headers["content-type"]), headers: request.headers });
      const status = answers.shift() ?? 200;
      if (status !== 0) response.writeHead(status).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
});
afterEach(async () => {
  vi.useRealTimers();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function exporterOf(options: Partial<SpanExporterOptions> = {}): SpanExporter {
  return new SpanExporter({
    url,
    protocol: "http/json",
    headers: { authorization: "Bearer x" },
    timeoutMs: 10_000,
    isCompressed: false,
    resource: { "service.name": "vecstore" },
    queueMax: 100,
    batchMax: 10,
    delayMs: 60_000,
    onDropped: (spans, cause) => void dropped.push([spans, cause]),
    ...options,
  });
}

const spans = (from: number, to: number): Span[] =>
  Array.from({ length: to - from }, (_, i) => ({
    traceId: "t",
    spanId: "s",
    name: `n${from + i}`,
    kind: "internal",
    startMs: 1,
    endMs: 2,
    attributes: {},
  }));

describe("an exporter of spans", () => {
  it.each([false, true])("sends protobuf where that is asked for, compressed: %s", async (isCompressed) => {
    const exporter = exporterOf({ protocol: "http/protobuf", isCompressed });
    exporter.add(spans(0, 3));
    await exporter.close(10_000);
    expect(batches.map(({ names }) => names)).toEqual([["n0", "n1", "n2"]]);
    expect(batches[0]!.headers["content-type"]).toBe("application/x-protobuf");
    expect(batches[0]!.headers["content-encoding"]).toBe(isCompressed ? "gzip" : undefined);
  });

  it("sends a full batch at once and the rest when it closes, in order", async () => {
    const exporter = exporterOf();
    exporter.add(spans(0, 4));
    expect(batches).toEqual([]);
    exporter.add(spans(4, 23));
    await exporter.close(10_000);
    expect(batches.map(({ names }) => names.length)).toEqual([10, 10, 3]);
    expect(batches.flatMap(({ names }) => names)).toEqual(spans(0, 23).map(({ name }) => name));
    expect(batches[0]!.headers).toMatchObject({ authorization: "Bearer x", "content-type": "application/json" });
    expect(dropped).toEqual([]);
  });

  it("sends what waits after its delay", async () => {
    const exporter = exporterOf({ delayMs: 1 });
    exporter.add(spans(0, 1));
    await vi.waitFor(() => expect(batches).toHaveLength(1), { timeout: 20_000 });
    await exporter.close(10_000);
    expect(batches).toHaveLength(1);
  });

  it("compresses when it is told to", async () => {
    const exporter = exporterOf({ isCompressed: true });
    exporter.add(spans(0, 2));
    await exporter.close(10_000);
    expect(batches).toMatchObject([{ names: ["n0", "n1"], headers: { "content-encoding": "gzip" } }]);
  });

  it("keeps as many as its queue holds, and tells of the others", async () => {
    const exporter = exporterOf({ queueMax: 5 });
    exporter.add(spans(0, 8));
    await exporter.close(10_000);
    expect(batches.flatMap(({ names }) => names)).toHaveLength(5);
    expect(dropped).toEqual([[3, "the queue is full"]]);
  });

  it("tries again where the collector asks for it, and gives up what it refuses", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true, advanceTimeDelta: 500 });
    answers = [503, 429, 200, 400];
    const exporter = exporterOf({ batchMax: 1 });
    exporter.add(spans(0, 1));
    await vi.waitFor(() => expect(batches).toHaveLength(3), { timeout: 20_000 });
    exporter.add(spans(1, 2));
    await vi.waitFor(() => expect(dropped).toEqual([[1, "the collector answered 400"]]), { timeout: 20_000 });
    expect(batches.map(({ names }) => names[0])).toEqual(["n0", "n0", "n0", "n1"]);
  });

  it("does not wait for a collector that never answers longer than it is told to", async () => {
    answers = [0];
    const exporter = exporterOf();
    exporter.add(spans(0, 2));
    await exporter.close(20);
    expect(dropped).toMatchObject([[2, expect.any(String)]]);
  });

  it("tells of spans that no collector is there for", async () => {
    const exporter = exporterOf({ url: "http://127.0.0.1:1/v1/traces" });
    exporter.add(spans(0, 2));
    await exporter.close(20);
    expect(dropped).toMatchObject([[2, expect.any(String)]]);
  });
});
