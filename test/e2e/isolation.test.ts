import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer } from "./harness/server.js";

const ADMIN = "an-admin-key-for-tests";
const TENANTS = 50;
const CALLS = Number(process.env.VECSTORE_ISOLATION_CALLS ?? 600);
const SEED = Number(process.env.VECSTORE_ISOLATION_SEED ?? 1);

interface Tenant {
  readonly name: string;
  /** Stands in all that this tenant stores, and nowhere else. */
  readonly mark: string;
  readonly key: string;
  readonly revoked: string;
}

const keyed = (key: string) => ({ headers: { "x-api-key": key } });
const pad = (at: number) => String(at).padStart(2, "0");

let server: TestServer;
const tenants: Tenant[] = [];

beforeAll(async () => {
  server = await startTestServer({ adminKey: ADMIN, logLevel: "debug" });
  for (let at = 0; at < TENANTS; at++) {
    const [name, mark] = [`tenant-${pad(at)}`, `mark${pad(at)}mark`];
    const make = () => {
      const request = { role: "ROLE_OWNER", namespaces: [name] };
      return server.ask("ApiKeyService.CreateApiKey", request, keyed(ADMIN));
    };
    await server.ask("NamespaceService.CreateNamespace", { name }, keyed(ADMIN));
    const [made, other] = [await make(), await make()];
    await server.ask("ApiKeyService.RevokeApiKey", { id: (other.api_key as JsonObject).id! }, keyed(ADMIN));
    tenants.push({ name, mark, key: made.key as string, revoked: other.key as string });
    const records = [{ id: `${mark}-1`, vector: [1, at], text: `text of ${mark}`, metadata: { owner: mark } }];
    await server.ask("Upsert", { namespace: name, records }, keyed(ADMIN));
    await server.ask("CreateSnapshot", { namespace: name, name: `snap-${mark}` }, keyed(ADMIN));
  }
});
afterAll(() => server?.stop());

/** Numbers from 0 to below 1: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const METHODS: readonly ((owner: Tenant) => readonly [method: string, request: JsonObject])[] = [
  ({ mark }) => ["Upsert", { records: [{ id: `${mark}-2`, vector: [0, 1], metadata: { owner: mark } }] }],
  ({ mark }) => ["Get", { ids: [`${mark}-1`], includeText: true }],
  () => ["List", {}],
  () => ["Count", {}],
  () => ["Query", { vector: [1, 1], limit: 1_000, explain: true }],
  ({ mark }) => ["Query", { id: `${mark}-1` }],
  () => ["Query", { vector: [1, 2, 3] }],
  () => ["Query", { vector: [1, 1], filter: "owner = " }],
  ({ mark }) => ["Delete", { ids: [`${mark}-2`] }],
  () => ["ListSnapshots", {}],
  ({ mark }) => ["DeleteSnapshot", { name: `gone-${mark}` }],
  () => ["GetStats", {}],
];

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
      ["wrong", `${caller.key.slice(0, -1)}~`, "API_KEY_UNKNOWN"],
    ] as const);
    const [method, request] = pick(METHODS)(aim);
    const door = pick(DOORS.filter(({ supports }) => supports(methodOf(method))));
    // A third of the calls rely on the namespace that the key is bound to.
    const named = !isForeign && random() < 0.33 ? request : { namespace: aim.name, ...request };
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
