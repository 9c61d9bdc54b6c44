import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { QueryRequest } from "./model/query.js";
import { MemoryEnv } from "./storage/memory-env.js";
import { VecStore } from "./vecstore.js";

let env: MemoryEnv;
let store: VecStore;
const open = (options = {}) => VecStore.open("data", { env, threads: 0, ...options });

beforeEach(async () => {
  env = new MemoryEnv();
  store = await open();
});
afterEach(() => store.close());

async function ids(request: QueryRequest): Promise<string[]> {
  return (await store.query(request)).results.map(({ id }) => id);
}

describe("texts and sparse vectors", () => {
  it("are found as they are now, whatever happened to their records", async () => {
    const sparse = (value: number) => ({ indices: [7], values: [value] });
    await store.upsert([
      { id: "a", text: "red apples", sparse: sparse(1) },
      { id: "b", text: "green apples", sparse: sparse(2), vector: [1, 0] },
      { id: "c", text: "green pears", sparse: sparse(3) },
    ]);
    expect(await ids({ text: "apples" })).toEqual(["a", "b"]);
    expect(await ids({ sparse: sparse(1) })).toEqual(["c", "b", "a"]);
    await store.update([{ id: "a", text: "red cherries" }]);
    await store.softDelete({ ids: ["b"] });
    expect(await ids({ text: "apples" })).toEqual([]);
    expect(await ids({ text: "red" })).toEqual(["a"]);
    expect(await ids({ sparse: sparse(1) })).toEqual(["c", "a"]);
    await store.createSnapshot("before");
    await store.restore({ ids: ["b"] });
    await store.delete({ ids: ["c"] });
    for (const when of ["written", "compacted", "reopened"]) {
      if (when === "compacted") expect((await store.compact()).removed).toBeGreaterThan(0);
      if (when === "reopened") {
        await store.close();
        store = await open();
      }
      expect(await ids({ text: "green apples" }), when).toEqual(["b"]);
      expect(await ids({ sparse: sparse(1) }), when).toEqual(["b", "a"]);
      expect(await ids({ text: "cherries", vector: [1, 0], sparse: sparse(1) }), when).toEqual(["b", "a"]);
    }
    await store.restoreSnapshot("before");
    expect(await ids({ text: "green" })).toEqual(["c"]);
  });

  it("of a large batch are found by a query that comes at once", async () => {
    const records = Array.from({ length: 1_000 }, (_, i) => ({
      id: `r${i}`,
      text: `number ${i} ${"filler ".repeat(300)}`,
    }));
    const written = store.upsert(records);
    const turns = countTurns();
    await written;
    expect(await ids({ text: "number 999", limit: 1 })).toEqual(["r999"]);
    // Two megabytes of text are not indexed in one turn of the event loop.
    expect(turns.stop()).toBeGreaterThan(5);
  });

  it("score the same when a merge has removed the dead, as if these had never been", async () => {
    const texts = ["one two", "two three three", "three", "four two"];
    const write = (to: VecStore) => to.upsert(texts.map((text, i) => ({ id: `r${i}`, text })));
    await write(store);
    await store.upsert(texts.map((text, i) => ({ id: `x${i}`, text: `${text} two two` })));
    const before = (await store.query({ text: "two three" })).results.find(({ id }) => id === "r1")!;
    await store.delete({ ids: ["x0", "x1", "x2", "x3"] });
    await store.compact();
    const after = (await store.query({ text: "two three" })).results;
    const fresh = await VecStore.open("fresh", { env: new MemoryEnv(), threads: 0 });
    await write(fresh);
    const expected = (await fresh.query({ text: "two three" })).results;
    expect(after).toEqual(expected.map((hit) => ({ ...hit, version: 1 })));
    expect(after.find(({ id }) => id === "r1")!.score).not.toBe(before.score);
    await fresh.close();
  });

  it("stream in chunks, and answer in batches", async () => {
    await store.upsert(
      Array.from({ length: 300 }, (_, i) => ({ id: `r${i}`, text: `${i % 2 === 0 ? "even" : "odd"} ${i}` })),
    );
    const streamed: string[] = [];
    for await (const { results } of store.queryStream({ text: "odd", limit: 200 })) {
      streamed.push(...results.map(({ id }) => id));
    }
    expect(streamed).toHaveLength(150);
    const answers = await store.batchQuery([{ text: "even", limit: 3 }, { text: "17" }]);
    expect(answers.map(({ results }) => results.map(({ id }) => id))).toEqual([
      streamed.slice(0, 3).map(() => expect.any(String)),
      ["r17"],
    ]);
  });
});

describe("an English namespace", () => {
  it("finds words by their stems and leaves out stop words, also after a reopening", async () => {
    await store.close();
    env = new MemoryEnv();
    store = await open({ textAnalyzer: "english" });
    await store.upsert([
      { id: "a", text: "The connections of the networks" },
      { id: "b", text: "He is connecting it" },
    ]);
    for (const when of ["written", "reopened"]) {
      if (when === "reopened") {
        await store.close();
        store = await open();
      }
      expect(store.info.config.textAnalyzer).toBe("english");
      expect(new Set(await ids({ text: "connected" })), when).toEqual(new Set(["a", "b"]));
      expect(await ids({ text: "the network" }), when).toEqual(["a"]);
      expect(await ids({ text: "is it the" }), when).toEqual([]);
    }
  });
});

/** Counts the turns of the event loop until it is stopped. */
function countTurns(): { stop(): number } {
  let turns = 0;
  let isRunning = true;
  const count = (): void => {
    turns++;
    if (isRunning) setImmediate(count);
  };
  setImmediate(count);
  return {
    stop() {
      isRunning = false;
      return turns;
    },
  };
}
