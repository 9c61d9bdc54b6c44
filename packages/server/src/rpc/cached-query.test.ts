import { NamespacedVecStore, type QueryAnswer, type QueryRequest, type VecStore } from "@vecstore/engine";
import { ManualClock, MemoryEnv } from "@vecstore/engine/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AnswerCache } from "../cache/answer-cache.js";
import { createRandom } from "../testing/random.js";
import { queryThroughCache } from "./cached-query.js";

const SEED = 20_261;
const NAME = "default";

let clock: ManualClock;
let all: NamespacedVecStore;
let store: VecStore;
let cache: AnswerCache<QueryAnswer>;
beforeEach(async () => {
  clock = new ManualClock();
  all = await NamespacedVecStore.open("data", { env: new MemoryEnv(clock), threads: 0 });
  store = await all.namespace(NAME);
  cache = new AnswerCache(1024 * 1024);
});
afterEach(() => all.close());

const ask = async (query: QueryRequest) => queryThroughCache({ cache, directory: () => all }, NAME, store, query);
const hits = async (query: QueryRequest, times: number) => {
  const found: boolean[] = [];
  for (let i = 0; i < times; i++) found.push((await ask(query)).stats.cacheHit);
  return found;
};
const reason = (name: string) => expect.objectContaining({ reason: name }) as Error;

describe("a query through the cache", () => {
  const query = { vector: [1, 0], limit: 2 };
  beforeEach(async () => {
    await store.upsert([
      { id: "a", vector: [1, 0], metadata: { n: 1 } },
      { id: "b", vector: [0, 1] },
    ]);
    clock.advance(1_000);
  });

  it("has the same answer from it, says so, and counts as answered", async () => {
    const fresh = await ask(query);
    await ask(query);
    const kept = await ask(query);
    expect([fresh.stats.cacheHit, kept.stats.cacheHit]).toEqual([false, true]);
    expect(kept.results).toEqual(fresh.results);
    const { cacheHit: _c, durationMs, ...counted } = kept.stats;
    expect(fresh.stats).toMatchObject(counted);
    expect(durationMs).toBeGreaterThan(0);
    expect((await all.namespaceUsage(NAME)).queriesTotal).toBe(3);
  });

  it("that explains itself is run each time", async () => {
    expect(await hits({ ...query, explain: true }, 4)).toEqual([false, false, false, false]);
    expect((await ask({ ...query, explain: true })).explain).toBeDefined();
    expect(cache.total.misses).toBe(0);
  });

  it("is not kept where the namespace does not want it", async () => {
    await all.updateNamespace(NAME, { cacheAnswers: false });
    expect(await hits(query, 4)).toEqual([false, false, false, false]);
    await all.updateNamespace(NAME, { cacheAnswers: true });
    expect(await hits(query, 3)).toEqual([false, false, true]);
  });

  it("is refused when the namespace is suspended, and asks no more than its quota gives, kept or not", async () => {
    expect(await hits(query, 3)).toEqual([false, false, true]);
    await all.updateNamespace(NAME, { quotas: { maxResultsPerQuery: 1 } });
    await expect(ask(query)).rejects.toThrow(reason("LIMIT_OUT_OF_RANGE"));
    expect((await ask({ vector: [1, 0] })).results).toHaveLength(1);
    await all.updateNamespace(NAME, { quotas: { maxResultsPerQuery: null } });
    await all.updateNamespace(NAME, { status: "suspended" });
    await expect(ask(query)).rejects.toThrow(reason("NAMESPACE_SUSPENDED"));
  });

  it("that fails is not kept, and fails again", async () => {
    for (let i = 0; i < 3; i++) await expect(ask({ id: "none" })).rejects.toThrow(reason("RECORD_NOT_FOUND"));
    expect(cache.total).toMatchObject({ hits: 0, sizeBytes: 0 });
  });

  it("is not kept when a write came while it ran", async () => {
    const slow = {
      queryNow: async (asked: QueryRequest) => {
        const answer = await store.query(asked);
        await store.upsert([{ id: "c", vector: [1, 1] }]);
        clock.advance(1_000);
        return answer;
      },
    } as VecStore;
    for (let i = 0; i < 3; i++) await queryThroughCache({ cache, directory: () => all }, NAME, slow, query);
    expect(cache.total).toEqual({ hits: 0, misses: 3, evictions: 0, sizeBytes: 0 });
  });

  it("goes past the cache where there is none", async () => {
    const none = { cache: undefined, directory: () => all };
    for (let i = 0; i < 3; i++) expect((await queryThroughCache(none, NAME, store, query)).stats.cacheHit).toBe(false);
  });
});

