import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LIMITS } from "./limits.js";
import type { RecordInput } from "./model/record.js";
import { ManualClock } from "./storage/manual-clock.js";
import { MemoryEnv } from "./storage/memory-env.js";
import { VecStore } from "./vecstore.js";

const START_MS = 1_700_000_000_000;
let clock: ManualClock;
let env: MemoryEnv;
let store: VecStore;
const open = async () => {
  store = await VecStore.open("data", { env, threads: 0 });
};
beforeEach(async () => {
  clock = new ManualClock(START_MS);
  // Its timers never go off: every answer has to be right without a removal.
  env = new MemoryEnv({ now: clock.now, startTimer: () => () => undefined });
  await open();
});
afterEach(() => store.close());

const reason = (name: string) => expect.objectContaining({ name: "VecstoreError", reason: name }) as Error;
/** r0, r1 ..; r<i> expires (i + 1) seconds from the start, save r0, which never does. */
const records = (count: number): RecordInput[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `r${i}`,
    vector: [1, i],
    metadata: { n: i },
    ...(i > 0 && { expiresAtMs: START_MS + 1_000 * (i + 1) }),
  }));

/** The ids that each way of reading shows, which must agree. */
async function seen(): Promise<string[]> {
  const vector = [0, 1];
  const listed = (await store.list()).records.map(({ id }) => id);
  const { results, stats } = await store.query({ vector, limit: 100 });
  const exact = await store.query({ vector, limit: 100, exact: true });
  const filtered = await store.query({ vector, limit: 100, filter: "n >= 0" });
  const batch = await store.batchQuery([{ vector, limit: 100 }]);
  const streamed: string[] = [];
  for await (const chunk of store.queryStream({ vector, limit: 100 }))
    streamed.push(...chunk.results.map(({ id }) => id));
  for (const ids of [results, exact.results, filtered.results, batch[0]!.results].map((hits) =>
    hits.map(({ id }) => id),
  )) {
    expect(ids.sort()).toEqual(listed);
  }
  expect(streamed.sort()).toEqual(listed);
  expect(stats.exhausted).toBe(true);
  const all = Array.from({ length: 8 }, (_, i) => `r${i}`);
  const { records: got, missing } = await store.get(all);
  expect(got.map(({ id }) => id)).toEqual(listed);
  expect(missing).toEqual(all.filter((id) => !listed.includes(id)));
  const { vectorCount } = await store.stats();
  const counted = [await store.count(), await store.count({ filter: "n >= 0" }), vectorCount];
  expect(counted).toEqual([listed.length, listed.length, listed.length]);
  return listed;
}

