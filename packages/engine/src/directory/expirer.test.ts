import { describe, expect, it } from "vitest";
import { breathe } from "../core/breathe.js";
import { LIMITS } from "../limits.js";
import type { NamespaceStatus } from "../model/namespace.js";
import { FaultyEnv } from "../storage/faulty-env.js";
import { ManualClock } from "../storage/manual-clock.js";
import { MemoryEnv } from "../storage/memory-env.js";
import type { DataDirectory } from "./data-directory.js";
import { makeRecord, type Opened, openSmall, storeOf } from "./life-fixture.cases.js";

const NO_CHECKPOINTS = { checkpointLogBytes: 1_000_000 };
const INTERVAL_MS = LIMITS.expireIntervalMs;

/** Writes records that expire so many milliseconds from now. */
async function write({ store }: Opened, clock: ManualClock, times: Record<string, number>): Promise<void> {
  await store.upsert(
    Object.entries(times).map(([id, ms]) => ({ ...makeRecord(id, 1), expiresAtMs: clock.nowMs + ms })),
  );
}

/** Moves the clock, and lets what it set off run to its end. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms);
  for (let turn = 0; turn < 20; turn++) await breathe();
}

const stateOf = (directory: DataDirectory, name = "default") => directory.namespaceByName(name).state;
const counts = ({ directory }: Opened) => {
  const { liveCount, deadCount, sequence } = stateOf(directory);
  return { liveCount, deadCount, sequence };
};

async function setStatus(directory: DataDirectory, status: NamespaceStatus): Promise<void> {
  const { number } = directory.namespaceByName("default");
  await directory.write(directory, {
    $case: "updateNamespace",
    value: { number, status, description: "", labels: {} },
  });
}

describe("the removal of what has expired", () => {
  it("is one entry at the earliest time, and no more than one in each interval", async () => {
    const clock = new ManualClock();
    const opened = await openSmall(new MemoryEnv(clock), NO_CHECKPOINTS);
    await write(opened, clock, { a: 5_000, b: 5_000, c: 5_100, d: 5_900, e: 60_000 });
    expect(clock.waiting).toEqual([5_000]);
    await pass(clock, 4_999);
    expect(counts(opened)).toEqual({ liveCount: 5, deadCount: 0, sequence: 1 });
    await pass(clock, 1);
    expect(counts(opened)).toEqual({ liveCount: 3, deadCount: 2, sequence: 2 });
    expect(clock.waiting).toEqual([INTERVAL_MS]);
    await pass(clock, INTERVAL_MS);
    expect(counts(opened)).toEqual({ liveCount: 1, deadCount: 4, sequence: 3 });
    expect(clock.waiting).toEqual([54_000]);
    await opened.directory.close();
    expect(clock.waiting).toEqual([]);
  });

  it("follows the earliest time as records come and go, and logs nothing for those that were written again", async () => {
    const clock = new ManualClock();
    const opened = await openSmall(new MemoryEnv(clock), NO_CHECKPOINTS);
    await opened.store.upsert([makeRecord("never", 1)]);
    expect(clock.waiting).toEqual([]);
    await write(opened, clock, { a: 9_000 });
    await write(opened, clock, { b: 3_000 });
    expect(clock.waiting).toEqual([3_000]);
    await write(opened, clock, { b: 20_000 });
    await pass(clock, 3_000);
    expect([counts(opened).sequence, clock.waiting]).toEqual([4, [6_000]]);
    await opened.directory.close();
  });

  it("waits for a time that is farther away than a timer can wait", async () => {
    const clock = new ManualClock();
    const opened = await openSmall(new MemoryEnv(clock), NO_CHECKPOINTS);
    await write(opened, clock, { a: 2 ** 31 + 5 });
    expect(clock.waiting).toEqual([2 ** 31 - 1]);
    await pass(clock, 2 ** 31 - 1);
    expect([counts(opened).liveCount, clock.waiting]).toEqual([1, [6]]);
    await pass(clock, 6);
    expect(counts(opened).liveCount).toBe(0);
    await opened.directory.close();
  });

  it("covers every namespace, and what expired while the store was closed", async () => {
    const clock = new ManualClock();
    const env = new MemoryEnv(clock);
    const opened = await openSmall(env, NO_CHECKPOINTS);
    const config = {
      dimension: 4,
      metric: "dot",
      m: 4,
      efConstruction: 16,
      quantization: "int8",
      textAnalyzer: "standard",
    } as const;
    await opened.directory.createNamespace({ name: "other", config, description: "", labels: {} });
    await write(opened, clock, { a: 1_000, b: 5_000 });
    await storeOf(opened.directory, "other").upsert([{ ...makeRecord("c", 1), expiresAtMs: clock.nowMs + 1_500 }]);
    await opened.directory.close();
    await pass(clock, 2_000);
    const again = await openSmall(env, NO_CHECKPOINTS);
    const live = () => ["default", "other"].map((name) => stateOf(again.directory, name).liveCount);
    expect([clock.waiting, live()]).toEqual([[0], [2, 1]]);
    await pass(clock, 0);
    expect([clock.waiting, live()]).toEqual([[3_000], [1, 0]]);
    await again.directory.close();
  });

  it("waits while the namespace takes no writes, though nobody sees what has expired", async () => {
    const clock = new ManualClock();
    const opened = await openSmall(new MemoryEnv(clock), NO_CHECKPOINTS);
    await write(opened, clock, { a: 1_000, b: 9_000 });
    await setStatus(opened.directory, "read_only");
    await pass(clock, 5_000);
    expect([counts(opened).sequence, counts(opened).liveCount, await opened.store.count()]).toEqual([1, 2, 1]);
    expect(clock.waiting).toEqual([]);
    await setStatus(opened.directory, "active");
    expect(clock.waiting).toEqual([0]);
    await pass(clock, 0);
    expect(counts(opened)).toEqual({ liveCount: 1, deadCount: 1, sequence: 2 });
    await opened.directory.close();
  });

  it("is tried again a minute after it failed, and said once", async () => {
    const clock = new ManualClock();
    const env = new FaultyEnv(new MemoryEnv(clock));
    const opened = await openSmall(env, NO_CHECKPOINTS);
    await write(opened, clock, { a: 1_000 });
    env.limitSpace(0);
    await pass(clock, 1_000);
    expect(opened.events.filter(({ kind }) => kind === "background_error")).toMatchObject([{ task: "expire" }]);
    expect([counts(opened).liveCount, clock.waiting]).toEqual([1, [60_000]]);
    env.heal();
    await pass(clock, 60_000);
    expect(counts(opened).liveCount).toBe(0);
    await opened.directory.close();
  });

  it("never goes back: a clock that is set back brings nothing to life again", async () => {
    const clock = new ManualClock();
    const opened = await openSmall(new MemoryEnv(clock), NO_CHECKPOINTS);
    await write(opened, clock, { a: 1_000 });
    clock.nowMs += 1_000;
    expect(await opened.store.count()).toBe(0);
    clock.nowMs -= 900;
    expect([await opened.store.count(), (await opened.store.get(["a"])).missing]).toEqual([0, ["a"]]);
    expect(await opened.store.upsert([makeRecord("a", 2)], { mode: "insert_only" })).toMatchObject({ inserted: 1 });
    await opened.directory.close();
  });
});
