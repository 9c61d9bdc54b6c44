import { once } from "node:events";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterEach, expect, test } from "vitest";
import { QueryRequestSchema } from "../gen/vecstore/v1/query_pb.js";
import { UpsertRequestSchema } from "../gen/vecstore/v1/write_pb.js";
import type { ServerOptions } from "../main.js";
import { startTestServer, stopTestServers, type TestServer, testTlsSettings } from "../testing/server.js";
import { TEST_TLS } from "../testing/tls.js";

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
function openSession({ url }: TestServer, window: number): ClientHttp2Session {
  const session = connect(url, { settings: { initialWindowSize: window }, ca: TEST_TLS.ca });
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

async function started(options: ServerOptions): Promise<TestServer> {
  const server = await startTestServer({ ...options, idleTimeoutMs: 400 });
  const filling = call(openSession(server, 65_535), "Upsert", UPSERT);
  filling.resume();
  await once(filling, "close");
  return server;
}

const { tlsClientCa: _, ...tls } = testTlsSettings();

/** In clear text the connection is ours, over TLS it is Node's. */
test.each([
  ["small", "in clear text", false, {}],
  ["large", "in clear text", true, {}],
  ["small", "over TLS", false, tls],
  ["large", "over TLS", true, tls],
])("a %s answer %s that nobody takes does not hold its stream", async (_size, _way, includeVector, options) => {
  const server = await started(options);
  const stream = call(openSession(server, 0), "Query", queryOf(includeVector));
  const [head] = await once(stream, "response");
  expect(head[":status"]).toBe(200);
  await once(stream, "close");
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
});
