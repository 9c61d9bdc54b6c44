import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ServerProcess } from "../support/server-process.mjs";
import { sendHttp, type Target } from "./harness/http.js";
import { ask, readMetric, startTestServer, type TestServer, until } from "./harness/server.js";
import { StallingReader } from "./harness/stalling-reader.js";

const RECORDS = 10_000;
const BATCH = 1_000;
const METADATA_BYTES = 4_000;
/** What all records weigh: far more than the buffers of the system's sockets take. */
const ANSWER_BYTES = RECORDS * METADATA_BYTES;
const QUERY: JsonObject = { query: { vector: [1, 0], limit: RECORDS } };

/** Records whose distance to the query grows with their number. */
async function fill(target: Target): Promise<void> {
  const metadata = { body: "x".repeat(METADATA_BYTES) };
  for (let first = 0; first < RECORDS; first += BATCH) {
    const numbers = Array.from({ length: BATCH }, (_, at) => first + at);
    const records = numbers.map((number) => ({ id: idOf(number), vector: [1, number / RECORDS], metadata }));
    await ask(target, "Upsert", { records });
  }
}

const idOf = (number: number) => String(number).padStart(5, "0");

async function countEnded(target: Target, code: string): Promise<number> {
  const page = await sendHttp(target, { method: "GET", path: "/metrics" });
  return readMetric(page.body.toString(), "vecstore_requests_total", { method: "QueryStream", code });
}

const READERS = [
  ["Connect", "connect"],
  ["gRPC", "grpc"],
] as const;

describe.each(READERS)("a stream of 10,000 results by %s", (_, protocol) => {
  let server: TestServer;
  let sockets: Socket[];
  const onSocket = (message: unknown) => void sockets.push((message as { socket: Socket }).socket);

  beforeAll(async () => {
    server = await startTestServer();
    await fill(server);
  });
  afterAll(() => server?.stop());
  beforeEach(() => {
    sockets = [];
    // The server's ends of the connections, as Node tells those who ask.
    subscribe("net.server.socket", onSocket);
  });
  afterEach(() => unsubscribe("net.server.socket", onSocket));

  test("waits for a reader who stops after the first chunk, then goes on to the end", async () => {
    const finished = await countEnded(server, "ok");
    const reader = await StallingReader[protocol](server, QUERY);
    const socket = sockets.find((each) => each.remoteAddress !== undefined && !each.destroyed)!;
    const first = await reader.next();
    expect(first).toMatchObject({ results: expect.arrayContaining([expect.objectContaining({ id: idOf(0) })]) });
    const sent = await steady(() => socket.bytesWritten);
    expect(sent).toBeLessThan(ANSWER_BYTES / 2);
    // At most 256 KiB wait in the server, and the chunk that is being written.
    expect(socket.writableLength).toBeLessThan(2 * 256 * 1024);
    expect(await countEnded(server, "ok")).toBe(finished);
    const { ids, last } = await readAll(reader, first!);
    expect(ids).toEqual(Array.from({ length: RECORDS }, (_, number) => idOf(number)));
    expect(last).toMatchObject({ stats: { strategy: expect.any(String), segments: 1 } });
    await until("the call is counted", async () => (await countEnded(server, "ok")) === finished + 1);
  });

  test("stops when its reader goes away", async () => {
    const [finished, canceled] = [await countEnded(server, "ok"), await countEnded(server, "canceled")];
    const reader = await StallingReader[protocol](server, QUERY);
    await reader.next();
    reader.cancel();
    await until("the call is counted", async () => (await countEnded(server, "canceled")) === canceled + 1);
    expect(await countEnded(server, "ok")).toBe(finished);
    expect(await server.ask("Count", {})).toEqual({ count: String(RECORDS) });
  });
});

describe.each(READERS)("a reader who never comes back, by %s", (_, protocol) => {
  test("loses the stream after the idle time", async () => {
    // Longer than a busy machine takes to write the records: a call without a byte for that long ends too.
    const server = await startTestServer({ idleTimeoutMs: 3_000 });
    try {
      await fill(server);
      const reader = await StallingReader[protocol](server, QUERY);
      await reader.next();
      const ended = async () =>
        (await countEnded(server, "canceled")) + (await countEnded(server, "deadline_exceeded"));
      await until("the call is counted", async () => (await ended()) === 1);
      reader.cancel();
    } finally {
      await server.stop();
    }
  });
});

const hasResidentBytes = process.platform === "linux";

describe.skipIf(!hasResidentBytes)("many readers who stop (Linux tells the memory of a process)", () => {
  let folder: string;
  let server: ServerProcess;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vecstore-e2e-"));
    server = await ServerProcess.start(join(folder, "data"));
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("do not fill the server's memory", async () => {
    const target = { url: `http://${server.host}` };
    await fill(target);
    const whole = await StallingReader.grpc(target, QUERY);
    await readAll(whole, {});
    const before = server.residentBytes();
    const readers = await Promise.all(Array.from({ length: 10 }, () => StallingReader.grpc(target, QUERY)));
    for (const reader of readers) await reader.next();
    const grown = (await steady(() => server.residentBytes())) - before;
    // Without a bound they would hold 400 MB.
    expect(grown).toBeLessThan((readers.length * ANSWER_BYTES) / 4);
    for (const reader of readers) reader.cancel();
    await until("the calls are counted", async () => (await countEnded(target, "canceled")) === readers.length);
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

async function readAll(reader: StallingReader, first: JsonObject) {
  const idsOf = (chunk: JsonObject) => ((chunk.results ?? []) as { id: string }[]).map(({ id }) => id);
  const ids = idsOf(first);
  let last = first;
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    ids.push(...idsOf(chunk));
    last = chunk;
  }
  return { ids, last };
}
