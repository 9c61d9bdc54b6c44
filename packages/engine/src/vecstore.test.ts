import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDirectory } from "./directory/open-directory.js";
import type { QueryRequest } from "./model/query.js";
import type { RecordInput } from "./model/record.js";
import { MemoryEnv } from "./storage/memory-env.js";
import { VecStore } from "./vecstore.js";

let env: MemoryEnv;
let store: VecStore;
const open = (options = {}) => VecStore.open("data", { env, threads: 0, ...options });

beforeEach(async () => {
  env = new MemoryEnv();
  store = await open();
});
afterEach(() => store.close());

const reason = (name: string) => expect.objectContaining({ name: "VecstoreError", reason: name }) as Error;
const line = (count: number, from = 0): RecordInput[] =>
  Array.from({ length: count }, (_, i) => ({ id: `p${from + i}`, vector: [from + i, 1], metadata: { n: from + i } }));

describe("a store", () => {
  it("answers with what was written, also after a reopening", async () => {
    const result = await store.upsert([
      { id: "a", vector: [1, 0, 0], metadata: { color: "red", n: 1 } },
      { id: "b", vector: [0, 1, 0], metadata: { color: "blue", n: 2 }, text: "hello" },
      { id: "c", vector: [1, 1, 0] },
    ]);
    expect(result).toEqual({ upserted: 3, inserted: 3, sequence: 1, versions: [1, 1, 1] });
    const answer = await store.query({ vector: [1, 0.1, 0], limit: 2 });
    expect(answer.results.map((hit) => hit.id)).toEqual(["a", "c"]);
    await store.close();
    store = await open();
    const second = await store.query({ vector: [1, 0.1, 0], limit: 2 });
    expect(second.results).toEqual(answer.results);
    expect(await store.get(["b", "x"], { includeText: true, includeVector: true })).toEqual({
      records: [
        { id: "b", version: 1, vector: new Float32Array([0, 1, 0]), metadata: { color: "blue", n: 2 }, text: "hello" },
      ],
      missing: ["x"],
    });
  });

  it("keeps records that have a text or a sparse vector and no dense one, also after a reopening", async () => {
    await store.upsert([
      { id: "t", text: "only a text" },
      { id: "s", sparse: { indices: [7, 2 ** 32 - 1], values: [0.5, -2] } },
    ]);
    expect(store.info.config.dimension).toBeUndefined();
    expect((await store.query({ vector: [1, 0] })).results).toEqual([]);
    await store.upsert([
      { id: "v", vector: [1, 0], sparse: { indices: [3], values: [1] } },
      { id: "w", vector: [0, 1] },
    ]);
    await store.update([{ id: "s", mergeMetadata: { n: 1 } }]);
    await expect(store.query({ id: "s" })).rejects.toThrow(reason("INVALID_ARGUMENT"));
    await expect(store.update([{ id: "t", text: null }])).rejects.toThrow(reason("EMPTY_RECORD"));
    await expect(store.upsert([{ id: "e", metadata: {} }])).rejects.toThrow(reason("EMPTY_RECORD"));
    const all = { includeVector: true, includeText: true };
    const sparse = { indices: Uint32Array.of(7, 2 ** 32 - 1), values: Float32Array.of(0.5, -2) };
    for (const when of ["as written", "reopened"]) {
      if (when === "reopened") {
        await store.close();
        store = await open();
      }
      expect((await store.list(all)).records, when).toEqual([
        { id: "s", version: 3, metadata: { n: 1 }, sparse },
        { id: "t", version: 1, text: "only a text" },
        {
          id: "v",
          version: 2,
          vector: Float32Array.of(1, 0),
          sparse: { indices: Uint32Array.of(3), values: Float32Array.of(1) },
        },
        { id: "w", version: 2, vector: Float32Array.of(0, 1) },
      ]);
      const { results, stats } = await store.query({ vector: [1, 0.1], limit: 10 });
      expect([results.map(({ id }) => id), stats.exhausted]).toEqual([["v", "w"], true]);
    }
  });

  it("says what it is", async () => {
    expect(store.info).toMatchObject({
      name: "default",
      number: 1,
      status: "active",
      config: { metric: "cosine", m: 16, efConstruction: 200 },
    });
    expect(store.info.config.dimension).toBeUndefined();
    await store.upsert([{ id: "a", vector: [1, 2] }]);
    expect(store.info.config.dimension).toBe(2);
    expect(store.info).not.toHaveProperty("vectorCount");
  });

  it("keeps what it was made with, and refuses other options later", async () => {
    await store.close();
    env = new MemoryEnv();
    store = await open({
      dimension: 2,
      metric: "dot",
      m: 8,
      efConstruction: 50,
      efSearch: 80,
      quantization: "none",
      textAnalyzer: "english",
    });
    await store.close();
    store = await open();
    const config = {
      dimension: 2,
      metric: "dot",
      m: 8,
      efConstruction: 50,
      efSearch: 80,
      quantization: "none",
      textAnalyzer: "english",
    } as const;
    expect(store.info.config).toEqual(config);
    await store.close();
    for (const wrong of [
      { dimension: 3 },
      { metric: "cosine" },
      { m: 16 },
      { efConstruction: 51 },
      { efSearch: 64 },
      { quantization: "int8" },
      { textAnalyzer: "standard" },
    ]) {
      await expect(open(wrong)).rejects.toThrow(reason("INVALID_CONFIGURATION"));
    }
    store = await open(config);
  });

  it.each([
    { dimension: 0 },
    { dimension: 65_536 },
    { metric: "manhattan" },
    { m: 3 },
    { m: 65 },
    { efConstruction: 15 },
    { efConstruction: 2_049 },
    { efSearch: 0 },
    { efSearch: 2_049 },
    { quantization: "int4" },
    { textAnalyzer: "klingon" },
    { fsync: "sometimes" },
    { fsync: null },
    { fsync: { intervalMs: 0 } },
    { threads: -1 },
    { checkpointLogBytes: 0 },
    { graphRecordsMin: 0 },
    { segmentRecordsMax: 0 },
    { maxBatchRecords: 10_001 },
    { maxQueryLimit: 10_001 },
  ])("refuses to be made with %j", async (options) => {
    await expect(VecStore.open("other", { env: new MemoryEnv(), threads: 0, ...(options as object) })).rejects.toThrow(
      reason("INVALID_CONFIGURATION"),
    );
  });

  it("belongs to one opener at a time", async () => {
    await expect(open()).rejects.toThrow(reason("DATA_DIR_IN_USE"));
    await store.close();
    await store.close();
    store = await open();
  });
});

