import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VecStoreClient } from "@vecstore/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pretendTerminal, runForTest } from "../../testing/command.js";
import { startTestServer, stopTestServers } from "../../testing/server.js";
import { npyOf } from "../../testing/vector-files.js";

let url: string;
let client: VecStoreClient;
let folder: string;
let restoreTerminal: () => void;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "vecstore-cli-"));
  restoreTerminal = pretendTerminal(false);
  ({ url } = await startTestServer());
  client = new VecStoreClient(url);
  await client.upsert([
    { id: "a", vector: [1, 0], metadata: { kind: "book", startAtMs: 1 }, text: "the first one" },
    { id: "b", vector: [0.6, 0.8], metadata: { kind: "film" }, text: "another" },
    { id: "c\n", vector: [0, 1] },
  ]);
});
afterEach(async () => {
  client.close();
  restoreTerminal();
  await stopTestServers();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command at the server, and reads what it prints as JSON. */
async function json(...args: string[]) {
  const { status, out, err } = await runForTest(...args, "--url", url);
  expect([status, err]).toEqual([0, ""]);
  return JSON.parse(out);
}

/** The same for people. */
async function table(...args: string[]): Promise<string> {
  const { status, out, err } = await runForTest(...args, "--url", url, "--output", "table");
  expect([status, err]).toEqual([0, ""]);
  return out;
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("vecstore query", () => {
  const ids = async (...args: string[]) => (await json("query", ...args)).results.map(({ id }: { id: string }) => id);

  it("takes a vector, a file of one, the id of a record, or a text", async () => {
    expect(await ids("--vector", "0,1", "--limit", "2")).toEqual(["c\n", "b"]);
    expect(await ids("--vector", "-1 0.5")).toEqual(["c\n", "b", "a"]);
    expect(await ids("--vector-file", file("q.txt", "[0,\n 1]"), "--limit", "1")).toEqual(["c\n"]);
    expect(await ids("--vector-file", file("q.json", "1 0\n0 1\n"), "--row", "1", "--limit", "1")).toEqual(["c\n"]);
    const npy = file("q.npy", npyOf([Float32Array.of(1, 0), Float32Array.of(0, 1)]));
    expect(await ids("--vector-file", npy, "--row", "1", "--limit", "1")).toEqual(["c\n"]);
    expect(await ids("--id", "b", "--limit", "1")).toEqual(["b"]);
    expect(await ids("--text", "another")).toEqual(["b"]);
  });

  it("hands its options on", async () => {
    expect(await ids("--vector", "1,0", "--filter", "kind = 'film'")).toEqual(["b"]);
    expect(await ids("--vector", "1,0", "--offset", "1", "--exact")).toEqual(["b", "c\n"]);
    expect(await ids("--vector", "1,0", "--score-threshold", "0.5")).toEqual(["a", "b"]);
    expect(await ids("--vector", "1,0", "--text", "another", "--fusion", "weighted", "--alpha", "0")).toEqual([
      "b",
      "a",
      "c\n",
    ]);
    const { results, stats, explain } = await json(
      "query",
      "--vector",
      "1,0",
      "--limit",
      "1",
      "--include-vector",
      "--explain",
    );
    expect(results[0]).toMatchObject({ id: "a", score: 1, distance: 0, vector: [1, 0], metadata: { startAtMs: 1 } });
    expect(stats).toMatchObject({ strategy: "flat_scan", duration_ms: expect.any(Number) });
    expect(explain.plan).toBeDefined();
    const bare = await json("query", "--vector", "1,0", "--limit", "1", "--no-metadata", "--include-text");
    expect(bare.results[0]).toMatchObject({ text: "the first one" });
    expect(bare.results[0]).not.toHaveProperty("metadata");
  });

  it("prints a table that nothing in it can break", async () => {
    const lines = (await table("query", "--vector", "1,0")).split("\n");
    expect(lines[0]).toMatch(/^ID +SCORE +DISTANCE +METADATA$/);
    expect(lines[1]).toMatch(/^a +1\.00000 +0\.00000 +\{"kind":"book","startAtMs":1\}$/);
    expect(lines[3]).toMatch(/^c\? +/);
    expect(lines[5]).toMatch(/^3 results, flat scan, \d+\.\d\d ms$/);
  });

  it.each([
    [[], "what to look for is missing"],
    [["--vector", "1,x"], "--vector is no vector"],
    [["--vector", "1", "--id", "a"], "give one of them"],
    [["--id", "a", "--row", "0"], "--row chooses from a file"],
    [["--vector", "1,0", "--limit", "0"], "--limit is 0; allowed: an integer, 1 or more"],
    [["--vector", "1,0", "--alpha", "2"], "--alpha is 2; allowed: a number, 0..1"],
    [["--vector", "1,0", "--fusion", "sum"], "--fusion is sum; allowed: reciprocal_rank, weighted"],
    [["--vector", "1,0", "--nope"], "unknown argument --nope; flags of query: --vector"],
    [["1,0"], 'got "1,0" after query'],
  ])("exits with 2 on %j", async (args, says) => {
    const { status, out, err } = await runForTest("query", ...args, "--url", url);
    expect([status, out, err]).toEqual([2, "", expect.stringContaining(says)]);
  });

  it("says which vector of a file there is not, and which file", async () => {
    const npy = file("q.npy", npyOf([Float32Array.of(1, 0), Float32Array.of(0, 1)]));
    const errorOf = async (...args: string[]) => (await runForTest("query", ...args, "--url", url)).err;
    expect(await errorOf("--vector-file", npy)).toContain("has 2 vectors: choose one by --row, 0..1");
    expect(await errorOf("--vector-file", npy, "--row", "2")).toContain("--row is 2; allowed: 0..1");
    expect(await errorOf("--vector-file", file("x.npy", "no numpy file"))).toContain("is no npy file");
    expect(await errorOf("--vector-file", file("x.fvecs", "abcde"))).toContain("is no fvecs file");
    expect(await errorOf("--vector-file", join(folder, "absent"))).toContain("no such file");
  });

  it("exits with 1 and the reason when the server refuses", async () => {
    const { status, out, err } = await runForTest("query", "--vector", "1", "--url", url);
    expect([status, out, err]).toEqual([1, "", expect.stringMatching(/^vecstore query: .*\(DIMENSION_MISMATCH\)\n$/)]);
  });
});

describe("vecstore stats, compact, usage", () => {
  it("print the numbers of a namespace", async () => {
    expect(await json("stats")).toMatchObject({
      namespace: "default",
      vector_count: 3,
      dimension: 2,
      index_state: "flat",
    });
    expect(await table("stats")).toMatch(/^namespace +default\nrecords +3\n/);
  });

  it("reclaim what was deleted, or say how much it is", async () => {
    await client.delete(["a"]);
    expect(await json("compact", "--dry-run")).toMatchObject({ removed: 1, dry_run: true });
    expect(await json("compact")).toMatchObject({ removed: 1, dry_run: false });
    expect(await table("compact")).toMatch(/^Reclaimed 0 slots and 0 B; \d segments to \d\.\n$/);
  });

  it("show what namespaces use", async () => {
    await client.createNamespace("other", { quotas: { maxVectors: 5 } });
    const usages = await json("usage");
    expect(usages.map(({ name }: { name: string }) => name)).toEqual(["default", "other"]);
    expect(usages[0]).toMatchObject({ usage: { vector_count: 3 }, counted_since: expect.stringMatching(/^20.*Z$/) });
    expect(await json("usage", "--namespace", "other")).toMatchObject([{ name: "other", quotas: { max_vectors: 5 } }]);
    expect(await table("usage")).toMatch(/\nother +active +0 of 5 /);
  });
});

describe("vecstore namespaces", () => {
  it("makes, lists, shows, changes and deletes", async () => {
    const flags = ["--dimension", "2", "--metric", "dot", "--label", "team=x", "--quota", "max_vectors=9"];
    const made = await json("namespaces", "create", "n", ...flags, "--description", "d", "--cache-answers", "off");
    expect(made).toMatchObject({ name: "n", config: { dimension: 2, metric: "dot" }, labels: { team: "x" } });
    expect(made).toMatchObject({ quotas: { max_vectors: 9 }, description: "d", cache_answers: false });
    expect((await json("namespaces", "list", "--prefix", "n")).map(({ name }: { name: string }) => name)).toEqual([
      "n",
    ]);
    const changes = ["--status", "read_only", "--quota", "max_vectors=none", "--label", "team=", "--label", "x=y=z"];
    const changed = await json("namespaces", "update", "n", ...changes);
    expect(changed).toMatchObject({ status: "read_only", quotas: {}, labels: { x: "y=z" } });
    expect(await json("namespaces", "get", "n")).toEqual(changed);
    expect(await table("namespaces", "get", "n")).toMatch(/^name +n\nstatus +read_only\n/);
    expect(await table("namespaces", "list")).toMatch(/^NAME .*\ndefault .*\nn +read_only +2 +dot /);
    const { status, err } = await runForTest("namespaces", "delete", "n", "--url", url);
    expect([status, err]).toEqual([2, expect.stringContaining("--yes")]);
    expect(await json("namespaces", "delete", "n", "--yes")).toEqual({ name: "n", deleted: true });
    expect(await json("namespaces", "list", "--prefix", "n")).toEqual([]);
  });

  it.each([
    [[], "got nothing; allowed: list, create, get, update, delete"],
    [["constructor"], "got constructor"],
    [["create"], "got nothing after namespaces create"],
    [["create", "n", "--quota", "max_x=1"], "--quota names max_x; allowed: max_vectors"],
    [["create", "n", "--quota", "max_vectors=none"], "--quota max_vectors is none"],
    [["create", "n", "--label", "x"], "--label is x; allowed: NAME=VALUE"],
    [["update", "n"], "nothing to change"],
  ])("exits with 2 on %j", async (args, says) => {
    const { status, err } = await runForTest("namespaces", ...args);
    expect([status, err]).toEqual([2, expect.stringContaining(says)]);
  });
});

describe("vecstore snapshot and restore", () => {
  it("makes, lists, restores and deletes", async () => {
    expect(await json("snapshot", "create", "s")).toMatchObject({ name: "s", namespace: "default", vector_count: 3 });
    await client.delete(["a"]);
    expect(await json("restore", "s", "--as", "copy")).toMatchObject({ namespace: "copy", vector_count: 3 });
    expect(await client.count()).toBe(2);
    expect(await table("restore", "s", "--in-place")).toBe("The namespace default has the 3 records of s.\n");
    expect(await client.count()).toBe(3);
    expect(await table("snapshot", "list")).toMatch(/^NAME .*\ns +default +3 /);
    expect(await json("snapshot", "delete", "s")).toEqual({ name: "s", deleted: true });
    expect(await json("snapshot", "list")).toEqual([]);
  });

  it("does not guess where to restore", async () => {
    for (const args of [[], ["--as", "x", "--in-place"]]) {
      const { status, err } = await runForTest("restore", "s", ...args, "--url", url);
      expect([status, err]).toEqual([2, expect.stringContaining("say where to restore")]);
    }
  });

  it("downloads, and goes on with what broke off", async () => {
    await client.createSnapshot("s");
    const path = join(folder, "s.tar");
    const whole = await json("snapshot", "download", "s", path);
    expect(whole).toMatchObject({ name: "s", file: path, bytes: statSync(path).size });
    const bytes = readFileSync(path);
    const other = join(folder, "other.tar");
    writeFileSync(`${other}.part`, bytes.subarray(0, 700));
    expect(await json("snapshot", "download", "s", other)).toMatchObject({ crc32: whole.crc32 });
    expect([readFileSync(other).equals(bytes), existsSync(`${other}.part`)]).toEqual([true, false]);
    writeFileSync(`${other}.part`, Buffer.alloc(700, 1));
    const { status, err } = await runForTest("snapshot", "download", "s", other, "--url", url);
    expect([status, err]).toEqual([1, expect.stringContaining("is not the beginning of the snapshot s")]);
  });
});

describe("help", () => {
  it.each([
    [["query", "--help"], "Usage: vecstore query [FLAGS]"],
    [["snapshot", "--help"], "vecstore snapshot download NAME FILE"],
    [["snapshot", "download", "-h"], "Usage: vecstore snapshot download NAME FILE [FLAGS]"],
    [["namespaces", "--version"], "vecstore 0."],
    [["stats", "--version"], "vecstore 0."],
    [["help", "snapshot", "create"], "Usage: vecstore snapshot create NAME [FLAGS]"],
    [["--help"], "  snapshot "],
  ])("%j says %s", async (args, says) => {
    const { status, out } = await runForTest(...args);
    expect([status, out]).toEqual([0, expect.stringContaining(says)]);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(140);
  });
});
