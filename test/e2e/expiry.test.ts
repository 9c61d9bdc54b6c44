import type { JsonObject } from "@bufbuild/protobuf";
import { VecStoreClient } from "@vecstore/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer } from "./harness/server.js";

const LATER = "2999-12-31T23:59:59.250Z";
const LATER_MS = Date.parse(LATER);
const PAST = "2001-01-01T00:00:00Z";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const writers = DOORS.filter(({ supports }) => supports(methodOf("Upsert")));

describe.each(writers.map((door) => [door.name, door] as const))("a record with a time, by %s", (name, door) => {
  const id = (letter: string) => `${name} ${letter}`;
  const call = async (method: string, request: JsonObject) => {
    const outcome = await door.call(server, methodOf(method), request);
    if (!outcome.ok) throw new Error(JSON.stringify(outcome));
    return outcome.message;
  };

  test("comes back with it, is not there once it has passed, and may get another or none", async () => {
    const records = [
      { id: id("a"), vector: [1, 0], expiresAt: LATER },
      { id: id("b"), vector: [1, 0], expiresAt: PAST },
      { id: id("c"), vector: [1, 0], expiresAt: LATER },
    ];
    expect(await call("Upsert", { records })).toMatchObject({ upserted: 3 });
    const updates: JsonObject[] = [
      { id: id("a"), expiresAt: "2100-01-01T00:00:00Z" },
      { id: id("c"), clearExpiresAt: true },
    ];
    const ids = records.map((record) => record.id);
    const before = (await call("Get", { ids })) as { records: { expires_at?: string }[] };
    expect(before.records.map(({ expires_at }) => Date.parse(expires_at!))).toEqual([LATER_MS, LATER_MS]);
    await call("Update", { updates });
    const after = (await call("Get", { ids })) as { records: { expires_at?: string }[] };
    expect(after.records.map(({ expires_at }) => expires_at)).toEqual(["2100-01-01T00:00:00Z", undefined]);
    expect(after).toMatchObject({ missing: [id("b")] });
  });
});

test("the JavaScript client writes, reads, changes and removes the time", async () => {
  const client = new VecStoreClient(server.url);
  const before = await client.upsert([
    { id: "a", vector: [1, 0], expiresAtMs: LATER_MS },
    { id: "b", vector: [1, 0], expiresAtMs: 1 },
  ]);
  expect(before).toMatchObject({ upserted: 2, inserted: 2 });
  const read = async () => (await client.get(["a", "b"])).records.map(({ id, expiresAtMs }) => [id, expiresAtMs]);
  expect(await read()).toEqual([["a", LATER_MS]]);
  await client.update([{ id: "a", expiresAtMs: LATER_MS + 500 }]);
  expect(await read()).toEqual([["a", LATER_MS + 500]]);
  await client.update([{ id: "a", expiresAtMs: null }]);
  expect(await read()).toEqual([["a", undefined]]);
  await client.close();
});
