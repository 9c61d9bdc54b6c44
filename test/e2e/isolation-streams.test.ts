import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer, until } from "./harness/server.js";
import { SocketClient } from "./harness/socket-client.js";
import { STREAM_DOORS } from "./harness/stream-doors.js";
import {
  type Attempt,
  createTenants,
  drawAttempt,
  expectNothingOfOthers,
  expectOwnLines,
  keyed,
  pickBy,
  randomFrom,
  type Tenant,
} from "./harness/tenants.js";

const ADMIN = "an-admin-key-for-tests";
const TENANTS = 50;
const CALLS = Number(process.env.VECSTORE_ISOLATION_CALLS ?? 250);
const SEED = Number(process.env.VECSTORE_ISOLATION_SEED ?? 1);

let server: TestServer;
let tenants: readonly Tenant[];

beforeAll(async () => {
  server = await startTestServer({ adminKey: ADMIN, logLevel: "debug" });
  tenants = await createTenants(server, TENANTS, ADMIN);
});
afterAll(() => server?.stop());

/** A stream's answer as one text to search in, and why it ended. */
interface Heard {
  readonly text: string;
  readonly reason: string | undefined;
}

/** One way to call one RPC that streams. */
type Call = (attempt: Attempt) => Promise<Heard>;

const STREAMS: readonly (readonly [method: string, requestTo: (aim: Tenant) => JsonObject])[] = [
  ["QueryStream", ({ name }) => ({ namespace: name, query: { vector: [1, 1], limit: 1_000 } })],
  ["Export", ({ name }) => ({ namespace: name })],
  ["DownloadSnapshot", ({ name, mark }) => ({ namespace: name, name: `snap-${mark}` })],
  ["Import", ({ name, mark }) => ({ namespace: name, records: [{ id: `${mark}-3`, vector: [1, 2] }] })],
];

const headersOf = ({ key, requestId }: Attempt) => ({ ...keyed(key.key).headers, "x-request-id": requestId });

const CALLS_BY_STREAM: readonly (readonly [string, Call])[] = STREAM_DOORS.flatMap((door) =>
  STREAMS.filter(([method]) => door.isDuplex || method !== "Import").map(
    ([method, requestTo]): readonly [string, Call] => [
      `${method} by ${door.name}`,
      async (attempt) => {
        const { aim } = attempt;
        const headers = headersOf(attempt);
        const { messages, failure } = await door.run(server, methodOf(method), [requestTo(aim)], undefined, headers);
        // What is bytes in protobuf is base64 in its JSON.
        const data = messages.map((each) => Buffer.from((each.data as string) ?? "", "base64").toString("latin1"));
        return { text: JSON.stringify([messages, failure]) + data.join(""), reason: failure?.reason };
      },
    ],
  ),
);

const JSON_TYPE = { "content-type": "application/json" };
const LINES_TYPE = { "content-type": "application/x-ndjson" };

const CALLS_BY_REST: readonly (readonly [string, Call])[] = [
  ["export", (by) => rest(by, "POST", "/v1/export", JSON_TYPE, JSON.stringify({ namespace: by.aim.name }))],
  [
    "import",
    (by) => {
      const headers = { ...LINES_TYPE, "x-namespace": by.aim.name };
      return rest(by, "POST", "/v1/import", headers, JSON.stringify({ id: `${by.aim.mark}-3`, vector: [1, 2] }));
    },
  ],
  ["download", (by) => rest(by, "GET", `/v1/snapshots/snap-${by.aim.mark}/download`, { "x-namespace": by.aim.name })],
];

async function rest(by: Attempt, method: string, path: string, headers: object, body?: string): Promise<Heard> {
  const all = { ...headers, ...headersOf(by) };
  const answer = await sendHttp(server, { method, path, headers: all, body, version: "1.1" });
  const text = JSON.stringify(answer.headers) + answer.body.toString("latin1");
  const reason = answer.status === 200 ? undefined : JSON.parse(answer.body.toString()).error.reason;
  return { text, reason };
}

