import { open } from "node:fs/promises";
import * as zlib from "node:zlib";
import type { RecordInput, StoredRecord } from "@vecstore/client";
import { describe, expect, it } from "vitest";
import { parquetSource } from "./parquet.js";
import { ParquetRecords } from "./parquet-writer.js";
import { FIELD_NAMES } from "./record-fields.js";
import type { SourceRow } from "./row.js";

/** Of the files that testing/parquet/make.py makes. */
const COUNT = 300;

async function rowsOf(path: string | URL, after = 0): Promise<SourceRow[]> {
  const file = await open(path);
  try {
    const rows: SourceRow[] = [];
    const { size } = await file.stat();
    for await (const row of parquetSource(file, size, FIELD_NAMES).rows(after)) rows.push(row);
    return rows;
  } finally {
    await file.close();
  }
}

const fixture = (name: string) => new URL(`../../testing/parquet/${name}.parquet`, import.meta.url);

function expectedVector(n: number): number[] {
  const values = Array.from({ length: 8 }, (_, at) => Math.fround(Math.sin(at + n * 31)));
  return [-0, 2 ** -149, ...values.slice(2)];
}

/** One unit in the last place apart at most: Python's sine and JavaScript's may round differently. */
function expectVector(vector: RecordInput["vector"], n: number): void {
  const expected = n % 7 === 3 ? undefined : expectedVector(n);
  if (expected === undefined) {
    expect(vector).toBeUndefined();
    return;
  }
  expect(vector).toHaveLength(8);
  for (const [at, value] of expected.entries()) {
    if (at < 2) expect(Object.is(vector?.[at], value)).toBe(true);
    else expect(Math.abs((vector?.[at] ?? Number.NaN) - value)).toBeLessThan(1e-6);
  }
}

const hasZstd = "zstdDecompressSync" in zlib;

describe("Parquet files of other programs", () => {
  it.each(["snappy", "gzip-fixed-size", "brotli-indexed", ...(hasZstd ? ["zstd"] : [])])(
    "are read: %s",
    async (name) => {
      const rows = await rowsOf(fixture(name));
      expect(rows).toHaveLength(COUNT);
      for (const [n, { row, record, problem }] of rows.entries()) {
        expect([row, problem, record?.id]).toEqual([n + 1, undefined, String(n)]);
        const { vector, metadata, text } = record!;
        expectVector(vector, n);
        expect(text).toBe(`text ${n}`);
        const beside = { at: new Date(Date.UTC(2026, 0, 1, 0, 0, n % 60)).toISOString(), score: n / 7 };
        const ours = n % 3 === 0 ? {} : { n, tags: [`t${n % 5}`, "é"] };
        expect(metadata).toEqual({ ...ours, ...beside, ...(n % 2 === 0 && { ok: true }) });
      }
    },
  );

  it("go on behind any row", async () => {
    for (const after of [1, 127, 128, 299, 300]) {
      const rows = await rowsOf(fixture("snappy"), after);
      expect(rows.map(({ record }) => record?.id)).toEqual(
        Array.from({ length: COUNT - after }, (_, n) => String(after + n)),
      );
    }
  });

  it.skipIf(hasZstd)("say which Node opens them, where this one does not have Zstandard", async () => {
    await expect(rowsOf(fixture("zstd"))).rejects.toThrow("needs Node 22.15 or later");
  });

  it("name rows that are no records", async () => {
    const { mkdtemp, rm, writeFile } = await import("node:fs/promises");
    const { tmpdir } = await import("node:os");
    const { join } = await import("node:path");
    const { parquetWriteBuffer } = await import("hyparquet-writer");
    const bytes = (...values: number[]) => Uint8Array.from(values);
    const columnData = [
      { name: "id", data: ["a", "b", null, "d"], type: "STRING" as const },
      { name: "big", data: [1n, 2n ** 60n, 3n, 4n], type: "INT64" as const },
      { name: "raw", data: [bytes(0x61), bytes(), null, bytes(0xff)], type: "BYTE_ARRAY" as const },
    ];
    const folder = await mkdtemp(join(tmpdir(), "vecstore-parquet-"));
    try {
      const path = join(folder, "a.parquet");
      await writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData })));
      const rows = await rowsOf(path);
      expect(rows.map(({ row, record, problem, source }) => [row, record?.id ?? problem?.reason, source])).toEqual([
        [1, "a", undefined],
        [2, "INVALID_METADATA", { id: "b", big: "1152921504606846976", raw: "" }],
        [3, "INVALID_ID", { id: null, big: "3", raw: null }],
        [4, "INVALID_METADATA", { id: "d", big: "4", raw: "/w==" }],
      ]);
      expect(rows[0]?.record?.metadata).toEqual({ big: 1, raw: "a" });
      expect(rows[1]?.problem?.message).toContain("big is 1152921504606846976; integers are exact to 2^53");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("ParquetRecords", () => {
  it("makes row groups of 5,000 records, or of 2,000,000 numbers", () => {
    const parquet = new ParquetRecords();
    const record = (id: number, dimension: number): StoredRecord => ({
      id: `r${id}`,
      version: 1,
      vector: new Float32Array(dimension),
    });
    const full = (count: number, dimension: number) =>
      Array.from({ length: count }, (_, n) => parquet.add(record(n, dimension))).flatMap((bytes, n) =>
        bytes ? [n + 1] : [],
      );
    expect(full(5_001, 1)).toEqual([5_000]);
    expect(full(31, 65_535)).toEqual([31]);
    expect(parquet.end().length).toBeGreaterThan(0);
  });

  it("makes a file without records", async () => {
    expect(new ParquetRecords().end().subarray(0, 4)).toEqual(new TextEncoder().encode("PAR1"));
  });
});
