import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VecStoreClient } from "@vecstore/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pretendTerminal, runForTest } from "../../testing/command.js";
import { startTestServer, stopTestServers } from "../../testing/server.js";
import { fvecsOf, npyOf } from "../../testing/vector-files.js";

let url: string;
let client: VecStoreClient;
let folder: string;
let restoreTerminal: () => void;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "vecstore-cli-"));
  restoreTerminal = pretendTerminal(false);
  ({ url } = await startTestServer());
  client = new VecStoreClient(url);
});
afterEach(async () => {
  client.close();
  restoreTerminal();
  await stopTestServers();
  rmSync(folder, { recursive: true, force: true });
});

const importOf = (...args: string[]) => runForTest("import", ...args, "--url", url);

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function stored(...ids: string[]) {
  const { records } = await client.get(ids, { includeVector: true, includeText: true });
  return records.map(({ version, ...record }) => record);
}

const line = (value: unknown) => `${JSON.stringify(value)}\n`;

describe("vecstore import", () => {
  it("names bad rows, sets them aside and writes the others", async () => {
    const path = file(
      "a.jsonl",
      [
        line({ id: "a", vector: [1, 2] }),
        "\n",
        "{nonsense\n",
        line({ id: "b", vector: [1, 2, 3] }),
        line({ id: "c", vector: [1, "2"] }),
        line({ id: "", vector: [1, 2] }),
        line({ id: "\ud800", vector: [1, 2] }),
        line({ id: "d", vector: [3, 4], metadata: { x: 1 }, title: "beside" }),
        line({ vector: [3, 4] }),
        line({ id: "e", vector: [3, 4], metadata: [1] }),
        line({ id: "f", vector: [1e39, 4] }),
        line({ id: "g" }),
      ].join(""),
    );
    const { status, out, err } = await importOf(path);
    expect(status).toBe(3);
    const bad = `${path}.bad-rows.jsonl`;
    expect(JSON.parse(out)).toMatchObject({ rows: 11, imported: 2, failed: 9, bad_rows_file: bad, reconnects: 0 });
    const rows = readFileSync(bad, "utf8")
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
    expect(rows.map(({ row, id, reason }) => [row, id, reason])).toEqual([
      [3, "", "INVALID_ARGUMENT"],
      [4, "b", "DIMENSION_MISMATCH"],
      [5, "c", "INVALID_VECTOR"],
      [6, "", "INVALID_ID"],
      [7, "\ud800", "INVALID_ID"],
      [9, "", "INVALID_ID"],
      [10, "e", "INVALID_METADATA"],
      [11, "f", "INVALID_VECTOR"],
      [12, "g", "EMPTY_RECORD"],
    ]);
    expect(rows[0].source).toBe("{nonsense");
    expect(JSON.parse(rows[1].source)).toEqual({ id: "b", vector: [1, 2, 3] });
    expect(err).toContain('vecstore import: row 4, id "b": ');
    expect(await stored("a", "d")).toEqual([
      { id: "a", vector: Float32Array.of(1, 2) },
      { id: "d", vector: Float32Array.of(3, 4), metadata: { x: 1, title: "beside" } },
    ]);
    expect(existsSync(`${path}.import-state`)).toBe(false);
  });

  it("reports for people, and shows ten bad rows", async () => {
    const path = file("a.jsonl", "x\n".repeat(30) + line({ id: "a", vector: [1] }));
    const { status, out, err } = await importOf(path, "--output", "table", "--bad-rows", join(folder, "bad"));
    expect(status).toBe(3);
    expect(out).toMatch(/^31 rows: 1 written, 30 bad\.\n0:0\d, [\d,]+ rows\/s\.\nThe bad rows are in .*bad\.\n$/);
    expect(err.trim().split("\n")).toHaveLength(11);
    expect(readFileSync(join(folder, "bad"), "utf8").trim().split("\n")).toHaveLength(30);
  });

  it("begins a file of bad rows anew", async () => {
    const path = file("a.jsonl", "x\n");
    await importOf(path);
    await importOf(path);
    expect(readFileSync(`${path}.bad-rows.jsonl`, "utf8").trim().split("\n")).toHaveLength(1);
  });

  it("takes a mode, fields of other names, ids that are numbers, and base64", async () => {
    await client.upsert([{ id: "7", vector: [0, 1] }]);
    const base64 = Buffer.from(Float32Array.of(-0, 0.1).buffer).toString("base64");
    const path = file(
      "a.jsonl",
      line({ key: 7, embedding: [1, 2] }) +
        line({ key: 8, embedding: [1, 2], body: "t", n: null }) +
        line({ key: 9, vector_f32: base64 }),
    );
    const fields = ["--id-field", "key", "--vector-field", "embedding", "--text-field", "body"];
    const { status, out } = await importOf(path, "--mode", "insert_only", ...fields);
    expect([status, JSON.parse(out)]).toMatchObject([3, { imported: 2, failed: 1 }]);
    expect(await stored("7", "8", "9")).toEqual([
      { id: "7", vector: Float32Array.of(0, 1) },
      { id: "8", vector: Float32Array.of(1, 2), text: "t", metadata: { n: null } },
      { id: "9", vector: Float32Array.of(-0, 0.1) },
    ]);
  });

  it("reads CSV with a byte order mark, types of cells, and a column for each component", async () => {
    const csv =
      '\ufeffid,x1,x10,x2,kind,year,zip,ok,note\r\na,1,3,2,book,2019,01234,true,"two\r\nlines, ""quoted"""\r\nb,4,6,5,,,,,\r\nc,x,1,1,,,,,\r\nd,1\r\n';
    const path = file("a.csv", csv);
    const { status, out, err } = await importOf(path, "--vector-prefix", "x");
    expect([status, JSON.parse(out)]).toMatchObject([3, { rows: 4, imported: 2 }]);
    expect(err).toContain('row 5: x1 has "x"; a number is needed (INVALID_VECTOR)');
    expect(err).toContain("row 6: the row has 2 cells, and the first line 9");
    expect(await stored("a", "b")).toEqual([
      {
        id: "a",
        vector: Float32Array.of(1, 2, 3),
        metadata: { kind: "book", year: 2019, zip: "01234", ok: true, note: 'two\r\nlines, "quoted"' },
      },
      { id: "b", vector: Float32Array.of(4, 5, 6) },
    ]);
  });

  it("reads TSV, and leaves strings as they are where asked", async () => {
    const path = file("a.tsv", "id\tvector\tn\n1\t0.5 1.5\t7\n2\t[1, 2]\t8");
    expect((await importOf(path, "--strings")).status).toBe(0);
    expect(await stored("1", "2")).toEqual([
      { id: "1", vector: Float32Array.of(0.5, 1.5), metadata: { n: "7" } },
      { id: "2", vector: Float32Array.of(1, 2), metadata: { n: "8" } },
    ]);
  });

  it("reads .fvecs and .npy without and with ids", async () => {
    const vectors = [Float32Array.of(1, 2), Float32Array.of(3, 0.1), Float32Array.of(Number.NaN, 1)];
    expect((await importOf(file("a.fvecs", fvecsOf(vectors)), "--id-prefix", "v")).status).toBe(3);
    const lines = file("b.jsonl", line({ id: "x", metadata: { n: 1 } }) + line({ id: "y", text: "t" }));
    expect((await importOf(file("b.npy", npyOf(vectors.slice(0, 2), "<f8")), "--records", lines)).status).toBe(0);
    expect(await stored("v0", "v1", "v2", "x", "y")).toEqual([
      { id: "v0", vector: vectors[0] },
      { id: "v1", vector: vectors[1] },
      { id: "x", vector: vectors[0], metadata: { n: 1 } },
      { id: "y", vector: vectors[1], text: "t" },
    ]);
    const few = await importOf(file("c.npy", npyOf(vectors)), "--records", lines);
    expect([few.status, few.err]).toEqual([2, expect.stringContaining("there are 3 vectors, and 2 lines of records")]);
  });

  it.each([
    [["a.txt"], "does not say its format"],
    [["a.jsonl", "--delimiter", ";"], "--delimiter means nothing to jsonl; it is for csv"],
    [["a.csv", "--delimiter", ";;"], '--delimiter is ";;"'],
    [["a.csv"], 'no column is named "id"'],
    [
      ["a.csv", "--id-field", "xy", "--vector-field", "z", "--vector-prefix", "z"],
      'the column "z" and those of --vector-prefix',
    ],
    [["a.csv", "--id-field", "xy", "--vector-prefix", "v"], "no column is named v and a number"],
    [["a.parquet"], "the file is no Parquet file"],
    [["-", "--format", "parquet"], "is read from a file"],
    [["a.jsonl", "--text-field", "id"], "the field id has two meanings"],
    [["a.jsonl", "--batch-size", "0"], "--batch-size is 0; allowed: an integer, 1..10000"],
    [[], "got nothing after import"],
  ])("exits with 2 on %j", async ([name, ...flags], says) => {
    for (const each of ["a.txt", "a.jsonl", "a.csv", "a.parquet"]) file(each, "xy,z\n1,2\n");
    const path = name === undefined || name === "-" ? [name ?? []].flat() : [join(folder, name)];
    const { status, out, err } = await importOf(...path, ...flags);
    expect([status, out, err]).toEqual([2, "", expect.stringContaining(says)]);
  });

  it("exits with 1 when the server refuses, and leaves no state where nothing was done", async () => {
    const path = file("a.jsonl", line({ id: "a", vector: [1] }));
    const { status, err } = await importOf(path, "--namespace", "absent");
    expect([status, err]).toEqual([1, expect.stringContaining("(NAMESPACE_NOT_FOUND)")]);
    expect(existsSync(`${path}.import-state`)).toBe(false);
    expect((await importOf(join(folder, "absent.jsonl"))).err).toContain("no such file");
  });
});

