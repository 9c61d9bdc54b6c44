import { expect, test } from "vitest";
import { runInOwnProcess } from "../core/own-process.cases.js";

test("a measure that somebody waits for keeps the process alive until it is done, also when it rests just then", () => {
  const contents = `
    import { MemoryEnv, VecStore } from "../index.ts";
    const store = await VecStore.open("data", { env: new MemoryEnv(), threads: 0, graphRecordsMin: 100, m: 8 });
    const vectorOf = (i) => Array.from({ length: 8 }, (_, k) => Math.sin(i * 7.13 + k * k));
    await store.upsert(Array.from({ length: 500 }, (_, i) => ({ id: "r" + i, vector: vectorOf(i) })));
    await store.settled();
    // Begins a measure in the background, whose first step is a rest.
    await store.query({ vector: vectorOf(1), recallTarget: 0.9 });
    await store.calibrate();
    await store.close();
    console.log("measured");`;
  expect(runInOwnProcess(contents, import.meta.dirname)).toEqual([0, "measured\n"]);
});
