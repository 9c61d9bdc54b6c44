import { once } from "node:events";
import * as http from "node:http";
import { fromJson, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFrames, toFrame } from "./harness/frames.js";
import { type HttpAnswer, sendHttp } from "./harness/http.js";
import { failedByConnectJson } from "./harness/outcome.js";
import { methodOf, pathOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";
import { STREAM_DOORS } from "./harness/stream-doors.js";
import { TRANSFER_COUNT, transferId, transferRecord, transferRecords } from "./harness/transfer-records.js";

const IMPORT = methodOf("Import");
const EXPORT = methodOf("Export");
const BATCH = 1_000;

let server: TestServer;
let namespaces = 0;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

/** A new namespace, whose metric takes every vector. */
async function createNamespace(): Promise<string> {
  const name = `ns-${++namespaces}`;
  await server.ask("NamespaceService.CreateNamespace", { name, config: { metric: "METRIC_EUCLIDEAN" } });
  return name;
}

/** The messages of an import. */
function messagesOf(namespace: string, records: readonly JsonObject[], first: JsonObject = {}): JsonObject[] {
  const messages: JsonObject[] = [];
  for (let at = 0; at < records.length; at += BATCH) messages.push({ records: records.slice(at, at + BATCH) });
  messages[0] = { namespace, ...first, ...messages[0] };
  return messages;
}

const grpc = STREAM_DOORS.find(({ name }) => name === "gRPC, by grpc-js")!;

async function contentOf(namespace: string): Promise<JsonObject[]> {
  const { messages } = await grpc.run(server, EXPORT, [{ namespace }]);
  const records = messages.flatMap(({ records: each }) => (each ?? []) as JsonObject[]);
  return records.map(({ version, ...rest }) => rest);
}

const withoutMinusZero = (record: JsonObject) => ({
  ...record,
  vector: (record.vector as number[]).map((value) => value + 0),
});

/** REST's line of a record: bytes that JSON.stringify would not write, such as -0, included. */
const lineOf = (record: JsonObject): string => {
  const { vector, ...rest } = record;
  const numbers = (vector as number[]).map((value) => (Object.is(value, -0) ? "-0" : String(value)));
  return `${JSON.stringify(rest).slice(0, -1)},"vector":[${numbers.join(",")}]}`;
};

function importRest(body: string | Buffer, search: Record<string, string>, version: "1.1" | "2" = "1.1") {
  const headers = { "content-type": "application/x-ndjson" };
  return sendHttp(server, { path: `/v1/import?${new URLSearchParams(search)}`, headers, body, version });
}

const linesOf = ({ body }: HttpAnswer) =>
  body
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as JsonObject);

/** One of each kind of bad row, by position among good ones. */
const BAD: Readonly<Record<number, readonly [JsonObject, string]>> = {
  2: [{ id: "", vector: [1, 2, 3, 4] }, "ERROR_REASON_INVALID_ID"],
  3: [{ id: "short", vector: [1] }, "ERROR_REASON_DIMENSION_MISMATCH"],
  5: [{ id: "none" }, "ERROR_REASON_EMPTY_RECORD"],
  6: [{ id: "half", vector_f32: "AAAA" }, "ERROR_REASON_INVALID_VECTOR"],
  8: [{ id: "late", text: "x", if_version: "7" }, "ERROR_REASON_VERSION_CONFLICT"],
  9: [{ id: "x".repeat(513), text: "x" }, "ERROR_REASON_INVALID_ID"],
};
const badRecords = (): JsonObject[] => {
  const rows = Array.from({ length: 10 }, (_, at) => transferRecord(at));
  for (const [row, [record]] of Object.entries(BAD)) rows[Number(row) - 1] = record;
  return rows;
};
const NAMED = Object.entries(BAD).map(([row, [{ id }, reason]]) => [
  Number(row),
  (id as string).length > 512 ? "" : id,
  reason,
]);