describe("vecstore import --bad-rows-max", () => {
  it("stops when more rows are bad, keeps what was written, and goes on when more are allowed", async () => {
    const rows = Array.from({ length: 300 }, (_, n) => (n % 10 === 0 ? "x\n" : line({ id: `r${n}`, vector: [n, 1] })));
    const path = file("a.jsonl", rows.join(""));
    const flags = [path, "--batch-size", "20"];
    const stopped = await importOf(...flags, "--bad-rows-max", "7");
    expect([stopped.status, stopped.err]).toEqual([
      1,
      expect.stringMatching(/rows are bad; allowed: 7\n.*The same command goes on/),
    ]);
    const written = await client.count();
    expect([written > 0, written < 270]).toEqual([true, true]);
    const { status, out } = await importOf(...flags, "--bad-rows-max", "30");
    expect([status, JSON.parse(out)]).toMatchObject([3, { rows: 300, imported: 270, failed: 30 }]);
    const bad = readFileSync(`${path}.bad-rows.jsonl`, "utf8").trim().split("\n");
    expect(bad.map((text) => JSON.parse(text).row)).toEqual(Array.from({ length: 30 }, (_, n) => n * 10 + 1));
  });

  it("begins the file of bad rows anew where it was taken away", async () => {
    const path = file(
      "a.jsonl",
      Array.from({ length: 100 }, (_, n) => (n % 10 === 0 ? "x\n" : line({ id: `r${n}`, vector: [n, 1] }))).join(""),
    );
    await importOf(path, "--batch-size", "10", "--bad-rows-max", "4");
    rmSync(`${path}.bad-rows.jsonl`);
    const { status, out } = await importOf(path, "--batch-size", "10");
    expect([status, JSON.parse(out)]).toMatchObject([3, { failed: 10 }]);
    expect(readFileSync(`${path}.bad-rows.jsonl`, "utf8").trim().split("\n").length).toBeLessThan(10);
  });
});