describe("get", () => {
  it("returns records in the order asked, and names the missing ones", async () => {
    await store.upsert([
      { id: "a", vector: [1, 1] },
      { id: "b", vector: [1, 2], metadata: {}, text: "" },
    ]);
    await store.softDelete({ ids: ["a"] });
    expect(await store.get(["x", "b", "a", "b"], { includeText: true })).toEqual({
      records: Array(2).fill({ id: "b", version: 1, metadata: {}, text: "" }),
      missing: ["x", "a"],
    });
    expect((await store.get(["b"], { includeMetadata: false })).records).toEqual([{ id: "b", version: 1 }]);
  });

  it("takes 1 to 1,000 ids", async () => {
    const ids = (count: number) => Array.from({ length: count }, (_, i) => `x${i}`);
    await expect(store.get([])).rejects.toThrow(reason("EMPTY_BATCH"));
    expect((await store.get(ids(1_000))).missing).toHaveLength(1_000);
    await expect(store.get(ids(1_001))).rejects.toThrow(reason("BATCH_TOO_LARGE"));
    await expect(store.get(["a", ""])).rejects.toThrow(reason("INVALID_ID"));
  });

  it("gives copies that the caller owns", async () => {
    await store.upsert([{ id: "a", vector: [1, 1], metadata: { n: [1] } }]);
    const first = (await store.get(["a"], { includeVector: true })).records[0]!;
    first.vector!.fill(9);
    (first.metadata!.n as number[]).push(2);
    const second = (await store.get(["a"], { includeVector: true })).records[0]!;
    expect(second).toMatchObject({ vector: Float32Array.of(1, 1), metadata: { n: [1] } });
  });
});

describe("count", () => {
  it("is exact, with and without a filter, before and after deletes", async () => {
    expect(await store.count()).toBe(0);
    await store.upsert(line(600));
    expect([await store.count(), await store.count({ filter: "n < 100" })]).toEqual([600, 100]);
    await store.delete({ filter: "n < 50" });
    await store.softDelete({ filter: "n < 60" });
    await store.upsert(line(5));
    expect([await store.count(), await store.count({ filter: "n < 100" })]).toEqual([545, 45]);
    expect(await store.count({ filter: { kind: "exists", path: ["m"] } })).toBe(0);
    await expect(store.count({ filter: "n <" })).rejects.toThrow(reason("INVALID_FILTER"));
    for (const filter of [undefined, "n < 100"]) {
      await expect(store.count({ filter, signal: AbortSignal.abort() })).rejects.toThrow(reason("CANCELED"));
      await expect(store.count({ filter, deadlineMs: 1 })).rejects.toThrow(reason("DEADLINE_EXCEEDED"));
    }
  });
});

