import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type StoredRecord, VecStoreClient } from "./index.js";
import { FakeServer } from "./testing/fake-server.js";
import type { QueryRequest } from "./testing/gen/vecstore/v1/query_pb.js";
import type { UpsertRequest } from "./testing/gen/vecstore/v1/write_pb.js";

let server: FakeServer;
let client: VecStoreClient;

beforeAll(async () => {
  server = await FakeServer.start();
  client = new VecStoreClient(`127.0.0.1:${server.port}`, { namespace: "docs", apiKey: "secret" });
});

afterAll(async () => {
  client.close();
  await server.close();
});

beforeEach(() => {
  server.store.records.clear();
  server.requests.length = 0;
});

const RECORDS = [
  { id: "a", vector: [1, 0, 0], metadata: { title: "A", tags: ["x"], deep: { n: 1.5 } }, text: "first" },
  { id: "b", vector: new Float32Array([0.5, 0.5, 0]) },
  { id: "c", vector: [0, 0, 1] },
];

describe("upsert", () => {
  it("writes records and returns what it did", async () => {
    const result = await client.upsert(RECORDS);
    expect(result).toEqual({ upserted: 3, inserted: 3, sequence: expect.any(Number), versions: expect.any(Array) });
    expect(result.versions).toEqual([result.sequence, result.sequence, result.sequence]);
  });

  it("sends vectors as bytes, and every option", async () => {
    await client.upsert(
      [{ id: "a", vector: [1], sparse: { indices: [7], values: [0.5] }, expiresAtMs: 1, ifVersion: 0 }],
      {
        mode: "insert_only",
        idempotencyKey: "once",
      },
    );
    expect(server.lastMessage<UpsertRequest>()).toMatchObject({
      mode: 2,
      idempotencyKey: "once",
      records: [
        {
          vector: [],
          vectorF32: new Uint8Array([0, 0, 128, 63]),
          sparse: { indices: [7], values: [0.5] },
          expiresAt: { seconds: 0n, nanos: 1_000_000 },
          ifVersion: 0n,
        },
      ],
    });
  });

  it("makes an idempotency key of its own, another for each call, unless retries are off", async () => {
    await client.upsert(RECORDS);
    await client.upsert(RECORDS);
    const [first, second] = server.requests.map(({ message }) => (message as UpsertRequest).idempotencyKey);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).not.toBe(first);
    const once = new VecStoreClient(server.url, { retries: false });
    await once.upsert(RECORDS);
    expect(server.lastMessage<UpsertRequest>().idempotencyKey).toBe("");
    once.close();
  });

  it("takes the vectors as they are when it is called", async () => {
    const vector = new Float32Array([1, 2, 3]);
    const writing = client.upsert([{ id: "a", vector }]);
    vector.fill(9);
    await writing;
    const { records } = await client.get(["a"], { includeVector: true });
    expect(records[0]?.vector).toEqual(new Float32Array([1, 2, 3]));
  });

  it.each([
    [{ id: 5, vector: [1] }, "INVALID_ID", /^records\[0\]\.id is a number/],
    [{ id: "\ud800", vector: [1] }, "INVALID_ID", /^records\[0\]\.id/],
    [{ id: "a", vector: [] }, "INVALID_VECTOR", /^records\[0\]\.vector/],
    [
      { id: "a", vector: [1], metadata: { at: new Date() } },
      "INVALID_METADATA",
      /^records\[0\]\.metadata\.at is a Date/,
    ],
    [{ id: "a", text: 1 }, "INVALID_ARGUMENT", /^records\[0\]\.text/],
    [{ id: "a", sparse: { indices: [1], values: [] } }, "INVALID_VECTOR", /1 indices and 0 values/],
    [{ id: "a", vector: [1], ifVersion: -1 }, "INVALID_ARGUMENT", /ifVersion/],
  ])("refuses %j without sending it", async (record, reason, message) => {
    await expect(client.upsert([record as never])).rejects.toMatchObject({
      name: "VecStoreError",
      code: "invalid_argument",
      reason,
      message: expect.stringMatching(message),
    });
    expect(server.requests).toEqual([]);
  });

  it("turns what only the encoder refuses into invalid_argument too", async () => {
    const sparse = { indices: [-1], values: [1] };
    await expect(client.upsert([{ id: "a", sparse }])).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(client.upsert([{ id: "a", vector: [1] }], { mode: "replace" as never })).rejects.toMatchObject({
      message: expect.stringContaining("upsert, insert_only or update_only"),
    });
  });
});

