import type { JsonObject } from "@bufbuild/protobuf";
import type { TestServer } from "./server.js";

/** One tenant of many, with keys of its own. */
export interface Tenant {
  readonly name: string;
  /** Stands in all that this tenant stores, and nowhere else. */
  readonly mark: string;
  /** Of an owner of its namespace. */
  readonly key: string;
  readonly revoked: string;
  /** The key with its last letter changed. */
  readonly unknown: string;
}

/** Headers with a key. */
export const keyed = (key: string) => ({ headers: { "x-api-key": key } });

/** Makes tenants `tenant-00`, `tenant-01` .., each with one record, one snapshot and an owner's key. */
export async function createTenants(server: TestServer, count: number, admin: string): Promise<readonly Tenant[]> {
  const tenants: Tenant[] = [];
  for (let at = 0; at < count; at++) tenants.push(await createTenant(server, String(at).padStart(2, "0"), admin));
  return tenants;
}

async function createTenant(server: TestServer, number: string, admin: string): Promise<Tenant> {
  const [name, mark] = [`tenant-${number}`, `mark${number}mark`];
  const ask = (method: string, request: JsonObject) => server.ask(method, request, keyed(admin));
  const createKey = () => ask("ApiKeyService.CreateApiKey", { role: "ROLE_OWNER", namespaces: [name] });
  await ask("NamespaceService.CreateNamespace", { name, description: `of ${mark}`, labels: { of: mark } });
  const [made, other] = [await createKey(), await createKey()];
  await ask("ApiKeyService.RevokeApiKey", { id: (other.api_key as JsonObject).id! });
  const records = [
    { id: `${mark}-1`, vector: [1, Number(number)], text: `text of ${mark}`, metadata: { owner: mark } },
  ];
  await ask("Upsert", { namespace: name, records });
  await ask("CreateSnapshot", { namespace: name, name: `snap-${mark}` });
  const key = made.key as string;
  return { name, mark, key, revoked: other.key as string, unknown: `${key.slice(0, -1)}~` };
}

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
