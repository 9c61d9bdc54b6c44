import { describe, expect, it } from "vitest";
import { envCases } from "./env.cases.js";
import type { EnvFile } from "./env.js";
import { FaultyEnv } from "./faulty-env.js";
import { MemoryEnv } from "./memory-env.js";

envCases("FaultyEnv without faults", async () => {
  const env = new FaultyEnv(new MemoryEnv());
  await env.makeDirectory("data");
  return { env, directory: "data" };
});

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);
/** Compares without the cost of a deep equality. */
const same = (a: Uint8Array | undefined, b: Uint8Array) => a !== undefined && Buffer.compare(a, b) === 0;
const filled = (length: number, value: number) => new Uint8Array(length).fill(value);

async function syncedFile(env: FaultyEnv, path: string, content: Uint8Array): Promise<EnvFile> {
  const file = await env.createFile(path);
  await file.write(content, 0);
  await file.sync();
  await env.syncDirectory("");
  return file;
}

/** The contents of `path` in the crash images of all seeds; undefined where it is absent. */
function imagesOf(env: FaultyEnv, path: string): (Uint8Array | undefined)[] {
  return SEEDS.map((seed) => {
    const image = env.crash(seed);
    return image.paths().includes(path) ? image.readFile(path) : undefined;
  });
}

describe("faults", () => {
  it("fails the n-th operation of a kind, so many times", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const file = await env.createFile("a");
    env.fail({ at: 2, kind: "write", times: 2 });
    await file.write(filled(4, 1), 0);
    await expect(file.write(filled(4, 2), 4)).rejects.toMatchObject({ kind: "io", reason: "INTERNAL" });
    expect(await file.size()).toBe(6);
    await expect(file.write(filled(4, 3), 4)).rejects.toThrow();
    await file.write(filled(4, 4), 4);
    expect(await file.size()).toBe(8);
    expect([env.count("write"), env.count("create"), env.count()]).toEqual([4, 1, 7]);
  });

  it("cuts a write short when the space is used up, and goes on when there is space", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const file = await env.createFile("a");
    await file.write(filled(10, 1), 0);
    env.limitSpace(5);
    expect(await env.freeBytes("")).toBe(5);
    await file.write(filled(10, 2), 0);
    await expect(file.write(filled(10, 3), 10)).rejects.toMatchObject({ reason: "DISK_FULL", kind: "no_space" });
    expect(await file.size()).toBe(15);
    await file.truncate(12);
    await file.write(filled(3, 4), 12);
    await env.remove("a");
    expect(await env.freeBytes("")).toBe(15);
    env.heal();
    await file.write(filled(100, 5), 0);
  });

  it("makes a kind of operation wait", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const file = await env.createFile("a");
    const release = env.hold("sync");
    let synced = false;
    const sync = file.sync().then(() => {
      synced = true;
    });
    await file.write(filled(1, 1), 0);
    expect(synced).toBe(false);
    release();
    await sync;
    expect(synced).toBe(true);
  });

  it("fails everything once the power is off", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const file = await env.createFile("a");
    env.fail({ at: 1, kind: "sync", error: "power" });
    await expect(file.sync()).rejects.toThrow();
    env.heal();
    await expect(file.size()).rejects.toThrow();
    await expect(env.listDirectory("")).rejects.toThrow();
  });
});

