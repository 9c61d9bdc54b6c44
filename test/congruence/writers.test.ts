import {
  MemoryEnv,
  NamespacedVecStore,
  type RecordInput,
  type RecordUpdate,
  type VecStore,
  VecstoreError,
} from "@vecstore/engine";
import { expect, it } from "vitest";
import { checkRecords } from "./check.js";
import { Model } from "./model.js";
import { recordOf } from "./operations.js";
import { below, createRandom, idOf, vectorOf } from "./random.js";

const SEED = 977;
const WRITERS = 8;
const ROUNDS = 60;
const IDS = 60;

/** A write that was applied, with what its writer was told. */
interface Done {
  readonly sequence: number;
  /** Does the same to the model and compares what it counted. */
  readonly replay: (model: Model) => void;
}

type Random = () => number;

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** What a writer may be told instead. */
const REFUSALS = ["VERSION_CONFLICT", "RECORD_EXISTS", "RECORD_NOT_FOUND"];

async function upsert(store: VecStore, random: Random, versions: Map<string, number>): Promise<Done> {
  const first = below(random, IDS);
  const conditional = random() < 0.4;
  const records: RecordInput[] = Array.from({ length: 1 + below(random, 5) }, (_, i) => {
    const n = (first + i * 7) % IDS;
    return recordOf(n, below(random, 500), conditional && i === 0 ? (versions.get(idOf(n)) ?? 0) : undefined);
  });
  const mode = random() < 0.7 ? "upsert" : random() < 0.5 ? "insert_only" : "update_only";
  const { sequence, inserted } = await store.upsert(records, { mode });
  for (const { id } of records) versions.set(id, sequence);
  const replay = (model: Model) => {
    expect(model.refusalOf(records, mode)).toBeUndefined();
    expect(model.upsert(records, sequence)).toBe(inserted);
  };
  return { sequence, replay };
}

async function update(store: VecStore, random: Random): Promise<Done> {
  const updates: RecordUpdate[] = [
    { id: idOf(below(random, IDS)), mergeMetadata: { [`k${below(random, 9)}`]: below(random, 100) } },
  ];
  const { sequence } = await store.update(updates);
  return { sequence, replay: (model) => model.update(updates, sequence) };
}

async function target(store: VecStore, random: Random): Promise<Done> {
  const kind = (["delete", "softDelete", "restore"] as const)[below(random, 3)]!;
  const ids = Array.from({ length: 1 + below(random, 4) }, () => idOf(below(random, IDS)));
  const { sequence, affected } = await store[kind]({ ids });
  return { sequence, replay: (model) => expect(model.target(kind, { ids }, sequence)).toBe(affected) };
}

async function write(store: VecStore, seed: number, done: Done[]): Promise<void> {
  const random = createRandom(seed);
  const versions = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const choice = random();
    try {
      done.push(
        await (choice < 0.5
          ? upsert(store, random, versions)
          : choice < 0.7
            ? update(store, random)
            : target(store, random)),
      );
    } catch (error) {
      if (!(error instanceof VecstoreError) || !REFUSALS.includes(error.reason)) throw error;
    }
    if (random() < 0.3) await tick();
  }
}

/** The files as they are at this moment of a turn: what a process that is killed now leaves behind. */
function copyOf(env: MemoryEnv): MemoryEnv {
  const copy = new MemoryEnv();
  for (const path of env.paths()) copy.writeFile(path, env.readFile(path));
  return copy;
}

/** Reorganizes the store for as long as there are writers. */
async function disturb(all: NamespacedVecStore, store: VecStore, running: () => boolean): Promise<void> {
  for (let round = 0; running(); round++) {
    if (round % 3 === 0) await store.compact();
    else if (round % 3 === 1) await all.checkpoint();
    else await store.createSnapshot(`s${round}`);
    await tick();
  }
}

/** The state after every write up to a sequence. */
function modelAt(done: readonly Done[], sequence: number): Model {
  const model = new Model("cosine");
  for (const one of done) if (one.sequence <= sequence) one.replay(model);
  return model;
}

const CASES = [
  { threads: 0, segmentRecordsMax: 70 },
  { threads: 1, segmentRecordsMax: 1_000_000 },
];
const SMALL = { graphRecordsMin: 40, checkpointLogBytes: 20_000 };

