import { afterEach, describe, expect, test } from "vitest";
import { type HttpAnswer, sendHttp } from "./harness/http.js";
import { startTestServer, type TestServer } from "./harness/server.js";

const KEY = "an-admin-key-for-tests";
const APP = "https://app.example.com";
const servers: TestServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function start(corsOrigins: readonly string[]): Promise<TestServer> {
  const server = await startTestServer({ adminKey: KEY, corsOrigins });
  servers.push(server);
  return server;
}

const PATHS = ["/v1/count", "/vecstore.v1.VecStoreService/Count", "/metrics"] as const;
const allowedOrigin = ({ headers }: HttpAnswer) => headers["access-control-allow-origin"];

function preflight(server: TestServer, path: string, origin: string): Promise<HttpAnswer> {
  const asked = { "access-control-request-method": "POST", "access-control-request-headers": "x-api-key" };
  return sendHttp(server, { method: "OPTIONS", path, headers: { origin, ...asked } });
}

describe("a page of another origin", () => {
  test.each(PATHS)("may call when the setting names it, and is told so before it has a key: %s", async (path) => {
    const server = await start([APP]);
    const asked = await preflight(server, path, APP);
    expect([asked.status, allowedOrigin(asked), asked.headers.vary]).toEqual([204, APP, "Origin"]);
    expect(asked.headers["access-control-allow-headers"]).toContain("X-API-Key");
    expect(asked.headers["access-control-allow-methods"]).toContain("POST");
    const headers = { origin: APP, "x-api-key": KEY, "content-type": "application/json" };
    const isPage = path === "/metrics";
    const answer = await sendHttp(server, { path, headers, ...(isPage ? { method: "GET" } : { body: "{}" }) });
    expect([answer.status, allowedOrigin(answer)]).toEqual([200, APP]);
    expect(answer.headers["access-control-expose-headers"]).toContain("Retry-After");
  });

  test.each(PATHS)("reads the error that it gets: %s", async (path) => {
    const server = await start([APP]);
    const headers = { origin: APP, "content-type": "application/json" };
    const isPage = path === "/metrics";
    const answer = await sendHttp(server, { path, headers, ...(isPage ? { method: "GET" } : { body: "{}" }) });
    expect([answer.status, allowedOrigin(answer)]).toEqual([401, APP]);
  });

  test.each([
    ["another one is named", [APP], "https://evil.example.com"],
    ["it only begins like one that is named", [APP], `${APP}.evil.example`],
    ["none is named", [], APP],
    ["it is a sandbox", [APP], "null"],
  ])("is not allowed when %s", async (_, origins, origin) => {
    const server = await start(origins);
    for (const path of PATHS) {
      const asked = await preflight(server, path, origin);
      expect([asked.status, allowedOrigin(asked)], path).toEqual([204, undefined]);
      expect(asked.headers["access-control-allow-headers"], path).toBeUndefined();
    }
    const headers = { origin, "x-api-key": KEY, "content-type": "application/json" };
    expect(allowedOrigin(await sendHttp(server, { path: "/v1/count", headers, body: "{}" }))).toBeUndefined();
  });

  test("may be any, when the setting says so", async () => {
    const server = await start(["*"]);
    expect(allowedOrigin(await preflight(server, "/v1/count", "https://any.example"))).toBe("https://any.example");
  });
});
