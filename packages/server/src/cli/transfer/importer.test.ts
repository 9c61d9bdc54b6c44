import { type ImportOptions, type RecordInput, VecStoreError } from "@vecstore/client";
import { describe, expect, it, vi } from "vitest";
import { type RecordSource, RowError, type SourceRow } from "../formats/row.js";
import { type ImportCounts, type ImporterOptions, importSource } from "./importer.js";

const LOST = new VecStoreError({ code: "unavailable", reason: "CONNECTION_LOST", message: "" });

function sourceOf(count: number, bad: readonly number[] = []): RecordSource & { closed: boolean } {
  const source = {
    closed: false,
    async *rows(after: number): AsyncGenerator<SourceRow, void, undefined> {
      try {
        for (let row = after + 1; row <= count; row++) {
          if (bad.includes(row)) yield { row, source: "x", problem: new RowError("INVALID_ARGUMENT", "no record") };
          else yield { row, record: { id: `r${row}` }, source: `r${row}` };
        }
      } finally {
        source.closed = true;
      }
    },
    progress: () => ({ done: 0 }),
  };
  return source;
}

/** A server that takes batches, refuses the rows that are named, and breaks off for good behind so many batches. */
function server(refused: readonly number[] = [], limit = Number.POSITIVE_INFINITY) {
  const written: string[] = [];
  const seen: ImportOptions[] = [];
  const handle = {
    async import(records: AsyncIterable<RecordInput>, options: ImportOptions) {
      const { batchSize = 1, onProgress, onFailure, resumeToken = "0" } = options;
      seen.push(options);
      let rows = Number(resumeToken);
      let failed = 0;
      let batches = 0;
      let batch: string[] = [];
      const answer = () => {
        const imported = rows - failed;
        onProgress?.({ rows, imported, failed, resumeToken: String(rows), sequence: 0 });
      };
      const take = () => {
        if (batches++ >= limit) throw LOST;
        for (const id of batch) {
          const isRefused = refused.includes(++rows);
          if (isRefused) onFailure?.({ row: rows, id, reason: "RECORD_EXISTS", message: "" });
          else written.push(id);
          failed += Number(isRefused);
        }
        batch = [];
        answer();
      };
      answer();
      for await (const { id } of records) {
        batch.push(id);
        if (batch.length >= batchSize) take();
      }
      if (batch.length > 0) take();
    },
  };
  return { handle: handle as unknown as Parameters<typeof importSource>[0], written, seen };
}

function optionsOf(more: Partial<ImporterOptions> = {}) {
  const told: ImportCounts[] = [];
  const bad: number[] = [];
  const options: ImporterOptions = {
    mode: "upsert",
    batchSize: 2,
    from: undefined,
    signal: new AbortController().signal,
    onSettled: (counts, badRows) => {
      told.push(counts);
      bad.push(...badRows.map(({ row }) => row));
    },
    ...more,
  };
  return { options, told, bad };
}

describe("importSource", () => {
  it("counts the rows that are through, and names the bad ones by their number in the source", async () => {
    const { handle, written } = server([2, 5]);
    const source = sourceOf(9, [3, 9]);
    const { options, told, bad } = optionsOf();
    const counts = await importSource(handle, source, options);
    expect(written).toEqual(["r1", "r4", "r5", "r7", "r8"]);
    expect(bad).toEqual([2, 3, 6, 9]);
    expect(counts).toEqual({ row: 9, answered: 7, imported: 5, bad: 4, resumeToken: "7", waiting: 0 });
    expect(told.map(({ row }) => row)).toEqual(told.map(({ row }) => row).toSorted((a, b) => a - b));
    expect(source.closed).toBe(true);
  });

  it("goes on where an earlier run ended", async () => {
    const { handle, written, seen } = server();
    const from = { row: 4, answered: 3, imported: 3, bad: 1, resumeToken: "3", badBytes: 0, scope: {} as never };
    const counts = await importSource(handle, sourceOf(6), optionsOf({ from }).options);
    expect(written).toEqual(["r5", "r6"]);
    expect(seen[0]?.resumeToken).toBe("3");
    expect(counts).toEqual({ row: 6, answered: 5, imported: 5, bad: 1, resumeToken: "5", waiting: 0 });
  });

  it("leaves it to the client how long a server is waited for, and whom it tells", async () => {
    const { handle, seen } = server();
    const onInterruption = () => {};
    const { options } = optionsOf({ patienceMs: 7_000, onInterruption });
    await importSource(handle, sourceOf(1), options);
    expect(seen[0]).toMatchObject({ patienceMs: 7_000, onInterruption, signal: options.signal });
  });

  it("throws what the client does, and closes the source", async () => {
    const { handle } = server([], 1);
    const source = sourceOf(9);
    const { options, told } = optionsOf();
    await expect(importSource(handle, source, options)).rejects.toBe(LOST);
    expect(told.at(-1)).toMatchObject({ row: 2, answered: 2, imported: 2 });
    await vi.waitFor(() => expect(source.closed).toBe(true));
  });
});
