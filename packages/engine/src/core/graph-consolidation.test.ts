import { describe, expect, it } from "vitest";
import { type Core, loadCore } from "./core.js";
import { clusteredVectors, createRandom, referenceDistance } from "./fixtures.cases.js";
import type { Graph, GraphOptions } from "./graph.js";
import { faultsOf, readStructure, unreachedOf } from "./graph-structure.cases.js";
import { GONE } from "./layout.js";
import { SlotSet } from "./slot-set.js";

const SEED = 1_812;
const DIMENSION = 24;
const COUNT = 5_000;
const OPTIONS: GraphOptions = {
  dimension: DIMENSION,
  metric: "euclidean",
  m: 8,
  efConstruction: 60,
  capacity: COUNT,
  seed: 5,
};
const DATA = clusteredVectors(COUNT, DIMENSION, SEED);

const vectorOf = (slot: number, data = DATA) => data.subarray(slot * DIMENSION, (slot + 1) * DIMENSION);
const bytesOf = (graph: Graph) => Buffer.concat([...graph.save()].map((view) => Buffer.from(view)));
const structureOf = (graph: Graph) => readStructure(bytesOf(graph), DIMENSION, OPTIONS.m);

async function withCore<T>(threads: number, use: (core: Core) => Promise<T>): Promise<T> {
  const core = await loadCore({ threads });
  try {
    return await use(core);
  } finally {
    await core.close();
  }
}

async function build(core: Core, slots: Iterable<number>, data = DATA): Promise<Graph> {
  const graph = core.createGraph(OPTIONS);
  for (const slot of slots) graph.append(vectorOf(slot, data));
  await graph.settled();
  return graph;
}

function setOf(stays: (slot: number) => boolean, limit = COUNT): SlotSet {
  const set = new SlotSet(limit);
  for (let slot = 0; slot < limit; slot++) if (stays(slot)) set.add(slot);
  return set;
}

const slotsOf = (set: SlotSet) => Array.from({ length: set.limit }, (_, slot) => slot).filter((slot) => set.has(slot));

/** A graph by its slots, and the slot of the data that each came from. */
interface Made {
  readonly graph: Graph;
  readonly origin: readonly number[];
}

/** The graph of those that stay, the ones that went beside those named appended again, as a merge does it. */
async function consolidate(core: Core, source: Graph, stays: SlotSet, options = OPTIONS, data = DATA): Promise<Made> {
  const consolidation = (await core.consolidateGraph(source, stays, options))!;
  const graph = await consolidation.graph;
  const origin: number[] = [];
  const newSlotOf = (slot: number) => consolidation.slots[slot] ?? GONE;
  for (const slot of slotsOf(stays)) if (newSlotOf(slot) !== GONE) origin[newSlotOf(slot)] = slot;
  expect([origin.length, graph.count, graph.indexed]).toEqual(Array(3).fill(consolidation.kept));
  expect(Object.keys(origin)).toHaveLength(origin.length);
  for (const slot of slotsOf(stays)) {
    if (newSlotOf(slot) !== GONE) continue;
    graph.append(vectorOf(slot, data));
    origin.push(slot);
  }
  await graph.settled();
  return { graph, origin };
}

function expectWhole(graph: Graph): void {
  const structure = structureOf(graph);
  expect(faultsOf(structure, OPTIONS.m).slice(0, 5)).toEqual([]);
  expect(unreachedOf(structure).length).toBeLessThanOrEqual(structure.indexed / 500);
}

/** Share of the true ten nearest that 200 queries find at an ef at which not all are found. */
function recallOf({ graph, origin }: Made): number {
  const random = createRandom(SEED + 1);
  let found = 0;
  for (let q = 0; q < 200; q++) {
    const query = vectorOf(Math.floor(random() * COUNT)).map((value) => value + (random() - 0.5) / 2);
    const exact = origin.map((slot) => referenceDistance("euclidean", query, vectorOf(slot)));
    const tenth = [...exact].sort((a, b) => a - b)[9]!;
    const { count, slots } = graph.search(query, 16);
    for (let i = 0; i < count; i++) if (exact[slots[i]!]! <= tenth) found++;
  }
  return found / 2_000;
}

