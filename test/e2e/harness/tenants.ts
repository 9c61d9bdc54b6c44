import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { expect } from "vitest";
import { doorNamed } from "./doors.js";
import { methodOf } from "./schema.js";
import { type TestServer, until } from "./server.js";

/** A key of a tenant. Wrong is the right one with its last letter changed. */
export type KeyKind = "right" | "revoked" | "expired" | "wrong";

/** A key, and who the log says it is. */
export interface TenantKey {
  readonly kind: KeyKind;
  readonly key: string;
  readonly userId: string;
}

/** One tenant of many, with keys of its own. */
export interface Tenant {
  readonly name: string;
  /** Stands in all that this tenant stores, and nowhere else. */
  readonly mark: string;
  /** Of owners of its namespace. */
  readonly keys: Readonly<Record<KeyKind, TenantKey>>;
}

/** Headers with a key. */
export const keyed = (key: string) => ({ headers: { "x-api-key": key } });

/** How long the keys that are to expire live: only until they are made, on a machine that is busy. */
const EXPIRY_MS = 2_000;

/**
 * Makes tenants `tenant-00`, `tenant-01` .., each with one record, one snapshot and keys, and waits until the keys that are to expire have.
 * A tenant takes 8 calls of the admin; of these an upsert and a snapshot reach its namespace.
 */
export async function createTenants(server: TestServer, count: number, admin: string): Promise<readonly Tenant[]> {
  const tenants: Tenant[] = [];
  for (let at = 0; at < count; at++) tenants.push(await createTenant(server, String(at).padStart(2, "0"), admin));
  // Of one service, which reads no record: the keys' own calls are not among those that tests count.
  const look = methodOf("NamespaceService.GetNamespace");
  for (const { name, keys } of tenants) {
    await until(`the end of the expired key of ${name}`, async () => {
      const outcome = await doorNamed("Connect, protobuf").call(server, look, { name }, keyed(keys.expired.key));
      return !outcome.ok && outcome.text.includes("has expired");
    });
  }
  return tenants;
}

async function createTenant(server: TestServer, number: string, admin: string): Promise<Tenant> {
  const [name, mark] = [`tenant-${number}`, `mark${number}mark`];
  const ask = (method: string, request: JsonObject) => server.ask(method, request, keyed(admin));
  const createKey = async (kind: KeyKind, more: JsonObject = {}): Promise<TenantKey> => {
    const request = { role: "ROLE_OWNER", namespaces: [name], ...more };
    const { key, api_key } = await ask("ApiKeyService.CreateApiKey", request);
    return { kind, key: key as string, userId: (api_key as JsonObject).id as string };
  };
  await ask("NamespaceService.CreateNamespace", { name, description: `of ${mark}`, labels: { of: mark } });
  const right = await createKey("right");
  const revoked = await createKey("revoked");
  const expired = await createKey("expired", { expiresAt: new Date(Date.now() + EXPIRY_MS).toISOString() });
  const wrong: TenantKey = { kind: "wrong", key: `${right.key.slice(0, -1)}~`, userId: "anonymous" };
  await ask("ApiKeyService.RevokeApiKey", { id: revoked.userId });
  const records = [
    { id: `${mark}-1`, vector: [1, Number(number)], text: `text of ${mark}`, metadata: { owner: mark } },
  ];
  await ask("Upsert", { namespace: name, records });
  await ask("CreateSnapshot", { namespace: name, name: `snap-${mark}` });
  return { name, mark, keys: { right, revoked, expired, wrong } };
}

/** Who calls, with which key, for what is whose. */
export interface Attempt {
  readonly requestId: string;
  readonly caller: Tenant;
  readonly key: TenantKey;
  /** Whose namespace is asked for. */
  readonly aim: Tenant;
  /** Why it must be refused; undefined where it must not. */
  readonly reason: string | undefined;
  /** For messages of tests. */
  readonly label: string;
}

/** Draws who calls: two in five for what is another's, half with a key that is none. */
export function drawAttempt(random: () => number, tenants: readonly Tenant[], at: number): Attempt {
  const pick = pickBy(random);
  const caller = pick(tenants);
  const isForeign = random() < 0.4;
  const aim = isForeign ? pick(tenants.filter((each) => each !== caller)) : caller;
  const { right, revoked, expired, wrong } = caller.keys;
  const key = pick([right, right, right, revoked, expired, wrong]);
  const reason = key !== right ? "API_KEY_UNKNOWN" : isForeign ? "PERMISSION_DENIED" : undefined;
  const label = `call ${at}: ${key.kind} key, ${isForeign ? "foreign" : "own"} namespace`;
  return { requestId: `call-${at}`, caller, key, aim, reason, label };
}

/** Fails when a text holds what is of tenants that have no part in a call, or what another has stored. */
export function expectNothingOfOthers(text: string, { caller, aim, label }: Attempt, tenants: readonly Tenant[]): void {
  for (const other of tenants) {
    if (other === caller) continue;
    // What one asked for may be in the answer; a refusal holds the name that was sent, and nothing that is stored.
    expect(text, label).not.toContain(`text of ${other.mark}`);
    for (const { userId } of Object.values(other.keys)) {
      if (userId !== "anonymous") expect(text.includes(userId), `${label}: the id of a key`).toBe(false);
    }
    if (other === aim) continue;
    expect(text.includes(other.mark) || text.includes(other.name), `${label}: ${other.name} in ${text}`).toBe(false);
  }
}

/** A line of a log, parsed. */
export type Line = Readonly<Record<string, unknown>>;

/** The lines of the audit log in a data directory. */
export async function readAudit(data: string): Promise<readonly Line[]> {
  const folder = join(data, "audit");
  const texts = await Promise.all((await readdir(folder)).sort().map((file) => readFile(join(folder, file), "utf8")));
  return texts.flatMap((text) => text.split("\n").slice(0, -1)).map((line) => JSON.parse(line));
}

/**
 * Fails unless each line of each call names the key that it came with, the namespace that was asked for or none, and nothing of other
 * tenants.
 *
 * @returns the number of lines that were of these calls
 */
export function expectOwnLines(
  lines: readonly Line[],
  attempts: readonly Attempt[],
  tenants: readonly Tenant[],
): number {
  const byRequest = new Map(attempts.map((attempt) => [attempt.requestId, attempt]));
  let count = 0;
  for (const line of lines) {
    const attempt = byRequest.get(line.request_id as string);
    if (attempt === undefined) continue;
    count++;
    const { key, aim, reason, label } = attempt;
    const text = JSON.stringify(line);
    expect(line.user_id, `${label}: ${text}`).toBe(key.userId);
    // Where a call was refused it got nowhere. The audit log, which is for admins, says where it wanted to go.
    const namespaces = reason === undefined || "action" in line ? [undefined, aim.name] : [undefined];
    expect(namespaces, `${label}: ${text}`).toContain(line.namespace);
    expectNothingOfOthers(text, attempt, tenants);
  }
  return count;
}

/** Picks one of a list. */
export const pickBy =
  (random: () => number) =>
  <T>(from: readonly T[]): T =>
    from[Math.floor(random() * from.length)]!;

/** Numbers from 0 to below 1, the same for a seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
