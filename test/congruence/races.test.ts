import {
  MemoryEnv,
  NamespacedVecStore,
  type UpsertOptions,
  type UpsertResult,
  type VecStore,
  VecstoreError,
} from "@vecstore/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { below, createRandom } from "./random.js";

const SEED = 65_537;
const ROUNDS = 2_000;
/** Rounds that replace records come in parts, each on a new store: one long part would be merged, and the log cut behind it. */
const PARTS = [1, 2, 3, 4];
const PART_ROUNDS = ROUNDS / PARTS.length;

let env: MemoryEnv;
let all: NamespacedVecStore;
let store: VecStore;
const random = createRandom(SEED);
beforeEach(async () => {
  env = new MemoryEnv();
  all = await NamespacedVecStore.open("data", { env, threads: 0 });
  store = await all.namespace("default");
});
afterEach(() => all.close());

/** What one writer was told. */
type Told =
  | { readonly writer: number; readonly result: UpsertResult }
  | { readonly writer: number; readonly reason: string };

const isWinner = (told: Told): told is Told & { readonly result: UpsertResult } => "result" in told;

/** Lets 2 to 5 writers go, at once or a few turns apart, and returns what each was told. */
async function race(write: (writer: number) => Promise<UpsertResult>): Promise<Told[]> {
  const writers = 2 + below(random, 4);
  const apart = below(random, 3);
  return Promise.all(
    Array.from({ length: writers }, async (_, writer): Promise<Told> => {
      for (let turn = below(random, 1 + apart); turn > 0; turn--)
        await (turn % 2 === 0 ? null : new Promise(setImmediate));
      try {
        return { writer, result: await write(writer) };
      } catch (error) {
        if (!(error instanceof VecstoreError)) throw error;
        return { writer, reason: error.reason };
      }
    }),
  );
}

/** The one that won; every other was told the reason. */
function winnerOf(told: readonly Told[], reason: string): Told & { readonly result: UpsertResult } {
  const winners = told.filter(isWinner);
  expect(winners).toHaveLength(1);
  for (const other of told) if (!isWinner(other)) expect(other.reason).toBe(reason);
  return winners[0]!;
}

/** What the log says by itself: a copy of the files as they are, opened without a checkpoint. */
async function replayed(entriesMin: number): Promise<NamespacedVecStore> {
  const copy = new MemoryEnv();
  for (const path of env.paths()) copy.writeFile(path, env.readFile(path));
  const again = await NamespacedVecStore.open("data", { env: copy, threads: 0 });
  expect(again.recovery.entries).toBeGreaterThanOrEqual(entriesMin);
  return again;
}

/** Compares the records with what the last winner of each id was told, here and after a replay. */
async function expectWinners(
  winners: ReadonlyMap<string, { readonly writer: number; readonly result: UpsertResult }>,
  rounds = ROUNDS,
): Promise<void> {
  const again = await replayed(rounds);
  for (const one of [store, await again.namespace("default")]) {
    expect(await one.count()).toBe(winners.size);
    for (const [id, { writer, result }] of winners) {
      const { records } = await one.get([id]);
      expect(records).toEqual([{ id, version: result.sequence, metadata: { writer } }]);
    }
  }
  await again.close();
}

const record = (id: string, writer: number, ifVersion?: number) => ({
  id,
  vector: [1, writer],
  metadata: { writer },
  ifVersion,
});

describe(`of writers that race, ${ROUNDS} times, seed ${SEED},`, () => {
  it.each(PARTS)("exactly one wins with the same if_version, part %d", async () => {
    const winners = new Map<string, Told & { readonly result: UpsertResult }>();
    for (let round = 0; round < PART_ROUNDS; round++) {
      const id = `r${round % 50}`;
      const version = winners.get(id)?.result.sequence ?? 0;
      const told = await race((writer) => store.upsert([record(id, writer, version)]));
      winners.set(id, winnerOf(told, "VERSION_CONFLICT"));
    }
    await expectWinners(winners, PART_ROUNDS);
  });

  it("exactly one wins with INSERT_ONLY, and all of its batch is there", async () => {
    const winners = new Map<string, Told & { readonly result: UpsertResult }>();
    for (let round = 0; round < ROUNDS; round++) {
      // Batches that overlap in one id alone: a loser leaves nothing of the rest.
      const told = await race((writer) =>
        store.upsert([record(`own-${round}-${writer}`, writer), record(`r${round}`, writer)], { mode: "insert_only" }),
      );
      const winner = winnerOf(told, "RECORD_EXISTS");
      expect(winner.result.inserted).toBe(2);
      winners.set(`r${round}`, winner).set(`own-${round}-${winner.writer}`, winner);
    }
    await expectWinners(winners);
  });

  it("exactly one dimension wins, on an empty namespace", async () => {
    const dimensions = new Map<string, number>();
    for (let round = 0; round < ROUNDS / 2; round++) {
      const name = `n${round}`;
      await all.createNamespace(name);
      const namespace = await all.namespace(name);
      const told = await race((writer) =>
        namespace.upsert([{ id: `w${writer}`, vector: new Float32Array(1 + writer).fill(1) }]),
      );
      const winner = winnerOf(told, "DIMENSION_MISMATCH");
      dimensions.set(name, 1 + winner.writer);
      expect([namespace.info.config.dimension, await namespace.count()]).toEqual([1 + winner.writer, 1]);
    }
    const again = await replayed(ROUNDS / 4);
    for (const [name, dimension] of dimensions) {
      expect(again.getNamespace(name).config.dimension).toBe(dimension);
      expect(await (await again.namespace(name)).count()).toBe(1);
    }
    await again.close();
  });

  it("all are told the same for the same idempotency key, and one write is made", async () => {
    const winners = new Map<string, { readonly writer: number; readonly result: UpsertResult }>();
    for (let round = 0; round < ROUNDS; round++) {
      const id = `r${round}`;
      const options: UpsertOptions = { idempotencyKey: `k${round}`, mode: "insert_only" };
      const told = await race(() => store.upsert([record(id, 7)], options));
      const results = told.filter(isWinner).map(({ result }) => result);
      expect(results).toHaveLength(told.length);
      for (const result of results) expect(result).toEqual(results[0]);
      winners.set(id, { writer: 7, result: results[0]! });
    }
    await expectWinners(winners);
  });

  it.each(PARTS)("one request gets an idempotency key, the others are told that it is used, part %d", async () => {
    const winners = new Map<string, Told & { readonly result: UpsertResult }>();
    for (let round = 0; round < PART_ROUNDS; round++) {
      const id = `r${round % 100}`;
      const told = await race((writer) => store.upsert([record(id, writer)], { idempotencyKey: `k${round}` }));
      winners.set(id, winnerOf(told, "IDEMPOTENCY_KEY_REUSED"));
    }
    await expectWinners(winners, PART_ROUNDS);
  });

  it("updates and deletes of one record end as the log orders them", async () => {
    for (let round = 0; round < ROUNDS / 4; round++) {
      await store.upsert([record("r", 0)]);
      const [updated, deleted] = await Promise.all([
        store.update([{ id: "r", mergeMetadata: { round } }]).catch((error: VecstoreError) => error.reason),
        store.delete({ ids: ["r"] }),
      ]);
      expect(deleted.affected).toBe(1);
      if (typeof updated === "string") expect(updated).toBe("RECORD_NOT_FOUND");
      else expect(updated.sequence).toBeLessThan(deleted.sequence);
      expect(await store.count()).toBe(0);
    }
  });
});
