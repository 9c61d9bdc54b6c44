import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Records of `default`: enough that the engine builds a graph, which it does from 10,000 on. */
const RECORDS = 12_000;
const BATCH = 1_000;
const DIMENSION = 8;
/** Has quotas, and is refused when it asks too often. */
const TENANT = "acme";
/** Is written to all the time. */
const BUSY = "busy";
const TENANT_RECORDS = 50;

/** The trace of the queries that say one. */
export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const TRACE_PARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

/** A server under load: every kind of request that the metrics tell apart. */
export class Load {
  readonly #url: string;
  readonly #adminKey: string;
  #round = 0;

  constructor(url: string, adminKey: string) {
    this.#url = url;
    this.#adminKey = adminKey;
  }

  /** What is there before the load: a graph, deleted records, a tenant with quotas, a snapshot that is damaged. */
  async prepare(dataFolder: string): Promise<void> {
    for (let first = 0; first < RECORDS; first += BATCH) {
      await this.#must("/v1/upsert", { records: Array.from({ length: BATCH }, (_, at) => record(first + at)) });
    }
    await this.#must("/v1/delete", { ids: Array.from({ length: 100 }, (_, n) => `r${n}`) });
    await this.#must("/v1/soft-delete", { ids: Array.from({ length: 100 }, (_, n) => `r${n + 100}`) });
    const quota = { max_vectors: 2 * TENANT_RECORDS, max_qps: 1, max_storage_bytes: 2 ** 30 };
    await this.#must("/admin/namespaces", { name: TENANT, quota });
    const records = Array.from({ length: TENANT_RECORDS }, (_, n) => record(n));
    await this.#must("/v1/upsert", { namespace: TENANT, records });
    await this.#must("/admin/namespaces", { name: BUSY });
    await this.#must("/v1/upsert", { namespace: BUSY, records });
    await this.#must("/v1/snapshots", { namespace: BUSY, name: "damaged" });
    damageSnapshot(dataFolder, "damaged");
  }

  /** One round of requests, each answered, well or not; about twenty. */
  async round(): Promise<void> {
    const n = this.#round++;
    await this.#must("/v1/query", { vector: vectorOf(n), limit: 10 }, { traceparent: TRACE_PARENT });
    // Asked again in every round, so that a cache has something to answer.
    for (let at = 0; at < 3; at++) await this.#must("/v1/query", { vector: vectorOf(7 + at), limit: 10 });
    await this.#must("/v1/upsert", { namespace: BUSY, records: [record(n % TENANT_RECORDS)] });
    await this.#connect("Query", { vector: vectorOf(n) });
    // Refused: a wrong dimension, more queries than the tenant may send, an unknown key, and no time at all.
    await this.#send("/v1/query", { vector: [1, 2] });
    for (let at = 0; at < 3; at++) await this.#send("/v1/query", { namespace: TENANT, vector: vectorOf(n) });
    await this.#send("/v1/query", { vector: vectorOf(n) }, { "x-api-key": "nobody" });
    await this.#connect("Query", { vector: vectorOf(n), exact: true }, { "connect-timeout-ms": "0" });
    if (n % 10 === 0) await this.#send("/v1/snapshots/damaged/restore", { namespace: BUSY });
  }

  #connect(method: string, body: object, headers = {}): Promise<Response> {
    return this.#send(`/vecstore.v1.VecStoreService/${method}`, body, headers);
  }

  async #must(path: string, body: object, headers = {}): Promise<void> {
    const answer = await this.#send(path, body, headers);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }

  async #send(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
    const answer = await fetch(this.#url + path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": this.#adminKey, ...headers },
      body: JSON.stringify(body),
    });
    // Read whole, so that the connection can be used again.
    return new Response(await answer.arrayBuffer(), { status: answer.status });
  }
}

const record = (n: number) => ({ id: `r${n}`, vector: vectorOf(n), metadata: { even: n % 2 === 0 } });

/** f32[DIMENSION], the same in every run. */
function vectorOf(n: number): number[] {
  return Array.from({ length: DIMENSION }, (_, at) => Math.fround(Math.sin((n + 1) * (at + 1) * 12.9898)));
}

/** Turns over one byte in the middle of each file of a snapshot. @throws Error when there is no such snapshot */
function damageSnapshot(dataFolder: string, name: string): void {
  const files = readdirSync(dataFolder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && join(entry.parentPath ?? entry.path).includes(join("snapshots", name)),
  );
  if (files.length === 0) throw new Error(`there is no snapshot ${name} under ${dataFolder}`);
  for (const entry of files) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const bytes = readFileSync(path);
    const middle = bytes.length >> 1;
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle);
    writeFileSync(path, bytes);
  }
}
