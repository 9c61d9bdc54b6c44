import { getEventListeners } from "node:events";
import { Code } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ClientOptions, VecStoreClient } from "./index.js";
import { FakeServer } from "./testing/fake-server.js";
import { refusal } from "./testing/fake-store.js";
import { ManualClock } from "./testing/manual-clock.js";

let server: FakeServer;
let clock: ManualClock;
let clients: VecStoreClient[];

beforeEach(async () => {
  server = await FakeServer.start();
  clock = new ManualClock();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.close();
  await server.close();
});

function connect(options: ClientOptions = {}): VecStoreClient {
  const client = new VecStoreClient(server.url, { clock, random: () => 1, ...options });
  clients.push(client);
  return client;
}

const draining = () => refusal("DRAINING", Code.Unavailable, "later");

describe("retries", () => {
  it("repeat a read that fails twice, then works", async () => {
    server.faults.push(draining(), draining());
    expect(await connect().count()).toBe(0);
    expect(server.methods).toEqual(["Count", "Count", "Count"]);
    expect(clock.sleeps).toEqual([100, 200]);
  });

  it("give up after the attempts", async () => {
    server.faults.push(draining(), draining(), draining());
    await expect(connect().count()).rejects.toMatchObject({ reason: "DRAINING" });
    expect(server.requests).toHaveLength(3);
  });

  it("wait as long as the server asks", async () => {
    server.faults.push(refusal("INDEX_BACKLOG", Code.ResourceExhausted, "wait", "3"));
    await connect().upsert([{ id: "a", vector: [1] }]);
    expect(clock.sleeps).toEqual([3_100]);
  });

  it("repeat an upsert with one key, so that it is written once", async () => {
    server.faults.push("cut_after");
    const result = await connect().upsert([{ id: "a", vector: [1] }]);
    expect(result.upserted).toBe(1);
    const [first, second] = server.requests.map(
      ({ message }) => (message as { idempotencyKey: string }).idempotencyKey,
    );
    expect(first).toBe(second);
    expect(first).not.toBe("");
  });

  it("repeat an upsert whose connection was cut before it was read", async () => {
    server.faults.push("cut");
    expect(await connect().upsert([{ id: "a", vector: [1] }])).toMatchObject({ upserted: 1 });
  });

  it("do not repeat a write without a key that may have happened", async () => {
    server.faults.push("cut_after");
    await expect(connect().delete(["a"])).rejects.toMatchObject({
      code: "unavailable",
      reason: "CONNECTION_LOST",
      retryable: true,
    });
    expect(server.methods).toEqual(["Delete"]);
  });

  it("repeat any write that the server refused before it began", async () => {
    server.faults.push(refusal("RATE_LIMITED", Code.ResourceExhausted, "slow", "1"));
    expect(await connect().delete(["a"])).toMatchObject({ affected: 0 });
    expect(server.methods).toEqual(["Delete", "Delete"]);
  });

  it("never repeat invalid input", async () => {
    server.faults.push(refusal("INVALID_VECTOR", Code.InvalidArgument, "bad", "1"));
    await expect(connect().query([1])).rejects.toMatchObject({ reason: "INVALID_VECTOR" });
    expect(server.requests).toHaveLength(1);
  });

  it("are made also when nobody listens, and the error says so", async () => {
    const client = connect();
    await server.close();
    await expect(client.delete(["a"])).rejects.toMatchObject({
      code: "unavailable",
      reason: "UNREACHABLE",
      message: expect.stringContaining("cannot reach http://127.0.0.1"),
    });
    expect(clock.sleeps).toEqual([100, 200]);
    server = await FakeServer.start();
  });

  it("can be turned off", async () => {
    server.faults.push(draining());
    await expect(connect({ retries: false }).count()).rejects.toMatchObject({ reason: "DRAINING" });
    expect(server.requests).toHaveLength(1);
  });
});

describe("a deadline", () => {
  it("ends a call that is not answered", async () => {
    server.faults.push("hang");
    await expect(connect().query([1], { timeoutMs: 5 })).rejects.toMatchObject({
      code: "deadline_exceeded",
      reason: "DEADLINE_EXCEEDED",
    });
  });

  it("holds for the whole call, waits included", async () => {
    server.faults.push(draining(), draining());
    await connect().count({ timeoutMs: 10_000 });
    const sent = server.requests.map(({ header }) => header.get("connect-timeout-ms"));
    expect(sent).toEqual(["10000", "9900", "9700"]);
  });

  it("is not sent when there is none", async () => {
    await connect({ timeoutMs: Number.POSITIVE_INFINITY }).count();
    expect(server.requests[0]?.header.has("connect-timeout-ms")).toBe(false);
  });

  it("is refused when it makes no sense", async () => {
    await expect(connect().count({ timeoutMs: 0 })).rejects.toMatchObject({ code: "invalid_argument" });
    expect(server.requests).toEqual([]);
  });
});

describe("an abort signal", () => {
  it("ends a call, and the server learns of it", async () => {
    const controller = new AbortController();
    const left = new Promise<void>((resolve) => {
      server.onHang = (event) => (event === "began" ? controller.abort() : resolve());
    });
    server.faults.push("hang");
    await expect(connect().query([1], { signal: controller.signal })).rejects.toMatchObject({
      code: "canceled",
      reason: "CANCELED",
    });
    await left;
  });

  it("that was aborted before sends nothing", async () => {
    await expect(connect().count({ signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: "CANCELED" });
    expect(server.requests).toEqual([]);
  });

  it("ends the wait between two attempts", async () => {
    const controller = new AbortController();
    server.faults.push(draining());
    const waiting = connect({
      clock: {
        nowMs: () => 0,
        sleep: (_, signal) => {
          controller.abort(new Error("enough"));
          return clock.sleep(0, signal);
        },
      },
    });
    await expect(waiting.count({ signal: controller.signal })).rejects.toMatchObject({ cause: new Error("enough") });
    expect(server.requests).toHaveLength(1);
  });

  it("may serve many calls without gathering listeners", async () => {
    const { signal } = new AbortController();
    const client = connect();
    for (let call = 0; call < 5; call++) await client.count({ signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("close", () => {
  it("ends the calls that run and refuses new ones", async () => {
    const client = connect();
    server.faults.push("hang");
    server.onHang = (event) => event === "began" && client.close();
    await expect(client.count()).rejects.toMatchObject({ reason: "CLIENT_CLOSED" });
    await expect(client.namespace("x").count()).rejects.toMatchObject({ reason: "CLIENT_CLOSED" });
    expect(server.requests).toHaveLength(1);
  });
});
