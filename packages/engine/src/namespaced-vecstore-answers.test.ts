import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NamespacedVecStore } from "./namespaced-vecstore.js";
import { ManualClock } from "./storage/manual-clock.js";
import { MemoryEnv } from "./storage/memory-env.js";
import type { VecStore } from "./vecstore.js";

let clock: ManualClock;
let env: MemoryEnv;
let all: NamespacedVecStore;
let docs: VecStore;
const open = () => NamespacedVecStore.open("data", { env, threads: 0 });
beforeEach(async () => {
  clock = new ManualClock(1_000);
  env = new MemoryEnv(clock);
  all = await open();
  await all.createNamespace("docs");
  docs = await all.namespace("docs");
});
afterEach(() => all.close());

describe("what answers depend on", () => {
  it("is the last write, and the time of it", async () => {
    const { number } = all.getNamespace("docs");
    expect(all.answerBasis("docs")).toEqual({
      number,
      incarnation: 1,
      sequence: 0,
      nowMs: 1_000,
      writtenAtMs: 0,
      nextExpiryMs: Number.POSITIVE_INFINITY,
      maxResultsPerQuery: undefined,
      cacheAnswers: true,
    });
    clock.advance(500);
    await docs.upsert([{ id: "a", vector: [1, 0] }]);
    clock.advance(500);
    expect(all.answerBasis("docs")).toMatchObject({ sequence: 1, writtenAtMs: 1_500, nowMs: 2_000 });
    await docs.softDelete({ ids: ["a"] });
    expect(all.answerBasis("docs")).toMatchObject({ sequence: 2, writtenAtMs: 2_000 });
    await all.close();
    all = await open();
    expect(all.answerBasis("docs")).toMatchObject({ number, sequence: 2, writtenAtMs: 2_000 });
  });

  it("is the next expiry, not one that has passed", async () => {
    const records = [5_000, 3_000, undefined].map((expiresAtMs, i) => ({ id: `${i}`, vector: [1, i], expiresAtMs }));
    await docs.upsert(records);
    await all.updateNamespace("docs", { status: "read_only" });
    expect(all.answerBasis("docs")?.nextExpiryMs).toBe(3_000);
    // A namespace that takes no writes keeps what has expired, unseen.
    clock.advance(2_000);
    expect(all.answerBasis("docs")).toMatchObject({ nextExpiryMs: 5_000, sequence: 1 });
    clock.advance(2_000);
    expect(all.answerBasis("docs")?.nextExpiryMs).toBe(Number.POSITIVE_INFINITY);
  });

  it("is the incarnation, and the quota of results", async () => {
    await docs.upsert([{ id: "a", vector: [1, 0] }]);
    await docs.createSnapshot("s");
    await docs.restoreSnapshot("s");
    await all.updateNamespace("docs", { quotas: { maxResultsPerQuery: 7 } });
    expect(all.answerBasis("docs")).toMatchObject({ incarnation: 2, maxResultsPerQuery: 7 });
  });

  it("is not told of a namespace that answers no query", async () => {
    expect(all.answerBasis("none")).toBeUndefined();
    await all.updateNamespace("docs", { status: "suspended" });
    expect(all.answerBasis("docs")).toBeUndefined();
    await all.deleteNamespace("docs");
    expect(all.answerBasis("docs")).toBeUndefined();
    await all.close();
    expect(all.answerBasis("default")).toBeUndefined();
  });
});

describe("the switch of kept answers", () => {
  it("is on unless it is said, and outlives a crash and a checkpoint", async () => {
    await all.createNamespace("off", { cacheAnswers: false });
    expect([all.getNamespace("docs").cacheAnswers, all.answerBasis("off")?.cacheAnswers]).toEqual([true, false]);
    await all.updateNamespace("docs", { cacheAnswers: false });
    await all.updateNamespace("off", { description: "still off" });
    const killed = new MemoryEnv(clock);
    for (const path of env.paths()) killed.writeFile(path, env.readFile(path));
    for (const directory of env.directories()) await killed.makeDirectory(directory);
    await all.close();
    for (const disk of [killed, env]) {
      env = disk;
      all = await open();
      expect(["docs", "off", "default"].map((name) => all.getNamespace(name).cacheAnswers)).toEqual([
        false,
        false,
        true,
      ]);
      if (disk === killed) await all.close();
    }
    clock.advance(1);
    expect(await all.updateNamespace("off", { cacheAnswers: true })).toMatchObject({
      cacheAnswers: true,
      updatedAtMs: 1_001,
    });
  });

  it.each([0, "yes"])("is not %j", async (cacheAnswers) => {
    const wrong = { cacheAnswers } as never;
    const refused = expect.objectContaining({ reason: "INVALID_ARGUMENT" }) as Error;
    await expect(all.createNamespace("new", wrong)).rejects.toThrow(refused);
    await expect(all.updateNamespace("docs", wrong)).rejects.toThrow(refused);
  });
});

describe("a query that was answered elsewhere", () => {
  it("counts as answered", async () => {
    all.countQuery("docs");
    all.countQuery("docs");
    all.countQuery("none");
    expect((await all.namespaceUsage("docs")).queriesTotal).toBe(2);
  });
});
