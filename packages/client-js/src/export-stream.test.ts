import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Interruption, type Protocol, VecStoreClient } from "./index.js";
import { FakeServer } from "./testing/fake-server.js";
import { refusal } from "./testing/fake-store.js";
import { ManualClock } from "./testing/manual-clock.js";

describe.each<[Protocol, "http" | "http2"]>([
  ["connect", "http"],
  ["grpc-web", "http"],
  ["grpc", "http2"],
])("export over %s", (protocol, kind) => {
  let server: FakeServer;
  let client: VecStoreClient;

  beforeAll(async () => {
    server = await FakeServer.start(kind);
    client = new VecStoreClient(server.url, { protocol, clock: new ManualClock() });
    await client.upsert(Array.from({ length: 5 }, (_, n) => ({ id: `r${n}`, vector: [n + 0.5, -0], text: `t${n}` })));
  });

  afterAll(async () => {
    client.close();
    await server.close();
  });

  beforeEach(() => {
    server.requests.length = 0;
  });

  it("hands out whole records in order, and knows where to go on", async () => {
    const stream = client.export();
    expect([stream.resumeToken, stream.sequence]).toEqual([undefined, undefined]);
    const records = [];
    for await (const record of stream) records.push(record);
    expect(records.map(({ id }) => id)).toEqual(["r0", "r1", "r2", "r3", "r4"]);
    expect(records[3]).toMatchObject({ vector: Float32Array.of(3.5, -0), text: "t3", version: 1 });
    expect([stream.resumeToken, stream.sequence]).toEqual(["r4", 1]);
    expect(server.requests[0]?.header.has("connect-timeout-ms")).toBe(false);
  });

  it("leaves nothing out when it goes on after a loop that broke off in the middle of a chunk", async () => {
    const first = client.export();
    for await (const { id } of first) if (id === "r2") break;
    expect(first.resumeToken).toBe("r1");
    const rest = client.export({ resumeToken: first.resumeToken });
    expect(rest.resumeToken).toBe("r1");
    const ids = [];
    for await (const { id } of rest) ids.push(id);
    expect(ids).toEqual(["r2", "r3", "r4"]);
  });

  it("is repeated until the first chunk has come, and then no more", async () => {
    server.faults.push(refusal("DRAINING", Code.Unavailable, "later"));
    const ids = [];
    for await (const { id } of client.export({ prefix: "r4" })) ids.push(id);
    expect(ids).toEqual(["r4"]);
    expect(server.methods).toEqual(["Export", "Export"]);
  });

  it("ends when the connection breaks off in the middle, and with patience goes on behind the last chunk", async () => {
    const told: Interruption["state"][] = [];
    const onInterruption = ({ state }: Interruption) => {
      told.push(state);
      server.store.holdStreams = false;
    };
    const idsOf = async (patienceMs?: number) => {
      const ids: string[] = [];
      // The server waits after the first chunk until its caller is gone.
      server.store.holdStreams = true;
      for await (const { id } of client.export({ patienceMs, onInterruption })) {
        ids.push(id);
        if (ids.length === 2) server.cut();
      }
      return ids;
    };
    await expect(idsOf()).rejects.toMatchObject({ reason: "CONNECTION_LOST" });
    expect(told).toEqual([]);
    expect(await idsOf(60_000)).toEqual(["r0", "r1", "r2", "r3", "r4"]);
    expect(told).toEqual(["waiting", "over"]);
  });

  it("throws the server's error", async () => {
    server.faults.push(refusal("INVALID_PAGE_TOKEN", Code.InvalidArgument, "bad"));
    const loop = async () => {
      for await (const _ of client.export({ resumeToken: "x" })) break;
    };
    await expect(loop()).rejects.toMatchObject({ reason: "INVALID_PAGE_TOKEN" });
  });
});
