import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONNECT_STATUS, ERROR_CASES, NAMESPACE } from "./errors.cases.js";
import { DOORS, statusOf } from "./harness/doors.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer } from "./harness/server.js";

describe("an error", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await prepare(server);
  });
  afterAll(() => server?.stop());

  test.each(ERROR_CASES.map((each) => [each.what, each] as const))("says through every door: %s", async (_, given) => {
    const rpc = methodOf(given.method);
    for (const door of DOORS.filter(({ supports }) => supports(rpc))) {
      const outcome = await door.call(server, rpc, given.request);
      const { code, reason, says } = given;
      const http = statusOf(door, CONNECT_STATUS[code]!, given.http);
      expect(outcome, door.name).toMatchObject({ ok: false, code, reason, text: expect.stringContaining(says) });
      expect("http" in outcome ? outcome.http : undefined, door.name).toBe(http);
    }
  });

  test("leaves what it refused undone", async () => {
    const { records } = await server.ask("List", { namespace: NAMESPACE });
    expect(records).toMatchObject([{ id: "a" }, { id: "b" }]);
    expect(await server.ask("ListSnapshots", { namespace: NAMESPACE })).toMatchObject({
      snapshots: [{ name: "taken" }],
    });
  });
});

async function prepare(server: TestServer): Promise<void> {
  const records = ["a", "b"].map((id) => ({ id, vector: [1, 0, 0] }));
  await server.ask("NamespaceService.CreateNamespace", { name: NAMESPACE });
  await server.ask("Upsert", { namespace: NAMESPACE, records, idempotencyKey: "used" });
  await server.ask("CreateSnapshot", { namespace: NAMESPACE, name: "taken" });
}
