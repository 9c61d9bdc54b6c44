import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { sendHttp } from "./harness/http.js";
import type { Outcome } from "./harness/outcome.js";
import { methodOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";
import {
  type Attempt,
  createTenants,
  drawAttempt,
  expectNothingOfOthers,
  expectOwnLines,
  keyed,
  pickBy,
  randomFrom,
  readAudit,
  type Tenant,
} from "./harness/tenants.js";

const ADMIN = "an-admin-key-for-tests";
const TENANTS = 50;
const CALLS = Number(process.env.VECSTORE_ISOLATION_CALLS ?? 600);
const SEED = Number(process.env.VECSTORE_ISOLATION_SEED ?? 1);

let data: string;
let server: TestServer;
let tenants: readonly Tenant[];

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "vecstore-isolation-"));
  server = await startTestServer({ data, adminKey: ADMIN, logLevel: "debug", auditDataActions: true });
  tenants = await createTenants(server, TENANTS, ADMIN);
});
afterAll(async () => {
  await server?.stop();
  await rm(data, { recursive: true, force: true });
});

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
  const nobody = { name: "", mark: "", keys: {} as Tenant["keys"] };
  const here = METHODS.map((make) => make(nobody)[0]);
  const { methods } = methodOf("Query").parent;
  expect(methods.map(({ name }) => name).filter((name) => ![...here, ...STREAMS].includes(name))).toEqual([]);
});

/** What a tenant did that counters are to tell, and no other tenant's counters. */
class Tally {
  /** Those of a tenant that was just made. */
  requests = 2;
  queries = 0;
  readonly writes = new Map([["upsert", 1]]);

