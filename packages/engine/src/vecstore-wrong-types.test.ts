import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryEnv, NamespacedVecStore, type VecStore, VecstoreError } from "./index.js";

/** What callers without types may hand in where something else is asked for. */
const WRONG: readonly unknown[] = [null, 3, "soon", true, {}, [], [null], () => 1, Symbol("s"), 10n, new Date(0), NaN];
const ONE = [{ id: "a", vector: [1, 2] }];
const QUERY = { vector: [1, 2] };

let all: NamespacedVecStore;
let store: VecStore;
beforeEach(async () => {
  all = await NamespacedVecStore.open("data", { env: new MemoryEnv(), threads: 0 });
  store = await all.namespace("default");
  await store.upsert([{ id: "a", vector: [1, 2], text: "words" }]);
  await store.createSnapshot("snapshot");
});
afterEach(() => all.close());

/** Reads a stream to its end, so that what it throws late counts too. */
async function settle(call: () => unknown): Promise<unknown> {
  const given = await call();
  const isStream = typeof given === "object" && given !== null && Symbol.asyncIterator in given;
  if (isStream) for await (const _ of given as AsyncIterable<unknown>);
  return given;
}

type Call = (value: never) => unknown;

/** Methods by what the wrong value stands for. */
const BOUNDED: readonly (readonly [string, (options: object) => unknown])[] = [
  ["upsert", (options) => store.upsert(ONE, options)],
  ["upsertEach", (options) => store.upsertEach(ONE, options)],
  ["update", (options) => store.update([{ id: "a", text: "new" }], options)],
  ["export", (options) => store.export(options)],
  ["compact", (options) => store.compact(options)],
  ["compact, dry", (options) => store.compact({ dryRun: true, ...options })],
  ["downloadSnapshot", (options) => store.downloadSnapshot("snapshot", options)],
];
const TIMED: readonly (readonly [string, (options: object) => unknown])[] = [
  ["list", (options) => store.list(options)],
  ["count", (options) => store.count(options)],
  ["query", (options) => store.query({ ...QUERY, ...options })],
  ["query, in turns", (options) => store.query({ ...QUERY, explain: true, ...options })],
  ["estimate", (options) => store.estimate({ ...QUERY, ...options })],
  ["queryStream", (options) => store.queryStream({ ...QUERY, ...options })],
  ["batchQuery", (options) => store.batchQuery([QUERY, { ...QUERY, ...options }])],
  ["measureRecall", (options) => store.measureRecall(options)],
  ["delete", (options) => store.delete({ ids: ["none"] }, options)],
  ["softDelete", (options) => store.softDelete({ filter: "a = 1" }, options)],
  ["restore", (options) => store.restore({ all: true }, options)],
];
const WITH_OPTIONS: readonly (readonly [string, Call])[] = [
  ["upsert", (options) => store.upsert(ONE, options)],
  ["upsertEach", (options) => store.upsertEach(ONE, options)],
  ["update", (options) => store.update([{ id: "a", text: "new" }], options)],
  ["get", (options) => store.get(["a"], options)],
  ["delete", (options) => store.delete({ ids: ["none"] }, options)],
  ["softDelete", (options) => store.softDelete({ ids: ["none"] }, options)],
  ["restore", (options) => store.restore({ ids: ["none"] }, options)],
  ["compact", (options) => store.compact(options)],
  ["downloadSnapshot", (options) => store.downloadSnapshot("snapshot", options)],
  ["createNamespace", (options) => all.createNamespace("new", options)],
  ["updateNamespace", (options) => all.updateNamespace("default", options)],
  ["listNamespaces", (options) => all.listNamespaces(options)],
];

