import { type ImportOptions, type RecordInput, VecStoreError } from "@vecstore/client";
import { describe, expect, it, vi } from "vitest";
import { ManualWaits } from "../../testing/manual-waits.js";
import type { RecordSource, SourceRow } from "../formats/row.js";
import { type ImportCounts, type ImporterOptions, importSource } from "./importer.js";

const LOST = new VecStoreError({ code: "unavailable", reason: "CONNECTION_LOST", message: "" });

function sourceOf(count: number): RecordSource & { closed: boolean } {
  const source = {
    closed: false,
    async *rows(after: number): AsyncGenerator<SourceRow, void, undefined> {
      try {
        for (let row = after + 1; row <= count; row++) yield { row, record: { id: `r${row}` }, source: `r${row}` };
      } finally {
        source.closed = true;
      }
    },
    progress: () => ({ done: 0 }),
  };
  return source;
}

/** A server that takes batches, and breaks off behind so many of them, each time counted from the resumption on. */
function server(breaks: number[], error: Error = LOST) {
  const written: string[] = [];
  let begun = 0;
  const handle = {
    async import(records: AsyncIterable<RecordInput>, { batchSize = 1, onProgress, resumeToken = "0" }: ImportOptions) {
      begun++;
      const limit = breaks.shift() ?? Number.POSITIVE_INFINITY;
      let rows = Number(resumeToken);
      // What was written and not answered before is there already, and comes again.
      written.length = Math.max(written.length, rows);
      onProgress?.({ rows, imported: rows, failed: 0, resumeToken, sequence: 0 });
      let batch: string[] = [];
      let batches = 0;
      const take = () => {
        for (const [at, id] of batch.entries()) written[rows + at] = id;
        if (batches++ >= limit) throw error;
        rows += batch.length;
        batch = [];
        onProgress?.({ rows, imported: rows, failed: 0, resumeToken: String(rows), sequence: 0 });
      };
      for await (const { id } of records) {
        batch.push(id);
        if (batch.length >= batchSize) take();
      }
      if (batch.length > 0) take();
    },
  };
  return { handle: handle as unknown as Parameters<typeof importSource>[0], written, begun: () => begun };
}

function optionsOf(more: Partial<ImporterOptions> = {}) {
  const told: ImportCounts[] = [];
  const options: ImporterOptions = {
    mode: "upsert",
    batchSize: 2,
    patienceMs: 60_000,
    from: undefined,
    signal: new AbortController().signal,
    onSettled: (counts) => told.push(counts),
    onReconnect: () => {},
    clock: new ManualWaits(),
    ...more,
  };
  return { options, told };
}

describe("importSource", () => {
  it("goes on behind what was answered, however often the connection breaks off", async () => {
    const { handle, written, begun } = server([0, 2, 1]);
    const source = sourceOf(9);
    const { options, told } = optionsOf();
    const counts = await importSource(handle, source, options);
    expect(written).toEqual(Array.from({ length: 9 }, (_, n) => `r${n + 1}`));
    expect(counts).toEqual({ row: 9, answered: 9, imported: 9, bad: 0, resumeToken: "9", waiting: 0 });
    expect(begun()).toBe(4);
    expect(told.map(({ row }) => row)).toEqual(told.map(({ row }) => row).toSorted((a, b) => a - b));
  });

  it("takes a stream of a killed server, which ends as canceled, for a connection that broke off", async () => {
    const { handle } = server([1], new VecStoreError({ code: "canceled", reason: "CANCELED", message: "" }));
    expect((await importSource(handle, sourceOf(4), optionsOf().options)).answered).toBe(4);
  });

  it("gives up where nothing gets done, although the server answers each beginning", async () => {
    const { handle, begun } = server(Array.from({ length: 1_000 }, () => 0));
    const source = sourceOf(4);
    await expect(importSource(handle, source, optionsOf({ patienceMs: 10_000 }).options)).rejects.toBe(LOST);
    expect(begun()).toBeLessThan(10);
    await vi.waitFor(() => expect(source.closed).toBe(true));
  });

  it("throws at once what does not pass, and where it was interrupted", async () => {
    const denied = new VecStoreError({ code: "permission_denied", reason: "PERMISSION_DENIED", message: "" });
    const refused = server([0], denied);
    await expect(importSource(refused.handle, sourceOf(4), optionsOf().options)).rejects.toBe(denied);
    const interrupted = new AbortController();
    const lost = server([0]);
    const { options } = optionsOf({ signal: interrupted.signal, onSettled: () => interrupted.abort() });
    await expect(importSource(lost.handle, sourceOf(4), options)).rejects.toBe(LOST);
    expect([refused.begun(), lost.begun()]).toEqual([1, 1]);
  });
});
