import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";
import {
  createTenants,
  drawAttempt,
  expectNothingOfOthers,
  keyed,
  pickBy,
  randomFrom,
  type Tenant,
} from "./harness/tenants.js";

const ADMIN = "an-admin-key-for-tests";
const TENANTS = 50;
const CALLS = Number(process.env.VECSTORE_ISOLATION_CALLS ?? 500);
const SEED = Number(process.env.VECSTORE_ISOLATION_SEED ?? 1);

let server: TestServer;
let tenants: readonly Tenant[];

beforeAll(async () => {
  server = await startTestServer({ adminKey: ADMIN, cacheBytes: 16 * 1024 * 1024 });
  tenants = await createTenants(server, TENANTS, ADMIN);
});
afterAll(() => server?.stop());

/** What all tenants ask alike: only the namespace tells the answers apart. */
const QUERIES: readonly JsonObject[] = [
  { vector: [1, 1], limit: 1_000 },
  { text: "text", limit: 10, includeText: true },
];

/** Of one namespace: the owner's view of its own cache. */
async function hitsOf({ keys }: Tenant): Promise<number> {
  const { cache } = await server.ask("GetStats", {}, keyed(keys.right.key));
  return Number((cache as JsonObject | undefined)?.hits ?? 0);
}

const isHit = (answer: unknown) => (answer as { readonly stats?: JsonObject }).stats?.cache_hit === true;

/** A namespace that was written a moment ago has nothing kept; the last tenant was written last. */
async function waitUntilKept(): Promise<number> {
  const { keys } = tenants.at(-1)!;
  let hits = 0;
  await until("an answer from the cache", async () => {
    const isKept = isHit(await server.ask("Query", QUERIES[0]!, keyed(keys.right.key)));
    if (isKept) hits++;
    return isKept;
  });
  return hits;
}

test(`an answer that is kept is given to its tenant alone, and counted for it alone (seed ${SEED})`, async () => {
  const random = randomFrom(SEED);
  const pick = pickBy(random);
  const hits = new Map(tenants.map((tenant) => [tenant, 0]));
  hits.set(tenants.at(-1)!, await waitUntilKept());
  // What comes a second time is kept.
  for (const tenant of tenants) {
    for (const query of [...QUERIES, ...QUERIES]) {
      if (isHit(await server.ask("Query", query, keyed(tenant.keys.right.key))))
        hits.set(tenant, hits.get(tenant)! + 1);
    }
  }
  for (let at = 0; at < CALLS; at++) {
    const drawn = drawAttempt(random, tenants, at);
    const { caller, aim, key, reason } = drawn;
    const door = pick(DOORS);
    const isNamed = caller !== aim || random() > 0.5;
    const request = { ...pick(QUERIES), ...(isNamed && { namespace: aim.name }) };
    const sent: object[] = [];
    const options = { ...keyed(key.key), onHeaders: (more: object) => void sent.push(more) };
    const outcome = await door.call(server, methodOf("Query"), request, options);
    const attempt = { ...drawn, label: `${drawn.label}, by ${door.name}` };
    expectNothingOfOthers(JSON.stringify([outcome, sent]), attempt, tenants);
    if (!outcome.ok) {
      expect(outcome.reason, attempt.label).toBe(reason);
      continue;
    }
    expect(outcome.message.results, attempt.label).toMatchObject([{ id: `${caller.mark}-1` }]);
    if (isHit(outcome.message)) hits.set(caller, hits.get(caller)! + 1);
  }
  for (const tenant of tenants) expect(await hitsOf(tenant), tenant.name).toBe(hits.get(tenant));
  const total = [...hits.values()].reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThan(CALLS / 5);
  const page = await sendHttp(server, { method: "GET", path: "/metrics", headers: keyed(ADMIN).headers });
  expect(await readMetric(page.body.toString(), "vecstore_cache_hits_total")).toBe(total);
});

test("no header of an answer tells of others, or whether a foreign answer is kept", async () => {
  const [own, other] = [tenants[0]!, tenants.at(-1)!];
  const ask = async (namespace: string, { keys }: Tenant) => {
    const headers = { ...keyed(keys.right.key).headers, "content-type": "application/json", "x-request-id": "same" };
    const body = JSON.stringify({ ...QUERIES[0], namespace });
    const answer = await sendHttp(server, { path: "/v1/query", headers, body });
    const { date: _, ...others } = answer.headers;
    return { status: answer.status, text: JSON.stringify(others) + answer.body.toString() };
  };
  await waitUntilKept();
  // One namespace whose answer is kept, one whose answer is not, one that does not exist.
  const unkept = tenants[1]!;
  await server.ask("Upsert", { records: [{ id: `${unkept.mark}-1`, vector: [1, 2] }] }, keyed(unkept.keys.right.key));
  const names = [other.name, unkept.name, "tenant-99"];
  const texts = new Set<string>();
  for (const name of names) {
    const { status, text } = await ask(name, own);
    expect(status).toBe(403);
    texts.add(text.replaceAll(name, "NAME"));
  }
  expect([...texts]).toHaveLength(1);
  const { text } = await ask(own.name, own);
  for (const each of tenants.slice(1)) expect(text.includes(each.name) || text.includes(each.mark)).toBe(false);
});