describe.each(STREAM_DOORS.filter(({ isDuplex }) => isDuplex).map((door) => [door.name, door] as const))(
  "an import by %s",
  (name, door) => {
    test("writes 20,000 records, bit for bit, and answers each message", async () => {
      const namespace = await createNamespace();
      const records = transferRecords();
      const { messages, failure } = await door.run(server, IMPORT, messagesOf(namespace, records));
      expect(failure).toBeUndefined();
      expect(messages).toHaveLength(TRANSFER_COUNT / BATCH);
      expect(messages.map(({ rows }) => Number(rows))).toEqual(messages.map((_, at) => (at + 1) * BATCH));
      expect(messages.at(-1)).toMatchObject({ imported: String(TRANSFER_COUNT), resume_token: expect.any(String) });
      expect(messages.at(-1)).not.toHaveProperty("failures");
      const wanted = name.includes("JSON") ? records.map(withoutMinusZero) : records;
      expect(await contentOf(namespace)).toEqual(wanted);
    });

    test("names every bad row, and writes the others", async () => {
      const namespace = await createNamespace();
      const rows = badRecords();
      const sent: JsonObject[] = [{ namespace, records: rows.slice(0, 4) }, { records: rows.slice(4) }];
      const { messages } = await door.run(server, IMPORT, sent);
      const failures = messages.flatMap(({ failures: each }) => (each ?? []) as JsonObject[]);
      expect(failures.map(({ row, id = "", reason }) => [Number(row), id, reason])).toEqual(NAMED);
      expect(messages[0]).toMatchObject({ rows: "4", imported: "2", failed: "2" });
      expect(messages[1]).toMatchObject({ rows: "10", imported: "4", failed: "6" });
      expect((await contentOf(namespace)).map(({ id }) => id)).toEqual([0, 3, 6, 9].map(transferId));
    });

    test("goes on after a cut, and counts nothing twice", async () => {
      const namespace = await createNamespace();
      const records = transferRecords(5_000);
      const cut = new Error("cut");
      const seen: JsonObject[] = [];
      const first = { mode: "WRITE_MODE_INSERT_ONLY" };
      const sending = door.run(server, IMPORT, messagesOf(namespace, records, first), (message) => {
        seen.push(message);
        if (seen.length === 2) throw cut;
      });
      await expect(sending).rejects.toBe(cut);
      // What was sent behind the last answer may be written or not, and is sent again.
      const { rows, resume_token: resumeToken } = seen.at(-1) as { rows: string; resume_token: string };
      const rest = records.slice(Number(rows));
      const { messages } = await door.run(server, IMPORT, messagesOf(namespace, rest, { ...first, resumeToken }));
      expect(messages.at(-1)).toMatchObject({ rows: "5000", imported: "5000" });
      expect(messages.at(-1)).not.toHaveProperty("failed");
      expect(await server.ask("Count", { namespace })).toEqual({ count: "5000" });
    });

    test("says what is wrong as a whole, after what it wrote", async () => {
      const namespace = await createNamespace();
      const failureOf = async (...sent: JsonObject[]) => (await door.run(server, IMPORT, sent)).failure;
      const records = [transferRecord(1)];
      expect(await failureOf({ namespace: "none", records })).toMatchObject({ reason: "NAMESPACE_NOT_FOUND" });
      expect(await failureOf({ namespace, resumeToken: "x" })).toMatchObject({ reason: "INVALID_PAGE_TOKEN" });
      const changed = await door.run(server, IMPORT, [
        { namespace, records },
        { namespace: "other", records },
      ]);
      expect(changed.messages).toHaveLength(1);
      expect(changed.failure).toMatchObject({ reason: "INVALID_ARGUMENT", text: expect.stringContaining("namespace") });
      const many = Array.from({ length: 1_001 }, (_, n) => ({ id: `r${n}`, text: "x" }));
      expect(await failureOf({ namespace, records: many })).toMatchObject({ reason: "BATCH_TOO_LARGE" });
      const token = (await door.run(server, IMPORT, [{ namespace }])).messages[0]!.resume_token as string;
      const otherMode = { namespace, resumeToken: token, mode: "WRITE_MODE_INSERT_ONLY" };
      expect(await failureOf(otherMode)).toMatchObject({ reason: "INVALID_PAGE_TOKEN" });
    });
  },
);

