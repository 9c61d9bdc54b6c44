import { describe, expect, it } from "vitest";
import { breathe } from "../core/breathe.js";
import { FaultyEnv } from "../storage/faulty-env.js";
import { createRandom, type Random } from "../storage/random.js";
import {
  assertHonest,
  createMemory,
  difference,
  dump,
  expectNoDamage,
  type Opened,
  openSmall,
  withStore,
} from "./life-fixture.cases.js";
import { Writer } from "./writers.cases.js";

const OPTIONS = { checkpointLogBytes: 20_000, segmentRecordsMax: 1_500 };
const WRITERS = 4;

function createWriters(random: Random): Writer[] {
  return Array.from({ length: WRITERS }, (_, i) => new Writer(`w${i}`, random));
}

/** Checkpoints, merges, snapshots and restores nothing, over and over, until it is told to stop or the store says so. */
async function maintain({ store, directory }: Opened, random: Random, goOn: () => boolean): Promise<void> {
  for (let round = 0; goOn(); round++) {
    const choice = random();
    const name = `s${round}`;
    if (choice < 0.4) await directory.checkpointer.now(choice < 0.1 ? "full graph" : "grown graph");
    else if (choice < 0.7) await store.compact();
    else {
      await store.createSnapshot(name);
      await store.deleteSnapshot(name);
    }
    await breathe();
  }
}

/** Every id holds what its writer knows, or what it was about to write; nothing else is there. */
function check(opened: Opened, writers: readonly Writer[], what: string): void {
  const found = dump(opened.directory);
  for (const writer of writers) {
    const own = new Map([...found].filter(([id]) => writer.owns(id)));
    const differences = writer.expected.map((expected) => difference(expected, own));
    if (!differences.includes(undefined)) expect.fail(`${what}: ${differences.join("; or ")}`);
  }
  expect([...found.keys()].filter((id) => !writers.some((writer) => writer.owns(id)))).toEqual([]);
}

describe("a store that is written to, checkpointed and merged at the same time", () => {
  it("holds what its writers know, before and after a reopening", async () => {
    for (const seed of [1, 2]) {
      const random = createRandom(seed);
      const memory = createMemory(seed);
      const opened = await openSmall(memory, OPTIONS);
      const writers = createWriters(random);
      const isOn = () => writers.some((writer) => writer.acknowledged < 250);
      const work = writers.map((writer) => writer.run(opened, () => writer.acknowledged < 250));
      const errors = await Promise.all([...work, maintain(opened, random, isOn)]);
      expect(
        errors.every((error) => error === undefined),
        String(errors),
      ).toBe(true);
      check(opened, writers, `seed ${seed}`);
      const merged = opened.events.filter(({ kind }) => kind === "background_error");
      expect(merged).toEqual([]);
      await opened.directory.close();
      await withStore(memory, async (again) => check(again, writers, `seed ${seed}, reopened`), OPTIONS);
    }
  });

  it("holds them after a power cut at any moment", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = createRandom(seed);
      const env = new FaultyEnv(createMemory(seed));
      const opened = await openSmall(env, { ...OPTIONS, checkpointLogBytes: 5_000 });
      const writers = createWriters(random);
      env.fail({ at: 50 + Math.floor(random() * 900), error: "power" });
      const work = writers.map((writer) => writer.run(opened, () => true));
      await Promise.all([...work, maintain(opened, random, () => true).catch(assertHonest)]);
      for (const cut of [seed, seed + 100, seed + 200]) {
        const image = new FaultyEnv(env.crash(cut));
        const first = await openSmall(image, OPTIONS);
        check(first, writers, `seed ${seed}, cut ${cut}`);
        expectNoDamage(first);
        await withStore(
          image.crash(cut),
          async (again) => check(again, writers, `seed ${seed}, cut ${cut}, twice`),
          OPTIONS,
        );
        await first.directory.close().catch(assertHonest);
      }
      await opened.directory.close().catch(assertHonest);
    }
  });

  it("holds them after operations of the disk that failed here and there", async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = createRandom(seed);
      const memory = createMemory(seed);
      const env = new FaultyEnv(memory);
      const opened = await openSmall(env, { ...OPTIONS, checkpointLogBytes: 5_000 });
      const writers = createWriters(random);
      for (let at = 20; at < 2_000; at += 1 + Math.floor(random() * 120))
        env.fail({ at, error: seed % 2 ? "io" : "no_space" });
      for (let round = 0; round < 60 && opened.directory.stopped === undefined; round++) {
        const errors = await Promise.all(writers.map((writer) => writer.run(opened, () => random() < 0.9)));
        for (const error of errors) if (error !== undefined) assertHonest(error);
        // A writer that was refused does not know: its ids hold the one or the other, which the store tells.
        if (errors.some((error) => error !== undefined)) break;
      }
      env.heal();
      await opened.directory.close().catch(assertHonest);
      await withStore(memory, async (again) => check(again, writers, `seed ${seed}`), OPTIONS);
    }
  });
});