describe("crash", () => {
  it("keeps what was synced, in every image", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    await env.makeDirectory("empty");
    await syncedFile(env, "a", filled(10_000, 1));
    for (const content of imagesOf(env, "a")) expect(same(content, filled(10_000, 1))).toBe(true);
    expect(await env.crash(1).exists("empty")).toBe(true);
  });

  it("gives the same image for the same seed", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const file = await syncedFile(env, "a", filled(50_000, 1));
    await file.write(filled(50_000, 2), 0);
    for (const seed of SEEDS) expect(same(env.crash(seed).readFile("a"), env.crash(seed).readFile("a"))).toBe(true);
  });

  it("keeps, drops and tears unsynced pages in any order, and never a sector", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const file = await syncedFile(env, "a", filled(16_384, 1));
    await file.write(filled(16_384, 2), 0);
    const contents = imagesOf(env, "a").map((content) => content!);
    const pages = new Set(contents.map((content) => [0, 1, 2, 3].map((page) => content[page * 4096]).join("")));
    expect(pages).toContain("1111");
    expect(pages).toContain("2222");
    // A later page may be there without an earlier one.
    expect([...pages].some((page) => /12/.test(page))).toBe(true);
    const torn = contents.filter((content) =>
      [0, 1, 2, 3].some((page) => content[page * 4096] !== content[page * 4096 + 4095]),
    );
    expect(torn.length).toBeGreaterThan(0);
    for (const content of contents) {
      for (let at = 0; at < content.length; at += 512)
        if (content[at] !== content[at + 511]) expect.fail(`sector at ${at}`);
    }
  });

  it("leaves an unsynced length old, new or between, and unsynced pages within it as zeros", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const file = await syncedFile(env, "a", filled(100, 1));
    await file.write(filled(20_000, 2), 100);
    const contents = imagesOf(env, "a").map((content) => content!);
    const lengths = new Set(contents.map((content) => content.length));
    expect(lengths).toContain(100);
    expect(lengths).toContain(20_100);
    expect(lengths.size).toBeGreaterThan(2);
    for (const content of contents) expect(same(content.subarray(0, 100), filled(100, 1))).toBe(true);
    expect(contents.some((content) => content.length === 20_100 && content[10_000] === 0)).toBe(true);
  });

  it("may bring back what an unsynced cut took, and never what a synced one took", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const file = await syncedFile(env, "a", filled(9_000, 1));
    await file.truncate(10);
    expect(new Set(imagesOf(env, "a").map((content) => content!.length))).toEqual(new Set([10, 9_000]));

    const second = new FaultyEnv(new MemoryEnv());
    const cut = await syncedFile(second, "a", filled(9_000, 1));
    await cut.truncate(10);
    await cut.sync();
    for (const content of imagesOf(second, "a")) expect(same(content, filled(10, 1))).toBe(true);
  });

  it("saves nothing by a second sync after one that failed", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const file = await syncedFile(env, "a", filled(10, 1));
    await file.write(filled(10, 2), 0);
    env.fail({ at: 1, kind: "sync" });
    await expect(file.sync()).rejects.toThrow();
    await file.sync();
    for (const content of imagesOf(env, "a")) expect(same(content, filled(10, 1))).toBe(true);
  });

  it("keeps or drops unsynced names, and a rename as a whole", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    await syncedFile(env, "old", filled(1, 1));
    await syncedFile(env, "manifest.tmp", filled(1, 2));
    await env.rename("manifest.tmp", "manifest");
    await env.remove("old");
    await (await env.createFile("new")).sync();
    const names = new Set(Array.from({ length: 300 }, (_, seed) => env.crash(seed).paths().join(" ")));
    expect([...names].sort()).toEqual(
      [
        "manifest",
        "manifest new",
        "manifest new old",
        "manifest old",
        "manifest.tmp",
        "manifest.tmp new",
        "manifest.tmp old",
        "manifest.tmp new old",
      ]
        .map((name) => name.split(" ").sort().join(" "))
        .sort(),
    );
    const synced = new FaultyEnv(new MemoryEnv());
    await syncedFile(synced, "a.tmp", filled(1, 2));
    await synced.rename("a.tmp", "a");
    await synced.syncDirectory("");
    for (const seed of SEEDS) expect(synced.crash(seed).paths()).toEqual(["a"]);
  });

  it("takes the files of a MemoryEnv as synced, so that one crash can follow another", async () => {
    const env = new FaultyEnv(new MemoryEnv());
    const file = await syncedFile(env, "a", filled(5_000, 1));
    await file.write(filled(5_000, 2), 0);
    const image = env.crash(3);
    const before = image.readFile("a");
    const again = new FaultyEnv(image);
    await (await again.openFile("a")).write(filled(1, 9), 5_000);
    for (const content of imagesOf(again, "a")) expect(same(content!.subarray(0, 5_000), before)).toBe(true);
  });
});