describe("an import over HTTP/1.1", () => {
  const says = expect.stringMatching(/HTTP\/2.*POST \/v1\/import/);
  const frame = toFrame(toBinary(IMPORT.input, fromJson(IMPORT.input, { records: [transferRecord(1)] })));

  test("by Connect is refused with where to go", async () => {
    const headers = { "content-type": "application/connect+proto", "connect-protocol-version": "1" };
    const answer = await sendHttp(server, { path: pathOf(IMPORT), headers, body: frame });
    const { error } = JSON.parse(readFrames(answer.body).frames.at(-1)!.data.toString());
    const wanted = { code: "unimplemented", reason: "NOT_IMPLEMENTED", text: says };
    expect(failedByConnectJson(JSON.stringify(error), 200)).toMatchObject(wanted);
  });

  test("by gRPC-Web is refused with where to go", async () => {
    const headers = { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" };
    const answer = await sendHttp(server, { path: pathOf(IMPORT), headers, body: frame });
    expect([answer.status, answer.headers["grpc-status"]]).toEqual([200, "12"]);
    expect(decodeURIComponent(answer.headers["grpc-message"] as string)).toEqual(says);
  });
});

describe.each(["1.1", "2"] as const)("an import by REST over HTTP/%s", (version) => {
  test("writes 20,000 lines, bit for bit, and says that it is complete", async () => {
    const namespace = await createNamespace();
    const records = transferRecords();
    const answer = await importRest(records.map((record) => `${lineOf(record)}\n`).join(""), { namespace }, version);
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "application/x-ndjson"]);
    const lines = linesOf(answer);
    const end = { complete: true, rows: TRANSFER_COUNT, imported: TRANSFER_COUNT, failed: 0, unnamed: 0, failures: [] };
    expect(lines.at(-1)).toMatchObject(end);
    expect(await contentOf(namespace)).toEqual(records);
  });

  test("takes an export as it is", async () => {
    const [from, to] = [await createNamespace(), await createNamespace()];
    await grpc.run(server, IMPORT, messagesOf(from, transferRecords(3_000)));
    const exported = await sendHttp(server, {
      path: "/v1/export",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ namespace: from }),
      version,
    });
    const lines = linesOf(await importRest(exported.body, { namespace: to }, version));
    expect(lines.at(-1)).toMatchObject({ complete: true, rows: 3_000, imported: 3_000 });
    expect(await contentOf(to)).toEqual(await contentOf(from));
  });

  test("names every bad row, also those that are no JSON, no UTF-8, or no record", async () => {
    const namespace = await createNamespace();
    const body = Buffer.concat([
      Buffer.from(
        `\ufeff${badRecords()
          .map((record) => JSON.stringify(record))
          .join("\r\n")}\n\n`,
      ),
      Buffer.from('{"id": \n[1]\nnull\n{"id":"typo","vectr":[1]}\n{"id":7,"text":"x"}\n'),
      Buffer.from([0x7b, 0x22, 0x69, 0x64, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d, 0x0a]),
      Buffer.from('{"resume_token":"t","sequence":1}\n{"complete":true}\n{"id":"last","text":"no newline behind it"}'),
    ]);
    const lines = linesOf(await importRest(body, { namespace, mode: "upsert" }, version));
    const failures = lines.flatMap(({ failures: each }) => each as JsonObject[]);
    const short = NAMED.map(([row, id, reason]) => [row, id, String(reason).slice(13).toLowerCase()]);
    expect(failures.map(({ row, id, reason }) => [row, id, reason])).toEqual([
      ...short,
      [11, "", "invalid_argument"],
      [12, "", "invalid_argument"],
      [13, "", "invalid_argument"],
      [14, "typo", "invalid_argument"],
      [15, "", "invalid_argument"],
      [16, "", "invalid_argument"],
    ]);
    expect(failures.at(-3)!.message).toContain("vectr");
    expect(lines.at(-1)).toMatchObject({ complete: true, rows: 17, imported: 5, failed: 12 });
  });

  test("goes on by its token, and answers errors with their status", async () => {
    const namespace = await createNamespace();
    const lines = transferRecords(2_500).map((record) => `${lineOf(record)}\n`);
    const [first] = linesOf(await importRest(lines.slice(0, 700).join(""), { namespace }, version));
    const search = { namespace, resume_token: first!.resume_token as string };
    const rest = linesOf(await importRest(lines.slice(first!.rows as number).join(""), search, version));
    expect(rest.at(-1)).toMatchObject({ rows: 2_500, imported: 2_500, failed: 0 });
    const statusOf = async (given: Record<string, string>) => (await importRest("", given, version)).status;
    expect(await statusOf({ namespace: "none" })).toBe(404);
    expect(await statusOf({ namespace, mode: "replace" })).toBe(400);
    expect(await statusOf({ namespace, resume_token: "x" })).toBe(400);
    expect(await statusOf({ namespace, what: "x" })).toBe(400);
    const form = await sendHttp(server, { path: "/v1/import", body: "{}\n", version });
    expect(form.status).toBe(415);
    expect(linesOf(await importRest("", { namespace }, version))).toEqual([
      expect.objectContaining({ complete: true, rows: 0, imported: 0 }),
    ]);
  });
});