describe("what has a wrong type", () => {
  const invalid = (words: string) =>
    expect.objectContaining({
      name: "VecstoreError",
      reason: "INVALID_ARGUMENT",
      message: expect.stringContaining(words),
    }) as Error;

  it.each([...BOUNDED, ...TIMED])("is refused as a signal: %s", async (_, call) => {
    for (const signal of WRONG)
      await expect(
        settle(() => call({ signal })),
        String(signal),
      ).rejects.toThrow(invalid("signal is "));
    await expect(settle(() => call({ signal: new AbortController().signal }))).resolves.toBeDefined();
    await expect(settle(() => call({ signal: "x" }))).rejects.toThrow(
      'signal is "x"; give an AbortSignal, or leave it out',
    );
  });

  it.each(TIMED)("is refused as a deadline: %s", async (_, call) => {
    for (const deadlineMs of WRONG.filter((value) => value !== 3))
      await expect(
        settle(() => call({ deadlineMs })),
        String(deadlineMs),
      ).rejects.toThrow(invalid("deadlineMs is "));
    await expect(settle(() => call({ deadlineMs: Date.now() + 60_000 }))).resolves.toBeDefined();
    await expect(settle(() => call({ deadlineMs: 3 }))).rejects.toMatchObject({ reason: "DEADLINE_EXCEEDED" });
  });

  it("is refused before a stream is read", () => {
    expect(() => store.queryStream({ ...QUERY, signal: 3 as never })).toThrow(invalid("signal is 3"));
    expect(() => store.export({ signal: 3 as never })).toThrow(invalid("signal is 3"));
    expect(() => store.downloadSnapshot("snapshot", { signal: 3 as never })).toThrow(invalid("signal is 3"));
  });

  it.each(WITH_OPTIONS)("is refused in place of options: %s", async (method, call) => {
    for (const options of [null, 3, "n = 1", true, [], () => 1])
      await expect(
        settle(() => call(options as never)),
        String(options),
      ).rejects.toThrow(invalid(`the argument \`options\` of ${method} is `));
  });

  it("is refused as a text: the record stays, and so does the store", async () => {
    for (const text of WRONG.filter((value) => value !== null && value !== "soon"))
      await expect(store.update([{ id: "a", text: text as never }])).rejects.toThrow(invalid("updates[0].text"));
    expect((await store.get(["a"], { includeText: true })).records).toMatchObject([{ id: "a", text: "words" }]);
    expect((await store.upsert(ONE)).upserted).toBe(1);
  });

  it("is refused as `all`: nothing is deleted", async () => {
    for (const wrong of ["false", 1, {}])
      await expect(store.delete({ all: wrong as never })).rejects.toThrow(invalid("all is "));
    expect(await store.count()).toBe(1);
  });

  it("is refused as an observer, before the query runs", async () => {
    for (const observer of [...WRONG, { explainFromMs: 0 }, { explainFromMs: 0, onExplain() {}, onStretch: 3 }])
      await expect(store.query({ ...QUERY, observer: observer as never })).rejects.toThrow(invalid("the observer"));
  });

  it("never ends in another error than a VecstoreError", async () => {
    const named: readonly (readonly [string, (options: object) => unknown])[] = [
      ["prefix filter pageSize pageToken", (options) => store.list(options)],
      ["prefix filter resumeToken", (options) => store.export(options)],
      ["mode idempotencyKey", (options) => store.upsert(ONE, options)],
      ["mode since", (options) => store.upsertEach(ONE, options)],
      ["vector sparse text metadata ifVersion expiresAtMs", (options) => store.upsert([{ id: "b", ...options }])],
      ["text mergeMetadata ifVersion expiresAtMs", (options) => store.update([{ id: "a", ...options }])],
      ["vector id sparse text fusion limit filter efSearch recallTarget", (options) => store.query(options)],
      ["scoreThreshold offset groupBy groupSize diversity", (options) => store.query({ ...QUERY, ...options })],
      ["lambda candidates", (diversity) => store.query({ ...QUERY, diversity })],
      ["samples limit efSearch filter seed", (options) => store.measureRecall(options)],
      ["ids filter", (options) => store.softDelete(options)],
      ["offset", (options) => store.downloadSnapshot("snapshot", options)],
      [
        "quotas description labels cacheAnswers m metric efConstruction",
        (options) => all.createNamespace("n", options),
      ],
      ["status quotas description labels removeLabels", (options) => all.updateNamespace("default", options)],
      ["prefix pageSize pageToken", (options) => all.listNamespaces(options)],
    ];
    const positional: readonly Call[] = [
      ...[(value: never) => store.upsert(value), (value: never) => store.get(value)],
      ...[(value: never) => store.batchQuery(value), (value: never) => store.query(value)],
      ...[(value: never) => store.createSnapshot(value), (value: never) => all.namespace(value)],
      ...[(value: never) => all.getNamespace(value), (value: never) => all.countRequests("default", value)],
    ];
    const calls = WRONG.flatMap((value) => [
      ...named.flatMap(([names, call]) => names.split(" ").map((name) => () => call({ [name]: value }))),
      ...positional.map((call) => () => call(value as never)),
    ]);
    for (const call of calls) {
      const thrown = await settle(call).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(thrown === undefined || thrown instanceof VecstoreError, `${call}: ${thrown}`).toBe(true);
    }
    expect(calls.length).toBeGreaterThan(500);
  });
});
