import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import * as http from "node:http";
import type { Socket } from "node:net";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";
import { StallingReader } from "./harness/stalling-reader.js";
import { STREAM_DOORS } from "./harness/stream-doors.js";
import { fillForTransfer, TRANSFER_COUNT, transferId, transferRecords } from "./harness/transfer-records.js";

const NAMESPACE = "full";
const EXPORT = methodOf("Export");
const request = (more: JsonObject = {}): JsonObject => ({ namespace: NAMESPACE, ...more });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await fillForTransfer(server, NAMESPACE);
});
afterAll(() => server?.stop());

const recordsOf = (messages: readonly JsonObject[]) =>
  messages.flatMap(({ records }) => (records ?? []) as JsonObject[]);
const idsOf = (messages: readonly JsonObject[]) => recordsOf(messages).map(({ id }) => id);
const withoutVersion = ({ version, ...rest }: JsonObject) => rest;
/** JSON.stringify, by which Connect writes JSON, has no -0. */
const withoutMinusZero = (record: JsonObject) => ({
  ...record,
  vector: (record.vector as number[]).map((value) => value + 0),
});

async function countEnded(code: string): Promise<number> {
  const page = await sendHttp(server, { method: "GET", path: "/metrics" });
  return readMetric(page.body.toString(), "vecstore_requests_total", { method: "Export", code });
}

const exportRest = (body: JsonObject, version: "1.1" | "2" = "1.1") =>
  sendHttp(server, {
    path: "/v1/export",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    version,
  });
const linesOf = (body: Buffer) =>
  body
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as JsonObject);

describe.each(STREAM_DOORS.map((door) => [door.name, door] as const))("an export by %s", (name, door) => {
  test("gives 20,000 records in the order of their ids, bit for bit", async () => {
    const { messages, failure } = await door.run(server, EXPORT, [request()]);
    expect(failure).toBeUndefined();
    const wanted = transferRecords();
    const found = recordsOf(messages);
    expect(found.every(({ version }) => Number(version) > 0)).toBe(true);
    expect(found.map(withoutVersion)).toEqual(name.includes("JSON") ? wanted.map(withoutMinusZero) : wanted);
  });

  test("goes on from the middle, after it was cut", async () => {
    const seen: JsonObject[] = [];
    const cut = new Error("cut");
    const reading = door.run(server, EXPORT, [request({ filter: "kind = 'third'" })], (message) => {
      seen.push(message);
      if (seen.length === 5) throw cut;
    });
    await expect(reading).rejects.toBe(cut);
    const resumeToken = seen.at(-1)!.resume_token as string;
    const rest = await door.run(server, EXPORT, [request({ filter: "kind = 'third'", resumeToken })]);
    const wanted = Array.from({ length: Math.ceil(TRANSFER_COUNT / 3) }, (_, n) => transferId(3 * n));
    expect(idsOf(seen).length).toBeLessThan(wanted.length);
    expect([...idsOf(seen), ...idsOf(rest.messages)]).toEqual(wanted);
  });

  test("says what is wrong", async () => {
    const failureOf = async (more: JsonObject) => (await door.run(server, EXPORT, [more])).failure;
    const token = { code: "invalid_argument", reason: "INVALID_PAGE_TOKEN" };
    expect(await failureOf(request({ resumeToken: "x" }))).toMatchObject(token);
    expect(await failureOf(request({ filter: "n =" }))).toMatchObject({ reason: "INVALID_FILTER" });
    expect(await failureOf({ namespace: "none" })).toMatchObject({ code: "not_found" });
  });
});

describe.each(["1.1", "2"] as const)("an export by REST over HTTP/%s", (version) => {
  test("gives 20,000 records as lines, bit for bit, marks among them, and says that it is complete", async () => {
    const { status, headers, body } = await exportRest(request(), version);
    expect([status, headers["content-type"]]).toEqual([200, "application/x-ndjson"]);
    const lines = linesOf(body);
    const found = lines.filter(({ id }) => id !== undefined);
    expect(found.map(withoutVersion)).toEqual(transferRecords());
    const marks = lines.filter(({ resume_token }) => resume_token !== undefined);
    expect(marks.length).toBeGreaterThan(10);
    expect(lines.at(-1)).toEqual({ complete: true, records: TRANSFER_COUNT, sequence: marks[0]!.sequence });
    // Each token goes on right behind it.
    const at = lines.indexOf(marks[3]!);
    const before = lines.slice(0, at).filter(({ id }) => id !== undefined).length;
    const rest = linesOf((await exportRest(request({ resume_token: marks[3]!.resume_token! }), version)).body);
    expect(rest[0]).toMatchObject({ id: transferId(before) });
    expect(rest.at(-1)).toMatchObject({ complete: true, records: TRANSFER_COUNT - before });
  });

  test("leaves out what is not asked for, and answers errors with their status", async () => {
    const body = { ...request(), prefix: "r0001", include_vector: false, include_metadata: false, include_text: false };
    const lines = linesOf((await exportRest(body, version)).body);
    expect(lines[0]).toEqual({ id: "r00010", version: expect.any(Number) });
    expect(lines).toHaveLength(12);
    const wrong = await exportRest(request({ filter: "n =" }), version);
    expect([wrong.status, JSON.parse(wrong.body.toString()).error.reason]).toEqual([400, "INVALID_FILTER"]);
    expect((await exportRest({ namespace: "none" }, version)).status).toBe(404);
    const form = await sendHttp(server, { path: "/v1/export", body: "{}", version });
    expect(form.status).toBe(415);
  });
});