function randomStays(share: number): SlotSet {
  const random = createRandom(SEED + 2);
  return setOf(() => random() < share);
}

/** What is closest to three of the vectors goes: a third of all. */
function neighborhoodsGo(): SlotSet {
  const stays = setOf(() => true);
  for (const center of [7, 1_003, 2_504]) {
    const near = Array.from({ length: COUNT }, (_, slot) => slot).filter((slot) => stays.has(slot));
    const distance = (slot: number) => referenceDistance("euclidean", vectorOf(center), vectorOf(slot));
    near.sort((a, b) => distance(a) - distance(b));
    for (const slot of near.slice(0, COUNT / 9)) stays.remove(slot);
  }
  return stays;
}

const CASES: readonly (readonly [string, () => SlotSet])[] = [
  ["one in seven", () => randomStays(6 / 7)],
  ["a third", () => randomStays(2 / 3)],
  ["two thirds", () => randomStays(1 / 3)],
  ["the neighborhoods of three vectors", neighborhoodsGo],
];

describe.each([0, 1, 4])("a graph made of another one's nodes, by %i threads,", (threads) => {
  it.each(CASES)("has the recall of one built anew when %s go", async (_, staysOf) => {
    await withCore(threads, async (core) => {
      const stays = staysOf();
      const source = await build(core, slotsOf(setOf(() => true)));
      const before = bytesOf(source);
      const made = await consolidate(core, source, stays);
      expectWhole(made.graph);
      const fresh = { graph: await build(core, slotsOf(stays)), origin: slotsOf(stays) };
      const [recall, freshRecall] = [recallOf(made), recallOf(fresh)];
      expect(freshRecall).toBeLessThan(0.999);
      expect(recall).toBeGreaterThan(freshRecall - 0.015);
      // Each is found under the slot that it was given.
      const found = made.origin.filter((slot, at) => made.graph.search(vectorOf(slot), 40).slots[0] === at).length;
      expect(found).toBeGreaterThan(made.origin.length * 0.99);
      expect(bytesOf(source).equals(before)).toBe(true);
    });
  });
});

