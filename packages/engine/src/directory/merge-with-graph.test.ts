import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { breathe } from "../core/breathe.js";
import type { Quantization } from "../model/namespace.js";
import type { DirectoryOptions } from "../model/options.js";
import type { QueryRequest } from "../model/query.js";
import type { RecordInput } from "../model/record.js";
import { ManualClock } from "../storage/manual-clock.js";
import { MemoryEnv } from "../storage/memory-env.js";
import { createRandom } from "../storage/random.js";
import type { VecStore } from "../vecstore.js";
import type { DataDirectory } from "./data-directory.js";
import { storeOf } from "./life-fixture.cases.js";
import { openDirectory } from "./open-directory.js";

/** Enough that the graph has sketches. */
const DIMENSION = 80;
const COUNT = 900;
const EXPIRES_IN_MS = 60_000;

/** What happens to a record, by its number. */
const isDeleted = (i: number) => i % 10 === 3;
const isHidden = (i: number) => i % 20 === 7;
const isExpired = (i: number) => i % 20 === 14;

function recordOf(i: number, clock: ManualClock): RecordInput {
  const random = createRandom(i + 1);
  const vector = Array.from({ length: DIMENSION }, () => random() + random() - 1);
  return {
    id: `r${i}`,
    vector,
    metadata: { n: i, group: `g${i % 7}` },
    ...(i % 2 === 0 && { text: `word${i % 11} and word${i % 13}` }),
    ...(i % 3 === 0 && { sparse: { indices: [i % 17, 40 + (i % 5)], values: [1 + (i % 4), 0.5 + i / COUNT] } }),
    ...(isExpired(i) && { expiresAtMs: clock.nowMs + EXPIRES_IN_MS }),
  };
}

interface Opened {
  readonly directory: DataDirectory;
  readonly store: VecStore;
}

const opened: Opened[] = [];
let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
});
afterEach(async () => {
  for (const { directory } of opened.splice(0)) await directory.close();
});

async function open(env: MemoryEnv, options: DirectoryOptions, quantization?: Quantization): Promise<Opened> {
  const settings = { env, threads: 0, graphRecordsMin: 100, checkpointLogBytes: 10_000_000, ...options };
  const directory = await openDirectory("data", settings, {
    dimension: DIMENSION,
    m: 8,
    efConstruction: 60,
    quantization,
  });
  // It stays in memory: the test looks into it.
  await directory.residents.lease(directory.entryByName("default"));
  const one = { directory, store: storeOf(directory, "default") };
  opened.push(one);
  return one;
}

/** Writes those of the records [0, COUNT) that are asked for. */
async function write(store: VecStore, which: (i: number) => boolean): Promise<void> {
  const records = Array.from({ length: COUNT }, (_, i) => i).filter(which);
  for (let from = 0; from < records.length; from += 300) {
    await store.upsert(records.slice(from, from + 300).map((i) => recordOf(i, clock)));
  }
}

const idsOf = (which: (i: number) => boolean) => ({
  ids: Array.from({ length: COUNT }, (_, i) => i)
    .filter(which)
    .map((i) => `r${i}`),
});

const segmentOf = ({ directory }: Opened) => directory.namespaceByName("default").state.segments[0]!;

const QUERIES: readonly QueryRequest[] = [
  { vector: recordOf(5, new ManualClock()).vector!, limit: 20, exact: true },
  { vector: recordOf(8, new ManualClock()).vector!, limit: 900, filter: "group = 'g3' and n < 700", exact: true },
  { text: "word4 word6", limit: 300 },
  { sparse: { indices: [3, 42], values: [1, 1] }, limit: 300 },
];

/** What a store answers, without the versions of its records. */
async function answersOf(store: VecStore): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const query of QUERIES) {
    const { results } = await store.query({ ...query, includeVector: true });
    answers.push(results.map(({ id, score, vector, metadata }) => [id, score, vector, metadata]));
  }
  const { records } = await store.list({ pageSize: 1_000 });
  answers.push(records.map(({ id, metadata, text, sparse, expiresAtMs }) => [id, metadata, text, sparse, expiresAtMs]));
  answers.push(await store.count());
  return answers;
}

const RECALL_QUERIES = 400;
/** Two graphs of the same records differ by chance, in binary codes by a standard deviation of .004 over so many queries. */
const RECALL_CHANCE = 0.02;

/** Share of the true ten nearest that the graph finds. */
async function recallOf(store: VecStore): Promise<number> {
  let found = 0;
  for (let i = 0; i < RECALL_QUERIES; i++) {
    const query = { vector: recordOf(10_000 + i, clock).vector!, limit: 10 };
    const exact = new Set((await store.query({ ...query, exact: true })).results.map(({ id }) => id));
    found += (await store.query({ ...query, efSearch: 40 })).results.filter(({ id }) => exact.has(id)).length;
  }
  return found / (10 * RECALL_QUERIES);
}

describe.each([
  ["in memory", {}, "int8"],
  ["on the disk", { memoryForVectors: 0 }, "int8"],
  ["in memory", {}, "none"],
  ["on the disk", { memoryForVectors: 0 }, "binary"],
] as const)(
  "a merge that begins with the graph of its source, vectors %s, %o, quantization %s",
  (where, options, quantization) => {
    it("answers as a store that never had the dead records, also after a reopening", async () => {
      const env = new MemoryEnv(clock);
      const churned = await open(env, options, quantization);
      const consolidate = vi.spyOn(churned.directory.namespaceByName("default").state.context.core, "consolidateGraph");
      await write(churned.store, () => true);
      await churned.store.settled();
      await churned.store.softDelete(idsOf(isHidden));
      await churned.directory.checkpointer.now();
      const stored = segmentOf(churned).vectors.storedCount;
      expect(stored).toBe(where === "in memory" ? 0 : COUNT);
      await churned.store.delete(idsOf(isDeleted));
      clock.advance(EXPIRES_IN_MS + 1);
      await breathe();
      const { removed } = await churned.store.compact();
      expect(removed).toBe(COUNT / 10 + COUNT / 20);
      expect(await consolidate.mock.results[0]!.value).toBeDefined();
      expect(consolidate).toHaveBeenCalledTimes(1);
      await churned.store.settled();

      const plain = await open(new MemoryEnv(clock), {}, quantization);
      await write(plain.store, (i) => !isDeleted(i) && !isExpired(i));
      await plain.store.settled();
      await plain.store.softDelete(idsOf(isHidden));
      expect(await answersOf(churned.store)).toEqual(await answersOf(plain.store));
      expect(await recallOf(churned.store)).toBeGreaterThan((await recallOf(plain.store)) - RECALL_CHANCE);

      expect(segmentOf(churned)).toMatchObject({ deadCount: 0, softCount: COUNT / 20 });
      for (const { store } of [churned, plain]) await store.restore(idsOf(isHidden));
      const answers = await answersOf(plain.store);
      expect(await answersOf(churned.store)).toEqual(answers);
      const { indexed, count } = segmentOf(churned);
      expect(indexed).toBe(count);
      await churned.directory.close();
      const reopened = await open(env, options, quantization);
      expect(segmentOf(reopened).indexed).toBe(count);
      expect(await answersOf(reopened.store)).toEqual(answers);
    });
  },
);