describe("vecstore import, again", () => {
  const lines = (count: number, bad: readonly number[]) =>
    Array.from({ length: count }, (_, n) =>
      bad.includes(n + 1) ? "x\n" : line({ id: `r${n + 1}`, vector: [n, 1] }),
    ).join("");

  it("goes on where the quota of a namespace stopped it, and sets each bad row aside once", async () => {
    await client.createNamespace("n", { quotas: { maxQps: 1e6 } });
    const path = file("a.jsonl", lines(1_000, [5, 777]));
    const flags = [path, "--namespace", "n", "--batch-size", "100"];
    const state = `${path}.import-state`;
    await client.updateNamespace("n", { status: "read_only" });
    expect((await importOf(...flags)).status).toBe(1);
    expect(existsSync(state)).toBe(false);
    await client.updateNamespace("n", { status: "active" });
    const { status, out } = await importOf(...flags);
    expect([status, JSON.parse(out)]).toMatchObject([3, { rows: 1_000, imported: 998, failed: 2 }]);
    const bad = readFileSync(`${path}.bad-rows.jsonl`, "utf8").trim().split("\n");
    expect(bad.map((text) => JSON.parse(text).row)).toEqual([5, 777]);
  });

  it("refuses the state of another import, unless it is told to begin anew", async () => {
    const path = file("a.jsonl", lines(3, []));
    const state = file("a.jsonl.import-state", JSON.stringify({ version: 1, scope: { source: "other" }, row: 2 }));
    const refused = await importOf(path);
    expect([refused.status, refused.err]).toEqual([2, expect.stringContaining("is the state of another import")]);
    writeFileSync(state, "nonsense");
    expect((await importOf(path)).err).toContain("is no state of an import");
    expect((await importOf(path, "--restart")).status).toBe(0);
    expect([existsSync(state), await client.count()]).toEqual([false, 3]);
  });
});
