import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type HttpRequest, sendHttp, type Target } from "./harness/http.js";
import { VecstoreProcess } from "./harness/process.js";
import { ask } from "./harness/server.js";

/** What people type first, to the letter. */
const CREATE = `curl -X POST http://localhost:8080/admin/namespaces -H "Content-Type: application/json" -d '{"name": "acme_corp", "quota": {"max_vectors": 1000000, "max_qps": 1000, "max_storage_bytes": 10737418240}}'`;
const QUERY = `curl -X POST http://localhost:8080/v1/query -H "X-API-Key: acme_corp_key_123" -H "Content-Type: application/json" -d '{"vector": [0.1, 0.2, 0.3], "limit": 10}'`;
const STATS = "curl http://localhost:8080/admin/namespaces/acme_corp/stats";

const ADMIN_KEY = "the admin key of a test";

interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

/** Sends a command to a server; `header` is one more. */
type Send = (target: Target, command: string, header?: string) => Promise<Answer>;

const runFile = promisify(execFile);

/** Runs the command itself, in a shell. */
async function byCurl({ url }: Target, command: string, header?: string): Promise<Answer> {
  const typed = command.replace("localhost:8080", `localhost:${new URL(url).port}`);
  const more = header === undefined ? "" : ` -H "${header}"`;
  const { stdout } = await runFile("sh", ["-c", `${typed}${more} -sS --noproxy '*' -w '\n%{http_code}'`]);
  const end = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(end)), json: JSON.parse(stdout.slice(0, end)) };
}

/** Sends what curl would, where there is none. */
async function bySocket(target: Target, command: string, header?: string): Promise<Answer> {
  const { status, body } = await sendHttp(target, requestOf(command, header));
  return { status, json: JSON.parse(body.toString()) };
}

function requestOf(command: string, header?: string): HttpRequest {
  const words = Array.from(command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, a, b, c]) => a ?? b ?? c!);
  const after = (flag: string) => words.filter((_, at) => words[at - 1] === flag);
  const headers = [...after("-H"), ...(header === undefined ? [] : [header])].map((each) => each.split(": "));
  const { pathname, host } = new URL(words.find((word) => word.startsWith("http://"))!);
  const [method = "GET"] = after("-X");
  return { method, path: pathname, headers: { host, ...Object.fromEntries(headers) }, body: after("-d")[0] };
}

let folder: string;
let server: (VecstoreProcess & { readonly target: Target }) | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vecstore-e2e-"));
});
afterEach(async () => {
  await server?.kill();
  await rm(folder, { recursive: true, force: true });
});

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
if (!hasCurl) console.warn("there is no curl: its requests are sent without it; run apt-get install curl");
const SENDERS: readonly (readonly [string, Send])[] = [
  ...(hasCurl ? [["by curl", byCurl] as const] : []),
  ["without curl", bySocket],
];

describe.each(SENDERS)("the first calls, %s", (_, send) => {
  test("work as they stand on a server with nothing configured", async () => {
    server = await VecstoreProcess.serve(folder);
    const created = await send(server.target, CREATE);
    expect(created).toMatchObject({ status: 200, json: { name: "acme_corp", status: "active" } });
    expect(created.json.quotas).toEqual({ max_vectors: 1_000_000, max_qps: 1_000, max_storage_bytes: 10_737_418_240 });
    expect(await send(server.target, QUERY)).toMatchObject({ status: 200, json: { results: [] } });
    await ask(server.target, "Upsert", { records: [{ id: "a", vector: [0.1, 0.2, 0.3] }] });
    expect(await send(server.target, QUERY)).toMatchObject({ status: 200, json: { results: [{ id: "a" }] } });
    const stats = await send(server.target, STATS);
    expect(stats).toMatchObject({ status: 200, json: { name: "acme_corp", usage: { vector_count: 0 } } });
    expect(stats.json.quotas).toEqual(created.json.quotas);
  });

  test("need the admin key where one is configured: 401 without a key, 403 with an unknown one", async () => {
    server = await VecstoreProcess.serve(folder, [], { VECSTORE_ADMIN_KEY: ADMIN_KEY });
    const keyless = QUERY.replace(' -H "X-API-Key: acme_corp_key_123"', "");
    for (const command of [CREATE, keyless, STATS]) {
      const none = await send(server.target, command);
      expect(none, command).toMatchObject({ status: 401, json: { error: { reason: "API_KEY_MISSING" } } });
      const unknown = await send(server.target, command, "X-API-Key: acme_corp_key_123");
      expect(unknown, command).toMatchObject({ status: 403, json: { error: { reason: "API_KEY_UNKNOWN" } } });
    }
    expect((await send(server.target, QUERY)).status).toBe(403);
    for (const command of [CREATE, keyless, STATS])
      expect((await send(server.target, command, `X-API-Key: ${ADMIN_KEY}`)).status, command).toBe(200);
  });
});