describe("query", () => {
  it("returns up to its limit, closest first, with what was asked for", async () => {
    await store.upsert([
      { id: "a", vector: [1, 0], metadata: { n: 1 }, text: "t" },
      { id: "b", vector: [1, 1] },
    ]);
    const { results, stats } = await store.query({ vector: [2, 0], includeText: true, includeVector: true });
    expect(results).toEqual([
      { id: "a", version: 1, score: 1, distance: 0, metadata: { n: 1 }, text: "t", vector: Float32Array.of(1, 0) },
      {
        id: "b",
        version: 1,
        score: expect.closeTo(Math.SQRT1_2, 6),
        distance: expect.closeTo(1 - Math.SQRT1_2, 6),
        vector: Float32Array.of(1, 1),
      },
    ]);
    expect(stats).toMatchObject({
      strategy: "flat_scan",
      candidates: 2,
      segments: 1,
      cacheHit: false,
      exhausted: true,
    });
    expect(stats.durationMs).toBeGreaterThanOrEqual(0);
    const bare = await store.query({ vector: [2, 0], includeMetadata: false, limit: 1 });
    expect(Object.keys(bare.results[0]!).sort()).toEqual(["distance", "id", "score", "version"]);
  });

  it.each([
    [{ vector: [1] }, "DIMENSION_MISMATCH"],
    [{ vector: [0, 0] }, "ZERO_VECTOR"],
    [{ vector: [Number.NaN, 0] }, "INVALID_VECTOR"],
    [{ vector: undefined }, "MISSING_QUERY"],
    [{ limit: 0 }, "LIMIT_OUT_OF_RANGE"],
    [{ limit: 1_001 }, "LIMIT_OUT_OF_RANGE"],
    [{ filter: "n >" }, "INVALID_FILTER"],
    [{ signal: AbortSignal.abort() }, "CANCELED"],
    [{ deadlineMs: 1 }, "DEADLINE_EXCEEDED"],
  ])("refuses %j: %s, alone, in a batch and as a stream", async (wrong, name) => {
    await store.upsert([{ id: "a", vector: [1, 2] }]);
    const request = { vector: [1, 1], ...wrong } as QueryRequest;
    await expect(store.query(request)).rejects.toThrow(reason(name));
    await expect(store.batchQuery([{ vector: [1, 1] }, request])).rejects.toThrow(reason(name));
    // A stream takes a higher limit.
    const streamed = request.limit === 1_001 ? { ...request, limit: 10_001 } : request;
    await expect(async () => store.queryStream(streamed).next()).rejects.toThrow(reason(name));
  });

  it("on an empty store takes any dimension and finds nothing", async () => {
    expect(await store.query({ vector: [1, 2, 3] })).toMatchObject({ results: [], stats: { strategy: "empty" } });
  });

  it("survives the largest and the smallest vectors, with a graph too", async () => {
    await store.close();
    env = new MemoryEnv();
    store = await open({ metric: "euclidean", graphRecordsMin: 20 });
    const size = [8e18, -8e18, 0, 1e-45, -1e-45, 1, 1e10, 1e-30];
    await store.upsert(
      Array.from({ length: 64 }, (_, i) => ({ id: `v${i}`, vector: [size[i % 8]!, size[(i >> 3) % 8]! / 4] })),
    );
    await store.settled();
    for (const exact of [true, false]) {
      const { results } = await store.query({ vector: [-8e18, -2e18], limit: 64, exact });
      expect(new Set(results.map(({ id }) => id)).size).toBe(64);
      expect(results.every(({ distance, score }) => Number.isFinite(distance) && score <= 0)).toBe(true);
      expect(results[0]).toMatchObject({ id: "v9", distance: 0 });
    }
  });
});

