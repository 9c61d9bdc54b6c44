import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import type { Outcome } from "./harness/outcome.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer } from "./harness/server.js";
import { STREAM_DOORS } from "./harness/stream-doors.js";
import { createTenants, keyed, type Tenant } from "./harness/tenants.js";

const ADMIN = "an-admin-key-for-tests";

let server: TestServer;
/** One who has something, and one who wants it. */
let owner: Tenant;
let thief: Tenant;

beforeAll(async () => {
  server = await startTestServer({ adminKey: ADMIN });
  [owner, thief] = (await createTenants(server, 2, ADMIN)) as [Tenant, Tenant];
  for (const { mark, keys } of [owner, thief]) {
    const records = Array.from({ length: 600 }, (_, at) => ({ id: `${mark}-${1_000 + at}`, vector: [1, at] }));
    await server.ask("Upsert", { records }, keyed(keys.right.key));
  }
});
afterAll(() => server?.stop());

const doors = DOORS.map((door) => [door.name, door] as const);
const streamDoors = STREAM_DOORS.map((door) => [door.name, door] as const);
const keyOf = ({ keys }: Tenant) => keys.right.key;

/** Fails when an answer, or an error, has anything that the owner stored. */
function expectNothing(outcome: unknown, given = ""): void {
  expect(JSON.stringify(outcome).replaceAll(given, "")).not.toContain(owner.mark);
}

const reasonOf = (outcome: Outcome) => (outcome.ok ? "ok" : outcome.reason);

describe.each(doors)("by %s", (_, door) => {
  const call = (method: string, request: JsonObject, headers: Readonly<Record<string, string>> = {}) =>
    door.call(server, methodOf(method), request, { headers: { ...keyed(keyOf(thief)).headers, ...headers } });

  test("a page token of another gives nothing of the other", async () => {
    const page = await server.ask("List", { pageSize: 10 }, keyed(keyOf(owner)));
    const pageToken = page.next_page_token as string;
    const stolen = await call("List", { pageSize: 1_000, pageToken });
    expectNothing(stolen);
    if (!stolen.ok) expect(stolen.reason).toBe("INVALID_PAGE_TOKEN");
  });

  test("an idempotency key of another is none of theirs", async () => {
    if (!door.supports(methodOf("Upsert"))) return;
    const idempotencyKey = `same-by-${door.name}`;
    const records = (tenant: Tenant) => [{ id: `${tenant.mark}-once`, vector: [1, 1] }];
    await server.ask("Upsert", { records: records(owner), idempotencyKey }, keyed(keyOf(owner)));
    const written = await call("Upsert", { records: records(thief), idempotencyKey });
    expect(written).toMatchObject({ ok: true, message: { upserted: 1 } });
    expect(await call("Get", { ids: [`${thief.mark}-once`] })).toMatchObject({ ok: true });
    await call("Delete", { ids: [`${thief.mark}-once`] });
  });

  test("two names of a namespace, in the request and in the header, are no way in", async () => {
    const query = { vector: [1, 0], limit: 1_000 };
    // The request's counts where both are there.
    expect(reasonOf(await call("Query", { ...query, namespace: owner.name }, { "x-namespace": thief.name }))).toBe(
      "PERMISSION_DENIED",
    );
    const own = await call("Query", { ...query, namespace: thief.name }, { "x-namespace": owner.name });
    expect(reasonOf(own)).toBe("ok");
    expectNothing(own);
    expect(reasonOf(await call("Query", query, { "x-namespace": owner.name }))).toBe("PERMISSION_DENIED");
  });

  test("a query inside a batch goes nowhere else than its batch", async () => {
    const queries: JsonObject[] = [{ vector: [1, 0] }, { vector: [1, 0], namespace: owner.name }];
    const outcome = await call("BatchQuery", { queries });
    expect(reasonOf(outcome)).toBe("INVALID_ARGUMENT");
    expectNothing(outcome);
  });

  test("the name of a record or a snapshot of another finds nothing", async () => {
    const [id, snapshot] = [`${owner.mark}-1000`, `snap-${owner.mark}`];
    const got = await call("Get", { ids: [id] });
    expect(got).toMatchObject({ ok: true, message: { missing: [id] } });
    expectNothing(got, id);
    const near = await call("Query", { id });
    expect(reasonOf(near)).toBe("RECORD_NOT_FOUND");
    expectNothing(near, id);
    if (!door.supports(methodOf("RestoreSnapshot"))) return;
    for (const method of ["RestoreSnapshot", "DeleteSnapshot"]) {
      const outcome = await call(method, { name: snapshot });
      expect(reasonOf(outcome), method).toBe("SNAPSHOT_NOT_FOUND");
      expectNothing(outcome, snapshot);
    }
  });
});

describe.each(streamDoors)("by %s", (_, door) => {
  test("a token of an export of another gives nothing of the other", async () => {
    const run = (tenant: Tenant, request: JsonObject) =>
      door.run(server, methodOf("Export"), [request], undefined, keyed(keyOf(tenant)).headers);
    const { messages } = await run(owner, {});
    const resumeToken = messages.map((each) => each.resume_token as string).find((token) => token !== undefined)!;
    expect(resumeToken.length).toBeGreaterThan(0);
    const stolen = await run(thief, { resumeToken });
    expectNothing(stolen);
  });

  test("a snapshot of another is none that can be downloaded", async () => {
    const request = { name: `snap-${owner.mark}` };
    const method = methodOf("DownloadSnapshot");
    const stolen = await door.run(server, method, [request], undefined, keyed(keyOf(thief)).headers);
    expect(stolen.failure?.reason).toBe("SNAPSHOT_NOT_FOUND");
    expect(stolen.messages).toEqual([]);
  });
});

test("what another has is there after all of it", async () => {
  const { count } = await server.ask("Count", {}, keyed(keyOf(owner)));
  expect(Number(count)).toBe(602);
  const { snapshots } = await server.ask("ListSnapshots", {}, keyed(keyOf(owner)));
  expect(snapshots).toHaveLength(1);
});
