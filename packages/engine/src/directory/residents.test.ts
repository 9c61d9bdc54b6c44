import { describe, expect, it } from "vitest";
import type { NamespacedVecStore } from "../namespaced-vecstore.js";
import { FaultyEnv } from "../storage/faulty-env.js";
import type { MemoryEnv } from "../storage/memory-env.js";
import { createRandom } from "../storage/random.js";
import type { VecStore } from "../vecstore.js";
import { assertHonest, copyOf, createMemory } from "./life-fixture.cases.js";
import {
  emptyModel,
  expectModel,
  hidden,
  type Model,
  openTiny,
  recordOf,
  restored,
  updated,
  without,
  written,
} from "./residents-fixture.cases.js";

const NAMES = Array.from({ length: 8 }, (_, i) => `tenant-${i}`);
/** One operation of the disk in so many is cut off; 1 for all of them. */
const STRIDE = Number(process.env.VECSTORE_TEST_STRIDE ?? 31);
const IDS = Array.from({ length: 30 }, (_, i) => `r${i}`);

/** What an operation does, and what of a namespace it changes once it is answered. */
interface Step {
  run(): Promise<unknown>;
  readonly after: Model | undefined;
}

/** A store whose namespaces come and go, beside what each of them must hold. */
class World {
  readonly models = new Map<string, Model>();
  /** What namespaces hold instead if the operation that failed was done all the same; undefined for none. */
  readonly others = new Map<string, Model | undefined>();
  all!: NamespacedVecStore;
  readonly #random: () => number;
  readonly #env: MemoryEnv | FaultyEnv;
  #salt = 0;

  constructor(env: MemoryEnv | FaultyEnv, seed: number) {
    this.#env = env;
    this.#random = createRandom(seed);
  }

