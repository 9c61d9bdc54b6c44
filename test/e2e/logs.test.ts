import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { sendHttp } from "./harness/http.js";
import { VecstoreProcess } from "./harness/process.js";
import { methodOf } from "./harness/schema.js";
import { ask } from "./harness/server.js";
import { SocketClient } from "./harness/socket-client.js";
import { STREAM_DOORS } from "./harness/stream-doors.js";

const ADMIN = "admin-key-that-no-log-may-hold";
const keyed = { headers: { "x-api-key": ADMIN } };

/** What a caller sends, each in a form that nothing else has. */
const SECRETS = {
  vector: "0.7182818",
  metadata: "metadata-that-no-log-may-hold",
  field: "field-that-no-log-may-hold",
  text: "text that no log may hold",
  literal: "literal-that-no-log-may-hold",
  id: "id-that-no-log-may-hold",
  unknownKey: "unknown-key-that-no-log-may-hold",
} as const;

let data: string;
let server: Awaited<ReturnType<typeof VecstoreProcess.serve>>;
let lines: string[];
let madeKey: string;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "vecstore-logs-"));
  server = await VecstoreProcess.serve(data, ["--log-level", "debug"], {
    VECSTORE_ADMIN_KEY: ADMIN,
    VECSTORE_AUDIT_DATA_ACTIONS: "true",
  });
  await everyDoor();
  await streams();
  server.signal("SIGTERM");
  expect(await server.ended()).toBe(0);
  lines = `${server.stdout}${server.stderr}`.split("\n").filter((line) => line !== "");
});
afterAll(async () => {
  await server?.kill();
  await rm(data, { recursive: true, force: true });
});

const VECTOR = [Number(SECRETS.vector), 1];
const RECORD: JsonObject = {
  id: SECRETS.id,
  vector: VECTOR,
  text: SECRETS.text,
  metadata: { [SECRETS.field]: SECRETS.metadata },
};
const FILTER = `${SECRETS.field} = '${SECRETS.literal}'`;

/** Requests that succeed and that fail, of all kinds. */
const REQUESTS: readonly (readonly [string, JsonObject])[] = [
  ["Upsert", { records: [RECORD] }],
  ["Upsert", { records: [{ ...RECORD, vector: [...VECTOR, 2] }] }],
  ["Upsert", { records: [{ ...RECORD, ifVersion: "99" }] }],
  ["Upsert", { records: [{ ...RECORD, id: "x".repeat(600) }] }],
  ["Upsert", { namespace: "none", records: [RECORD] }],
  ["Get", { ids: [SECRETS.id, "missing"] }],
  ["Query", { vector: VECTOR, filter: FILTER, explain: true }],
  ["Query", { vector: VECTOR, filter: `${FILTER} AND` }],
  ["Query", { vector: [...VECTOR, 3] }],
  ["Query", { text: SECRETS.text }],
  ["Query", { id: "missing" }],
  ["BatchQuery", { queries: [{ vector: VECTOR, filter: FILTER }] }],
  ["List", { filter: FILTER }],
  ["Count", { filter: FILTER }],
  ["Update", { updates: [{ id: SECRETS.id, mergeMetadata: { [SECRETS.field]: SECRETS.metadata } }] }],
  ["Delete", { filter: FILTER }],
  ["MeasureRecall", {}],
];

async function everyDoor(): Promise<void> {
  for (const door of DOORS) {
    for (const [method, request] of REQUESTS) {
      if (!door.supports(methodOf(method))) continue;
      await door.call(server.target, methodOf(method), request, keyed);
      await door.call(server.target, methodOf(method), request, { headers: { "x-api-key": SECRETS.unknownKey } });
    }
  }
  const request = { role: "ROLE_READER", namespaces: ["default"] };
  madeKey = (await ask(server.target, "ApiKeyService.CreateApiKey", request, keyed)).key as string;
  await ask(server.target, "Count", {}, { headers: { authorization: `Bearer ${madeKey}` } });
}

async function streams(): Promise<void> {
  for (const door of STREAM_DOORS) {
    const run = (method: string, sent: JsonObject) =>
      door.run(server.target, methodOf(method), [sent], undefined, keyed.headers);
    await run("QueryStream", { query: { vector: VECTOR, filter: FILTER } });
    await run("Export", { filter: FILTER });
    await run("Import", { records: [RECORD, { ...RECORD, vector: [...VECTOR, 1] }] });
  }
  const socket = await SocketClient.open(server.target, keyed.headers);
  await socket.ask({ vector: VECTOR, filter: FILTER });
  await socket.ask({ vector: [...VECTOR, 3], text: SECRETS.text });
  socket.send(`{"vector": ["${SECRETS.metadata}`);
  await socket.error();
  socket.vanish();
  const headers = { "content-type": "application/x-ndjson", ...keyed.headers };
  const body = `${JSON.stringify(RECORD)}\n{"id": "${SECRETS.id}", broken\n`;
  await sendHttp(server.target, { path: "/v1/import", headers, body });
  await sendHttp(server.target, { path: "/v1/query?key=no", headers: keyed.headers, body: JSON.stringify(RECORD) });
}

test("every line is one JSON object with a level, a time and a message", () => {
  expect(lines.length).toBeGreaterThan(REQUESTS.length * DOORS.length);
  for (const line of lines) {
    const parsed = JSON.parse(line) as JsonObject;
    expect(parsed, line).toMatchObject({ level: expect.anything(), msg: expect.any(String) });
    expect(Math.abs(Date.now() - Number(parsed.time)), line).toBeLessThan(3_600_000);
  }
});

test("no line holds a vector, metadata, a text, a literal of a filter or a key", async () => {
  const audit = join(data, "audit");
  const audited = await Promise.all((await readdir(audit)).map((name) => readFile(join(audit, name), "utf8")));
  const texts = { log: lines.join("\n"), "audit log": audited.join("\n") };
  for (const [where, text] of Object.entries(texts)) {
    expect(text.length, where).toBeGreaterThan(1_000);
    for (const secret of [...Object.values(SECRETS), ADMIN, madeKey]) {
      // A field is named by a filter, whose literals alone are secret; an id is named by its error.
      if (secret === SECRETS.field || secret === SECRETS.id) continue;
      expect(text.includes(secret), `${secret} in the ${where}`).toBe(false);
    }
  }
});