describe("get and update", () => {
  it("reads records in the order asked, and names what is missing", async () => {
    await client.upsert(RECORDS);
    const { records, missing } = await client.get(["b", "zzz", "a"], { includeVector: true, includeText: true });
    expect(missing).toEqual(["zzz"]);
    expect(records.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(records[0]?.vector).toEqual(new Float32Array([0.5, 0.5, 0]));
    expect(records[1]).toMatchObject({ text: "first", metadata: RECORDS[0]?.metadata, version: expect.any(Number) });
    expect(server.lastMessage()).toMatchObject({ includeVector: true, includeText: true });
    expect(server.lastMessage()).not.toHaveProperty("includeMetadata");
  });

  it("leaves out what a record has not", async () => {
    await client.upsert([{ id: "t", text: "only text", expiresAtMs: 4_102_444_800_123 }]);
    const { records } = await client.get(["t"]);
    expect(records[0]).toEqual({
      id: "t",
      version: expect.any(Number),
      text: "only text",
      expiresAtMs: 4_102_444_800_123,
    });
  });

  it("changes metadata, text and expiry, where null removes", async () => {
    await client.upsert(RECORDS);
    const result = await client.update([
      { id: "a", mergeMetadata: { title: "B" }, text: null, expiresAtMs: null, ifVersion: 1 },
    ]);
    expect(result).toMatchObject({ updated: 1, versions: [result.sequence] });
    expect(server.lastMessage()).toMatchObject({
      updates: [{ clearText: true, clearExpiresAt: true, ifVersion: 1n, mergeMetadata: { title: "B" } }],
    });
    const { records } = await client.get(["a"]);
    expect(records[0]).not.toHaveProperty("text");
    expect(records[0]?.metadata).toMatchObject({ title: "B", tags: ["x"] });
  });
});

describe("list and count", () => {
  it("follows the pages to the end", async () => {
    await client.upsert(Array.from({ length: 7 }, (_, n) => ({ id: `r${n}`, vector: [n] })));
    const ids: string[] = [];
    for await (const { id } of client.list({ pageSize: 3 })) ids.push(id);
    expect(ids).toEqual(["r0", "r1", "r2", "r3", "r4", "r5", "r6"]);
    expect(server.methods).toEqual(["Upsert", "List", "List", "List"]);
  });

  it("fetches no page that nobody reads", async () => {
    await client.upsert(Array.from({ length: 7 }, (_, n) => ({ id: `r${n}`, vector: [n] })));
    for await (const _ of client.list({ pageSize: 3 })) break;
    expect(server.methods).toEqual(["Upsert", "List"]);
  });

  it("gives single pages with their token", async () => {
    await client.upsert(RECORDS);
    const page = await client.listPage({ pageSize: 2, prefix: "" });
    expect(page.records.map(({ id }: StoredRecord) => id)).toEqual(["a", "b"]);
    const last = await client.listPage({ pageSize: 2, pageToken: page.nextPageToken, filter: "a = 1" });
    expect(last.records.map(({ id }) => id)).toEqual(["c"]);
    expect(last).not.toHaveProperty("nextPageToken");
    expect(server.lastMessage()).toMatchObject({ filter: "a = 1", pageSize: 2 });
  });

  it("counts", async () => {
    await client.upsert(RECORDS);
    expect(await client.count()).toBe(3);
    await client.count({ filter: { kind: "exists", path: ["a"] } });
    expect(server.lastMessage()).toMatchObject({ filterAst: { kind: { case: "existsFilter" } } });
  });
});

describe("query", () => {
  it("gives an array of hits that has stats", async () => {
    await client.upsert(RECORDS);
    const results = await client.query([1, 0.25, 0], { limit: 2, includeVector: true });
    expect(Array.isArray(results)).toBe(true);
    expect(results.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(results[0]).toEqual({
      id: "a",
      score: 1,
      distance: -1,
      version: expect.any(Number),
      metadata: RECORDS[0]?.metadata,
      vector: new Float32Array([1, 0, 0]),
    });
    expect(results.stats).toMatchObject({ strategy: "flat_scan", candidates: 2, filteredCount: 1, exhausted: true });
    expect(JSON.parse(JSON.stringify(results))).toHaveLength(2);
    expect(Object.keys(results)).toEqual(["0", "1"]);
  });

  it("sends every parameter", async () => {
    await client.query(
      { vector: [1], text: "cats", sparse: { indices: [1], values: [1] } },
      {
        limit: 5,
        filter: "year > 2000",
        efSearch: 100,
        recallTarget: 0.9,
        exact: true,
        scoreThreshold: 0.5,
        offset: 3,
        groupBy: "author",
        groupSize: 2,
        diversity: { lambda: 0.5, candidates: 70 },
        fusion: { method: "weighted", alpha: 0.5, rankConstant: 10 },
        includeMetadata: false,
        includeText: true,
        explain: true,
      },
    );
    expect(server.lastMessage<QueryRequest>()).toMatchObject({
      vectorF32: new Uint8Array([0, 0, 128, 63]),
      text: "cats",
      sparse: { indices: [1], values: [1] },
      limit: 5,
      filter: "year > 2000",
      efSearch: 100,
      recallTarget: 0.9,
      exact: true,
      scoreThreshold: 0.5,
      offset: 3,
      groupBy: "author",
      groupSize: 2,
      diversity: { lambda: 0.5, candidates: 70 },
      fusion: { method: 2, alpha: 0.5, rankConstant: 10 },
      includeMetadata: false,
      includeText: true,
      explain: true,
    });
  });

  it("finds by the id of a record", async () => {
    await client.query({ id: "a" });
    expect(server.lastMessage()).toMatchObject({ id: "a", vectorF32: new Uint8Array() });
    expect(server.lastMessage()).not.toHaveProperty("limit");
  });

  it.each([
    ["cats", {}, "MISSING_QUERY"],
    [null, {}, "MISSING_QUERY"],
    [[1], { limit: 1.5 }, "LIMIT_OUT_OF_RANGE"],
    [[1], { filter: " " }, "INVALID_FILTER"],
    [[1], { fusion: { method: "sum" } }, "INVALID_ARGUMENT"],
  ])("refuses %j with %j without sending it", async (source, options, reason) => {
    await expect(client.query(source as never, options as never)).rejects.toMatchObject({ reason });
    expect(server.requests).toEqual([]);
  });

  it("runs several in one call", async () => {
    await client.upsert(RECORDS);
    const [first, second] = await client.batchQuery([
      { vector: [1, 0, 0], limit: 1 },
      { vector: [0, 0, 1], limit: 1 },
    ]);
    expect(first?.map(({ id }) => id)).toEqual(["a"]);
    expect(second?.map(({ id }) => id)).toEqual(["c"]);
    expect(second?.stats.durationMs).toBe(0.5);
  });
});

describe("delete, softDelete and restore", () => {
  it.each(["delete", "softDelete", "restore"] as const)("%s takes ids, a filter or all", async (method) => {
    await client.upsert(RECORDS);
    expect(await client[method](["a", "b"])).toEqual({ affected: 2, sequence: expect.any(Number) });
    expect(server.lastMessage()).toMatchObject({ ids: ["a", "b"], filter: "", all: false });
    await client[method]({ filter: "x = 1" });
    expect(server.lastMessage()).toMatchObject({ ids: [], filter: "x = 1", all: false });
    await client[method]({ all: true });
    expect(server.lastMessage()).toMatchObject({ all: true });
  });

  it("refuses an empty filter, which could mean every record", async () => {
    await expect(client.delete({ filter: "" })).rejects.toMatchObject({ reason: "INVALID_FILTER" });
    expect(server.requests).toEqual([]);
  });
});

describe("upkeep", () => {
  it("compacts without a deadline, and says what it would do", async () => {
    const result = { removed: 3, freedBytes: 4096, segmentsBefore: 2, segmentsAfter: 1 };
    expect(await client.compact({ dryRun: true })).toEqual(result);
    expect(server.requests[0]?.header.has("connect-timeout-ms")).toBe(false);
    await client.compact({ timeoutMs: 9_000 });
    expect(server.requests[1]?.header.has("connect-timeout-ms")).toBe(true);
  });

  it("measures the recall of the index", async () => {
    expect(await client.measureRecall({ samples: 7, limit: 3, efSearch: 50, filter: "n > 1" })).toEqual({
      recall: 0.875,
      samples: 7,
      limit: 3,
      indexed: { meanMs: 1, p50Ms: 0.5, p95Ms: 2, p99Ms: 3 },
      exact: { meanMs: 10, p50Ms: 5, p95Ms: 20, p99Ms: 30 },
    });
    expect(server.lastMessage()).toMatchObject({ sampleSize: 7, limit: 3, efSearch: 50, filter: "n > 1" });
    await expect(client.measureRecall({ samples: -1 })).rejects.toMatchObject({ reason: "LIMIT_OUT_OF_RANGE" });
  });

  it("reads the numbers of the namespace", async () => {
    await client.upsert(RECORDS);
    expect(await client.stats()).toMatchObject({
      namespace: "docs",
      vectorCount: 3,
      dimension: 3,
      indexState: "flat",
      segments: [
        {
          number: 1,
          slots: 5,
          live: 4,
          indexed: 0,
          hasGraph: false,
          memoryBytes: 64,
          memory: { graph: 1, vectors: 2, ids: 3, metadata: 4, text: 5, sparse: 6, other: 43 },
          diskBytes: 100,
          vectorsOnDiskBytes: 60,
        },
      ],
      memoryBytesPerRecord: 12.5,
      diskBytesPerRecord: 20.25,
      lastCheckpointMs: 1_700_000_000_500,
      cache: { hits: 1, misses: 2, evictions: 3, sizeBytes: 4 },
    });
  });

  it("makes, lists, restores and deletes snapshots", async () => {
    const made = await client.createSnapshot("monday");
    expect(made).toMatchObject({ name: "monday", namespace: "docs", createdAtMs: 1_700_000_000_000, bytes: 2 });
    await client.createSnapshot("tuesday");
    await expect(client.createSnapshot("monday")).rejects.toMatchObject({ reason: "SNAPSHOT_EXISTS" });
    expect((await client.listSnapshots()).map(({ name }) => name)).toEqual(["monday", "tuesday"]);
    const restored = await client.restoreSnapshot("monday", { targetNamespace: "copy" });
    expect(restored).toMatchObject({ namespace: "copy", incarnation: 2, vectorCount: 1 });
    const chunks = [];
    for await (const chunk of client.downloadSnapshot("monday", { offset: 1 })) chunks.push(chunk);
    expect(chunks.map(({ data }) => [...data])).toEqual([[2, 3], [4, 5], [6]]);
    expect(chunks[2]).toMatchObject({ snapshot: { name: "monday" }, totalBytes: 6, crc32: 5 });
    await client.deleteSnapshot("monday");
    await expect(client.downloadSnapshot("monday").next()).rejects.toMatchObject({ reason: "SNAPSHOT_NOT_FOUND" });
    await expect(client.deleteSnapshot("monday")).rejects.toMatchObject({
      code: "not_found",
      reason: "SNAPSHOT_NOT_FOUND",
      details: { fact: "1" },
    });
  });
});