/** The key in the handshake where it opens the socket; a foreign namespace is refused by the frame that names it. */
async function webSocket(attempt: Attempt): Promise<Heard> {
  const { aim, key, requestId } = attempt;
  const headers = headersOf(attempt);
  if (key.kind !== "right") {
    const { error, headers: sent } = await SocketClient.refused(server, headers);
    return { text: JSON.stringify([error, sent]), reason: error.reason };
  }
  const client = await SocketClient.open(server, headers);
  const frames = await client.ask({ namespace: aim.name, vector: [1, 1], limit: 1_000 }, requestId);
  client.vanish();
  return { text: JSON.stringify(client.frames), reason: frames.at(-1)?.error?.reason };
}

const attempts: Attempt[] = [];

test(`${TENANTS} tenants hear nothing of each other in any stream (seed ${SEED})`, async () => {
  const random = randomFrom(SEED);
  const byRest = CALLS_BY_REST.map(([name, call]) => [`${name} by REST`, call] as const);
  const all = [...CALLS_BY_STREAM, ...byRest, ["QueryStream by WebSocket", webSocket] as const];
  for (let at = 0; at < CALLS; at++) {
    const drawn = drawAttempt(random, tenants, at);
    const [name, call] = at < all.length ? all[at]! : pickBy(random)(all);
    const attempt = { ...drawn, label: `${drawn.label}, ${name}` };
    attempts.push(attempt);
    const heard = await call(attempt);
    expect(heard.reason, `${attempt.label}: ${heard.text.slice(0, 300)}`).toBe(attempt.reason);
    expectNothingOfOthers(heard.text, attempt, tenants);
  }
});

test("in the log is one line of each call at least, with who called and where they were let in", async () => {
  const lines = () => server.logged.filter(({ msg }) => msg === "request_complete");
  await until("a line of each call", () => new Set(lines().map((line) => line.request_id)).size >= CALLS);
  expect(expectOwnLines(server.logged, attempts, tenants)).toBeGreaterThanOrEqual(CALLS);
});

test("what they imported is theirs alone", async () => {
  for (const { mark, keys } of tenants) {
    const { records } = await server.ask("List", {}, keyed(keys.right.key));
    for (const { id } of records as JsonObject[]) expect(id).toContain(mark);
  }
});

describe("a namespace outside of a key's reach", () => {
  const PATHS: readonly (readonly [method: string, path: string, body?: string])[] = [
    ["POST", "/v1/query", '{"vector": [1, 2]}'],
    ["POST", "/v1/upsert", '{"records": [{"id": "a", "vector": [1, 2]}]}'],
    ["POST", "/v1/export", "{}"],
    ["GET", "/v1/stats"],
    ["GET", "/v1/snapshots"],
    ["GET", "/v1/snapshots/snap-mark01mark/download"],
    ["POST", "/vecstore.v1.VecStoreService/Query", '{"vector": [1, 2]}'],
    ["GET", "/admin/namespaces/NAME"],
    ["GET", "/admin/namespaces/NAME/stats"],
    ["DELETE", "/admin/namespaces/NAME"],
  ];

  test.each(PATHS)("gives the same bytes whether it exists or not: %s %s", async (method, path = "", body?) => {
    const { key } = tenants[0]!.keys.right;
    const ask = async (name: string) => {
      const headers = { ...JSON_TYPE, "x-api-key": key, "x-namespace": name, "x-request-id": "same" };
      const request = { method, path: path.replace("NAME", name), headers, ...(body !== undefined && { body }) };
      const answer = await sendHttp(server, request);
      const { date: _, ...others } = answer.headers;
      return JSON.stringify([answer.status, others, answer.body.toString()]).replaceAll(name, "NAME");
    };
    const there = await ask("tenant-01");
    expect(there).toBe(await ask("tenant-99"));
    expect(there).toContain("PERMISSION_DENIED");
  });
});