  note(method: string, request: JsonObject, outcome: Outcome): void {
    if (method.includes(".")) return;
    this.requests++;
    if (!outcome.ok) return;
    if (method === "Query") this.queries++;
    if (method === "BatchQuery") this.queries += (request.queries as JsonObject[]).length;
    const operation = method.replace(/\B[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    if (WRITES.has(operation)) this.writes.set(operation, (this.writes.get(operation) ?? 0) + 1);
  }
}

const WRITES = new Set(["upsert", "update", "delete", "soft_delete", "restore", "restore_snapshot"]);

const attempts: Attempt[] = [];
const tallies = new Map<Tenant, Tally>();

test(`${TENANTS} tenants find nothing of each other at any door (seed ${SEED})`, async () => {
  const random = randomFrom(SEED);
  const pick = pickBy(random);
  for (const tenant of tenants) tallies.set(tenant, new Tally());
  for (let at = 0; at < CALLS; at++) {
    const drawn = drawAttempt(random, tenants, at);
    const { caller, aim, key, reason, requestId } = drawn;
    const [method, request] = pick(METHODS)(aim);
    const door = pick(DOORS.filter(({ supports }) => supports(methodOf(method))));
    // A third of the calls rely on the namespace that the key is bound to.
    const isNamed = caller !== aim || random() > 0.33;
    const named = isNamed && !method.includes(".") ? { namespace: aim.name, ...request } : request;
    const headers = { ...keyed(key.key).headers, "x-request-id": requestId };
    const sent: object[] = [];
    const options = { headers, onHeaders: (more: object) => void sent.push(more) };
    const outcome = await door.call(server, methodOf(method), named, options);
    const attempt = { ...drawn, label: `${drawn.label}, ${method} by ${door.name}` };
    attempts.push(attempt);
    if (reason === undefined) {
      tallies.get(caller)!.note(method, request, outcome);
      if (!outcome.ok) expect(outcome.reason, attempt.label).not.toMatch(/API_KEY|PERMISSION/);
    } else {
      expect(outcome, attempt.label).toMatchObject({ ok: false, reason });
    }
    expect(sent.length, attempt.label).toBeGreaterThan(0);
    expectNothingOfOthers(JSON.stringify([outcome, sent]), attempt, tenants);
  }
  for (const kind of ["right", "revoked", "expired", "wrong"]) {
    expect(attempts.filter(({ key }) => key.kind === kind).length, kind).toBeGreaterThan(CALLS / 10);
  }
});

test("each has what is theirs, and the rest of the server tells them nothing", async () => {
  for (const tenant of tenants) {
    const { name, mark, keys } = tenant;
    const listed = await server.ask("List", {}, keyed(keys.right.key));
    const owners = (listed.records as JsonObject[]).map(({ metadata }) => (metadata as JsonObject).owner);
    expect([new Set(owners), owners.length > 0], name).toEqual([new Set([mark]), true]);
    const snapshots = (await server.ask("ListSnapshots", {}, keyed(keys.right.key))).snapshots as JsonObject[];
    expect(snapshots.map((each) => each.name)).toEqual([`snap-${mark}`]);
    tallies.get(tenant)!.requests += 2;
  }
  for (const path of ["/metrics", "/admin/namespaces", "/admin/keys", "/admin/stats", "/admin/usage"]) {
    for (const { keys } of [tenants[0]!, tenants.at(-1)!]) {
      for (const { key } of Object.values(keys)) {
        const answer = await sendHttp(server, { method: "GET", path, headers: { "x-api-key": key } });
        expect([path, answer.status]).toEqual([path, 403]);
        expect(answer.body.toString()).not.toContain("tenant-");
      }
    }
  }
});

describe("what the server tells of these calls", () => {
  test("in metrics is what each did, under its own name alone", async () => {
    const read = async () => {
      const page = await sendHttp(server, { method: "GET", path: "/metrics", headers: keyed(ADMIN).headers });
      return page.body.toString();
    };
    const page = await read();
    for (const tenant of tenants) {
      const { requests, queries, writes } = tallies.get(tenant)!;
      const of = (name: string, more = {}) => readMetric(page, `vecstore_${name}`, { namespace: tenant.name, ...more });
      expect(await of("namespace_requests_total"), tenant.name).toBe(requests);
      expect(await of("queries_total"), tenant.name).toBe(queries);
      for (const operation of WRITES) {
        expect(await of("writes_total", { operation }), `${operation} of ${tenant.name}`).toBe(
          writes.get(operation) ?? 0,
        );
      }
      const { usage } = await server.ask(
        "NamespaceService.GetNamespaceStats",
        { name: tenant.name },
        keyed(tenant.keys.right.key),
      );
      expect(usage, tenant.name).toMatchObject({ requests_total: String(requests) });
      expect(Number((usage as JsonObject).queries_total ?? 0), tenant.name).toBe(queries);
    }
    for (const line of page.split("\n").filter((each) => each.includes("tenant-"))) {
      expect(line.match(/tenant-\d\d/g), line).toHaveLength(1);
      expect(line).toMatch(/namespace="tenant-\d\d"/);
    }
    for (const { mark, keys } of tenants) {
      for (const hidden of [mark, ...Object.values(keys).map(({ key }) => key), keys.right.userId]) {
        expect(page.includes(hidden), hidden).toBe(false);
      }
    }
  });

  test("in the log is one line at least of each call, with who called and where they were let in", async () => {
    const lines = () => server.logged.filter(({ msg }) => msg === "request_complete");
    await until("a line of each call", () => new Set(lines().map((line) => line.request_id)).size >= CALLS);
    expect(expectOwnLines(lines(), attempts, tenants)).toBe(CALLS);
    expectOwnLines(server.logged, attempts, tenants);
    const logged = JSON.stringify(server.logged);
    for (const { mark, keys } of tenants) {
      expect(logged).not.toContain(`text of ${mark}`);
      for (const { key } of Object.values(keys)) expect(logged).not.toContain(key);
    }
  });

  test("in the audit log is each call that was let in, with who called and where", async () => {
    const lines = await readAudit(data);
    expectOwnLines(lines, attempts, tenants);
    const done = new Set(lines.filter(({ phase }) => phase === "done").map((line) => line.request_id));
    const isData = ({ label }: Attempt) => !label.includes("NamespaceService");
    const missing = attempts.filter((each) => each.reason === undefined && isData(each) && !done.has(each.requestId));
    expect(missing.map(({ label }) => label)).toEqual([]);
    const refused = new Map(attempts.map(({ requestId, reason }) => [requestId, reason]));
    for (const { phase, request_id, outcome } of lines) {
      const reason = refused.get(request_id as string);
      if (phase === "done" && reason !== undefined) expect(outcome, String(request_id)).toBe(reason);
    }
    const audited = JSON.stringify(lines);
    for (const { mark, keys } of tenants) {
      expect(audited).not.toContain(`text of ${mark}`);
      for (const { key } of Object.values(keys)) expect(audited).not.toContain(key);
    }
  });
});
