import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterEach, expect, test } from "vitest";
import { QueryRequestSchema } from "../gen/vecstore/v1/query_pb.js";
import { UpsertRequestSchema } from "../gen/vecstore/v1/write_pb.js";
import { startTestServer, stopTestServers, type TestServer } from "../testing/server.js";
import { until } from "../testing/until.js";

const SERVICE = "/vecstore.v1.VecStoreService";
const UPSERT = toBinary(UpsertRequestSchema, create(UpsertRequestSchema, { records: [{ id: "a", vector: [1, 2] }] }));
const QUERY = toBinary(QueryRequestSchema, create(QueryRequestSchema, { vector: [1, 2], limit: 3 }));

const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await stopTestServers();
});

/** A call as bytes; `id` comes back with its answer. */
function callOf(id: string, method = "Query", body: Uint8Array = QUERY): Buffer {
  const head = `POST ${SERVICE}/${method} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/proto\r\nx-request-id: ${id}\r\n`;
  return Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]);
}

const GET_HEALTH = Buffer.from("GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nx-request-id: health\r\n\r\n");

/** A connection, and what came by it. */
class Peer {
  readonly socket: Socket;
  text = "";
  isClosed = false;

  constructor({ port }: TestServer) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    sockets.push(this.socket);
    this.socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
    });
    this.socket.on("close", () => {
      this.isClosed = true;
    });
    this.socket.on("error", () => {});
  }

  /** Ids of the answers so far, in their order. */
  get answered(): string[] {
    return [...this.text.matchAll(/^x-request-id: (\S+)\r$/gim)].map(([, id]) => id!);
  }

  /** Statuses of the answers so far. */
  get statuses(): string[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status!);
  }
}

async function filled(): Promise<TestServer> {
  const server = await startTestServer();
  const peer = new Peer(server);
  peer.socket.write(callOf("first", "Upsert", UPSERT));
  await until(() => peer.answered.length === 1);
  peer.socket.destroy();
  return server;
}

test("calls in a row are answered, then anything else on the same connection, then calls again", async () => {
  const peer = new Peer(await filled());
  const sent = [callOf("1"), callOf("2"), GET_HEALTH, callOf("4")];
  for (const [at, bytes] of sent.entries()) {
    peer.socket.write(bytes);
    await until(() => peer.answered.length === at + 1);
  }
  expect(peer.answered).toEqual(["1", "2", "health", "4"]);
  expect(peer.statuses).toEqual(["200", "200", "200", "200"]);
});

test("a call that comes in two pieces is answered, wherever it is cut", async () => {
  const server = await filled();
  const bytes = callOf("cut");
  await Promise.all(
    Array.from({ length: bytes.length - 1 }, async (_, at) => {
      const peer = new Peer(server);
      await once(peer.socket, "connect");
      await new Promise((resolve) => peer.socket.write(bytes.subarray(0, at + 1), resolve));
      await new Promise((resolve) => setImmediate(resolve));
      peer.socket.write(bytes.subarray(at + 1));
      await until(() => peer.answered.length === 1);
      expect([peer.answered, peer.statuses], `cut at ${at + 1}`).toEqual([["cut"], ["200"]]);
      peer.socket.destroy();
    }),
  );
});

test("calls that are sent together are answered in their order", async () => {
  const peer = new Peer(await filled());
  const ids = ["1", "2", "3", "4"];
  peer.socket.write(
    Buffer.concat(ids.map((id) => callOf(id, id === "2" ? "Upsert" : "Query", id === "2" ? UPSERT : QUERY))),
  );
  await until(() => peer.answered.length === ids.length);
  expect(peer.answered).toEqual(ids);
});

test("calls that come while a write is under way are answered after it", async () => {
  const peer = new Peer(await filled());
  peer.socket.write(callOf("write", "Upsert", UPSERT));
  for (const id of ["1", "2"]) {
    await new Promise((resolve) => setImmediate(resolve));
    peer.socket.write(callOf(id));
  }
  await until(() => peer.answered.length === 3);
  expect(peer.answered).toEqual(["write", "1", "2"]);
});

test.each(["Query", "Upsert"])("who sends no more is answered, and then the connection ends: %s", async (method) => {
  const peer = new Peer(await filled());
  peer.socket.end(callOf("last", method, method === "Query" ? QUERY : UPSERT));
  await until(() => peer.isClosed);
  expect([peer.answered, peer.statuses]).toEqual([["last"], ["200"]]);
});

test.each([
  ["goes away", (socket: Socket) => socket.resetAndDestroy()],
  ["sends no more", (socket: Socket) => socket.end()],
])("half a call whose caller %s counts as canceled", async (_, leave) => {
  const server = await filled();
  const peer = new Peer(server);
  peer.socket.write(callOf("half").subarray(0, -2));
  await until(() => peer.socket.writableLength === 0 && !peer.socket.connecting);
  leave(peer.socket);
  await until(() => peer.isClosed);
  const canceled = () => server.logged.filter(({ msg, code }) => msg === "query_error" && code === "canceled").length;
  await until(() => canceled() === 1);
});

test("a head that never ends is Node's to give up", async () => {
  const server = await startTestServer({ headerTimeoutMs: 300 });
  const peer = new Peer(server);
  peer.socket.write(callOf("half").subarray(0, 60));
  await until(() => peer.isClosed);
  expect(peer.text).toMatch(/^HTTP\/1\.1 408 /);
});

test("a connection without a call is closed after the idle time", async () => {
  const server = await startTestServer({ idleTimeoutMs: 200 });
  const peer = new Peer(server);
  peer.socket.write(callOf("only", "Upsert", UPSERT));
  await until(() => peer.answered.length === 1);
  await until(() => peer.isClosed);
  expect(peer.statuses).toEqual(["200"]);
});

test("a drain ends connections that wait, and answers what was sent", async () => {
  const server = await filled();
  const [idle, busy] = [new Peer(server), new Peer(server)];
  idle.socket.write(callOf("idle"));
  busy.socket.write(callOf("busy"));
  await until(() => idle.answered.length + busy.answered.length === 2);
  busy.socket.write(callOf("write", "Upsert", UPSERT));
  const closed = server.close();
  await until(() => idle.isClosed && busy.isClosed);
  await closed;
  expect(idle.answered).toEqual(["idle"]);
  // It came before the drain, or after the store had closed its door; either way it is answered.
  expect([busy.answered, busy.statuses.length]).toEqual([["busy", "write"], 2]);
});
