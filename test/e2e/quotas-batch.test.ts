import { connect } from "node:http2";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer } from "./harness/server.js";
import { readUsage } from "./harness/usage.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

async function make(name: string, quotas: JsonObject): Promise<void> {
  await server.ask("NamespaceService.CreateNamespace", { name, quotas });
}

const queries = (count: number) => Array.from({ length: count }, () => ({ text: "a" }));

describe("max_qps", () => {
  test.each(DOORS.map((door) => [door.name, door] as const))(
    "counts the queries of a batch, by %s",
    async (_, door) => {
      const name = `batches-${DOORS.indexOf(door)}`;
      await make(name, { maxQps: 4 });
      const ask = (count: number) =>
        door.call(server, methodOf("BatchQuery"), { namespace: name, queries: queries(count) });
      const refused = await ask(5);
      expect(refused).toMatchObject({ code: "invalid_argument", reason: "BATCH_TOO_LARGE" });
      expect(refused).toMatchObject({ facts: { namespace: name, quota: "max_qps", got: "5", limit: "4" } });
      expect(await ask(4)).toMatchObject({ ok: true });
      const usage = await readUsage(server, name);
      expect([usage.of("queries_total"), usage.of("requests_total"), usage.of("refusals_total")]).toEqual([4, 2, 1]);
    },
  );
});

describe("a namespace that is made again under its name", () => {
  test("owes nothing for the requests and connections of the one before", async () => {
    // A request in a day, by one connection.
    const quotas = { maxQps: 0.00001, maxConnections: 1 };
    await make("again", quotas);
    const session = connect(server.url);
    const ask = async (from: { request: typeof session.request }) => {
      const headers = { ":method": "POST", ":path": "/v1/count", "content-type": "application/json" };
      const stream = from.request(headers);
      stream.end('{"namespace": "again"}');
      return JSON.parse((await stream.toArray()).join("")) as JsonObject;
    };
    const other = connect(server.url);
    expect(await ask(session)).toEqual({ count: 0 });
    expect(await ask(session)).toMatchObject({ error: { reason: "RATE_LIMITED" } });
    expect(await ask(other)).toMatchObject({ error: { reason: "CONNECTIONS_LIMITED" } });
    await server.ask("NamespaceService.DeleteNamespace", { name: "again" });
    await make("again", quotas);
    expect((await readUsage(server, "again")).of("active_connections")).toBe(0);
    expect(await ask(other)).toEqual({ count: 0 });
    expect(await ask(other)).toMatchObject({ error: { reason: "RATE_LIMITED" } });
    session.destroy();
    other.destroy();
  });
});
