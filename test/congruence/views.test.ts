import { MemoryEnv, NamespacedVecStore, type QueryChunk } from "@vecstore/engine";
import { expect, it } from "vitest";
import { Model } from "./model.js";
import { recordOf } from "./operations.js";
import { below, createRandom, idOf, vectorOf } from "./random.js";

const SEED = 31_337;
const RECORDS = 400;
const ROUNDS = 12;
/** Of the results of an indexed stream, how many brute force has too. */
const RECALL_MIN = 0.98;

/** A stream under way, and what it must return whatever happens. */
interface Reader {
  readonly chunks: AsyncGenerator<QueryChunk, void>;
  readonly expected: readonly string[];
  readonly exact: boolean;
  readonly seen: string[];
}

it.each([
  { threads: 0, memoryForVectors: 0 },
  { threads: 1, memoryForVectors: 1_000_000 },
])(`a stream returns the state in which it began, to its end: %j, seed ${SEED}`, async (options) => {
  const all = await NamespacedVecStore.open("data", {
    env: new MemoryEnv(),
    ...options,
    graphRecordsMin: 50,
    checkpointLogBytes: 50_000,
  });
  const store = await all.namespace("default");
  const random = createRandom(SEED);
  const model = new Model("cosine");
  const readers: Reader[] = [];
  let [found, wanted] = [0, 0];
  await store.createSnapshot("empty");

  async function change(): Promise<void> {
    const first = below(random, RECORDS);
    const records = Array.from({ length: 150 }, (_, i) => recordOf((first + i) % RECORDS, below(random, 900)));
    model.upsert(records, (await store.upsert(records)).sequence);
    const ids = Array.from({ length: 60 }, () => idOf(below(random, RECORDS)));
    const kind = random() < 0.5 ? "delete" : "softDelete";
    model.target(kind, { ids }, (await store[kind]({ ids })).sequence);
    const choice = random();
    if (choice < 0.3) await store.compact();
    else if (choice < 0.5) await all.checkpoint();
    else if (choice < 0.6) {
      await store.restoreSnapshot("empty");
      model.visible.clear();
      model.hidden.clear();
    } else if (choice < 0.7) await store.settled();
  }

  async function begin(exact: boolean): Promise<void> {
    const vector = vectorOf(5_000 + readers.length);
    const limit = 300;
    const chunks = store.queryStream({ vector, limit, exact, includeVector: true });
    const reader = { chunks, expected: model.nearest(vector).slice(0, limit), exact, seen: [] };
    readers.push(reader);
    // The view is taken by the first call, before it gives up its turn.
    await pull(reader);
  }

  async function pull(reader: Reader): Promise<boolean> {
    const { value, done } = await reader.chunks.next();
    if (done === true || value === undefined) return false;
    for (const { id, vector } of value.results) {
      reader.seen.push(id);
      expect(vector).toHaveLength(8);
    }
    return true;
  }

  function finish({ seen, expected, exact }: Reader): void {
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(expected.length);
    if (exact) expect(seen).toEqual(expected);
    wanted += expected.length;
    found += seen.filter((id) => expected.includes(id)).length;
  }

  for (let round = 0; round < ROUNDS; round++) {
    await change();
    await begin(round % 2 === 0);
    for (const reader of readers) if (random() < 0.4) await pull(reader);
  }
  await store.delete({ all: true });
  await store.compact();
  for (const reader of readers) {
    while (await pull(reader)) await store.upsert([recordOf(below(random, RECORDS), 1)]);
    finish(reader);
  }
  expect(found / wanted).toBeGreaterThanOrEqual(RECALL_MIN);
  await all.close();
});
