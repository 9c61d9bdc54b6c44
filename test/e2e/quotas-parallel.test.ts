import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DOORS, type Door } from "./harness/doors.js";
import { sendHttp } from "./harness/http.js";
import type { Outcome } from "./harness/outcome.js";
import { methodOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";
import { StallingReader } from "./harness/stalling-reader.js";
import { readUsage } from "./harness/usage.js";

const CLIENTS = 32;
const NAME = "acme";
const WRITERS = DOORS.filter(({ supports }) => supports(methodOf("Upsert")));

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

const limit = (quotas: JsonObject) => server.ask("NamespaceService.CreateNamespace", { name: NAME, quotas });

/** What each of the clients does at once, each by a door of its own. */
function all<T>(act: (door: Door, client: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: CLIENTS }, (_, client) => act(WRITERS[client % WRITERS.length]!, client)));
}

const refused = (outcomes: readonly Outcome[]) => outcomes.filter((each) => !each.ok);

async function refusals(reason: string): Promise<number> {
  const page = await sendHttp(server, { method: "GET", path: "/metrics" });
  return readMetric(page.body.toString(), "vecstore_refusals_total", { reason });
}

describe("32 clients at once fill a namespace", () => {
  test("to the last record of its quota and not beyond, over every door", async () => {
    const max = 701;
    await limit({ maxVectors: max });
    let most = 0;
    let isFilling = true;
    const watch = (async () => {
      while (isFilling) most = Math.max(most, (await readUsage(server, NAME)).of("vector_count"));
    })();
    // A third of the ids are written by another client too: overwriting is no new record.
    const idOf = (client: number, round: number) => (round % 3 === 0 ? `shared-${round}` : `own-${client}-${round}`);
    const outcomes = await all(async (door, client) => {
      const mine: Outcome[] = [];
      for (let round = 0; round < 40; round++) {
        const records = [{ id: idOf(client, round), vector: [1, client] }];
        mine.push(await door.call(server, methodOf("Upsert"), { namespace: NAME, records }));
      }
      return mine;
    });
    isFilling = false;
    await watch;
    const failed = refused(outcomes.flat());
    for (const outcome of failed)
      expect(outcome).toMatchObject({ reason: "QUOTA_EXCEEDED", facts: { quota: "max_vectors", limit: String(max) } });
    expect(failed.length).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(max);
    const usage = await readUsage(server, NAME);
    expect([usage.of("vector_count"), usage.of("refusals_total")]).toEqual([max, failed.length]);
    const { count } = await server.ask("Count", { namespace: NAME });
    expect(count).toBe(String(max));
    expect(await refusals("QUOTA_EXCEEDED")).toBe(failed.length);
    // Once all ids are there, one delete makes room for one record.
    await server.ask("Delete", { namespace: NAME, ids: ["shared-0"] });
    const after = await all((door, client) =>
      door.call(server, methodOf("Upsert"), { namespace: NAME, records: [{ id: `late-${client}`, vector: [1, 1] }] }),
    );
    expect(refused(after)).toHaveLength(CLIENTS - 1);
  });

  test("up to the bytes of its quota and not beyond; what is left is less than what was refused", async () => {
    const max = 200_000;
    await limit({ maxStorageBytes: max });
    const record = (client: number, round: number) => ({
      id: `${String(client).padStart(2, "0")}-${String(round).padStart(2, "0")}`,
      vector: [1, 0],
      metadata: { pad: "x".repeat(1_000) },
    });
    await server.ask("Upsert", { namespace: NAME, records: [record(99, 99)] });
    const one = (await readUsage(server, NAME)).of("storage_bytes");
    const outcomes = await all(async (door, client) => {
      const mine: Outcome[] = [];
      for (let round = 0; round < 12; round++) {
        const records = [record(client, round)];
        mine.push(await door.call(server, methodOf("Upsert"), { namespace: NAME, records }));
        expect((await readUsage(server, NAME)).of("storage_bytes")).toBeLessThanOrEqual(max);
      }
      return mine;
    });
    const failed = refused(outcomes.flat());
    for (const outcome of failed)
      expect(outcome).toMatchObject({ reason: "QUOTA_EXCEEDED", facts: { quota: "max_storage_bytes" } });
    const usage = await readUsage(server, NAME);
    const written = 1 + outcomes.flat().length - failed.length;
    // All entries are of one length, so the recount is exact.
    expect(usage.of("storage_bytes")).toBe(written * one);
    expect(usage.of("vector_count")).toBe(written);
    expect(max - usage.of("storage_bytes")).toBeLessThan(one);
    expect(usage.of("refusals_total")).toBe(failed.length);
  });

  test("with as many requests as its rate allows", async () => {
    const rate = 9;
    await limit({ maxQps: rate });
    const startedMs = performance.now();
    const outcomes = await all(async (door) => {
      const mine: Outcome[] = [];
      for (let round = 0; round < 8; round++)
        mine.push(await door.call(server, methodOf("Count"), { namespace: NAME }));
      return mine;
    });
    const seconds = (performance.now() - startedMs) / 1_000;
    const failed = refused(outcomes.flat());
    for (const outcome of failed)
      expect(outcome).toMatchObject({ reason: "RATE_LIMITED", facts: { quota: "max_qps", limit: String(rate) } });
    const taken = outcomes.flat().length - failed.length;
    // A second's worth at once, and what came in meanwhile.
    expect(taken).toBeGreaterThanOrEqual(rate);
    expect(taken).toBeLessThanOrEqual(rate + seconds * rate);
    expect(failed.length + taken).toBe(8 * CLIENTS);
    const usage = await readUsage(server, NAME);
    expect([usage.of("refusals_total"), usage.of("requests_total")]).toEqual([failed.length, 8 * CLIENTS]);
    expect(await refusals("RATE_LIMITED")).toBe(failed.length);
  });

  test("with one request of a rate that brings no second one while they ask", async () => {
    await limit({ maxQps: 0.000_1 });
    const outcomes = await all((door) => door.call(server, methodOf("Count"), { namespace: NAME }));
    expect(refused(outcomes)).toHaveLength(CLIENTS - 1);
  });
});

