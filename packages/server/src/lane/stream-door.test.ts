import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterEach, expect, test } from "vitest";
import { QueryRequestSchema } from "../gen/vecstore/v1/query_pb.js";
import { UpsertRequestSchema } from "../gen/vecstore/v1/write_pb.js";
import { startTestServer, stopTestServers, type TestServer } from "../testing/server.js";

const DIMENSION = 512;
const RECORDS = 40;

const sessions: ClientHttp2Session[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await stopTestServers();
});

const vectorOf = (seed: number) => Array.from({ length: DIMENSION }, (_, at) => Math.sin((seed + 1) * (at + 1)));
const recordOf = (at: number) => ({ id: `r${at}`, vector: vectorOf(at) });
const UPSERT = toBinary(
  UpsertRequestSchema,
  create(UpsertRequestSchema, { records: Array.from({ length: RECORDS }, (_, at) => recordOf(at)) }),
);
const queryOf = (includeVector: boolean) =>
  toBinary(QueryRequestSchema, create(QueryRequestSchema, { vector: vectorOf(1), limit: RECORDS, includeVector }));

/** @param window  bytes of an answer that the client takes on each stream; it never takes more */
function openSession({ port }: TestServer, window: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: window } });
  session.on("error", () => {});
  sessions.push(session);
  return session;
}

function call(session: ClientHttp2Session, method: string, body: Uint8Array) {
  const path = `/vecstore.v1.VecStoreService/${method}`;
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/proto" });
  stream.on("error", () => {});
  stream.end(body);
  return stream;
}

async function started(): Promise<TestServer> {
  const server = await startTestServer({ idleTimeoutMs: 400 });
  const filling = call(openSession(server, 65_535), "Upsert", UPSERT);
  filling.resume();
  await once(filling, "close");
  return server;
}

test.each([
  ["small", false],
  ["large", true],
])("a %s answer that nobody takes does not hold its stream", async (_, includeVector) => {
  const server = await started();
  const stream = call(openSession(server, 0), "Query", queryOf(includeVector));
  const [head] = await once(stream, "response");
  expect(head[":status"]).toBe(200);
  await once(stream, "close");
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
});