describe("a caller of the REST import who reads nothing before all is sent", () => {
  test("is not waited for, and learns of the bad rows", async () => {
    const namespace = await createNamespace();
    const headers = { "content-type": "application/x-ndjson" };
    const path = `${server.url}/v1/import?namespace=${namespace}`;
    const request = http.request(path, { method: "POST", headers, agent: false });
    // A response that nobody listens to is read and dropped, so this one stands still.
    const responded = new Promise<http.IncomingMessage>((resolve) => request.once("response", resolve));
    const answering = responded.then((response) => response.pause());
    const bad = `${JSON.stringify({ id: "a".repeat(400) })}\n`.repeat(1_000);
    // 200,000 bad rows: their names alone are far more than what sockets hold.
    for (let piece = 0; piece < 200; piece++) if (!request.write(bad)) await once(request, "drain");
    request.end();
    await once(request, "finish");
    const answer = await answering;
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk);
    const lines = Buffer.concat(chunks)
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const named = lines.reduce((sum, { failures }) => sum + failures.length, 0);
    const last = lines.at(-1);
    expect(last).toMatchObject({ complete: true, rows: 200_000, imported: 0, failed: 200_000 });
    expect(last.unnamed).toBeGreaterThan(0);
    expect(named + last.unnamed).toBe(200_000);
  });
});

describe("a caller of an import who goes away", () => {
  test("leaves whole batches, and a call that is counted", async () => {
    const namespace = await createNamespace();
    const canceled = async () => {
      const page = await sendHttp(server, { method: "GET", path: "/metrics" });
      return readMetric(page.body.toString(), "vecstore_requests_total", { method: "Import", code: "canceled" });
    };
    const before = await canceled();
    const headers = { "content-type": "application/x-ndjson" };
    const path = `${server.url}/v1/import?namespace=${namespace}`;
    const request = http.request(path, { method: "POST", headers, agent: false });
    request.on("error", () => {});
    const rows = transferRecords(100).map((record) => `${lineOf(record)}\n`);
    request.write(rows.join(""));
    await until("rows are there", async () => (await server.ask("Count", { namespace })).count === "100");
    request.write(rows[0]!.slice(0, 20));
    request.destroy();
    await until("the call is counted", async () => (await canceled()) === before + 1);
    expect(await server.ask("Count", { namespace })).toEqual({ count: "100" });
  });
});

describe("keys", () => {
  test("close imports and exports at every door", async () => {
    const closed = await startTestServer({ adminKey: "the key" });
    try {
      for (const path of ["/v1/import", "/v1/export"]) {
        expect((await sendHttp(closed, { path, body: "{}" })).status).toBe(401);
      }
      for (const door of STREAM_DOORS.filter(({ isDuplex }) => isDuplex)) {
        for (const rpc of [IMPORT, EXPORT]) {
          const { failure } = await door.run(closed, rpc, [{}]);
          expect(failure, door.name).toMatchObject({ reason: "API_KEY_MISSING" });
        }
      }
    } finally {
      await closed.stop();
    }
  });
});