describe.each([
  ["Connect", "connect"],
  ["gRPC", "grpc"],
] as const)("a reader of an export by %s", (_, protocol) => {
  test("who stops is waited for, and gets the rest", async () => {
    const reader = await StallingReader[protocol](server, request(), "Export");
    const first = await reader.next();
    expect(idsOf([first!])[0]).toBe(transferId(0));
    await server.ask("Upsert", { namespace: NAMESPACE, records: [{ id: "z", vector: [0, 0, 0, 0] }] });
    const ids = idsOf([first!]);
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) ids.push(...idsOf([chunk]));
    expect(ids).toHaveLength(TRANSFER_COUNT);
    await server.ask("Delete", { namespace: NAMESPACE, ids: ["z"] });
  });

  test("who goes away ends the work", async () => {
    const canceled = await countEnded("canceled");
    const reader = await StallingReader[protocol](server, request(), "Export");
    await reader.next();
    reader.cancel();
    await until("the call is counted", async () => (await countEnded("canceled")) === canceled + 1);
  });
});

async function openRest(target: TestServer, body: JsonObject) {
  const headers = { "content-type": "application/json" };
  const sent = http.request(`${target.url}/v1/export`, { method: "POST", headers, agent: false });
  sent.on("error", () => {});
  sent.end(JSON.stringify(body));
  const [response] = (await once(sent, "response")) as [http.IncomingMessage];
  response.on("error", () => {});
  return { sent, response };
}

describe("a reader of an export by REST", () => {
  test("who goes away ends the work", async () => {
    const canceled = await countEnded("canceled");
    const { sent, response } = await openRest(server, request());
    await once(response, "readable");
    sent.destroy();
    await until("the call is counted", async () => (await countEnded("canceled")) === canceled + 1);
  });
});

/** Of 64 MB: far more than what sockets hold, so that the work itself must wait. */
describe("an export of large records", () => {
  const TEXT = "x".repeat(100_000);
  const LARGE = 640;
  let large: TestServer;
  let sockets: Socket[];
  const onSocket = (message: unknown) => void sockets.push((message as { socket: Socket }).socket);
  beforeAll(async () => {
    large = await startTestServer({ idleTimeoutMs: 1_500 });
    for (let first = 0; first < LARGE; first += 64) {
      const records = Array.from({ length: 64 }, (_, at) => ({ id: transferId(first + at), text: TEXT }));
      await large.ask("Upsert", { records });
    }
  });
  afterAll(() => large?.stop());
  beforeEach(() => {
    sockets = [];
    // The server's ends of the connections, as Node tells those who ask.
    subscribe("net.server.socket", onSocket);
  });
  afterEach(() => unsubscribe("net.server.socket", onSocket));

  /** Requests that did not end well, which a reader that never comes back is. */
  async function lost(): Promise<number> {
    const page = (await sendHttp(large, { method: "GET", path: "/metrics" })).body.toString();
    const all = await readMetric(page, "vecstore_requests_total", { method: "Export" });
    return all - (await readMetric(page, "vecstore_requests_total", { method: "Export", code: "ok" }));
  }

  /** Of what the server has not got rid of, at the moment when the call has been given up. */
  async function leaveAlone(open: () => Promise<{ end: () => void }>) {
    const before = await lost();
    const { end } = await open();
    const socket = sockets.find((each) => each.remoteAddress !== undefined && !each.destroyed)!;
    await until("the call is given up", async () => (await lost()) === before + 1);
    expect(socket.bytesWritten).toBeLessThan((LARGE * TEXT.length) / 2);
    expect(socket.writableLength).toBeLessThan(2 * 256 * 1024);
    end();
  }

  test.each(["connect", "grpc"] as const)(
    "waits for a reader by %s who stops, and ends after the idle time",
    (protocol) =>
      leaveAlone(async () => {
        const reader = await StallingReader[protocol](large, {}, "Export");
        await reader.next();
        return { end: () => reader.cancel() };
      }),
  );

  test("waits for a reader by REST who stops, and ends after the idle time", () =>
    leaveAlone(async () => {
      const { sent, response } = await openRest(large, {});
      response.pause();
      return { end: () => sent.destroy() };
    }));
});
