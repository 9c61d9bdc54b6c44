import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Protocol, VecStoreClient } from "./index.js";
import { FakeServer } from "./testing/fake-server.js";
import { refusal } from "./testing/fake-store.js";
import { ManualClock } from "./testing/manual-clock.js";

describe.each<[Protocol, "http" | "http2"]>([
  ["connect", "http"],
  ["grpc-web", "http"],
  ["grpc", "http2"],
])("queryStream over %s", (protocol, kind) => {
  let server: FakeServer;
  let client: VecStoreClient;

  beforeAll(async () => {
    server = await FakeServer.start(kind);
    client = new VecStoreClient(server.url, { protocol, clock: new ManualClock() });
    await client.upsert(Array.from({ length: 9 }, (_, n) => ({ id: `r${n}`, vector: [n + 1] })));
  });

  afterAll(async () => {
    client.close();
    await server.close();
  });

  beforeEach(() => {
    server.requests.length = 0;
  });

  it("hands out the hits in order, and has stats at the end", async () => {
    const ends: string[] = [];
    server.store.onStreamEnd = (end) => ends.push(end);
    const stream = client.queryStream([1], { limit: 5 });
    expect(stream.stats).toBeUndefined();
    const ids: string[] = [];
    for await (const { id } of stream) ids.push(id);
    expect(ids).toEqual(["r8", "r7", "r6", "r5", "r4"]);
    expect(stream.stats).toMatchObject({ strategy: "flat_scan" });
    expect(ends).toEqual(["complete"]);
    expect(server.requests[0]?.header.has("connect-timeout-ms")).toBe(false);
  });

  it("starts only when it is looped over", () => {
    client.queryStream([1]);
    expect(server.requests).toEqual([]);
  });

  it("cancels the call at the server when the loop is left", async () => {
    server.store.holdStreams = true;
    const ended = new Promise((resolve) => {
      server.store.onStreamEnd = resolve;
    });
    for await (const { id } of client.queryStream([1])) if (id === "r7") break;
    expect(await ended).toBe("left");
    server.store.holdStreams = false;
    expect(await client.count()).toBe(9);
  });

  it("ends with CANCELED when the signal is aborted in the middle", async () => {
    server.store.holdStreams = true;
    const controller = new AbortController();
    const ids: string[] = [];
    const loop = async () => {
      for await (const { id } of client.queryStream([1], { signal: controller.signal })) {
        ids.push(id);
        if (id === "r7") controller.abort();
      }
    };
    await expect(loop()).rejects.toMatchObject({ code: "canceled", reason: "CANCELED" });
    expect(ids).toEqual(["r8", "r7"]);
    server.store.holdStreams = false;
  });

  it("is repeated until the first chunk has come", async () => {
    server.faults.push(refusal("DRAINING", Code.Unavailable, "later"));
    const hits = [];
    for await (const hit of client.queryStream([1], { limit: 3 })) hits.push(hit);
    expect(hits).toHaveLength(3);
    expect(server.methods).toEqual(["QueryStream", "QueryStream"]);
  });

  it("throws the server's error", async () => {
    server.faults.push(refusal("INVALID_VECTOR", Code.InvalidArgument, "bad"));
    const loop = async () => {
      for await (const _ of client.queryStream([1])) break;
    };
    await expect(loop()).rejects.toMatchObject({ name: "VecStoreError", reason: "INVALID_VECTOR", message: "bad" });
  });
});