describe("a graph made of another one's nodes", () => {
  it("is the same when all stay", async () => {
    await withCore(0, async (core) => {
      const source = await build(core, slotsOf(setOf((slot) => slot < 2_000)));
      const { graph } = await consolidate(
        core,
        source,
        setOf(() => true, 2_000),
      );
      expect(structureOf(graph)).toEqual(structureOf(source));
      const loaded = await core.loadGraph({ ...OPTIONS, indexed: 2_000 }, reader(bytesOf(graph)));
      expect(structureOf(loaded)).toEqual(structureOf(source));
    });
  });

  it.each([0, 1, 2, 20])("is fit for use when %i stay", async (count) => {
    await withCore(0, async (core) => {
      const source = await build(core, slotsOf(setOf((slot) => slot < 500)));
      const stays = setOf((slot) => slot >= 250 && slot < 250 + count, 500);
      const { graph, origin } = await consolidate(core, source, stays);
      expect(origin.toSorted()).toEqual(slotsOf(stays));
      for (let slot = 1_000; slot < 1_400; slot++) {
        graph.append(vectorOf(slot));
      }
      await graph.settled();
      expectWhole(graph);
      expect(graph.search(vectorOf(1_399), 10).slots[0]).toBe(count + 399);
    });
  });

  it("lets equal vectors be appended again, whichever of them stay", async () => {
    const data = DATA.slice();
    // Three of four equal one of two vectors.
    for (let slot = 0; slot < COUNT; slot++) {
      if (slot % 4 !== 1)
        data.copyWithin(slot * DIMENSION, (slot % 2) * 4 * DIMENSION, ((slot % 2) * 4 + 1) * DIMENSION);
    }
    await withCore(0, async (core) => {
      const source = await build(core, slotsOf(setOf((slot) => slot < 2_000)), data);
      for (const firstStays of [true, false]) {
        const stays = setOf((slot) => (slot < 8 ? firstStays : slot % 3 !== 0), 2_000);
        const { graph, origin } = await consolidate(core, source, stays, OPTIONS, data);
        expectWhole(graph);
        for (const twin of [0, 3]) {
          const equal = origin.filter((slot) => slot % 4 !== 1 && slot % 2 === twin % 2).length;
          const { count, distances } = graph.search(vectorOf(twin === 0 ? 0 : 4, data), 2_048);
          expect(Array.from(distances.subarray(0, count)).filter((distance) => distance < 1e-3).length).toBeGreaterThan(
            Math.min(equal, 300),
          );
        }
      }
    });
  });

  it("has the sketches that follow from its codes", async () => {
    const options = { ...OPTIONS, dimension: 3 * DIMENSION };
    await withCore(0, async (core) => {
      const source = core.createGraph(options);
      source.append(DATA.subarray(0, 1_500 * options.dimension));
      await source.settled();
      const { graph, kept } = (await core.consolidateGraph(
        source,
        setOf((slot) => slot % 4 !== 1, 1_500),
        options,
      ))!;
      const bytes = bytesOf(await graph);
      const sketchBytes = bytes.readUInt32LE(44) % 65_536;
      expect(sketchBytes).toBeGreaterThan(0);
      // A file without sketches: loading it makes them.
      const bare = bytes.subarray(0, bytes.length - kept * sketchBytes);
      bare.writeUInt32LE(0, 44);
      const loaded = await core.loadGraph({ ...options, indexed: kept }, reader(bare));
      expect(bytesOf(loaded).equals(bytesOf(await graph))).toBe(true);
    });
  });

  it("takes what its source links by then, which is built further meanwhile", async () => {
    await withCore(1, async (core) => {
      const source = await build(core, slotsOf(setOf((slot) => slot < 2_000)));
      source.append(DATA.subarray(2_000 * DIMENSION));
      source.build();
      const consolidation = (await core.consolidateGraph(
        source,
        setOf((slot) => slot % 5 !== 0),
        OPTIONS,
      ))!;
      expect(consolidation.slots.length).toBeGreaterThanOrEqual(2_000);
      const graph = await consolidation.graph;
      await source.settled();
      expect([source.indexed, graph.indexed]).toEqual([COUNT, consolidation.kept]);
      expectWhole(source);
      expectWhole(graph);
    });
  });

  it("may have another capacity, when it has room for all nodes of the source", async () => {
    await withCore(0, async (core) => {
      const source = await build(core, slotsOf(setOf((slot) => slot < 1_000)));
      const stays = setOf((slot) => slot % 2 === 0, 1_000);
      expect(await core.consolidateGraph(source, stays, { ...OPTIONS, capacity: 999 })).toBeUndefined();
      expect(await core.consolidateGraph(source, stays, { ...OPTIONS, tailBytesMax: 2_000 })).toBeUndefined();
      const { graph } = await consolidate(core, source, stays, { ...OPTIONS, capacity: 1_000, seed: 77 });
      expectWhole(graph);
      expect(graph.capacity).toBe(1_000);
    });
  });

  it.each([0, 2])("is given up when it is canceled, at any moment, by %i threads", async (threads) => {
    await withCore(threads, async (core) => {
      const source = await build(core, slotsOf(setOf((slot) => slot < 3_000)));
      for (let turns = 0; turns < 12; turns++) {
        const consolidation = (await core.consolidateGraph(source, randomStays(0.7), OPTIONS))!;
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        const outcome = consolidation.graph.then(
          () => "done",
          (error) => error.reason,
        );
        await consolidation.cancel();
        expect(["done", "CANCELED"]).toContain(await outcome);
      }
      const made = await consolidate(
        core,
        source,
        setOf((slot) => slot % 4 !== 1, 3_000),
      );
      expectWhole(made.graph);
    });
  });
});

function reader(bytes: Buffer): (into: Uint8Array) => Promise<void> {
  let at = 0;
  return async (into) => {
    into.set(bytes.subarray(at, at + into.length));
    at += into.length;
  };
}
