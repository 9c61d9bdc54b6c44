import { MemoryEnv, NamespacedVecStore, type QueryRequest, type VecStore } from "@vecstore/engine";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveRecall, type LiveRecallOptions } from "./live-recall.js";

const QUERY: QueryRequest = { vector: [1, 0], limit: 3 };
let directory: NamespacedVecStore;
let store: VecStore;
let measured: [namespace: string, recall: number][];

beforeEach(async () => {
  measured = [];
  directory = await NamespacedVecStore.open("data", { env: new MemoryEnv(), threads: 0 });
  store = await directory.namespace("default");
  await store.upsert(Array.from({ length: 20 }, (_, i) => ({ id: `r${i}`, vector: [1, i / 10] })));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await directory.close();
});

function recallOf(options: Partial<LiveRecallOptions> = {}): LiveRecall {
  return new LiveRecall({
    share: 0.5,
    onMeasured: (namespace, recall) => void measured.push([namespace, recall]),
    random: () => 0.4,
    load: async () => 0,
    ...options,
  });
}

const settled = (count: number) => vi.waitFor(() => expect(measured).toHaveLength(count), { timeout: 20_000 });

describe("live recall", () => {
  it("is the share of the exact answer that the index finds", async () => {
    const ask = store.batchQuery.bind(store);
    vi.spyOn(store, "batchQuery").mockImplementation(async (requests) => {
      const [found, wanted] = await ask(requests);
      return [{ ...found!, results: found!.results.filter(({ id }) => id !== "r1") }, wanted!];
    });
    recallOf().offer(store, QUERY);
    await settled(1);
    expect(measured).toEqual([["default", 2 / 3]]);
  });

  it("asks both on one view, with what the caller asked for, and counts neither", async () => {
    const asked = vi.spyOn(store, "batchQuery");
    const before = (await directory.namespaceUsage("default")).queriesTotal;
    recallOf().offer(store, { ...QUERY, efSearch: 20, includeVector: true });
    await settled(1);
    expect(asked.mock.calls[0]![0]).toMatchObject([
      { limit: 3, efSearch: 20, includeVector: false },
      { limit: 3, exact: true, includeVector: false },
    ]);
    expect(measured).toEqual([["default", 1]]);
    expect((await directory.namespaceUsage("default")).queriesTotal).toBe(before);
  });

  it("measures where one query is all that a batch may have", async () => {
    const small = await NamespacedVecStore.open("small", { env: new MemoryEnv(), threads: 0, maxBatchRecords: 1 });
    const only = await small.namespace("default");
    await only.upsert([{ id: "a", vector: [1, 0] }]);
    recallOf().offer(only, QUERY);
    await settled(1);
    expect(measured).toEqual([["default", 1]]);
    await small.close();
  });

  it("takes its share of the queries", async () => {
    const asked = vi.spyOn(store, "batchQuery");
    recallOf({ random: () => 0.5 }).offer(store, QUERY);
    recallOf({ random: () => 0.49 }).offer(store, QUERY);
    await settled(1);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it.each<[string, QueryRequest]>([
    ["is exact already", { ...QUERY, exact: true }],
    ["looks for a text", { text: "a" }],
    ["looks for several things", { ...QUERY, text: "a" }],
    ["wants groups", { ...QUERY, groupBy: "a" }],
    ["wants diverse results", { ...QUERY, diversity: {} }],
  ])("leaves a query that %s", async (_, query) => {
    const asked = vi.spyOn(store, "batchQuery");
    const recall = recallOf();
    recall.offer(store, query);
    recall.offer(store, { ...QUERY, limit: 4 });
    await settled(1);
    expect(asked.mock.calls.map(([[request]]) => request!.limit)).toEqual([4]);
  });

  it("works on one query at a time, and rests so that its share of the time is kept", async () => {
    let nowMs = 0;
    const ask = store.batchQuery.bind(store);
    const asked = vi.spyOn(store, "batchQuery").mockImplementation(async (requests) => {
      nowMs += 10;
      return ask(requests);
    });
    const recall = recallOf({ share: 0.5, nowMs: () => nowMs });
    recall.offer(store, QUERY);
    recall.offer(store, QUERY);
    await settled(1);
    await Promise.resolve();
    nowMs = 19;
    recall.offer(store, { ...QUERY, limit: 4 });
    nowMs = 20;
    recall.offer(store, { ...QUERY, limit: 5 });
    await settled(2);
    expect(asked.mock.calls.map(([[request]]) => request!.limit)).toEqual([3, 5]);
  });

  it("leaves a process alone that is busy", async () => {
    const loads = [0.9, 0.7];
    const recall = recallOf({ load: async () => loads.shift()! });
    const asked = vi.spyOn(store, "batchQuery");
    recall.offer(store, QUERY);
    await vi.waitFor(() => {
      if (loads.length > 0) recall.offer(store, QUERY);
      expect(measured).toHaveLength(1);
    });
    expect(asked).toHaveBeenCalledTimes(1);
    expect(loads).toEqual([]);
  });

  it("keeps its own copy of the vector", async () => {
    const vector = new Float32Array([1, 0]);
    const asked = vi.spyOn(store, "batchQuery");
    recallOf().offer(store, { vector, limit: 3 });
    vector.fill(0);
    await settled(1);
    expect(asked.mock.calls[0]![0][0]!.vector).toEqual(new Float32Array([1, 0]));
  });

  it("is silent about a namespace that went away", async () => {
    await directory.createNamespace("gone");
    const gone = await directory.namespace("gone");
    await gone.upsert([{ id: "a", vector: [1, 0] }]);
    await directory.deleteNamespace("gone");
    const recall = recallOf({ share: 1 });
    recall.offer(gone, QUERY);
    await vi.waitFor(() => {
      recall.offer(store, QUERY);
      expect(measured).toEqual([["default", 1]]);
    });
  });
});
