import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sendHttp } from "./harness/http.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";
import { SocketClient } from "./harness/socket-client.js";

const RECORDS = 5_000;
const BATCH = 1_000;
const METADATA_BYTES = 8_000;
/** What all records weigh: far more than the buffers of the system's sockets take. */
const ANSWER_BYTES = RECORDS * METADATA_BYTES;
const QUERY = { vector: [1, 0], limit: RECORDS };

const ADMIN_KEY = "an-admin-key-of-the-slow-tests";
const ADMIN = { "x-api-key": ADMIN_KEY };

let server: TestServer;
let sockets: Socket[];
let clients: SocketClient[];
const onSocket = (message: unknown) => void sockets.push((message as { socket: Socket }).socket);
const ask = (method: string, request: JsonObject) => server.ask(method, request, { headers: ADMIN });

beforeAll(async () => {
  server = await startTestServer({ adminKey: ADMIN_KEY });
  const metadata = { body: "x".repeat(METADATA_BYTES) };
  for (let first = 0; first < RECORDS; first += BATCH) {
    const numbers = Array.from({ length: BATCH }, (_, at) => first + at);
    const records = numbers.map((number) => ({ id: `r${number}`, vector: [1, number / RECORDS], metadata }));
    await ask("Upsert", { records });
  }
});
afterAll(() => server?.stop());
beforeEach(() => {
  [sockets, clients] = [[], []];
  // The server's ends of the connections, as Node tells those who ask.
  subscribe("net.server.socket", onSocket);
});
afterEach(() => {
  unsubscribe("net.server.socket", onSocket);
  for (const client of clients) client.vanish();
});

/** A client that has begun to read an answer and stopped, with the server's end of its connection. */
async function stall(
  queries = 1,
  key = ADMIN_KEY,
): Promise<{ readonly client: SocketClient; readonly socket: Socket }> {
  const client = await SocketClient.open(server, { "x-api-key": key });
  clients.push(client);
  const socket = sockets.find((each) => !each.destroyed && each.remoteAddress !== undefined)!;
  for (let at = 0; at < queries; at++) client.send({ ...QUERY, request_id: at });
  await until("a result of each", () => new Set(client.frames.map(({ request_id }) => request_id)).size === queries);
  client.pause();
  return { client, socket };
}

const counted = async (code: string) => {
  const page = await sendHttp(server, { method: "GET", path: "/metrics", headers: ADMIN });
  return readMetric(page.body.toString(), "vecstore_requests_total", {
    door: "websocket",
    method: "QueryStream",
    code,
  });
};
const running = async () => {
  const { usage } = (await ask("NamespaceService.GetNamespaceStats", { name: "default" })) as { usage: JsonObject };
  return Number(usage.concurrent_queries ?? 0);
};

