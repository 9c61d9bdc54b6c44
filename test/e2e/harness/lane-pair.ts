import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import type { ServerOptions } from "@vecstore/server";
import { KEYS, MESSAGE_BYTES_MAX, RECORDS } from "../lane.cases.js";
import { sendHttp } from "./http.js";
import { startTestServer, type TestServer } from "./server.js";

/** One of two servers that differ in one setting. */
export interface LaneServer extends TestServer {
  /** Series of /metrics that count requests, queries, writes and refusals, sorted. */
  countsOf(): Promise<readonly string[]>;
  /** Lines of the audit log, without their times and addresses. */
  audited(): Promise<readonly object[]>;
}

/** A server with the fast lane and one without, with the same data. */
export interface LanePair {
  readonly on: LaneServer;
  readonly off: LaneServer;
  stop(): Promise<void>;
}

/** Starts both; what is written to them is written to both. */
export async function startLanePair(options: ServerOptions = {}): Promise<LanePair> {
  const [on, off] = await Promise.all([start({ fastLane: true, ...options }), start({ fastLane: false, ...options })]);
  return { on, off, stop: async () => void (await Promise.all([on.stop(), off.stop()])) };
}

const authKeys = [
  { name: "reader", env: "LANE_READER", namespaces: ["docs"], role: "reader" },
  { name: "writer", env: "LANE_WRITER", namespaces: ["docs"], role: "writer" },
] as const;

async function start(options: ServerOptions): Promise<LaneServer> {
  process.env.LANE_READER = KEYS.reader;
  process.env.LANE_WRITER = KEYS.writer;
  const data = await mkdtemp(join(tmpdir(), "vecstore-lane-"));
  const server = await startTestServer({
    data,
    adminKey: KEYS.admin,
    authKeys,
    auditDataActions: true,
    // Whether an answer is kept depends on how long ago the last write was.
    cacheBytes: 0,
    maxMessageBytes: MESSAGE_BYTES_MAX,
    logLevel: "debug",
    ...options,
  });
  const headers = { "x-api-key": KEYS.admin };
  await server.ask("Upsert", { records: [...RECORDS] }, { headers });
  const quotas: JsonObject = { docs: {}, full: { maxVectors: "1", maxResultsPerQuery: 5 }, slow: { maxQps: 0.0001 } };
  for (const [name, of] of Object.entries(quotas)) {
    await server.ask("NamespaceService.CreateNamespace", { name, quotas: of! }, { headers });
    await server.ask("Upsert", { namespace: name, records: [{ id: "a", vector: [1] }] }, { headers });
  }
  const stop = async () => {
    await server.stop();
    await rm(data, { recursive: true, force: true });
  };
  return { ...server, stop, countsOf: () => countsOf(server), audited: () => auditedIn(data) };
}

const COUNTED =
  /^vecstore_((namespace_)?(requests|refusals)|queries|query_errors|writes|namespace_received_bytes)_total\b|_(query|request)_duration_seconds_count/;

async function countsOf(server: TestServer): Promise<readonly string[]> {
  const headers = { "x-api-key": KEYS.admin };
  const page = await sendHttp(server, { method: "GET", path: "/metrics", headers });
  const lines = page.body.toString().split("\n");
  return lines.filter((line) => COUNTED.test(line) && !line.includes("/metrics")).sort();
}

async function auditedIn(data: string): Promise<readonly object[]> {
  const names = (await readdir(join(data, "audit"))).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(data, "audit", name), "utf8")));
  const lines = texts.join("").trimEnd().split("\n");
  return lines.map((line) => {
    const { time: _time, request_id: _id, ...kept } = JSON.parse(line);
    return kept;
  });
}
