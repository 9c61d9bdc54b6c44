import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";
import { StallingReader } from "./harness/stalling-reader.js";
import { STREAM_DOORS } from "./harness/stream-doors.js";

const DOWNLOAD = methodOf("DownloadSnapshot");
const PATH = "/v1/snapshots/snap.1/download";

let server: TestServer;
let folder: string;
/** The archive, as REST gives it. */
let archive: Buffer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "vecstore-download-"));
  server = await startTestServer();
  const text = "x".repeat(20_000);
  const records = Array.from({ length: 200 }, (_, n) => ({ id: `r${n}`, vector: [n, 1], text: `${n} ${text}` }));
  await server.ask("Upsert", { records });
  await server.ask("CreateSnapshot", { name: "snap.1" });
  archive = (await sendHttp(server, { method: "GET", path: PATH })).body;
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const dataOf = (messages: readonly JsonObject[]) =>
  Buffer.concat(messages.map(({ data = "" }) => Buffer.from(data as string, "base64")));

describe.each(STREAM_DOORS.map((door) => [door.name, door] as const))("a snapshot downloaded by %s", (_, door) => {
  test("is the archive, with its size first and its checksum all the way", async () => {
    const { messages, failure } = await door.run(server, DOWNLOAD, [{ name: "snap.1" }]);
    expect(failure).toBeUndefined();
    const [first, ...rest] = messages as [JsonObject, ...JsonObject[]];
    expect(first).toMatchObject({
      total_bytes: String(archive.length),
      snapshot: { name: "snap.1", vector_count: "200" },
    });
    expect(rest.length).toBeGreaterThan(10);
    for (const message of rest) expect(message).not.toHaveProperty("total_bytes");
    expect(dataOf(messages).equals(archive)).toBe(true);
    expect(rest.at(-1)!.crc32).toBe(crc32(archive));
  });

  test("goes on from the middle", async () => {
    const { messages } = await door.run(server, DOWNLOAD, [{ name: "snap.1", offset: "1000001" }]);
    expect(dataOf(messages).equals(archive.subarray(1_000_001))).toBe(true);
    expect(messages.at(-1)!.crc32).toBe(crc32(archive));
  });

  test("says what is wrong", async () => {
    const failureOf = async (request: JsonObject) => (await door.run(server, DOWNLOAD, [request])).failure;
    expect(await failureOf({ name: "none" })).toMatchObject({ code: "not_found", reason: "SNAPSHOT_NOT_FOUND" });
    expect(await failureOf({ name: "../x" })).toMatchObject({ reason: "INVALID_NAME" });
    const beyond = { name: "snap.1", offset: String(archive.length + 1) };
    expect(await failureOf(beyond)).toMatchObject({ reason: "LIMIT_OUT_OF_RANGE" });
  });
});

describe.each(["1.1", "2"] as const)("a snapshot downloaded by REST over HTTP/%s", (version) => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    sendHttp(server, { method: "GET", path, headers, version });

  test("is a file with a name and a length, and always the same", async () => {
    const { status, headers, body } = await get(PATH);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "application/x-tar",
      "content-length": String(archive.length),
      "content-disposition": 'attachment; filename="snap.1.tar"',
      "accept-ranges": "bytes",
      etag: expect.stringMatching(/^"\w+-\w+"$/),
    });
    expect(body.equals(archive)).toBe(true);
  });

  test("goes on by Range, or by its parameter", async () => {
    const part = await get(PATH, { range: "bytes=513-" });
    expect([part.status, part.headers["content-range"]]).toEqual([
      206,
      `bytes 513-${archive.length - 1}/${archive.length}`,
    ]);
    expect(part.body.equals(archive.subarray(513))).toBe(true);
    const rest = await get(`${PATH}?offset=513`);
    expect([rest.status, rest.body.equals(part.body)]).toEqual([200, true]);
    const done = await get(PATH, { range: `bytes=${archive.length}-` });
    expect([done.status, done.headers["content-range"]]).toEqual([416, `bytes */${archive.length}`]);
    for (const range of ["bytes=0-", "bytes=0-99", "bytes=-5", "lines=1-"]) {
      expect((await get(PATH, { range })).body.equals(archive), range).toBe(true);
    }
  });

  test("is refused where Range and the parameter differ, and goes on where they do not", async () => {
    const range = "bytes=513-";
    const both = await get(`${PATH}?offset=513`, { range });
    expect([both.status, both.body.equals(archive.subarray(513))]).toEqual([206, true]);
    for (const offset of [0, 512, 514]) {
      const { status, body } = await get(`${PATH}?offset=${offset}`, { range });
      const { reason, message } = JSON.parse(body.toString()).error;
      expect([status, reason]).toEqual([400, "INVALID_ARGUMENT"]);
      expect(message).toBe(
        `the header Range is bytes=513- and the parameter offset is ${offset}; send one of them, or the same`,
      );
    }
    // What is no open range is none, as ever.
    expect((await get(`${PATH}?offset=513`, { range: "bytes=0-99" })).status).toBe(200);
  });

  test("is refused with a status", async () => {
    expect((await get("/v1/snapshots/none/download")).status).toBe(404);
    expect((await get(`${PATH}?offset=${archive.length + 1}`)).status).toBe(400);
    expect((await get(`${PATH}?ofset=1`)).status).toBe(400);
  });
});

const hasTar = process.platform !== "win32";

test.skipIf(!hasTar)("the archive unpacks with tar", async () => {
  execFileSync("tar", ["-xf", "-", "-C", folder], { input: archive });
  expect(readdirSync(folder)).toEqual(["snap.1"]);
  const names = readdirSync(join(folder, "snap.1"));
  expect(names).toContain("snapshot");
  expect(names.some((name) => name.startsWith("part-"))).toBe(true);
  const listed = execFileSync("tar", ["-tvf", "-"], { input: archive }).toString().trim().split("\n");
  expect(listed).toHaveLength(names.length);
  expect(readFileSync(join(folder, "snap.1", "snapshot")).length).toBeGreaterThan(0);
});

test.each(["connect", "grpc"] as const)("a reader by %s who goes away ends the download", async (protocol) => {
  const canceled = async () => {
    const page = await sendHttp(server, { method: "GET", path: "/metrics" });
    return readMetric(page.body.toString(), "vecstore_requests_total", {
      method: "DownloadSnapshot",
      code: "canceled",
    });
  };
  const before = await canceled();
  const reader = await StallingReader[protocol](server, { name: "snap.1" }, "DownloadSnapshot");
  await reader.next();
  reader.cancel();
  await until("the call is counted", async () => (await canceled()) === before + 1);
});