  async open(): Promise<void> {
    this.all = await openTiny(this.#env);
  }

  /** One operation on one namespace; the model follows once it is answered. */
  async step(name: string): Promise<void> {
    const { run, after } = this.#choose(name);
    this.others.set(name, after);
    await run();
    this.others.delete(name);
    if (after === undefined) this.models.delete(name);
    else this.models.set(name, after);
  }

  async check(): Promise<void> {
    for (const [name, model] of this.models) await expectModel(this.all, name, model);
    const { usage, namespaceCount } = await this.all.aggregateUsage();
    const kept = [...this.models.values()].map(({ visible, hidden }) => visible.size + hidden.size);
    expect([namespaceCount, usage.vectorCount]).toEqual([kept.length + 1, kept.reduce((sum, count) => sum + count, 0)]);
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)]!;
  }

  #choose(name: string): Step {
    const model = this.models.get(name);
    if (model === undefined) return { run: () => this.all.createNamespace(name), after: emptyModel() };
    const choice = this.#random();
    const ids = this.#ids();
    const on = (use: (store: VecStore) => Promise<unknown>) => async () => use(await this.all.namespace(name));
    if (choice < 0.5) {
      const records = ids.map((id) => recordOf(id, ++this.#salt));
      return { run: on((store) => store.upsert(records)), after: written(model, records) };
    }
    if (choice < 0.6) return { run: on((store) => store.delete({ ids })), after: without(model, ids) };
    if (choice < 0.7) return { run: on((store) => store.softDelete({ ids })), after: hidden(model, ids) };
    if (choice < 0.76) return { run: on((store) => store.restore({ ids })), after: restored(model, ids) };
    if (choice < 0.82) return { run: on((store) => update(store, ids[0]!)), after: updated(model, ids[0]!) };
    if (choice < 0.86) return { run: on((store) => store.compact()), after: model };
    if (choice < 0.9) {
      const description = `${++this.#salt}`;
      return { run: () => this.all.updateNamespace(name, { description }), after: model };
    }
    if (choice < 0.92) return { run: () => this.all.deleteNamespace(name), after: undefined };
    return {
      run: on(async (store) => expect(await store.count()).toBe(model.visible.size)),
      after: model,
    };
  }

  /** Several distinct ids. */
  #ids(): string[] {
    const from = Math.floor(this.#random() * IDS.length);
    return IDS.slice(from, from + 1 + Math.floor(this.#random() * 6));
  }
}

async function update(store: VecStore, id: string): Promise<void> {
  await store.update([{ id, text: "x" }]).catch((error) => {
    if (error.reason !== "RECORD_NOT_FOUND") throw error;
  });
}

describe("namespaces that come and go all the time", () => {
  it.each([1, 2, 3])(
    "hold what a model says, whatever runs at once, over restarts and kills (seed %i)",
    async (seed) => {
      const world = new World(createMemory(seed), seed);
      await world.open();
      for (let round = 0; round < 60; round++) {
        const names = new Set([world.pick(NAMES), world.pick(NAMES), world.pick(NAMES)]);
        await Promise.all([...names].map((name) => world.step(name)));
        if (round % 10 === 9) await world.check();
        if (round % 20 !== 19) continue;
        await world.all.close();
        await world.open();
      }
      await world.check();
      await world.all.close();
    },
  );

  it("are as a kill left them, in the catalog's numbers too, without being used", async () => {
    const memory = createMemory();
    const world = new World(memory, 4);
    await world.open();
    for (let step = 0; step < 150; step++) {
      await world.step(world.pick(NAMES));
      if (step % 25 !== 24) continue;
      const killed = new World(await copyOf(memory), 5);
      await killed.open();
      for (const [name, model] of world.models) killed.models.set(name, model);
      await killed.check();
      await killed.all.close();
    }
    await world.all.close();
  });
});

describe("a namespace that was let go", () => {
  it("says what its answers depend on as it did before, and counts requests, without being read", async () => {
    const memory = createMemory();
    const all = await openTiny(memory);
    for (const name of ["a", "b"]) await all.createNamespace(name);
    const a = await all.namespace("a");
    await a.upsert([{ ...recordOf("r1", 1), expiresAtMs: 2 ** 42 }]);
    const basis = all.answerBasis("a")!;
    for (let i = 0; i < 3; i++) await (await all.namespace("b")).count();
    all.countRequests("a", { requests: 3, bytesIn: 5 });
    all.countQuery("a");
    const again = all.answerBasis("a")!;
    expect(again).toEqual({ ...basis, nowMs: again.nowMs });
    const counts = { requestsTotal: 3, bytesInTotal: 5, queriesTotal: 1 };
    expect(await all.namespaceUsage("a")).toMatchObject(counts);
    expect((await all.namespaceStats("a")).memoryBytes).toBe(0);
    await all.saveRequestCounts();
    const killed = await openTiny(await copyOf(memory));
    expect(await killed.namespaceUsage("a")).toMatchObject(counts);
    await killed.close();
    await all.close();
  });
});

describe("a power cut", () => {
  it("in the middle of letting go loses nothing that was answered", async () => {
    const whole = new FaultyEnv(createMemory());
    await live(new World(whole, 6));
    const operations = whole.count();
    expect(operations).toBeGreaterThan(200);
    for (let at = 1; at <= operations; at += STRIDE) {
      const env = new FaultyEnv(createMemory());
      env.fail({ at, error: "power" });
      const world = new World(env, 6);
      await live(world);
      const again = new World(env.crash(at), 7);
      await again.open();
      await expectAnswered(world, again).catch((cause) => {
        throw new Error(`operation ${at} of ${operations}: ${cause}`, { cause });
      });
      await again.all.close();
      await world.all?.close().catch(assertHonest);
    }
  }, 120_000);
});

/** Some operations on few namespaces, until the end or the first that fails. */
async function live(world: World): Promise<void> {
  try {
    await world.open();
    for (let step = 0; step < 30; step++) await world.step(world.pick(NAMES.slice(0, 4)));
    await world.all.close();
  } catch (error) {
    assertHonest(error);
  }
}

/** Fails unless each namespace holds what was answered; the one that the last operation was on may hold what that would have made. */
async function expectAnswered(world: World, { all }: World): Promise<void> {
  for (const name of NAMES) {
    const possible = [world.models.get(name), ...(world.others.has(name) ? [world.others.get(name)] : [])];
    const failures: unknown[] = [];
    for (const model of possible) {
      await expectHolds(all, name, model).catch((error) => failures.push(error));
    }
    if (failures.length === possible.length) throw failures[0];
  }
}

async function expectHolds(all: NamespacedVecStore, name: string, model: Model | undefined): Promise<void> {
  if (model !== undefined) return expectModel(all, name, model);
  expect(() => all.getNamespace(name)).toThrow(expect.objectContaining({ reason: "NAMESPACE_NOT_FOUND" }) as Error);
}
