import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryEnv, VecStore } from "./index.js";

let store: VecStore;
beforeEach(async () => {
  store = await VecStore.open("data", { env: new MemoryEnv(), threads: 0 });
});
afterEach(() => store.close());

const INVALID = expect.objectContaining({ name: "VecstoreError", reason: "INVALID_ARGUMENT" }) as Error;

describe("list, count, export and measureRecall", () => {
  it.each(["n = 1", null, 7])("refuse %j in place of a request: all records would count", async (wrong) => {
    await store.upsert([{ id: "a", vector: [1, 2] }]);
    for (const ask of [
      () => store.count(wrong as never),
      () => store.list(wrong as never),
      async () => store.export(wrong as never),
      () => store.measureRecall(wrong as never),
    ])
      await expect(ask()).rejects.toThrow(INVALID);
    await expect(store.list({ prefix: 7 as never })).rejects.toThrow(INVALID);
    expect(() => store.export({ prefix: 7 as never })).toThrow(INVALID);
  });
});
