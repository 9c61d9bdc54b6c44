import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VecStoreClient } from "@vecstore/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pretendTerminal, runForTest } from "../../testing/command.js";
import { startTestServer, stopTestServers } from "../../testing/server.js";

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
    { id: "a", vector: [1, 0.1], metadata: { n: 1 }, text: "t" },
    { id: "b", vector: [0, 1], metadata: { n: 2 } },
    { id: "ab", text: "without a vector" },
  ]);
});
afterEach(async () => {
  client.close();
  restoreTerminal();
  await stopTestServers();
  rmSync(folder, { recursive: true, force: true });
});

const exportOf = (...args: string[]) => runForTest("export", ...args, "--url", url);

describe("vecstore export", () => {
  it("writes to standard output, and says nothing else there", async () => {
    const { status, out, err } = await exportOf();
    expect([status, err]).toEqual([0, ""]);
    expect(out.trim().split("\n")).toEqual([
      '{"id":"a","metadata":{"n":1},"text":"t","version":1,"vector":[1,0.1]}',
      '{"id":"ab","text":"without a vector","version":1}',
      '{"id":"b","metadata":{"n":2},"version":1,"vector":[0,1]}',
    ]);
    expect((await exportOf("-", "--format", "csv")).out).toBe(
      'id,vector,sparse,text,metadata,expires_at\na,"[1,0.1]",,t,"{""n"":1}",\nab,,,without a vector,,\nb,"[0,1]",,,"{""n"":2}",\n',
    );
  });

  it("chooses records and their parts", async () => {
    const ids = async (...args: string[]) =>
      (await exportOf(...args)).out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).id);
    expect(await ids("--prefix", "a")).toEqual(["a", "ab"]);
    expect(await ids("--filter", "n = 2")).toEqual(["b"]);
    const { out } = await exportOf("--no-vectors", "--no-metadata", "--no-text", "--prefix", "a");
    expect(out).toBe('{"id":"a","version":1}\n{"id":"ab","version":1}\n');
  });

  it("reports for people, and leaves no half of a file when it fails", async () => {
    const path = join(folder, "a.jsonl");
    const { out } = await exportOf(path, "--output", "table");
    expect(out).toMatch(/^3 records, \d+ B, [\d,]+ records\/s\.\n$/);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(4);
    const npy = await exportOf(join(folder, "v.npy"), "--records", join(folder, "v.jsonl"));
    expect([npy.status, npy.err]).toEqual([1, expect.stringContaining('the record "ab" has no vector')]);
    const absent = await exportOf(join(folder, "x.csv"), "--namespace", "absent");
    expect([absent.status, absent.err]).toEqual([1, expect.stringContaining("(NAMESPACE_NOT_FOUND)")]);
    expect(readdirSync(folder)).toEqual(["a.jsonl"]);
  });

  it("makes a file of no records that can be read again", async () => {
    await client.createNamespace("empty");
    for (const format of ["jsonl", "csv", "parquet"]) {
      const path = join(folder, `empty.${format}`);
      expect((await exportOf(path, "--namespace", "empty")).status).toBe(0);
      expect(existsSync(path)).toBe(true);
      const { status, out } = await runForTest("import", path, "--namespace", "empty", "--url", url);
      expect([status, JSON.parse(out)]).toMatchObject([0, { rows: 0, imported: 0 }]);
    }
  });

  it.each([
    [["a.txt"], "does not say its format"],
    [["a.csv", "--base64"], "--base64 is how jsonl has vectors"],
    [["a.npy"], "--records goes with npy"],
    [["a.csv", "--records", "b"], "--records goes with npy"],
    [["-", "--format", "npy", "--records", "b"], "npy is written into a file"],
    [["a", "b"], 'got "a" "b" after export'],
  ])("exits with 2 on %j", async (args, says) => {
    const { status, err } = await exportOf(...args);
    expect([status, err]).toEqual([2, expect.stringContaining(says)]);
  });
});