describe("a record with a time", () => {
  it("is there until its time for every way of reading, and not from then on, before anything was removed", async () => {
    await store.upsert(records(5));
    clock.advance(1_999);
    expect(await seen()).toEqual(["r0", "r1", "r2", "r3", "r4"]);
    clock.advance(1);
    expect(await seen()).toEqual(["r0", "r2", "r3", "r4"]);
    clock.advance(2_500);
    expect(await seen()).toEqual(["r0", "r4"]);
    clock.advance(1e12);
    expect(await seen()).toEqual(["r0"]);
    expect((await store.stats()).sequence).toBe(1);
  });

  it("comes back with its time, from whatever reads it; others come without one", async () => {
    await store.upsert(records(2));
    const expiresAtMs = START_MS + 2_000;
    const bare = { id: "r0", version: 1, metadata: { n: 0 } };
    const timed = { id: "r1", version: 1, metadata: { n: 1 }, expiresAtMs };
    expect((await store.get(["r0", "r1"])).records).toEqual([bare, timed]);
    expect((await store.list()).records).toEqual([bare, timed]);
  });

  it("is not there to be updated, matched, hidden, deleted or brought back", async () => {
    await store.upsert(records(3));
    await store.softDelete({ ids: ["r2"] });
    clock.advance(3_000);
    await expect(store.update([{ id: "r1", text: "t" }])).rejects.toThrow(reason("RECORD_NOT_FOUND"));
    await expect(store.query({ id: "r1" })).rejects.toThrow(reason("RECORD_NOT_FOUND"));
    await expect(store.upsert([{ id: "r1", vector: [1, 1], ifVersion: 1 }])).rejects.toThrow(
      reason("VERSION_CONFLICT"),
    );
    await expect(store.upsert([{ id: "r1", vector: [1, 1] }], { mode: "update_only" })).rejects.toThrow(
      reason("RECORD_NOT_FOUND"),
    );
    for (const kind of ["softDelete", "restore", "delete"] as const) {
      expect(await store[kind]({ filter: "n >= 1" })).toMatchObject({ affected: 0 });
      expect(await store[kind]({ ids: ["r1", "r2"] })).toMatchObject({ affected: 0 });
    }
    const stats = await store.stats();
    expect([stats.vectorCount, stats.softDeletedCount]).toEqual([1, 0]);
    expect(await store.upsert([{ id: "r1", vector: [1, 1] }], { mode: "insert_only" })).toMatchObject({ inserted: 1 });
  });

  it("gets another time, keeps its time, or loses it by an update, and loses it by an upsert", async () => {
    await store.upsert(records(6));
    const expiresAtMs = START_MS + 60_000;
    await store.update([
      { id: "r1", expiresAtMs },
      { id: "r2", expiresAtMs: null, text: "t" },
      { id: "r3", mergeMetadata: { more: 1 } },
      { id: "r0", expiresAtMs },
    ]);
    await store.upsert([{ id: "r4", vector: [1, 4], metadata: { n: 4 } }]);
    const { records: read } = await store.get(["r0", "r1", "r2", "r3", "r4"]);
    const timeOf = (record: (typeof read)[number]) => record.expiresAtMs;
    expect(read.map(timeOf)).toEqual([expiresAtMs, expiresAtMs, undefined, START_MS + 4_000, undefined]);
    clock.advance(59_999);
    expect(await seen()).toEqual(["r0", "r1", "r2", "r4"]);
    clock.advance(1);
    expect(await seen()).toEqual(["r2", "r4"]);
  });

  it.each([1, START_MS - 1, START_MS])(
    "of the past, %d, is taken: it replaces what was there and is not seen",
    async (past) => {
      await store.upsert(records(1));
      expect(await store.upsert([{ id: "r0", vector: [1, 0], expiresAtMs: past }])).toMatchObject({
        upserted: 1,
        inserted: 0,
      });
      expect(await seen()).toEqual([]);
      await store.upsert(records(1));
      expect(await store.update([{ id: "r0", expiresAtMs: past }])).toMatchObject({ updated: 1 });
      expect(await seen()).toEqual([]);
    },
  );

  it.each([0, -1, 1.5, Number.NaN, LIMITS.expiresAtMsMax + 1])("that is none, %d, is refused", async (expiresAtMs) => {
    await store.upsert(records(1));
    await expect(store.upsert([{ ...records(1)[0]!, expiresAtMs }])).rejects.toThrow(reason("INVALID_ARGUMENT"));
    await expect(store.update([{ id: "r0", expiresAtMs }])).rejects.toThrow(reason("INVALID_ARGUMENT"));
  });

  it("is in the view of a stream that began before its time, to the end", async () => {
    await store.upsert(records(200));
    clock.advance(2_000);
    const stream = store.queryStream({ vector: [0, 1], limit: 300 });
    const ids = (await stream.next()).value!.results.map(({ id }) => id);
    clock.advance(1e9);
    for await (const { results } of stream) ids.push(...results.map(({ id }) => id));
    expect(new Set(ids).size).toBe(199);
    expect(await store.count()).toBe(1);
  });

  it("keeps its time through a compaction, a checkpoint, a replay and a snapshot, and time goes on meanwhile", async () => {
    await store.upsert(records(8));
    await store.delete({ ids: ["r7"] });
    await store.softDelete({ ids: ["r5"] });
    await store.createSnapshot("s");
    clock.advance(2_000);
    expect(await store.compact({ dryRun: true })).toMatchObject({ removed: 2 });
    expect(await store.compact()).toMatchObject({ removed: 2 });
    expect(await store.stats()).toMatchObject({ vectorCount: 5, softDeletedCount: 1, deadCount: 0 });
    await store.close();
    clock.advance(1_000);
    await open();
    expect(await seen()).toEqual(["r0", "r3", "r4", "r6"]);
    const copy = new MemoryEnv({ now: clock.now, startTimer: () => () => undefined });
    await store.upsert([{ id: "r7", vector: [1, 7], expiresAtMs: START_MS + 3_001, metadata: { n: 7 } }]);
    for (const path of env.paths()) copy.writeFile(path, env.readFile(path));
    await store.close();
    env = copy;
    await open();
    expect(await seen()).toEqual(["r0", "r3", "r4", "r6", "r7"]);
    clock.advance(1);
    expect(await seen()).toEqual(["r0", "r3", "r4", "r6"]);
    await store.restoreSnapshot("s");
    await store.restore({ all: true });
    expect(await seen()).toEqual(["r0", "r3", "r4", "r5", "r6"]);
    clock.advance(1e9);
    await store.restore({ all: true });
    expect(await seen()).toEqual(["r0"]);
  });

  it("is part of what an idempotency key stands for", async () => {
    const write = (expiresAtMs?: number) =>
      store.upsert([{ id: "r0", vector: [1, 0], expiresAtMs }], { idempotencyKey: "k" });
    await write(START_MS + 5);
    await expect(write(START_MS + 6)).rejects.toThrow(reason("IDEMPOTENCY_KEY_REUSED"));
    await expect(write()).rejects.toThrow(reason("IDEMPOTENCY_KEY_REUSED"));
    expect(await write(START_MS + 5)).toMatchObject({ sequence: 1 });
  });
});