describe("batchQuery", () => {
  it("answers each query, all of one view", async () => {
    await store.upsert(line(3));
    const answers = store.batchQuery([
      { vector: [0, 1], limit: 1 },
      { vector: [2, 1], limit: 1 },
      { vector: [2, 1], filter: "n < 0" },
    ]);
    const deleted = store.delete({ all: true });
    expect((await answers).map(({ results }) => results.map(({ id }) => id))).toEqual([["p0"], ["p2"], []]);
    await deleted;
    await expect(store.batchQuery([])).rejects.toThrow(reason("EMPTY_BATCH"));
    const many = (count: number) => Array.from({ length: count }, () => ({ vector: [1, 1] }));
    expect(await store.batchQuery(many(1_000))).toHaveLength(1_000);
    await expect(store.batchQuery(many(1_001))).rejects.toThrow(reason("BATCH_TOO_LARGE"));
  });

  it("lets others run between its queries, so that it can be canceled", async () => {
    await store.upsert(line(300, 1));
    const controller = new AbortController();
    const { signal } = controller;
    const queries = Array.from({ length: 1_000 }, () => ({ vector: [1, 0], exact: true, limit: 1_000, signal }));
    const answers = store.batchQuery(queries);
    setImmediate(() => controller.abort());
    await expect(answers).rejects.toThrow(reason("CANCELED"));
  });
});

describe("queryStream", () => {
  it("gives all results of its view and then the stats, whatever is written meanwhile", async () => {
    await store.upsert(line(300, 1));
    const seen: string[] = [];
    let last: unknown;
    for await (const chunk of store.queryStream({ vector: [1, 0], limit: 10_000 })) {
      if (seen.length === 0) {
        await store.delete({ all: true });
        await store.upsert([{ id: "p7", vector: [1, 0] }]);
        await store.compact();
      }
      seen.push(...chunk.results.map(({ id, version }) => `${id}@${version}`));
      last = chunk.stats;
    }
    expect(new Set(seen)).toEqual(new Set(line(300, 1).map(({ id }) => `${id}@1`)));
    expect(last).toMatchObject({ exhausted: true });
  });

  it("lets the memory of replaced segments go when its reader leaves", async () => {
    const directory = await openDirectory("streams", { env, threads: 0 }, {});
    const namespace = directory.namespaceByName("default");
    const inner = new VecStore(directory, namespace);
    await inner.upsert(line(300, 1));
    const [segment] = namespace.state.segments;
    for await (const { results } of inner.queryStream({ vector: [1, 0], limit: 300, includeVector: true })) {
      await inner.delete({ ids: ["p1"] });
      await inner.compact();
      expect(namespace.state.segments).not.toContain(segment);
      expect(results[0]!.vector).toBeDefined();
      // Still there for this view alone.
      expect(segment!.vectors.count).toBe(300);
      break;
    }
    expect(segment!.vectors.count).toBe(0);
    await directory.close();
  });

  it("stops when it is canceled", async () => {
    await store.upsert(line(300, 1));
    const controller = new AbortController();
    const stream = store.queryStream({ vector: [1, 0], limit: 300, signal: controller.signal });
    await stream.next();
    controller.abort();
    await expect(stream.next()).rejects.toThrow(reason("CANCELED"));
  });

  it("is checked against the dimension that holds when it begins", async () => {
    const stream = store.queryStream({ vector: [1, 2, 3] });
    await store.upsert(line(2));
    await expect(stream.next()).rejects.toThrow(reason("DIMENSION_MISMATCH"));
  });
});

describe("list", () => {
  it("goes on where it was, whatever is written between its pages", async () => {
    await store.upsert(["a", "c", "e", "g"].map((id) => ({ id, vector: [1, 1] })));
    const first = await store.list({ pageSize: 2 });
    expect(first.records.map(({ id }) => id)).toEqual(["a", "c"]);
    await store.delete({ ids: ["c", "e"] });
    await store.upsert(["b", "d", "f", "g", "h"].map((id) => ({ id, vector: [1, 1] })));
    await store.compact();
    const second = await store.list({ pageSize: 3, pageToken: first.nextPageToken });
    expect(second.records.map(({ id }) => id)).toEqual(["d", "f", "g"]);
    const third = await store.list({ pageSize: 3, pageToken: second.nextPageToken });
    expect([third.records.map(({ id }) => id), third.nextPageToken]).toEqual([["h"], undefined]);
  });

  it("goes on over a reopening", async () => {
    await store.upsert(line(5));
    const { nextPageToken } = await store.list({ pageSize: 3 });
    await store.close();
    store = await open();
    expect((await store.list({ pageToken: nextPageToken })).records.map(({ id }) => id)).toEqual(["p3", "p4"]);
  });
});