/** A connection that stays open, and the status of a request on it. */
async function ask(socket: Socket): Promise<number> {
  const body = JSON.stringify({ namespace: NAME });
  socket.write(
    `POST /v1/count HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  for (let answer = ""; ; ) {
    answer += ((await once(socket, "data")) as [Buffer])[0].toString("latin1");
    const [head = "", rest] = answer.split("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    if (rest !== undefined && rest.length === length) return Number(head.split(" ")[1]);
  }
}

async function openSocket(): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: server.port });
  await once(socket, "connect");
  return socket;
}

describe("32 connections at once", () => {
  test("get in as far as max_connections allows, and the next when one has closed", async () => {
    await limit({ maxConnections: 5 });
    const sockets = await Promise.all(Array.from({ length: CLIENTS }, openSocket));
    try {
      const statuses = await Promise.all(sockets.map(ask));
      const isIn = (at: number) => statuses[at] === 200;
      expect(statuses.filter((status) => status === 200)).toHaveLength(5);
      expect(statuses.filter((status) => status === 429)).toHaveLength(CLIENTS - 5);
      expect((await readUsage(server, NAME)).of("active_connections")).toBe(5);
      expect(await refusals("CONNECTIONS_LIMITED")).toBe(CLIENTS - 5);
      // Those that are in stay in, the others stay out.
      expect(await Promise.all(sockets.map(ask))).toEqual(statuses);
      sockets.find((_, at) => isIn(at))!.destroy();
      await until("the end of one", async () => (await readUsage(server, NAME)).of("active_connections") === 4);
      const late = sockets.filter((_, at) => !isIn(at));
      const again = await Promise.all(late.map(ask));
      expect(again.filter((status) => status === 200)).toHaveLength(1);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});

describe("32 queries at once", () => {
  test("run as far as max_concurrent_queries allows, and the next when one has ended", async () => {
    await limit({ maxConcurrentQueries: 5 });
    // More than the buffers of a connection take, so that a query whose answer nobody reads goes on.
    const metadata = { body: "x".repeat(20_000) };
    for (let first = 0; first < 1_000; first += 100) {
      const records = Array.from({ length: 100 }, (_, at) => ({ id: String(first + at), vector: [1, at], metadata }));
      await server.ask("Upsert", { namespace: NAME, records });
    }
    const query = { query: { namespace: NAME, vector: [1, 0], limit: 1_000 } };
    const start = () => StallingReader.grpc(server, query);
    const readers = await Promise.all(Array.from({ length: CLIENTS }, start));
    try {
      const firsts = await Promise.all(readers.map((reader) => reader.next()));
      expect(firsts.filter((message) => message !== undefined)).toHaveLength(5);
      expect((await readUsage(server, NAME)).of("concurrent_queries")).toBe(5);
      expect(await refusals("CONCURRENCY_LIMITED")).toBe(CLIENTS - 5);
      const query1 = { namespace: NAME, vector: [1, 0], limit: 1 };
      const outcomes = await all((door) => door.call(server, methodOf("Query"), query1));
      expect(refused(outcomes)).toHaveLength(CLIENTS);
      expect(refused(outcomes)[0]).toMatchObject({ reason: "CONCURRENCY_LIMITED", facts: { usage: "5", limit: "5" } });
      readers[firsts.findIndex((message) => message !== undefined)]!.cancel();
      await until("the end of one", async () => (await readUsage(server, NAME)).of("concurrent_queries") === 4);
      expect(await server.ask("Query", query1)).toHaveProperty("results");
    } finally {
      for (const reader of readers) reader.cancel();
    }
  });
});
