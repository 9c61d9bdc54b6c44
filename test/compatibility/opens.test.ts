import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type EngineEvent, type JsonObject, NamespacedVecStore, type StoredRecord } from "@vecstore/engine";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ask, startTestServer } from "../e2e/harness/server.js";
import { readUsage } from "../e2e/harness/usage.js";
import { holdingsOf, namespacesOf, type StoredInput, stepsOf, TAIL, vectorOf } from "./content.mjs";

const STORES = fileURLToPath(new URL("stores/", import.meta.url));
/** Those that are here, and must go on being opened. */
const FORMATS = [1, 2];

let data: string;
let closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "vecstore-compatibility-"));
});
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
  await rm(data, { recursive: true, force: true });
});

const lay = (format: number) => cp(join(STORES, `format-${format}`), data, { recursive: true });

async function open(events: EngineEvent[] = []): Promise<NamespacedVecStore> {
  const onEvent = (event: EngineEvent) => void events.push(event);
  const all = await NamespacedVecStore.open(data, { threads: 0, graphRecordsMin: 100, onEvent });
  closing.push(() => all.close());
  return all;
}

/** A record that was read, in the form of one that is written. */
function toInput({ version: _, vector, sparse, ...rest }: StoredRecord): StoredInput {
  return {
    ...rest,
    ...(vector && { vector: [...vector] }),
    ...(sparse && { sparse: { indices: [...sparse.indices], values: [...sparse.values] } }),
  };
}

async function recordsOf(all: NamespacedVecStore, namespace: string): Promise<Map<string, StoredInput>> {
  const store = await all.namespace(namespace);
  const { records } = await store.list({ includeVector: true, includeText: true, pageSize: 1_000 });
  return new Map(records.map((record) => [record.id, toInput(record)]));
}

/** In the order of the map's keys, which is no part of what is stored. */
const sorted = (records: ReadonlyMap<string, StoredInput>) => [...records].sort(([a], [b]) => (a < b ? -1 : 1));

test("there is a store of each format", async () => {
  const names = (await readdir(STORES)).filter((name) => !name.endsWith(".json"));
  expect(names.sort()).toEqual(FORMATS.map((format) => `format-${format}`));
});

