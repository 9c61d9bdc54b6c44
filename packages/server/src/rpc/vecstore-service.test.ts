import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { NamespaceService } from "../gen/vecstore/v1/namespace_service_pb.js";
import { QueryStrategy } from "../gen/vecstore/v1/query_pb.js";
import { WriteMode } from "../gen/vecstore/v1/record_pb.js";
import { VecStoreService } from "../gen/vecstore/v1/vecstore_service_pb.js";
import { startTestServer, stopTestServers, type TestServer, TRANSPORTS, transportsOf } from "../testing/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(stopTestServers);

const reasonOf = (error: unknown) => ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason;

async function failure(call: Promise<unknown>): Promise<readonly [string, string | undefined]> {
  const error = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  return [Code[ConnectError.from(error).code] as string, reasonOf(error)];
}

describe.each(TRANSPORTS)("the data service over %s", (name) => {
  const namespace = name.replaceAll(/[^a-z]/gi, "-");
  const open = () => {
    const transport = transportsOf(server.url)[name];
    return { client: createClient(VecStoreService, transport), admin: createClient(NamespaceService, transport) };
  };

  it("creates a namespace, writes, reads, searches and deletes", async () => {
    const { client, admin } = open();
    const created = await admin.createNamespace({ name: namespace, labels: { team: "a" } });
    expect(created.namespace?.labels).toEqual({ team: "a" });
    const bytes = new Uint8Array(new Float32Array([0, 1, 0]).buffer);
    const written = await client.upsert({
      namespace,
      records: [
        { id: "a", vector: [1, 0, 0], metadata: { color: "red", n: 1, list: [1, "x", null] }, text: "hello" },
        { id: "b", vectorF32: bytes, metadata: { color: "blue" } },
      ],
    });
    expect([written.upserted, written.inserted, written.versions.length]).toEqual([2, 2, 2]);
    const got = await client.get({ namespace, ids: ["b", "x", "a"], includeVector: true, includeText: true });
    expect(got.missing).toEqual(["x"]);
    expect(got.records.map((record) => [record.id, record.vector, record.text])).toEqual([
      ["b", [0, 1, 0], undefined],
      ["a", [1, 0, 0], "hello"],
    ]);
    expect(got.records[1]?.metadata).toEqual({ color: "red", n: 1, list: [1, "x", null] });
    const found = await client.query({ namespace, vector: [1, 0.1, 0], limit: 1, filter: "color = 'blue'" });
    expect(found.results.map((result) => result.id)).toEqual(["b"]);
    expect(found.stats?.strategy).not.toBe(QueryStrategy.UNSPECIFIED);
    expect((await client.count({ namespace })).count).toBe(2n);
    const listed = await client.list({ namespace, pageSize: 1 });
    expect([listed.records[0]?.id, listed.nextPageToken !== ""]).toEqual(["a", true]);
    expect((await client.softDelete({ namespace, ids: ["a"] })).softDeleted).toBe(1n);
    expect((await client.restore({ namespace, all: true })).restored).toBe(1n);
    const path = ["color"];
    const value = { value: { case: "stringValue" as const, value: "red" } };
    const filterAst = { kind: { case: "inFilter" as const, value: { path, values: [value] } } };
    expect((await client.delete({ namespace, filterAst })).deleted).toBe(1n);
    expect((await client.getStats({ namespace })).vectorCount).toBe(1n);
  });

  it("updates, batches, streams, compacts and takes snapshots", async () => {
    const { client } = open();
    const update = { id: "b", mergeMetadata: { size: 3 }, text: "new" };
    expect((await client.update({ namespace, updates: [update] })).updated).toBe(1);
    const batch = await client.batchQuery({ namespace, queries: [{ vector: [0, 1, 0] }, { vector: [1, 0, 0] }] });
    expect(batch.responses.map((response) => response.results[0]?.metadata)).toEqual([
      { color: "blue", size: 3 },
      { color: "blue", size: 3 },
    ]);
    const ids: string[] = [];
    let hasStats = false;
    for await (const chunk of client.queryStream({ namespace, query: { vector: [0, 1, 0], limit: 5 } })) {
      ids.push(...chunk.results.map((result) => result.id));
      hasStats = chunk.stats !== undefined;
    }
    expect([ids, hasStats]).toEqual([["b"], true]);
    expect((await client.compact({ namespace })).segmentsAfter).toBeGreaterThanOrEqual(0);
    expect((await client.createSnapshot({ namespace, name: "s1" })).snapshot?.vectorCount).toBe(1n);
    await client.delete({ namespace, all: true });
    expect((await client.restoreSnapshot({ namespace, name: "s1" })).vectorCount).toBe(1n);
    expect((await client.listSnapshots({ namespace })).snapshots.map((each) => each.name)).toEqual(["s1"]);
    await client.deleteSnapshot({ namespace, name: "s1" });
    expect((await client.listSnapshots({ namespace })).snapshots).toEqual([]);
  });

  it("answers mistakes with code and reason", async () => {
    const { client, admin } = open();
    const mode = WriteMode.INSERT_ONLY;
    const cases = [
      [() => client.query({ namespace, vector: [1] }), "InvalidArgument", "DIMENSION_MISMATCH"],
      [() => client.query({ namespace, vector: [1, 0, 0], filter: "color =" }), "InvalidArgument", "INVALID_FILTER"],
      [() => client.query({ namespace, vector: [1, 0, 0], filterAst: {} }), "InvalidArgument", "INVALID_FILTER"],
      [() => client.query({ namespace }), "InvalidArgument", "MISSING_QUERY"],
      [() => client.query({ namespace, vector: [1, 0, 0], limit: 0 }), "InvalidArgument", "LIMIT_OUT_OF_RANGE"],
      [() => client.query({ namespace: "nope", vector: [1] }), "NotFound", "NAMESPACE_NOT_FOUND"],
      [() => client.upsert({ namespace }), "InvalidArgument", "EMPTY_BATCH"],
      [() => client.upsert({ namespace, records: [{ id: "c" }] }), "InvalidArgument", "EMPTY_RECORD"],
      [() => client.upsert({ namespace, records: [{ id: "c", sparse: {} }] }), "InvalidArgument", "INVALID_VECTOR"],
      [
        () => client.upsert({ namespace, mode: 99 as WriteMode, records: [{ id: "c", vector: [1, 0, 0] }] }),
        "InvalidArgument",
        "INVALID_ARGUMENT",
      ],
      [
        () => client.upsert({ namespace, mode, records: [{ id: "b", vector: [1, 0, 0] }] }),
        "AlreadyExists",
        "RECORD_EXISTS",
      ],
      [
        () => client.upsert({ namespace, records: [{ id: "b", vector: [1, 0, 0], ifVersion: 99n }] }),
        "Aborted",
        "VERSION_CONFLICT",
      ],
      [
        () => client.upsert({ namespace, records: [{ id: "b", vectorF32: new Uint8Array(5) }] }),
        "InvalidArgument",
        "INVALID_VECTOR",
      ],
      [() => client.delete({ namespace }), "InvalidArgument", "MISSING_TARGET"],
      [() => client.delete({ namespace, all: true, ids: ["b"] }), "InvalidArgument", "MISSING_TARGET"],
      [() => client.restoreSnapshot({ namespace, name: "nope" }), "NotFound", "SNAPSHOT_NOT_FOUND"],
      [() => client.measureRecall({ namespace, limit: 0 }), "InvalidArgument", "LIMIT_OUT_OF_RANGE"],
      [() => admin.createNamespace({ name: namespace }), "AlreadyExists", "NAMESPACE_EXISTS"],
      [() => admin.createNamespace({ name: "-" }), "InvalidArgument", "INVALID_NAME"],
      [
        () => admin.createNamespace({ name: "q", quotas: { maxDimension: 0 } }),
        "InvalidArgument",
        "INVALID_CONFIGURATION",
      ],
      [() => admin.deleteNamespace({ name: "default" }), "InvalidArgument", "INVALID_ARGUMENT"],
      [() => admin.deleteNamespace({ name: "nope" }), "NotFound", "NAMESPACE_NOT_FOUND"],
    ] as const;
    for (const [at, [call, code, reason]] of cases.entries()) {
      expect(await failure(call()), `case ${at}`).toEqual([code, reason]);
    }
  });
});
