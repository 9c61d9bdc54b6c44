import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer } from "./harness/server.js";
import { createTenants, keyed, randomFrom, type Tenant } from "./harness/tenants.js";

const ADMIN = "an-admin-key-for-tests";
const TENANTS = 50;
const CALLS = Number(process.env.VECSTORE_ISOLATION_CALLS ?? 600);
const SEED = Number(process.env.VECSTORE_ISOLATION_SEED ?? 1);

let server: TestServer;
let tenants: readonly Tenant[];

beforeAll(async () => {
  server = await startTestServer({ adminKey: ADMIN, logLevel: "debug" });
  tenants = await createTenants(server, TENANTS, ADMIN);
});
afterAll(() => server?.stop());

const METHODS: readonly ((owner: Tenant) => readonly [method: string, request: JsonObject])[] = [
  ({ mark }) => ["Upsert", { records: [{ id: `${mark}-2`, vector: [0, 1], metadata: { owner: mark } }] }],
  ({ mark }) => ["Get", { ids: [`${mark}-1`], includeText: true }],
  () => ["List", {}],
  () => ["Count", {}],
  () => ["Query", { vector: [1, 1], limit: 1_000, explain: true }],
  ({ mark }) => ["Query", { id: `${mark}-1` }],
  () => ["Query", { vector: [1, 2, 3] }],
  () => ["Query", { vector: [1, 1], filter: "owner = " }],
  ({ mark }) => ["BatchQuery", { queries: [{ vector: [1, 0] }, { text: `text of ${mark}` } as JsonObject] }],
  ({ mark }) => ["Update", { updates: [{ id: `${mark}-1`, mergeMetadata: { owner: mark } }] }],
  ({ mark }) => ["Delete", { ids: [`${mark}-2`] }],
  ({ mark }) => ["SoftDelete", { ids: [`${mark}-2`] }],
  ({ mark }) => ["Restore", { ids: [`${mark}-2`] }],
  () => ["MeasureRecall", { sampleSize: 10 }],
  () => ["Compact", { dryRun: true }],
  ({ mark }) => ["CreateSnapshot", { name: `snap-${mark}` }],
  ({ mark }) => ["RestoreSnapshot", { name: `snap-${mark}` }],
  () => ["ListSnapshots", {}],
  ({ mark }) => ["DeleteSnapshot", { name: `gone-${mark}` }],
  () => ["GetStats", {}],
  ({ name }) => ["NamespaceService.GetNamespace", { name }],
  ({ name }) => ["NamespaceService.GetNamespaceStats", { name }],
];

/** What has streams: isolation-streams.test.ts has them. */
const STREAMS = ["QueryStream", "DownloadSnapshot", "Import", "Export"];

test("every RPC about records is called here or as a stream", () => {
  const here = METHODS.map((make) => make({ name: "", mark: "", key: "", revoked: "", unknown: "" })[0]);
  const { methods } = methodOf("Query").parent;
  expect(methods.map(({ name }) => name).filter((name) => ![...here, ...STREAMS].includes(name))).toEqual([]);
});

test(`${TENANTS} tenants find nothing of each other at any door (seed ${SEED})`, async () => {
  const random = randomFrom(SEED);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const seen = { right: 0, refused: 0 };
  for (let at = 0; at < CALLS; at++) {
    const caller = pick(tenants);
    const isForeign = random() < 0.4;
    const aim = isForeign ? pick(tenants.filter((each) => each !== caller)) : caller;
    const [what, key, reason] = pick([
      ["right", caller.key, isForeign ? "PERMISSION_DENIED" : undefined],
      ["right", caller.key, isForeign ? "PERMISSION_DENIED" : undefined],
      ["revoked", caller.revoked, "API_KEY_UNKNOWN"],
      ["wrong", caller.unknown, "API_KEY_UNKNOWN"],
    ] as const);
    const [method, request] = pick(METHODS)(aim);
    const door = pick(DOORS.filter(({ supports }) => supports(methodOf(method))));
    // A third of the calls rely on the namespace that the key is bound to.
    const isNamed = isForeign || random() > 0.33;
    const named = isNamed && !method.includes(".") ? { namespace: aim.name, ...request } : request;
    const outcome = await door.call(server, methodOf(method), named, keyed(key));
    const label = `call ${at}: ${method} by ${door.name}, ${what} key, ${isForeign ? "foreign" : "own"} namespace`;
    const text = JSON.stringify(outcome);
    if (reason === undefined) {
      seen.right++;
      if (!outcome.ok) expect(outcome.reason, label).not.toMatch(/API_KEY|PERMISSION/);
    } else {
      seen.refused++;
      expect(outcome, label).toMatchObject({ ok: false, reason });
    }
    for (const other of tenants) {
      const isMentioned = other === caller || other === aim;
      // What one asked for may be in the answer; a refusal holds the name that was sent, and nothing that is stored.
      if (!isMentioned) expect(text.includes(other.mark) || text.includes(other.name), label).toBe(false);
      if (other !== caller) expect(text, label).not.toContain(`text of ${other.mark}`);
    }
  }
  expect(Math.min(seen.right, seen.refused)).toBeGreaterThan(CALLS / 5);
});

test("each has what is theirs, and the rest of the server tells them nothing", async () => {
  for (const { name, mark, key } of tenants) {
    const listed = await server.ask("List", {}, keyed(key));
    const owners = (listed.records as JsonObject[]).map(({ metadata }) => (metadata as JsonObject).owner);
    expect([new Set(owners), owners.length > 0], name).toEqual([new Set([mark]), true]);
    const snapshots = (await server.ask("ListSnapshots", {}, keyed(key))).snapshots as JsonObject[];
    expect(snapshots.map((each) => each.name)).toEqual([`snap-${mark}`]);
  }
  for (const path of ["/metrics", "/admin/namespaces", "/admin/keys", "/admin/stats", "/admin/usage"]) {
    const answer = await sendHttp(server, { method: "GET", path, headers: { "x-api-key": tenants[0]!.key } });
    expect([path, answer.status]).toEqual([path, 403]);
    expect(answer.body.toString()).not.toContain("tenant-");
  }
});

test("no log line holds what is stored, or a key", () => {
  const logged = JSON.stringify(server.logged);
  for (const { mark, key, revoked } of tenants) {
    for (const hidden of [`text of ${mark}`, key, revoked]) expect(logged).not.toContain(hidden);
  }
});