const KINDS: readonly QueryRequest[] = [
  { vector: [1, 0.5] },
  { vector: [1, 0.5], filter: "kind = 'x'", includeVector: true },
  { vector: [-1, 2], scoreThreshold: 0 },
  { text: "red blue", includeText: true },
  { vector: [0, 1], text: "green" },
  { vector: [0.3, 0.3], groupBy: "kind", groupSize: 2 },
  { id: "r1" },
  { id: "r2", filter: "kind = 'y'" },
  { vector: [2, -1], exact: true, offset: 2 },
  { vector: [2, 2], diversity: {} },
];
const QUERIES = KINDS.flatMap((kind) => [1, 2, 3].map((limit) => ({ ...kind, limit })));
const WORDS = ["red", "green", "blue", "white"];
const ROUNDS = 6_000;
/** So small that answers push each other out, and some are too large. */
const BYTES = 20_000;

describe("random writes, queries, expiry and changes of the namespace", () => {
  it(`have the answers that they have without a cache, seed ${SEED}`, { timeout: 60_000 }, async () => {
    const random = createRandom(SEED);
    const below = (count: number) => Math.floor(random() * count);
    const id = () => `r${below(30)}`;
    cache = new AnswerCache(BYTES);
    const record = () => ({
      id: id(),
      vector: [random() - 0.5, random() - 0.5],
      text: `${WORDS[below(4)]} ${WORDS[below(4)]}`,
      metadata: { kind: "xyz"[below(3)]! },
      ...(random() < 0.7 && { expiresAtMs: clock.nowMs + 1 + below(60_000) }),
    });
    const changes: readonly (() => Promise<unknown>)[] = [
      ...Array.from({ length: 4 }, () => () => store.upsert([record()])),
      () => store.delete({ ids: [id()] }),
      () => store.softDelete({ ids: [id()] }),
      () => store.restore({ all: true }),
      () => all.updateNamespace(NAME, { quotas: { maxResultsPerQuery: random() < 0.5 ? null : 1 + below(20) } }),
      () => all.updateNamespace(NAME, { status: random() < 0.5 ? "read_only" : "active" }),
      () => all.updateNamespace(NAME, { cacheAnswers: random() < 0.9 }),
      async () => clock.advance(below(3_000)),
      async () => clock.advance(below(3_000)),
    ];
    const outcome = (run: () => Promise<QueryAnswer>) =>
      run().then(
        ({ results }) => ({ results }),
        ({ reason: why, message }) => ({ why, message }),
      );
    for (let i = 0; i < 40; i++) await store.upsert([record()]);
    for (let round = 0; round < ROUNDS; round++) {
      if (random() < 0.04) await changes[below(changes.length)]!().catch(() => undefined);
      if (random() < 0.1) clock.advance(below(2_000));
      const query = QUERIES[below(QUERIES.length)]!;
      expect(await outcome(async () => ask(query)), `round ${round}`).toEqual(await outcome(() => store.query(query)));
    }
    const { hits: found, misses, evictions, sizeBytes } = cache.total;
    expect(Math.min(found, misses, evictions)).toBeGreaterThan(100);
    expect(sizeBytes).toBeLessThanOrEqual(BYTES);
  });
});
