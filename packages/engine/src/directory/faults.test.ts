import { describe, expect, it } from "vitest";
import type { DirectoryOptions } from "../model/options.js";
import { type Fault, FaultyEnv } from "../storage/faulty-env.js";
import type { MemoryEnv } from "../storage/memory-env.js";
import { Life } from "./life.cases.js";
import { assertHonest, createMemory, expectNoDamage, openSmall } from "./life-fixture.cases.js";

/** One operation in so many is made to fail; 1 for all of them, which takes some minutes. */
const STRIDE = Number(process.env.VECSTORE_TEST_STRIDE ?? 23);
/** Images of one power cut: each keeps another part of what was not synced. */
const CUTS = 2;

/** Vectors in memory, or in the files of the checkpoints. */
const IN_MEMORY: DirectoryOptions = {};
const ON_DISK: DirectoryOptions = { memoryForVectors: 0 };
/** Reading vectors is two thirds of the operations on a disk. */
const ON_DISK_STRIDE = 4 * STRIDE;

async function countOperations(options: DirectoryOptions): Promise<number> {
  const env = new FaultyEnv(createMemory());
  expect(await new Life(env, options).run()).toBe("closed");
  return env.count();
}

/** Lives a life for one operation in `stride`; `live` says which one fails. */
async function forEachOperation(
  options: DirectoryOptions,
  stride: number,
  live: (at: number, options: DirectoryOptions) => Promise<void>,
): Promise<void> {
  const operations = await countOperations(options);
  for (let at = 1; at <= operations; at += stride) {
    await live(at, options).catch((cause) => {
      throw new Error(`operation ${at} of ${operations}: ${cause}`, { cause });
    });
  }
}

/** A life with a fault; then the disk is well again and the store is opened. */
async function liveOn(fault: Fault, options: DirectoryOptions): Promise<void> {
  const env = new FaultyEnv(createMemory());
  env.fail(fault);
  const life = new Life(env, options);
  await life.run();
  env.heal();
  const opened = await openSmall(env, options);
  life.check(opened);
  await opened.directory.close();
}

async function liveUntilPowerCut(at: number, options: DirectoryOptions): Promise<void> {
  const env = new FaultyEnv(createMemory());
  env.fail({ at, error: "power" });
  const life = new Life(env, options);
  await life.run();
  for (let cut = 0; cut < CUTS; cut++) await openTwice(life, env.crash(at + cut * 1_000_003), at, options);
}

/** What a recovery leaves must be good for another one, also when it ends with a power cut. */
async function openTwice(life: Life, image: MemoryEnv, seed: number, options: DirectoryOptions): Promise<void> {
  const env = new FaultyEnv(image);
  const first = await openSmall(env, options);
  life.check(first);
  expectNoDamage(first);
  const second = await openSmall(env.crash(seed), options);
  life.check(second);
  expectNoDamage(second);
  await second.store.upsert([{ id: "last", vector: [1, 2, 3, 4] }]);
  await second.directory.close();
  await first.directory.close().catch(assertHonest);
}

describe.each([
  ["in memory", IN_MEMORY, STRIDE],
  ["on the disk", ON_DISK, ON_DISK_STRIDE],
] as const)(
  "a store with vectors %s keeps what it acknowledged, and writes that were not are there whole or not at all",
  (_, options, stride) => {
    it("when one operation of the disk fails", () => {
      return forEachOperation(options, stride, (at) => liveOn({ at }, options));
    }, 600_000);

    it("when the disk is full for a while", () => {
      return forEachOperation(options, stride, (at) => liveOn({ at, times: 12, error: "no_space" }, options));
    }, 600_000);

    it("when the power is cut", () => forEachOperation(options, stride, liveUntilPowerCut), 600_000);
  },
);