it.each(CASES)(
  `what concurrent writers are told is what the log says, in its order: %j, seed ${SEED}`,
  async (options) => {
    const env = new MemoryEnv();
    const open = (from: MemoryEnv) => NamespacedVecStore.open("data", { env: from, ...SMALL, ...options });
    const all = await open(env);
    const store = await all.namespace("default");
    const done: Done[] = [];
    const killed: { readonly env: MemoryEnv; readonly acknowledged: number }[] = [];
    let running = WRITERS;
    const writers = Array.from({ length: WRITERS }, (_, i) => write(store, SEED + i, done).finally(() => running--));
    const kill = async () => {
      for (let turn = 0; running > 0; turn++, await tick()) {
        if (turn % 4 === 0)
          killed.push({ env: copyOf(env), acknowledged: Math.max(0, ...done.map(({ sequence }) => sequence)) });
      }
    };
    await Promise.all([...writers, disturb(all, store, () => running > 0), kill()]);
    done.sort((a, b) => a.sequence - b.sequence);
    expect(new Set(done.map(({ sequence }) => sequence)).size).toBe(done.length);
    const last = done.at(-1)!.sequence;
    await checkRecords(store, modelAt(done, last), 17);
    await all.close();
    for (const { env: from, acknowledged } of [...killed, { env, acknowledged: last }]) {
      const again = await open(from);
      const one = await again.namespace("default");
      const { sequence } = await one.stats();
      expect(sequence).toBeGreaterThanOrEqual(acknowledged);
      await checkRecords(one, modelAt(done, sequence), 23);
      await again.close();
    }
    expect(killed.length).toBeGreaterThan(3);
  },
);

it.each(CASES)(
  `a replay gives what memory holds, whatever is restored between writes: %j, seed ${SEED}`,
  async (options) => {
    const env = new MemoryEnv();
    const all = await NamespacedVecStore.open("data", { env, ...SMALL, ...options });
    const store = await all.namespace("default");
    const random = createRandom(SEED);
    let running = WRITERS;
    const writers = Array.from({ length: WRITERS }, (_, i) => write(store, SEED + i, []).finally(() => running--));
    const restore = async () => {
      for (let round = 0; running > 0; round++, await tick()) {
        await store.createSnapshot(`s${round}`);
        await store.restoreSnapshot(`s${below(random, round + 1)}`);
        if (round % 3 === 0) await store.compact();
      }
    };
    await Promise.all([...writers, restore()]);
    const killed = await NamespacedVecStore.open("data", { env: copyOf(env), ...SMALL, ...options });
    await all.checkpoint();
    const checkpointed = await NamespacedVecStore.open("data", { env: copyOf(env), ...SMALL, ...options });
    const contentOf = async (one: VecStore) => {
      const { sequence, incarnation, vectorCount, softDeletedCount, dimension } = await one.stats();
      const { records } = await one.list({ pageSize: 1_000, includeVector: true, includeText: true });
      return { sequence, incarnation, vectorCount, softDeletedCount, dimension, records };
    };
    const expected = await contentOf(store);
    expect(expected.incarnation).toBeGreaterThan(2);
    for (const again of [killed, checkpointed]) {
      expect(await contentOf(await again.namespace("default"))).toEqual(expected);
      await again.close();
    }
    await all.close();
  },
);

it(`a batch is seen whole or not at all, by every kind of read, seed ${SEED}`, async () => {
  const all = await NamespacedVecStore.open("data", { env: new MemoryEnv(), threads: 0, graphRecordsMin: 20 });
  const store = await all.namespace("default");
  const count = 25;
  const batch = (round: number) =>
    Array.from({ length: count }, (_, i) => ({ ...recordOf(i, i + round), vector: vectorOf((i * 31 + round) % 400) }));
  await store.upsert(batch(0));
  let running = true;
  const writing = (async () => {
    for (let round = 1; round <= 200; round++) {
      await store.upsert(batch(round));
      // A disk in memory never waits, so readers would get no turn.
      if (round % 3 === 0) await tick();
    }
    running = false;
  })();
  let reads = 0;
  const read = async (see: () => Promise<readonly { readonly version: number }[]>) => {
    while (running) {
      const seen = await see();
      expect([seen.length, new Set(seen.map(({ version }) => version)).size]).toEqual([count, 1]);
      reads++;
      await tick();
    }
  };
  const vector = [1, 0, 0, 0, 0, 0, 0, 0];
  await Promise.all([
    writing,
    read(async () => (await store.query({ vector, limit: count, exact: true })).results),
    read(async () => (await store.query({ vector, limit: count })).results),
    read(async () => (await store.query({ vector, limit: count, filter: "NOT nothing = 1" })).results),
    read(async () =>
      (
        await store.batchQuery([
          { vector, limit: 10 },
          { vector, limit: 15, offset: 10 },
        ])
      ).flatMap(({ results }) => results),
    ),
    read(async () => (await store.list({ pageSize: count })).records),
    read(async () => (await store.get(batch(0).map(({ id }) => id))).records),
  ]);
  expect(reads).toBeGreaterThan(50);
  await all.close();
});