describe("a reader who stops", () => {
  test("gets no more than the buffers take, and all of it when it goes on", async () => {
    const { client, socket } = await stall();
    const sent = await steady(() => socket.bytesWritten);
    expect(sent).toBeLessThan(ANSWER_BYTES / 2);
    expect(socket.writableLength).toBeLessThan(2 * 64 * 1024);
    expect(await running()).toBe(1);
    client.resume();
    const frames = await client.end(0);
    expect(frames.slice(0, -1).map(({ id }) => id)).toEqual(Array.from({ length: RECORDS }, (_, at) => `r${at}`));
    expect(frames.at(-1)).toMatchObject({ complete: true });
  });

  test("may cancel while nothing goes on, and go on with the socket", async () => {
    const { client } = await stall();
    const canceled = await counted("canceled");
    client.send({ cancel: 0 });
    client.send({ cancel: "never there" });
    await until("the query is counted", async () => (await counted("canceled")) >= canceled + 1);
    await until("nothing runs", async () => (await running()) === 0);
    client.resume();
    const frames = await client.end(0);
    expect(frames.length).toBeLessThan(RECORDS);
    expect(frames.at(-1)).toMatchObject({ error: { code: "canceled", reason: "CANCELED" } });
    const again = await client.ask({ vector: [1, 0], limit: 2 });
    expect(again).toMatchObject([{ id: "r0" }, { id: "r1" }, { complete: true }]);
  });

  test("has eight queries at most, which hold a bounded number of bytes together", async () => {
    const { client, socket } = await stall(8);
    client.send({ ...QUERY, request_id: "ninth" });
    await steady(() => socket.bytesWritten);
    expect(socket.writableLength).toBeLessThan(4 * 64 * 1024);
    expect(await running()).toBe(8);
    for (let at = 1; at < 8; at++) client.send({ cancel: at });
    await until("seven have ended", async () => (await running()) === 1);
    client.resume();
    expect(await client.end("ninth")).toMatchObject([
      { error: { reason: "CONCURRENCY_LIMITED", details: { limit: "8" } } },
    ]);
    expect((await client.end(0)).length).toBe(RECORDS + 1);
  });

  test("and an id that runs already is refused", async () => {
    const { client } = await stall();
    client.send({ ...QUERY, request_id: 0 });
    client.resume();
    expect(await client.error()).toMatchObject({
      reason: "INVALID_ARGUMENT",
      message: expect.stringContaining("query 0"),
    });
    expect((await client.end(0)).at(-1)).toMatchObject({ complete: true });
  });

  test("and sends what is wrong on and on is not read any more", async () => {
    const { client, socket } = await stall();
    await steady(() => socket.bytesWritten);
    const [before, read] = [await counted("invalid_argument"), socket.bytesRead];
    for (let at = 0; at < 50_000; at++) client.send(`{"wrong": "${"x".repeat(500)}"}`);
    await steady(() => socket.bytesRead);
    expect((await counted("invalid_argument")) - before).toBeLessThan(1_000);
    expect(socket.bytesRead - read).toBeLessThan(10_000_000);
    expect(socket.writableLength).toBeLessThan(1_000_000);
  });

  test("and goes away leaves nothing behind", async () => {
    const canceled = await counted("canceled");
    const { client } = await stall(3);
    client.vanish();
    await until("the queries are counted", async () => (await counted("canceled")) >= canceled + 3);
    expect(await running()).toBe(0);
  });

  test("loses the queries and the socket when its key is revoked", async () => {
    const made = await ask("ApiKeyService.CreateApiKey", { role: "ROLE_READER", namespaces: ["default"] });
    const { client, socket } = await stall(2, made.key as string);
    await ask("ApiKeyService.RevokeApiKey", { id: (made.api_key as JsonObject).id! });
    await until("nothing runs", async () => (await running()) === 0);
    await until("the connection is gone", () => socket.destroyed);
    client.resume();
    await client.closing();
    expect(client.frames.some(({ complete }) => complete)).toBe(false);
  });
});

describe("a server that stops", () => {
  test("lets a query end that is read, and refuses new ones", async () => {
    const other = await startTestServer({ drainTimeoutMs: 30_000 });
    const records = Array.from({ length: 1_000 }, (_, at) => ({
      id: `r${at}`,
      vector: [1, at],
      metadata: { body: "x".repeat(16_000) },
    }));
    await other.ask("Upsert", { records });
    const client = await SocketClient.open(other);
    client.send({ vector: [1, 0], limit: 1_000, request_id: "first" });
    await until("a result", () => client.frames.length > 0);
    client.pause();
    const stopped = other.stop();
    client.send({ vector: [1, 0], request_id: "late" });
    await until("it drains", () => other.logged.some(({ msg }) => msg === "draining"));
    client.resume();
    expect((await client.end("first")).length).toBe(1_001);
    await client.closing();
    expect(client.closed?.code).toBe(1001);
    const late = client.frames.filter(({ request_id }) => request_id === "late");
    for (const { error } of late) expect(error?.reason).toBe("DRAINING");
    await stopped;
  });
});

/** Waits until a number that grows has stopped growing. */
async function steady(read: () => number): Promise<number> {
  let [last, looks] = [Number.NaN, 0];
  await until("the number stands still", () => {
    const now = read();
    looks = now === last ? looks + 1 : 0;
    last = now;
    return looks >= 20;
  });
  return last;
}
