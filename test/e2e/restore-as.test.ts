import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOORS } from "./harness/doors.js";
import { methodOf } from "./harness/schema.js";
import { startTestServer, type TestServer } from "./harness/server.js";

const RESTORE = methodOf("RestoreSnapshot");
const CONFIG = { metric: "METRIC_DOT", m: 8, quantization: "QUANTIZATION_NONE" };
const record = (n: number): JsonObject => ({ id: `r${n}`, vector: [n, 1], metadata: { n }, text: `t${n}` });

let data: string;
let server: TestServer;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "vecstore-restore-"));
  server = await startTestServer({ data });
  await server.ask("NamespaceService.CreateNamespace", { name: "from", config: CONFIG });
  await server.ask("Upsert", { namespace: "from", records: [1, 2, 3].map(record) });
  await server.ask("CreateSnapshot", { namespace: "from", name: "three" });
  await server.ask("Delete", { namespace: "from", ids: ["r1"] });
});
afterAll(async () => {
  await server?.stop();
  await rm(data, { recursive: true, force: true });
});

const listOf = async (namespace: string) => {
  const { records } = await server.ask("List", { namespace, includeVector: true, includeText: true });
  return records as JsonObject[];
};

describe.each(DOORS.filter(({ supports }) => supports(RESTORE)).map((door) => [door.name, door] as const))(
  "a snapshot restored as a new namespace by %s",
  (name, door) => {
    const target = name.replace(/\W+/g, "-");

    test("has its records, versions and settings, and takes writes of its own", async () => {
      const outcome = await door.call(server, RESTORE, { namespace: "from", name: "three", targetNamespace: target });
      expect(outcome).toMatchObject({
        ok: true,
        message: { namespace: target, vector_count: "3", incarnation: "1", sequence: "1" },
      });
      expect(await listOf(target)).toEqual([1, 2, 3].map((n) => ({ ...record(n), version: "1" })));
      const { namespace } = await server.ask("NamespaceService.GetNamespace", { name: target });
      expect(namespace).toMatchObject({ name: target, config: { dimension: 2, ...CONFIG } });
      expect(await server.ask("Upsert", { namespace: target, records: [record(4)] })).toMatchObject({ sequence: "2" });
      expect((await listOf("from")).map(({ id }) => id)).toEqual(["r2", "r3"]);
      const { results } = await server.ask("Query", { namespace: target, vector: [1, 0], limit: 1 });
      expect(results).toMatchObject([{ id: "r4" }]);
    });

    test("is refused a second time", async () => {
      const outcome = await door.call(server, RESTORE, { namespace: "from", name: "three", targetNamespace: target });
      expect(outcome).toMatchObject({ ok: false, code: "already_exists", reason: "NAMESPACE_EXISTS" });
    });
  },
);

test("they are all there after a restart", async () => {
  const before = await server.ask("NamespaceService.ListNamespaces", {});
  const names = (before.namespaces as { name: string }[]).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(5);
  const found = await Promise.all(names.map(listOf));
  // It removes a directory of its own making, and not this one.
  await server.stop();
  server = await startTestServer({ data });
  expect(await Promise.all(names.map(listOf))).toEqual(found);
});
