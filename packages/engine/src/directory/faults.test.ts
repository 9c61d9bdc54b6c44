import { describe, expect, it } from "vitest";
import { type Fault, FaultyEnv } from "../storage/faulty-env.js";
import type { MemoryEnv } from "../storage/memory-env.js";
import { Life } from "./life.cases.js";
import { assertHonest, createMemory, expectNoDamage, openSmall } from "./life-fixture.cases.js";

/** One operation in so many is made to fail; 1 for all of them, which takes some minutes. */
const STRIDE = Number(process.env.VECSTORE_TEST_STRIDE ?? 23);
/** Images of one power cut: each keeps another part of what was not synced. */
const CUTS = 2;

const createLife = (env: FaultyEnv) => new Life(env);

async function countOperations(): Promise<number> {
  const env = new FaultyEnv(createMemory());
  expect(await createLife(env).run()).toBe("closed");
  return env.count();
}

/** Lives a life for one operation in `STRIDE`; `live` says which one fails. */
async function forEachOperation(live: (at: number) => Promise<void>): Promise<void> {
  const operations = await countOperations();
  for (let at = 1; at <= operations; at += STRIDE) {
    await live(at).catch((cause) => {
      throw new Error(`operation ${at} of ${operations}: ${cause}`, { cause });
    });
  }
}

/** A life with a fault; then the disk is well again and the store is opened. */
async function liveOn(fault: Fault): Promise<void> {
  const env = new FaultyEnv(createMemory());
  env.fail(fault);
  const life = createLife(env);
  await life.run();
  env.heal();
  const opened = await openSmall(env);
  life.check(opened);
  await opened.directory.close();
}

async function liveUntilPowerCut(at: number): Promise<void> {
  const env = new FaultyEnv(createMemory());
  env.fail({ at, error: "power" });
  const life = createLife(env);
  await life.run();
  for (let cut = 0; cut < CUTS; cut++) await openTwice(life, env.crash(at + cut * 1_000_003), at);
}

/** What a recovery leaves must be good for another one, also when it ends with a power cut. */
async function openTwice(life: Life, image: MemoryEnv, seed: number): Promise<void> {
  const env = new FaultyEnv(image);
  const first = await openSmall(env);
  life.check(first);
  expectNoDamage(first);
  const second = await openSmall(env.crash(seed));
  life.check(second);
  expectNoDamage(second);
  await second.store.upsert([{ id: "last", vector: [1, 2, 3, 4] }]);
  await second.directory.close();
  await first.directory.close().catch(assertHonest);
}

describe("a store keeps what it acknowledged, and writes that were not are there whole or not at all", () => {
  it("when one operation of the disk fails", () => forEachOperation((at) => liveOn({ at })), 600_000);

  it(
    "when the disk is full for a while",
    () => forEachOperation((at) => liveOn({ at, times: 12, error: "no_space" })),
    600_000,
  );

  it("when the power is cut", () => forEachOperation(liveUntilPowerCut), 600_000);
});