describe.each(FORMATS)("a store of format %i", (format) => {
  const steps = [...stepsOf(format), ...TAIL];
  const names = Object.keys(namespacesOf(format)).sort();

  beforeEach(async () => {
    await lay(format);
    expect(await readFile(join(data, "VECSTORE"), "utf8")).toMatch(new RegExp(`^vecstore ${format}\\n`));
  });

  test("is opened as it is: nothing is damaged, cut off or made anew", async () => {
    const events: EngineEvent[] = [];
    const all = await open(events);
    for (const name of names) await (await all.namespace(name)).stats();
    const entries = events.map((event) => (event.kind === "recovered" ? event.entries : event.kind));
    expect(entries.filter((each) => each !== "fsync" && each !== "checkpoint")).toEqual([TAIL.length]);
  });

  test("has its namespaces, with what they were made with", async () => {
    const all = await open();
    const { namespaces } = all.listNamespaces();
    expect(namespaces.map(({ name }) => name)).toEqual(names);
    for (const [name, made] of Object.entries(namespacesOf(format))) {
      const { metric, quantization, m, efConstruction, efSearch, textAnalyzer, ...others } = made;
      const config = { metric, quantization, m, efConstruction, efSearch, textAnalyzer };
      const given = JSON.parse(JSON.stringify({ config, ...others }));
      expect(all.getNamespace(name), name).toMatchObject({ status: "active", ...given, ...statusOf(name) });
    }
  });

  test("has every record, with all of its parts", async () => {
    const all = await open();
    for (const name of names) {
      const { visible, hidden } = holdingsOf(steps, name);
      expect(sorted(await recordsOf(all, name)), name).toEqual(sorted(visible));
      expect((await (await all.namespace(name)).stats()).softDeletedCount, name).toBe(hidden.size);
    }
  });

  test.each(["default", "dot", "bits"])("finds by vector what is nearest, with the graph of %s", async (name) => {
    const store = await (await open()).namespace(name);
    const dimension = store.info.config.dimension!;
    expect((await store.stats()).indexBacklog).toBeLessThanOrEqual(TAIL.length * 5);
    let found = 0;
    for (let number = 0; number < 20; number++) {
      const query = { vector: vectorOf(1_000 + number, dimension), limit: 10 };
      const [near, exact] = await store.batchQuery([query, { ...query, exact: true }]);
      const ids = new Set(exact!.results.map(({ id }) => id));
      expect(ids.size).toBe(10);
      found += near!.results.filter(({ id }) => ids.has(id)).length;
    }
    expect(found / 200).toBeGreaterThanOrEqual(0.95);
  });

  test("finds by text, by sparse vector and by filter", async () => {
    const all = await open();
    const texts = await all.namespace("texts");
    const run = await texts.query({ text: "running runner", limit: 10 });
    expect(run.results.map(({ id }) => id).sort()).toEqual(["t1", "t2", "t3", "t4", "t5"]);
    const store = await all.namespace("default");
    const sparse = await store.query({ sparse: { indices: [1_040], values: [1] } });
    expect(sparse.results.map(({ id }) => id)).toEqual(["r040"]);
    const { visible } = holdingsOf(steps, "default");
    const even = [...visible.values()].filter(({ metadata }) => metadata!.even === true);
    expect(await store.count({ filter: "even = true AND name STARTSWITH 'é'" })).toBe(even.length);
    expect(await store.count({ filter: "round = 2" })).toBe(10);
  });

  test("brings back what was hidden, and the snapshot", async () => {
    const all = await open();
    const { visible, hidden } = holdingsOf(steps, "default");
    const store = await all.namespace("default");
    expect(await store.restore({ all: true })).toMatchObject({ affected: hidden.size });
    expect(sorted(await recordsOf(all, "default"))).toEqual(sorted(new Map([...visible, ...hidden])));
    const early = stepsOf(format).findIndex(({ kind }) => kind === "snapshot");
    await store.restoreSnapshot("early");
    const then = holdingsOf(stepsOf(format).slice(0, early), "default");
    expect(sorted(await recordsOf(all, "default"))).toEqual(sorted(then.visible));
  });

  test("is written to, and opened again", async () => {
    const all = await open();
    const store = await all.namespace("default");
    await store.upsert([{ id: "new", vector: vectorOf(7_000, 8) }]);
    await all.createNamespace("later", { quotas: { maxVectors: 3 } });
    await all.close();
    const again = await open();
    const { visible } = holdingsOf(steps, "default");
    expect((await recordsOf(again, "default")).size).toBe(visible.size + 1);
    expect(again.getNamespace("later").quotas).toEqual({ maxVectors: 3 });
  });

  test("is served, to its key, with what was counted and written down", async () => {
    const { key, queries } = JSON.parse(await readFile(join(STORES, `format-${format}.json`), "utf8"));
    const adminKey = "of-now";
    const server = await startTestServer({ data, adminKey });
    closing.push(() => server.stop());
    const by = (sent: string) => ({ headers: { "x-api-key": sent } });
    const { visible } = holdingsOf(steps, "default");
    expect(await ask(server, "Count", {}, by(key))).toEqual({ count: String(visible.size) });
    const { api_keys } = await ask(server, "ApiKeyService.ListApiKeys", {}, by(adminKey));
    expect(api_keys).toMatchObject([{ name: "kept", role: "ROLE_READER", namespaces: ["default", "texts"] }]);
    const usage = await readUsage(server, "default", by(adminKey));
    expect(usage.of("queries_total")).toBe(queries);
    const audit = await readFile(join(data, "audit", "audit-0000000001.log"), "utf8");
    const [first] = audit.split("\n").map((line) => line && (JSON.parse(line) as JsonObject));
    expect(first).toMatchObject({ action: "ApiKeyService.CreateApiKey", phase: "begun" });
  });
});

/** Of the one namespace that was changed. */
const statusOf = (name: string) => (name === "bounded" ? { status: "read_only" } : {});
