import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { CONNECT_STATUS } from "./errors.cases.js";
import { DOORS, statusOf } from "./harness/doors.js";
import { sendHttp } from "./harness/http.js";
import { methodOf } from "./harness/schema.js";
import { readMetric, startTestServer, type TestServer, TLS, until } from "./harness/server.js";

const servers: TestServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(...args: Parameters<typeof startTestServer>): Promise<TestServer> {
  const server = await startTestServer({ firstByteTimeoutMs: 600_000, ...args[0] });
  servers.push(server);
  return server;
}

/** Opens connections that say nothing. They are accepted in this order, before any that is opened later. */
async function hold({ port }: TestServer, count: number): Promise<Socket[]> {
  const opened: Socket[] = [];
  for (let at = 0; at < count; at++) {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => {});
    await once(socket, "connect");
    opened.push(socket);
  }
  sockets.push(...opened);
  return opened;
}

const counted = () => methodOf("Count");

/** The reason of an error, or `ok`; a connection that is ended without a word has none. */
async function reasonAt(door: (typeof DOORS)[number], server: TestServer): Promise<string> {
  const outcome = await door.call(server, counted(), {});
  return outcome.ok ? "ok" : outcome.reason;
}

describe("connections above the caps", () => {
  test.each([
    ["of all", { maxConnections: 2 }],
    ["of one address", { maxConnectionsPerAddress: 2 }],
    ["over TLS", { maxConnections: 2, ...TLS }],
  ])("are told so at every door, and the next ones are served when others end: %s", async (_, settings) => {
    const server = await start(settings);
    const held = await hold(server, 2);
    for (const door of DOORS) {
      const refused = await door.call(server, counted(), {});
      expect(refused, door.name).toMatchObject({ code: "resource_exhausted", reason: "CONNECTIONS_LIMITED" });
      const status = "http" in refused ? refused.http : undefined;
      expect(status, door.name).toBe(statusOf(door, CONNECT_STATUS.resource_exhausted!, 429));
    }
    for (const version of ["1.1", "2"] as const) {
      expect((await sendHttp(server, { method: "GET", path: "/health", version })).status).toBe(200);
      const count = { path: "/v1/count", headers: { "content-type": "application/json" }, body: "{}", version };
      expect((await sendHttp(server, count)).headers["retry-after"]).toBe("5");
    }
    for (const socket of held) socket.destroy();
    for (const door of DOORS) {
      await until(`${door.name} is served`, async () => (await reasonAt(door, server)) === "ok");
    }
    const page = (await sendHttp(server, { method: "GET", path: "/metrics" })).body.toString();
    const refused = await readMetric(page, "vecstore_refusals_total", { reason: "CONNECTIONS_LIMITED" });
    expect(refused).toBeGreaterThanOrEqual(DOORS.length + 4);
  });

  test("end with their first answer", async () => {
    const server = await start({ maxConnections: 1 });
    await hold(server, 1);
    const [told] = await hold(server, 1);
    told!.write("GET /ready HTTP/1.1\r\nhost: localhost\r\n\r\nGET /v1/stats HTTP/1.1\r\nhost: localhost\r\n\r\n");
    const text = (await told!.toArray()).join("");
    expect(text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*connection: close/i);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test("are ended without a word where many are told already", async () => {
    const server = await start({ maxConnections: 1 });
    await hold(server, 65);
    const socket = connect({ port: server.port, host: "127.0.0.1" });
    sockets.push(socket);
    expect(await socket.toArray()).toEqual([]);
  });
});
