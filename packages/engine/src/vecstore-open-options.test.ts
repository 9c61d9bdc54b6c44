import { describe, expect, it } from "vitest";
import { MemoryEnv, NamespacedVecStore, VecStore } from "./index.js";

const refused = (option: string | undefined, words: string) => ({
  name: "VecstoreError",
  reason: "INVALID_CONFIGURATION",
  details: option === undefined ? {} : { option },
  message: expect.stringContaining(words),
});

describe.each([
  ["VecStore.open", VecStore],
  ["NamespacedVecStore.open", NamespacedVecStore],
] as const)("%s", (_, { open }) => {
  const openWith = (options: unknown, path: unknown = "data") => open(path as string, options as object);

  it.each([
    ["env", null, "option env is null; allowed are objects with the methods of Env, such as new MemoryEnv()"],
    ["env", {}, "option env is an object"],
    ["onEvent", 3, "option onEvent is 3; allowed are functions of one event"],
    ["onEvent", null, "option onEvent is null"],
    ["fsync", null, "option fsync is null"],
    ["threads", null, "option threads is null"],
    ["thread", 2, 'open has no option "thread"; allowed are env, fsync, threads, '],
  ])("refuses %s: %j, and opens nothing", async (name, value, words) => {
    const env = new MemoryEnv();
    await expect(openWith({ env, threads: 0, [name]: value })).rejects.toMatchObject(refused(name, words));
    expect(await env.exists("data")).toBe(false);
  });

  it.each([[null], [3], ["./data"], [[]]])("refuses %j in place of its options", async (options) => {
    await expect(openWith(options)).rejects.toMatchObject(refused(undefined, "the argument `options` of open is "));
  });

  it.each([null, undefined, 3, {}])("refuses %j in place of a path", async (path) => {
    const opening = open(path as never, { env: new MemoryEnv(), threads: 0 });
    await expect(opening).rejects.toMatchObject(refused(undefined, "the path is "));
  });
});

describe("options of a namespace", () => {
  it("belong to VecStore.open and createNamespace, and would do nothing in a directory of many", async () => {
    const options = { env: new MemoryEnv(), threads: 0, metric: "dot" as const };
    await expect(NamespacedVecStore.open("data", options)).rejects.toMatchObject(refused("metric", "no option"));
    const store = await VecStore.open("data", options);
    expect(store.info.config.metric).toBe("dot");
    await store.close();
  });

  it.each(["quantization", "textAnalyzer", "efConstruction"])("null is none: %s", async (name) => {
    const options = { env: new MemoryEnv(), threads: 0, [name]: null } as object;
    await expect(VecStore.open("data", options)).rejects.toMatchObject({ reason: "INVALID_CONFIGURATION" });
  });

  it("are refused by a name that there is not, when a namespace is made and when it is changed", async () => {
    const all = await NamespacedVecStore.open("data", { env: new MemoryEnv(), threads: 0 });
    const wrong = { quota: { maxVectors: 1 } } as object;
    const unknown = refused("quota", 'no option "quota"; allowed are ');
    await expect(all.createNamespace("docs", wrong)).rejects.toMatchObject(unknown);
    await expect(all.updateNamespace("default", wrong)).rejects.toMatchObject(unknown);
    expect(all.listNamespaces().namespaces.map(({ name }) => name)).toEqual(["default"]);
    await all.close();
  });
});
