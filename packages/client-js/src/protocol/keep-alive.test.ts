import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Protocol, VecStoreClient } from "../index.js";
import { FakeServer } from "../testing/fake-server.js";

describe.each<[Protocol, "http" | "http2"]>([
  ["connect", "http"],
  ["grpc-web", "http"],
  ["grpc", "http2"],
])("a connection for %s over %s", (protocol, kind) => {
  let server: FakeServer;
  let client: VecStoreClient;

  beforeEach(async () => {
    server = await FakeServer.start(kind);
    client = new VecStoreClient(server.url, { protocol });
  });
  afterEach(async () => {
    client.close();
    await server.close();
  });

  it("serves calls and streams, one after the other, also those that fail", async () => {
    await client.upsert([{ id: "a", vector: [1] }]);
    for (let round = 0; round < 5; round++) {
      expect(await client.count()).toBe(1);
      for await (const { id } of client.queryStream([1])) expect(id).toBe("a");
      for await (const { id } of client.export()) expect(id).toBe("a");
      await expect(client.update([{ id: "x" }])).rejects.toMatchObject({ reason: "RECORD_NOT_FOUND" });
    }
    expect(server.connections).toBe(1);
  });

  it("is made anew when the server has closed it", async () => {
    expect(await client.count()).toBe(0);
    server.cut();
    expect(await client.count()).toBe(0);
    expect(server.connections).toBe(2);
  });

  it("lives no longer than a stream that is left, over HTTP/1.1, and no shorter than the client over HTTP/2", async () => {
    await client.upsert(Array.from({ length: 6 }, (_, n) => ({ id: `r${n}`, vector: [n] })));
    server.store.holdStreams = true;
    const left = new Promise((resolve) => {
      server.store.onStreamEnd = resolve;
    });
    for await (const _ of client.queryStream([1])) break;
    expect(await left).toBe("left");
    expect(await client.count()).toBe(6);
    expect(server.connections).toBe(kind === "http" ? 2 : 1);
  });
});
