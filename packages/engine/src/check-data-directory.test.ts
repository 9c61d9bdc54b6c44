import { describe, expect, it } from "vitest";
import { checkDataDirectory } from "./check-data-directory.js";
import { NamespacedVecStore } from "./namespaced-vecstore.js";
import { MemoryEnv } from "./storage/memory-env.js";

const OPTIONS = { threads: 0, graphRecordsMin: 50 } as const;

/** Two namespaces in two checkpoints each, one with a graph and a snapshot, and records that are in the log only. */
async function prepared(): Promise<MemoryEnv> {
  const env = new MemoryEnv();
  let store = await NamespacedVecStore.open("data", { ...OPTIONS, env });
  await store.createNamespace("n");
  const records = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ id: `r${from + n}`, vector: [from + n + 1, 1], metadata: { n } }));
  await (await store.namespace("n")).upsert(records(0, 100));
  await (await store.namespace("n")).settled();
  await (await store.namespace("n")).createSnapshot("kept");
  await (await store.namespace("default")).upsert(records(0, 5));
  await store.close();
  // Two checkpoints of all, so that the log holds nothing that the files do not.
  for (let n = 0; n < 2; n++) {
    store = await NamespacedVecStore.open("data", { ...OPTIONS, env });
    for (const name of ["n", "default"]) await (await store.namespace(name)).upsert(records(n, 1));
    await (await store.namespace("n")).compact();
    await (await store.namespace("n")).settled();
    await store.close();
  }
  store = await NamespacedVecStore.open("data", { ...OPTIONS, env });
  await (await store.namespace("n")).upsert(records(100, 10));
  // The directory of a process that was killed now, with a log that its checkpoints do not hold.
  const killed = copyOf(env);
  await store.close();
  return killed;
}

function copyOf(env: MemoryEnv): MemoryEnv {
  const copy = new MemoryEnv();
  for (const path of env.paths()) copy.writeFile(path, env.readFile(path));
  return copy;
}

const contentOf = (env: MemoryEnv) =>
  env.paths().map((path) => [path, Buffer.from(env.readFile(path)).toString("hex")]);

function flipBit(env: MemoryEnv, path: string): void {
  const bytes = env.readFile(path);
  bytes[bytes.length >> 1]! ^= 0x10;
  env.writeFile(path, bytes);
}

const found = (env: MemoryEnv, part: string) => env.paths().filter((path) => path.includes(part));

describe("checkDataDirectory", () => {
  it("finds nothing wrong with a directory whose process was killed, and changes nothing", async () => {
    const env = await prepared();
    const before = contentOf(env);
    let bytes = 0;
    const check = await checkDataDirectory("data", { env, onProgress: (read) => (bytes = read) });
    expect(check.problems).toEqual([]);
    expect(check.namespaces).toEqual([
      { name: "default", status: "active", records: 5, snapshots: 0 },
      { name: "n", status: "active", records: 110, snapshots: 1 },
    ]);
    expect(check.logEntries).toBeGreaterThan(0);
    expect([check.files > 5, bytes]).toEqual([true, check.bytes]);
    expect(contentOf(env)).toEqual(before);
  });

  it("finds the damage of any file of blocks, and changes nothing", async () => {
    const whole = await prepared();
    const paths = whole.paths().filter((path) => /\/(manifest|part|deaths|graph|snapshot)[^/]*$/.test(path));
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) {
      const env = copyOf(whole);
      flipBit(env, path);
      const before = contentOf(env);
      const { problems } = await checkDataDirectory("data", { env });
      expect([path, problems.map(({ file }) => file)]).toEqual([path, expect.arrayContaining([path])]);
      expect(contentOf(env)).toEqual(before);
    }
  });

  it("tells what an opening can do without from what is lost", async () => {
    const whole = await prepared();
    const severityOf = async (path: string) => {
      const env = copyOf(whole);
      flipBit(env, path);
      const { problems, namespaces } = await checkDataDirectory("data", { env });
      const records = namespaces.find(({ name }) => name === "n")?.records;
      return [problems.find(({ file }) => file === path)?.severity, records];
    };
    expect(await severityOf(found(whole, "ns/2/graph-").at(-1)!)).toEqual(["notice", 110]);
    expect(await severityOf(found(whole, "ns/2/manifest-").at(-1)!)).toEqual(["notice", 110]);
    expect(await severityOf(found(whole, "snapshots/kept/part-")[0]!)).toEqual(["damage", 110]);
  });

  it("says that a namespace is lost whose files are gone, and reads the others", async () => {
    const env = await prepared();
    for (const path of [...found(env, "ns/2/part-"), ...found(env, "snapshots/kept/")]) await env.remove(path);
    const { problems, namespaces } = await checkDataDirectory("data", { env });
    expect(problems[0]).toMatchObject({ severity: "damage", namespace: "n" });
    expect(namespaces.map(({ name, records }) => [name, records])).toEqual([
      ["default", 5],
      ["n", undefined],
    ]);
  });

  it("tells of a torn tail of the log, and of a log that is damaged", async () => {
    const torn = await prepared();
    const [log] = found(torn, "data/log/").slice(-1) as [string];
    torn.writeFile(log, torn.readFile(log).subarray(0, -5));
    expect((await checkDataDirectory("data", { env: torn })).problems).toMatchObject([
      { severity: "notice", file: log },
    ]);

    const damaged = await prepared();
    const bytes = damaged.readFile(log);
    bytes[0]! ^= 1;
    damaged.writeFile(log, bytes);
    const { problems, namespaces } = await checkDataDirectory("data", { env: damaged });
    expect([problems[0]?.severity, problems[0]?.message, namespaces]).toEqual([
      "damage",
      expect.stringContaining("cannot be opened"),
      [],
    ]);
  });

  it("refuses what is no data directory, and one that is open", async () => {
    const env = await prepared();
    await expect(checkDataDirectory("nowhere", { env })).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
    await env.makeDirectory("empty");
    await expect(checkDataDirectory("empty", { env })).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
    expect(await env.listDirectory("empty")).toEqual([]);
    const store = await NamespacedVecStore.open("data", { ...OPTIONS, env });
    await expect(checkDataDirectory("data", { env })).rejects.toMatchObject({ reason: "DATA_DIR_IN_USE" });
    await store.close();
  });
});
