import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { afterEach, expect, it } from "vitest";
import { QueryRequestSchema, QueryResponseSchema } from "../../gen/vecstore/v1/query_pb.js";
import { ListRequestSchema, ListResponseSchema } from "../../gen/vecstore/v1/read_pb.js";
import { UpsertRequestSchema, UpsertResponseSchema } from "../../gen/vecstore/v1/write_pb.js";
import { createRandom } from "../../testing/random.js";
import { startTestServer, stopTestServers, type TestServer } from "../../testing/server.js";

const DIMENSION = 256;
const RECORDS = 120;

const sessions: ClientHttp2Session[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await stopTestServers();
});

const vectorOf = (seed: number) =>
  Array.from({ length: DIMENSION }, (_, at) => Math.fround(Math.sin((seed + 1) * (at + 1))));
const bytesOf = <T extends DescMessage>(schema: T, init: MessageInitShape<T>) => toBinary(schema, create(schema, init));
const records = Array.from({ length: RECORDS }, (_, at) => ({ id: `r${at}`, vector: vectorOf(at) }));
/** About 120 KB: larger than what the lane gathers, and than any first window. */
const UPSERT = bytesOf(UpsertRequestSchema, { records });
/** About 120 KB of answer, from the lane. */
const QUERY = bytesOf(QueryRequestSchema, { vector: vectorOf(1), limit: RECORDS, includeVector: true });
/** The same from Node's session. */
const LIST = bytesOf(ListRequestSchema, { pageSize: RECORDS, includeVector: true });

/** @param window  bytes of an answer that are taken on each stream before more are asked for */
function open({ port }: TestServer, window: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: window } });
  sessions.push(session);
  return session;
}

/** @returns status and body; a slow reader takes one piece a turn */
async function call(session: ClientHttp2Session, method: string, body: Uint8Array) {
  const path = `/vecstore.v1.VecStoreService/${method}`;
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/proto" });
  stream.end(body);
  const [head] = await once(stream, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { status: head[":status"], bytes: Buffer.concat(chunks) };
}

const idsOf = {
  Query: (bytes: Buffer) => fromBinary(QueryResponseSchema, bytes).results.map(({ id, vector }) => [id, vector.length]),
  List: (bytes: Buffer) => fromBinary(ListResponseSchema, bytes).records.map(({ id, vector }) => [id, vector.length]),
  Upsert: (bytes: Buffer) => [["upserted", Number(fromBinary(UpsertResponseSchema, bytes).upserted)]],
};
const bodies = { Query: QUERY, List: LIST, Upsert: UPSERT };
type Method = keyof typeof bodies;

it.each([1_000, 16_384, 65_535, 1_000_000])(
  "answers of the lane and of Node come whole beside each other, seed %s, where that many bytes are taken at once",
  async (window) => {
    const server = await startTestServer();
    const session = open(server, window);
    const random = createRandom(window);
    expect((await call(session, "Upsert", UPSERT)).status).toBe(200);
    const methods = Array.from({ length: 60 }, () => (["Query", "List", "Upsert"] as const)[Math.floor(random() * 3)]!);
    const answers = await Promise.all(methods.map((method: Method) => call(session, method, bodies[method])));
    for (const [at, { status, bytes }] of answers.entries()) {
      const method = methods[at]!;
      const ids = idsOf[method](bytes);
      const expected = method === "Upsert" ? [["upserted", RECORDS]] : records.map(({ id }) => [id, DIMENSION]);
      expect([status, new Set(ids.map(String))]).toEqual([200, new Set(expected.map(String))]);
    }
  },
);

it("the window of a connection lasts, however much went through it", async () => {
  const server = await startTestServer();
  const session = open(server, 65_535);
  // More than ten times the window of what a client may send, and many times that of the answers.
  for (let round = 0; round < 40; round++) {
    const methods = [
      "Upsert",
      "Upsert",
      "Upsert",
      "Upsert",
      "Upsert",
      "Upsert",
      "Upsert",
      "Upsert",
      "Upsert",
      "Query",
      "List",
    ];
    const answers = await Promise.all(methods.map((method) => call(session, method, bodies[method as Method])));
    expect(answers.map(({ status }) => status)).toEqual(methods.map(() => 200));
  }
}, 60_000);

it("settings that change while answers wait are heeded", async () => {
  const server = await startTestServer();
  const session = open(server, 0);
  expect((await call(open(server, 65_535), "Upsert", UPSERT)).status).toBe(200);
  const waiting = (["Query", "List", "Query", "List"] as const).map((method) => call(session, method, bodies[method]));
  // When this comes back, the server has read all four.
  await new Promise((resolve) => session.ping(resolve));
  session.settings({ initialWindowSize: 70_000 });
  const answers = await Promise.all(waiting);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(idsOf.Query(answers[0]!.bytes)).toHaveLength(RECORDS);
  expect(idsOf.List(answers[1]!.bytes)).toHaveLength(RECORDS);
});

it("calls of Node's go on after its session was idle, though the connection was not", async () => {
  const idleTimeoutMs = 200;
  const server = await startTestServer({ idleTimeoutMs });
  const session = open(server, 65_535);
  expect((await call(session, "Upsert", UPSERT)).status).toBe(200);
  for (let round = 0; round < 3; round++) {
    expect((await call(session, "List", LIST)).status).toBe(200);
    const endMs = performance.now() + 3 * idleTimeoutMs;
    while (performance.now() < endMs) expect((await call(session, "Query", QUERY)).status).toBe(200);
  }
});

it("is one connection to quotas, whoever answers", async () => {
  const server = await startTestServer();
  expect((await call(open(server, 65_535), "Upsert", UPSERT)).status).toBe(200);
  for (const session of sessions.splice(0)) await new Promise<void>((resolve) => session.close(resolve));
  const body = JSON.stringify({ quota: { max_connections: 1 } });
  const headers = { "content-type": "application/json" };
  const changed = await fetch(`${server.url}/admin/namespaces/default`, { method: "PATCH", headers, body });
  expect(changed.status).toBe(200);
  const first = open(server, 65_535);
  const methods = ["Query", "List", "Query", "List"] as const;
  for (const method of methods) expect((await call(first, method, bodies[method])).status, method).toBe(200);
  const second = open(server, 65_535);
  for (const method of ["Query", "List"] as const)
    expect((await call(second, method, bodies[method])).status).toBe(429);
  await new Promise<void>((resolve) => first.close(resolve));
  await expect.poll(async () => (await call(second, "Query", QUERY)).status).toBe(200);
  expect((await call(second, "List", LIST)).status).toBe(200);
});

it.each(["Query", "List"] as const)(
  "answers of %s that are given up take nothing of the windows for good",
  async (method) => {
    const server = await startTestServer();
    const session = open(server, 1_000_000);
    expect((await call(session, "Upsert", UPSERT)).status).toBe(200);
    // Many times the window of a connection.
    for (let round = 0; round < 40; round++) {
      const path = `/vecstore.v1.VecStoreService/${method}`;
      const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/proto" });
      stream.end(bodies[method]);
      await once(stream, "response");
      stream.close(constants.NGHTTP2_CANCEL);
      await once(stream, "close");
    }
    for (const each of ["Query", "List"] as const) expect((await call(session, each, bodies[each])).status).toBe(200);
  },
);
