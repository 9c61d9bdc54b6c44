import { afterEach, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { toFrame } from "./harness/frames.js";
import { type HttpRequest, sendHttp } from "./harness/http.js";
import type { Outcome } from "./harness/outcome.js";
import { methodOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer, until } from "./harness/server.js";

const ADMIN = "an-admin-key-for-tests";
const servers: TestServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function start(...args: Parameters<typeof startTestServer>): Promise<TestServer> {
  const server = await startTestServer({ adminKey: ADMIN, ...args[0] });
  servers.push(server);
  return server;
}

const by = (key: string) => ({ headers: { "x-api-key": key } });

/** Sends many at once until one is refused: how long a request takes here is nobody's promise. */
function untilRefused(send: () => Promise<Outcome>): Promise<Outcome> {
  return until("a request is refused", async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, send));
    return outcomes.find(({ ok }) => !ok);
  });
}

async function makeKey(server: TestServer): Promise<string> {
  const request = { role: "ROLE_READER", namespaces: ["default"] };
  return String((await server.ask("ApiKeyService.CreateApiKey", request, by(ADMIN))).key);
}

describe("a rate of requests", () => {
  test("of one client refuses it at every door, says when to come back, and nobody else", async () => {
    const server = await start({ maxClientRequestsPerSecond: 2 });
    const first = await makeKey(server);
    const facts = { setting: "max_client_requests_per_second", limit: "2" };
    for (const door of DOORS) {
      const refused = await untilRefused(() => door.call(server, methodOf("Count"), {}, by(first)));
      expect(refused, door.name).toMatchObject({ code: "resource_exhausted", reason: "RATE_LIMITED", facts });
      const waitMs = Number("facts" in refused && refused.facts.retry_after_ms);
      expect(waitMs, door.name).toBeGreaterThan(0);
      expect(waitMs, door.name).toBeLessThanOrEqual(500);
    }
    const second = await until("the admin may again", async () => makeKey(server).catch(() => undefined));
    expect(await DOORS[0]!.call(server, methodOf("Count"), {}, by(second))).toMatchObject({ ok: true });
    const probes = Array.from({ length: 20 }, () => sendHttp(server, { method: "GET", path: "/health" }));
    expect(new Set((await Promise.all(probes)).map(({ status }) => status))).toEqual(new Set([200]));
  });

  const JSON_CALL: HttpRequest = { path: "", headers: { "content-type": "application/json" }, body: "{}" };
  const RPC = "/vecstore.v1.VecStoreService/Count";
  const GRPC = { "content-type": "application/grpc", te: "trailers" };
  test.each<[string, HttpRequest]>([
    ["REST", { ...JSON_CALL, path: "/v1/count" }],
    ["Connect", { ...JSON_CALL, path: RPC }],
    ["gRPC", { path: RPC, headers: GRPC, body: toFrame(new Uint8Array()), version: "2" }],
    ["gRPC-Web", { path: RPC, headers: { "content-type": "application/grpc-web" }, body: toFrame(new Uint8Array()) }],
    ["/metrics", { method: "GET", path: "/metrics" }],
  ])("is told in the header Retry-After, in whole seconds: %s", async (_, request) => {
    const server = await start({ maxClientRequestsPerSecond: 1 });
    const told = await until("a request is refused", async () => {
      const send = () => sendHttp(server, { ...request, headers: { ...request.headers, "x-api-key": ADMIN } });
      const answers = await Promise.all([send(), send(), send()]);
      return answers
        .map(({ headers, trailers, body }) => ({
          retryAfter: headers["retry-after"] ?? trailers["retry-after"] ?? /retry-after: (\d+)/i.exec(`${body}`)?.[1],
        }))
        .find(({ retryAfter }) => retryAfter !== undefined);
    });
    expect(told.retryAfter).toBe("1");
  });

  test("of all clients together refuses whoever comes, and counts what it refused", async () => {
    const server = await start({ maxRequestsPerSecond: 1 });
    const refused = await untilRefused(() => DOORS[0]!.call(server, methodOf("Count"), {}, by(ADMIN)));
    expect(refused).toMatchObject({
      reason: "RATE_LIMITED",
      facts: { setting: "max_requests_per_second", limit: "1" },
    });
    const page = await until("the metrics are read", async () => {
      const answer = await sendHttp(server, { method: "GET", path: "/metrics", ...by(ADMIN) });
      return answer.status === 200 && answer.body.toString();
    });
    expect(await readMetric(page, "vecstore_refusals_total", { reason: "RATE_LIMITED" })).toBeGreaterThan(0);
  });

  test("refuses an address that tries keys", async () => {
    const server = await start({ maxClientRequestsPerSecond: 1 });
    const call = () => DOORS[0]!.call(server, methodOf("Count"), {}, by("a guess"));
    const reasons = await until("a guess is refused for its rate", async () => {
      const outcomes = await Promise.all([call(), call(), call()]);
      const reasons = outcomes.map((each) => ("reason" in each ? each.reason : "ok"));
      return reasons.includes("RATE_LIMITED") && reasons;
    });
    expect(reasons).not.toContain("ok");
    expect(await DOORS[0]!.call(server, methodOf("Count"), {}, by(ADMIN))).toMatchObject({ ok: true });
  });
});
