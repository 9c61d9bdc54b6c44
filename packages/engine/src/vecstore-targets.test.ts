import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryEnv, NamespacedVecStore, type RecordInput, type Target, type VecStore } from "./index.js";

let all: NamespacedVecStore;
let store: VecStore;
beforeEach(async () => {
  all = await NamespacedVecStore.open("data", { env: new MemoryEnv(), threads: 0 });
  store = await all.namespace("default");
});
afterEach(() => all.close());

const KINDS = ["delete", "softDelete", "restore"] as const;
const sequence = () => all.answerBasis("default")!.sequence;
const records = (from: number, count: number): RecordInput[] =>
  Array.from({ length: count }, (_, i) => ({ id: `r${from + i}`, vector: [1, from + i], metadata: { n: from + i } }));

describe("a delete, a soft delete or a restore that nobody waits for any more", () => {
  beforeEach(async () => {
    await store.upsert(records(0, 10));
    await store.softDelete({ ids: ["r1", "r2"] });
  });

  it.each<[string, Target]>([
    ["ids", { ids: ["r1", "r3"] }],
    ["a filter", { filter: "n < 5" }],
    ["all", { all: true }],
  ])("writes nothing, by %s", async (_, target) => {
    const before = sequence();
    for (const kind of KINDS) {
      await expect(store[kind](target, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: "CANCELED" });
      const late = store[kind](target, { deadlineMs: Date.now() });
      await expect(late).rejects.toMatchObject({ reason: "DEADLINE_EXCEEDED" });
    }
    expect(sequence()).toBe(before);
  });

  it("writes nothing when it is left while it looks for what the filter means", async () => {
    const before = sequence();
    for (const kind of KINDS) {
      const controller = new AbortController();
      const left = store[kind]({ filter: "n < 5" }, { signal: controller.signal });
      controller.abort();
      await expect(left, kind).rejects.toMatchObject({ reason: "CANCELED" });
    }
    expect(sequence()).toBe(before);
  });

  it("writes no further batch when it is left between two", async () => {
    for (let from = 0; from < 2_500; from += 500) await store.upsert(records(from, 500));
    const before = sequence();
    // As a caller who leaves once the first batch is written.
    const left = { addEventListener: () => {}, aborted: false };
    Object.defineProperty(left, "aborted", { get: () => sequence() > before });
    const deleting = store.delete({ filter: "n >= 0" }, { signal: left as unknown as AbortSignal });
    await expect(deleting).rejects.toMatchObject({ reason: "CANCELED" });
    expect([sequence() - before, await store.count()]).toEqual([1, 1_500]);
  });

  it("does its work in time, with a signal that does not fire", async () => {
    const options = { signal: new AbortController().signal, deadlineMs: Date.now() + 60_000 };
    expect(await store.restore({ filter: "n < 5" }, options)).toMatchObject({ affected: 2 });
    expect(await store.softDelete({ ids: ["r1"] }, options)).toMatchObject({ affected: 1 });
    expect(await store.delete({ all: true }, options)).toMatchObject({ affected: 10 });
  });
});
